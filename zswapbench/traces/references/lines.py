# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Importers whose text is small, so that they can be plain Python: they see a line at a time, as bytes."""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.traces.references.importer import Importer

from zswapbench.common.units import format_count
from zswapbench.traces.text import LOST


@cython.cclass
class Lines(Importer):
    """A subclass has ``parse()`` in place of ``line()``."""

    def parse(self, text: bytes) -> bool:
        """Take a line; False if it is none of this form. Raises ValueError for what cannot be used at all."""
        raise NotImplementedError

    def line(self, at: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
        return self.parse(at[: end - at])

    def touched(self, address: int, size: int, write: bool | None) -> None:
        """The program touched ``size`` bytes from ``address`` on. ``write`` None: the text does not say."""
        self.touch(address, size, self.drawn_write() if write is None else write)

    def clock(self, now_ns: int) -> None:
        """It is ``now_ns`` on the clock of the text."""
        self.advance_to(now_ns)

    def tells_of_loss(self, text: bytes) -> bool:
        """Does the tracer say in this line that it lost events? They are counted."""
        lost = LOST.search(text)
        if lost:
            self.lost += int(lost[1] or lost[2])
        return lost is not None

    def remarks(self) -> list[str]:
        told: list[str] = Importer.remarks(self)
        return [*told, f"the tracer lost {format_count(self.lost, 'event')}"] if self.lost else told
