# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Goes through a text line by line. A subclass says what a line is: ``line``."""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.traces.line_reader import CUT_LINE, ODD_LINE, OTHER_LINE, RECORD_LINE
from cython.cimports.zswapbench.traces.records import Record
from cython.cimports.zswapbench.traces.scanning import Text, next_of, past_blanks

_LONGEST_ODD = 400
"""Bytes that are kept of a line that is not understood."""


@cython.cclass
class LineReader:
    """Reads one recording. The counts grow as it does.

    ``total``: all lines; ``others``: those of events that are none of swap's; ``cut``: those that lack something;
    ``odd``: those that are no events, for the caller to take out. ``frontswap``, ``writeout``: whether a function was
    named that only kernels before 6.6, or only kernels after 6.12, have. ``shortest``: bytes of a line with a record,
    at least.
    """

    def __init__(self) -> None:
        self.odd = []

    def read(self, text: bytes, records: Any) -> int:
        """Put the records of ``text``, which are whole lines, into the array ``records``; how many there are.

        ``records`` (zswapbench.traces.records.RECORD) has room for all that there can be.
        """
        view: Record[::1] = records
        at: Text = text
        end: Text = at + len(text)
        count: cython.Py_ssize_t = 0
        while at < end:
            stop: Text = next_of(at, end, ord("\n"))
            found: cython.int = self.line(at, stop, cython.address(view[count]))
            if found == RECORD_LINE:
                count += 1
            elif found == OTHER_LINE:
                self.others += 1
            elif found == CUT_LINE:
                self.cut += 1
            elif past_blanks(at, stop) < stop:
                self.odd.append(at[: min(stop - at, _LONGEST_ODD)])
            at = stop + 1
            self.total += 1
        return count

    def line(self, at: Text, end: Text, record: cython.pointer(Record)) -> cython.int:
        """What the line from ``at`` to ``end`` is; if it is a record, that is in ``record``."""
        return ODD_LINE
