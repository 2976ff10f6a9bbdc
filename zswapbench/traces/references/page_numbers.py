# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""page-numbers: virtual page numbers, 8 bytes each, little-endian, and nothing else: what any tool can write.

It is no text, so it is recognised last: whole words, each below 2^52, as the page numbers of 64-bit machines are.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.zswapbench.traces.references.importer import Importer

_MOST = cython.declare(cython.ulonglong, 1 << 52)
_LOOKED_AT = 512
"""Page numbers from the beginning that are looked at."""


@cython.cclass
class PageNumbers(Importer):
    """Each is one reference."""

    name = "page-numbers"
    help = "page numbers, u64 little-endian"
    says_writes = False
    has_clock = False
    says_process = False

    @staticmethod
    def recognises(start: bytes) -> bool:
        words = np.frombuffer(start, "<u8", min(len(start) // 8, _LOOKED_AT))
        return len(words) > 0 and bool((words < 1 << 52).all())

    def feed(self, data: bytes) -> Any:
        data = self.rest + data
        whole = len(data) // 8
        words: cython.const[cython.ulonglong][::1] = np.frombuffer(data, "<u8", whole)
        index: cython.Py_ssize_t
        for index in range(whole):
            self.lines += 1
            if words[index] >= _MOST:
                raise ValueError(f"word {self.lines} is {words[index]:#x}, no page number")
            self.tick()
            self.touch(words[index] << self.shift, 1, self.drawn_write())
        self.rest = data[8 * whole :]
        return self._taken()

    def finish(self) -> Any:
        if self.rest:
            raise ValueError(f"ends with {len(self.rest)} bytes that are no whole page number")
        return Importer.finish(self)
