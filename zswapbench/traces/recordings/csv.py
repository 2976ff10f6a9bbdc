"""Comma-separated values with a header: what any program can write. zswapbench.traces.table_lines has the columns.

Commas, semicolons or tabs separate them.
"""

from __future__ import annotations

import re

from zswapbench.traces.line_reader import LineReader
from zswapbench.traces.recordings.base import Form
from zswapbench.traces.table_lines import FIELDS, TIMES, TableLines

_HEADER = re.compile(rb"(?m)^(?:\xef\xbb\xbf)?\w+(?:([,;\t])\w+)(?:\1\w+)*\r?$")
_MARK = "\ufeff"
"""What spreadsheets and editors of Windows put before a text of UTF-8."""


class Csv(Form):
    """Rows under a header."""

    name = "csv"
    help = "comma-separated values with a header"
    rank = 3
    may_end_open = True  # as RFC 4180 has it
    remarks = re.compile(rb"#|(.*[,;\t])?event([,;\t\r]|$)")  # the header, too

    def recognises(self, head: bytes) -> bool:
        return bool(self._header(head)[0])

    def lines(self, head: bytes) -> LineReader:
        names, separator = self._header(head)
        missing = [] if len(set(TIMES) & set(names)) == 1 else ["one of " + ", ".join(TIMES)]
        missing += [] if "event" in names else ["event"]
        missing += [] if len({"offset", "entry"} & set(names)) == 1 else ["offset or entry"]
        if missing:
            raise ValueError(
                f"its columns are {', '.join(names) or 'not named'}; it needs {', and '.join(missing)}"
            )
        return TableLines(names, separator)

    @staticmethod
    def _header(head: bytes) -> tuple[list[str], str]:
        """The names of the columns and what separates them: the first line that names two of ours; else nothing."""
        for found in _HEADER.finditer(head):
            separator = found[1].decode()
            names = found[0].decode(errors="replace").lstrip(_MARK).strip().split(separator)
            if len(set(names) & set(FIELDS)) > 1:
                return names, separator
        return [], ""
