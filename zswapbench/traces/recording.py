"""A recording: the text of a tracer comes in, records and an account of all its lines go out.

The form is known by content (zswapbench.traces.recordings). Text packed with zstd is unpacked on the way. A line that
is no record is counted under the reason, and so is what the tracer says that it lost. Memory does not grow with the
text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError
from zswapbench.common.zstd_frames import Readable
from zswapbench.plugins.registry import Family
from zswapbench.traces.oracle_general import HELP as ORACLE_GENERAL
from zswapbench.traces.recordings.base import Form
from zswapbench.traces.records import RECORD
from zswapbench.traces.text import LOST, blocks_of

FORMS: Family[Form] = Family("form", "zswapbench.traces.recordings")

_HEAD = 1 << 16
"""Bytes that a form is known by."""

_LONGEST_LINE = 1 << 16


_ENTRIES = re.compile(rb"entries-in-buffer/entries-written: *(\d+)/(\d+)")
_KERNEL = re.compile(rb"zswapbench recording: (\w+), kernel (\d+\.\d+(?:\.\d+)?)")
_MARK = re.compile(rb"\d: tracing_mark_write: ")

_PACKED = {b"\x1f\x8b": "zcat", b"\xfd7zXZ": "xzcat", b"BZh": "bzcat", b"\x04\x22\x4d\x18": "lz4cat"}
"""What unpacks a file that begins so."""


@dataclass
class Account:
    """All lines of a recording, by what became of them.

    ``records``: taken; ``others``: events that are none of swap's; ``remarks``: what tracers write around events;
    ``cut``: events of swap that lack something; ``unread``: no events, the first of which is ``first_unread``.
    ``lost``: events that are not in the text, as the tracer says. ``kernel``: its version, "" if that is not told.
    ``kernel_is_scripts``: that is the one that the recording program is for, and the machine's may be another.
    ``frontswap``, ``writeout``: see zswapbench.traces.line_reader.
    """

    form: str = ""
    lines: int = 0
    records: int = 0
    others: int = 0
    remarks: int = 0
    cut: int = 0
    unread: int = 0
    first_unread: str = ""
    lost: int = 0
    kernel: str = ""
    kernel_is_scripts: bool = False
    frontswap: bool = False
    writeout: bool = False

    @property
    def skipped(self) -> int:
        """Lines that no event came of."""
        return self.others + self.remarks + self.cut + self.unread


class Recording:
    """The recording ``path``, open as ``file``. Raises TraceError if it is of no form that is known."""

    def __init__(self, path: str | os.PathLike[str], file: Readable) -> None:
        self.path = path
        self._blocks = blocks_of(path, file)
        self._head = next(self._blocks, b"")
        self._form = self._recognised()
        self.account = Account(form=self._form.name)
        self._promised: int | None = None  # events that the head of the text says there are
        self._marks = 0
        self._unfinished = False  # whether the text ends within a line
        try:
            self._lines = self._form.lines(self._head[:_HEAD])
        except ValueError as error:
            raise TraceError(path, f"is a recording in {self._form.name}, but {error}") from None

    @property
    def help(self) -> str:
        """What writes such a text."""
        return self._form.help

    def records(self) -> Iterator[NDArray[Any]]:
        """Arrays of records (RECORD), in the order of the lines."""
        for text in self._whole_lines():
            records = np.empty(len(text) // self._lines.shortest + 1, RECORD)
            count = self._lines.read(text, records)
            self.account.records += count
            self._take_odd()
            yield records[:count]
        self._close()

    def _recognised(self) -> Form:
        if not self._head:
            raise TraceError(self.path, "is empty")
        forms = sorted((leaf() for leaf in FORMS.leaves()), key=lambda form: form.rank)
        for form in forms:
            if form.recognises(self._head[:_HEAD]):
                return form
        for magic, tool in _PACKED.items():
            if self._head.startswith(magic):
                raise TraceError(
                    self.path, f"is packed; unpack it on the way: {tool} FILE | zswapbench trace import -"
                )
        known = "; ".join([*(form.help for form in forms), ORACLE_GENERAL])
        raise TraceError(self.path, f"is no recording that is known here; these are: {known}")

    def _whole_lines(self) -> Iterator[bytes]:
        """The text in blocks that end with a line. A last line that does not end was cut, but in some forms."""
        rest = b""
        block: bytes | None = self._head
        while block is not None:
            end = block.rfind(b"\n") + 1
            if end:
                yield rest + block[:end]
                rest = b""
            rest += block[end:]
            if len(rest) > _LONGEST_LINE:
                problem = f"has a line of more than {_LONGEST_LINE} bytes: it is not only text"
                raise TraceError(self.path, problem)
            block = next(self._blocks, None)
        if rest and self._form.may_end_open:
            yield rest + b"\n"
        else:
            self._unfinished = bool(rest)

    def _take_odd(self) -> None:
        """Count the lines that are no events, by what they are."""
        account, lines = self.account, self._lines
        account.lines, account.others = lines.total, lines.others
        account.frontswap, account.writeout = lines.frontswap, lines.writeout
        for line in lines.odd:
            if lost := LOST.search(line):
                account.lost += int(lost[1] or lost[2])
            if told := _KERNEL.search(line):
                account.kernel = told[2].decode()
                account.kernel_is_scripts = told[1] == b"bpftrace"  # which cannot ask for the machine's
            if entries := _ENTRIES.search(line):
                self._promised = int(entries[1])
                account.lost += max(int(entries[2]) - int(entries[1]), 0)
            mark = bool(_MARK.search(line))
            self._marks += mark
            if lost or mark or self._form.remarks.match(line):
                account.remarks += 1
            else:
                account.unread += 1
                account.first_unread = account.first_unread or line.decode(errors="backslashreplace").strip()
        lines.odd.clear()

    def _close(self) -> None:
        """The end of the text is here. Raises TraceError if it holds nothing of use, or more than it says."""
        account = self.account
        account.cut = self._lines.cut + self._unfinished
        account.lines += self._unfinished
        found = account.records + account.others + account.cut + self._marks
        if self._promised is not None and found > self._promised:
            raise TraceError(
                self.path,
                f"has {found} events, and its head says {self._promised}: more than one recording, or altered; "
                "import each by itself",
            )
        if self._promised is not None:
            account.lost += self._promised - found
        if not account.records:
            raise TraceError(self.path, f"has no event of swap: {account.form}, {_told(account)}")


def _told(account: Account) -> str:
    """What else there is."""
    told = f"{account.lines} lines, of these {account.others} of other events, {account.cut} cut"
    if account.first_unread:
        return f"{told}, {account.unread} not read, the first being {account.first_unread[:60]!r}"
    return told
