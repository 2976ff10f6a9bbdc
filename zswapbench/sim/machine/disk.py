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
        self.device.write()
        self.await_writes()

    def load(self, slot: cython.uint) -> cython.void:
        before: cython.longlong = self.device.waited + self.device.queued
        self.device.read()
        self.await_read(before)

    def place(self, slot: cython.uint) -> cython.int:
        return DEVICE
