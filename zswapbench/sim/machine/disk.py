# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""disk: each page that leaves is written to the swap device, and read from it when it comes back."""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.machine.paid import Paid
from cython.cimports.zswapbench.sim.reclaim.side import DEVICE


@cython.cclass
class Disk(Paid):
    """Takes no page frame."""

    def store(self, slot: cython.uint, page: cython.uint) -> cython.void:
        self.write_to_device()

    def load(self, slot: cython.uint) -> cython.void:
        self.read_from(self.device)

    def place(self, slot: cython.uint) -> cython.int:
        return DEVICE
