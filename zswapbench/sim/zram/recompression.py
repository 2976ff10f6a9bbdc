# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Recompression: what ``recomp_algorithm`` and ``recompress`` in sysfs do to the slots of a device.

Slower algorithms are tried on chosen slots. A form is kept if it lands in a lower size class than the old one and, with
a threshold, has less bytes than that. A slot on which all was in vain is marked, and not tried again. What a call
tries, and what "all" is, has changed:

| kernels     | tried, if above the slot's own priority        | in vain, if no form was kept and              |
|-------------|------------------------------------------------|-----------------------------------------------|
| 6.2 to 6.12 | all that the call asks for, in turn            | each algorithm was tried, the last not lower  |
| 6.13 to 7.0 | the same, but below the number of algorithms   | the call goes up to that number, tried or not |
| 7.1 on      | one                                            | it is the highest                             |

"Not lower" is the class: up to 6.12 a last form that only missed the threshold is not in vain. The number of
algorithms, which counts the primary one too, bounds priorities: gaps between these shut the highest out.

Whether a class is lower is asked for the bytes alone up to 7.1, for those and zsmalloc's handle from 7.2 on. The pool
always adds the handle. So up to 7.1 a form may be kept that takes as much as the old one.

A slot of fewer bytes than the threshold is left alone. Any other is read, and loses its idle mark whatever follows.
A form that is kept is a new object, of which nobody knows when it was accessed. mem_limit is not looked at, and
mem_used_max does not move.

Source: drivers/block/zram/zram_drv.c zram_recompress(), recompress_store() (6.12), recompress_slot() (6.18 to 7.3);
mm/zsmalloc.c zs_lookup_class_index(); measured page by page on 6.18, 7.2 and 7.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cython
import numpy as np
from cython.cimports.cpython.exc import PyErr_CheckSignals
from cython.cimports.zswapbench.sim.zram.slots import (
    HELD,
    HUGE,
    IDLE,
    INCOMPRESSIBLE,
    SAME,
    WB,
    Slot,
)
from cython.cimports.zswapbench.sim.zram.writeback import Writeback

from zswapbench.sim.zram.writeback import flags_of

# Algorithms of a device: 0 is the primary one, 1 to 3 are for recompression.
PRIORITIES = cython.declare(cython.int, 4)

SLOTS_AT_A_TIME = cython.declare(cython.int, 1 << 16)  # between two of these an interrupt is heard


@cython.cclass
class Recompression(Writeback):
    """The slots, and slower algorithms. The parameters are ``Zram``'s."""

    def take_rules(self, rules: Any) -> None:
        Writeback.take_rules(self, rules)
        self.all_in_turn = rules.recompress == "all"
        self.one_only = rules.recompress == "one"
        self.with_handle = rules.with_handle

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
        INCOMPRESSIBLE before, nor objects of less than ``threshold`` bytes. ``max_pages`` end it, counted up to 6.12 as
        slots that something was tried on, later as slots that reach the threshold; negative: no such end. Algorithms:
        of the priorities from ``first`` on, below ``until``, as far as the kernel goes.
        """
        order: cython.int[::1] = self.chosen_to_recompress(flags)
        until = self.bounded(first, until)
        left: cython.longlong = max_pages
        done: cython.longlong = 0
        number: cython.Py_ssize_t
        for number in range(order.shape[0]):
            if left == 0:
                break
            if number % SLOTS_AT_A_TIME == 0:
                PyErr_CheckSignals()
            slot: cython.pointer(Slot) = cython.address(self.slots[order[number]])
            outcome: cython.int = self.recompress_slot(slot, threshold, first, until)
            if outcome == NO_ROOM:
                break
            left -= outcome != SKIPPED and (outcome != UNTRIED or not self.all_in_turn)
            done += outcome == DONE
        return done

    def chosen_to_recompress(self, flags: object) -> object:
        """Slots with all of ``flags`` that algorithms may be tried on, int32[n], in their order."""
        return self.chosen(flags_of(flags) | HELD, SAME | WB | INCOMPRESSIBLE, ())

    def bounded(self, first: cython.int, until: cython.int) -> cython.int:
        """Where a call for priorities from ``first`` on, below ``until``, ends for this kernel."""
        if self.one_only:
            return first + 1
        return until if self.all_in_turn else min(until, 1 + self.algorithms())

    def recompress_slot(
        self, slot: cython.pointer(Slot), threshold: cython.uint, first: cython.int, until: cython.int
    ) -> cython.int:
        """What becomes of one slot that was chosen: one of the outcomes above. ``until``: as ``bounded`` gives it."""
        if slot.size < threshold or (not self.all_in_turn and slot.priority + 1 >= until):
            return SKIPPED
        return self.try_forms(slot, threshold, first, until)

    def try_forms(
        self, slot: cython.pointer(Slot), threshold: cython.uint, first: cython.int, until: cython.int
    ) -> cython.int:
        """Try algorithms on one slot and keep the first form that is good enough."""
        slot.flags &= ~IDLE
        self.count.decompressions += not slot.flags & HUGE
        old: cython.int = self.class_compared(slot.size)
        tried: cython.int = 0
        lower: cython.bint = False
        priority: cython.int
        for priority in range(max(first, slot.priority + 1), until):
            if not self.registered >> priority & 1:
                continue
            tried += 1
            size: cython.uint = self.secondary[priority, slot.page]
            lower = self.class_compared(size) < old
            if lower and (threshold == 0 or size < threshold):
                if self.pool.alloc(self.spare, size) != 0:
                    return NO_ROOM
                self.exchange(slot, size, priority)
                return DONE
        if self.all_in_turn:
            if tried > 0 and tried == self.algorithms() and not lower:
                slot.flags |= INCOMPRESSIBLE
        elif until == self.after_last():
            slot.flags |= INCOMPRESSIBLE
        return IN_VAIN if tried else UNTRIED

    def class_compared(self, size: cython.uint) -> cython.int:
        """The class that recompression takes an object of ``size`` bytes to be in; the last for too many."""
        page_size: cython.uint = self.pool.page_size
        counted: cython.int = min(size, page_size)
        if not self.with_handle:
            counted = max(1, counted - self.pool.handle_bytes)
        return self.pool.class_of(counted)

    def algorithms(self) -> cython.int:
        """How many secondary algorithms there are."""
        count: cython.int = 0
        priority: cython.int
        for priority in range(1, PRIORITIES):
            count += self.registered >> priority & 1
        return count

    def after_last(self) -> cython.int:
        """The priority at which a call ends that leaves nothing to try, as kernels from 6.13 on see it."""
        if not self.one_only:
            return 1 + self.algorithms()
        highest: cython.int = PRIORITIES - 1
        while highest > 0 and not self.registered >> highest & 1:
            highest -= 1
        return highest + 1

    def exchange(self, slot: cython.pointer(Slot), size: cython.uint, priority: cython.int) -> cython.void:
        """The slot gives its object up for that of the spare entry, which the algorithm of ``priority`` made."""
        self.free_page(slot)
        self.own(slot, size)
        self.count.pages_stored += 1
        slot.flags = HELD
        slot.priority = priority
