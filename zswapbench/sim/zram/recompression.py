# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Recompression: what ``recomp_algorithm`` and ``recompress`` in sysfs do to the slots of a device.

Slower algorithms are tried on chosen slots. A form is kept if it lands in a lower size class than the old one;
a slot on which all was in vain is marked, and not tried again.

Source: drivers/block/zram/zram_drv.c zram_recompress(), recompress_store() (6.12), recompress_slot() (7.3).
From memory is that recompression neither looks at mem_limit nor moves mem_used_max; what else is from memory is
marked so below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cython
import numpy as np
from cython.cimports.cpython.exc import PyErr_CheckSignals
from cython.cimports.zswapbench.sim.zram.slots import HELD, IDLE, INCOMPRESSIBLE, SAME, WB, Slot
from cython.cimports.zswapbench.sim.zram.writeback import Writeback

from zswapbench.sim.zram.writeback import flags_of

PRIORITIES = 4
"""Algorithms of a device: 0 is the primary one, 1 to 3 are for recompression."""

# What became of a slot that algorithms were to be tried on.
UNTRIED = cython.declare(cython.int, 0)
IN_VAIN = cython.declare(cython.int, 1)
DONE = cython.declare(cython.int, 2)

SLOTS_AT_A_TIME = cython.declare(cython.int, 1 << 16)  # between two of these an interrupt is heard


@cython.cclass
class Recompression(Writeback):
    """The slots, and slower algorithms. ``one_priority``: a call tries one algorithm, not all in turn."""

    def add_algorithm(self, priority: cython.int, sizes: Any) -> None:
        """``recomp_algorithm`` was written: pages take ``sizes`` uint32[pages] under the one of this priority."""
        rows = np.zeros((PRIORITIES, len(sizes)), np.uint32)
        if self.registered:
            rows[:] = self.secondary
        rows[priority] = sizes
        self.secondary = rows
        self.registered |= 1 << priority

    def recompress(
        self,
        flags: Sequence[str] = (),
        threshold: cython.uint = 0,
        max_pages: cython.longlong = -1,
        first: cython.int = 1,
        until: cython.int = PRIORITIES,
    ) -> int:
        """``recompress`` was written: how many pages have a new form.

        Slots with all of ``flags`` are tried, but not those that are SAME, on the backing device or found
        INCOMPRESSIBLE before, nor objects of less than ``threshold`` bytes, nor such as an algorithm of this
        priority or a higher one has made. ``max_pages`` that were tried end it; negative: no such end.
        Algorithms: of the priorities from ``first`` on, below ``until``; with ``one_priority`` just ``first``.
        """
        order: cython.int[::1] = self.chosen(flags_of(flags) | HELD, SAME | WB | INCOMPRESSIBLE, -1)
        if self.one_priority:
            until = min(until, first + 1)
        left: cython.longlong = max_pages
        done: cython.longlong = 0
        number: cython.Py_ssize_t
        for number in range(order.shape[0]):
            if left == 0:
                break
            if number % SLOTS_AT_A_TIME == 0:
                PyErr_CheckSignals()
            slot: cython.pointer(Slot) = cython.address(self.slots[order[number]])
            if slot.size < threshold:
                continue
            outcome: cython.int = self.try_forms(slot, threshold, first, until)
            left -= outcome != UNTRIED
            done += outcome == DONE
        return done

    def try_forms(
        self, slot: cython.pointer(Slot), threshold: cython.uint, first: cython.int, until: cython.int
    ) -> cython.int:
        """Try algorithms on one slot and keep the first form that is good enough.

        That is one of a lower size class than the old and, with a threshold, of less bytes than that. In vain
        are the others: then the slot is marked INCOMPRESSIBLE if the class of the last form was no lower and
        there is nothing left to try. 6.13 and later take a tried slot for accessed (from memory).
        """
        old: cython.int = self.pool.class_of(slot.size)
        tried: cython.int = 0
        lower: cython.bint = False
        last: cython.int = 0
        priority: cython.int
        for priority in range(max(first, slot.priority + 1), until):
            if not self.registered >> priority & 1:
                continue
            tried += 1
            last = priority
            size: cython.uint = self.secondary[priority, slot.page]
            lower = size < cython.cast(cython.uint, self.pool.page_size) and self.pool.class_of(size) < old
            if lower and (threshold == 0 or size < threshold) and self.pool.alloc(self.spare, size) == 0:
                self.exchange(slot, size, priority)
                return DONE
        if tried == 0:
            return UNTRIED
        if self.one_priority:
            slot.flags &= ~IDLE
        if not lower and self.was_all(tried, last):
            slot.flags |= INCOMPRESSIBLE
        return IN_VAIN

    def was_all(self, tried: cython.int, last: cython.int) -> cython.bint:
        """Whether nothing is left to try: up to 6.12 all algorithms were tried in this call, later the highest."""
        if self.one_priority:
            return self.registered >> (last + 1) == 0
        count: cython.int = 0
        priority: cython.int
        for priority in range(1, PRIORITIES):
            count += self.registered >> priority & 1
        return tried == count

    def exchange(self, slot: cython.pointer(Slot), size: cython.uint, priority: cython.int) -> cython.void:
        """The slot gives its object up for that of the spare entry, which the algorithm of ``priority`` made."""
        self.free_page(slot)
        self.own(slot, size)
        self.count.pages_stored += 1
        slot.flags = HELD
        slot.priority = priority
