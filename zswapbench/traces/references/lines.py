# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Importers whose text is small, so that they can be plain Python: they see a line at a time, as bytes."""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.traces.references.importer import Importer


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

    def is_wanted(self, process: int) -> bool:
        """Is ``process`` the one that is wanted? Raises ValueError for a second one where none is named."""
        if self.wish.process is not None:
            return process == self.wish.process
        if self.process is None:
            self.process = process
        if process != self.process:
            raise ValueError(
                f"line {self.lines} is of process {process}, and lines before are of {self.process}; "
                "name one with --process"
            )
        return True
