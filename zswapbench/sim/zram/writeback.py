# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Writeback: what ``idle`` and ``writeback`` in sysfs do to the slots of a device.

``idle`` marks slots. ``writeback`` writes marked or huge ones out to the backing device, raw, and frees their
objects. Up to 6.12 the chosen slots go by index. From 6.13 on they go largest first: by ranges of 64 bytes of
their size, and by index within a range. The backing device has as many blocks as are wanted.

Source: drivers/block/zram/zram_drv.c mark_idle(), writeback_store() (6.12), place_pp_slot(), select_pp_slot()
(7.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cython
import numpy as np
from cython.cimports.cpython.exc import PyErr_CheckSignals
from cython.cimports.zswapbench.sim.zram.slots import HELD, HUGE, IDLE, INCOMPRESSIBLE, SAME, WB, Slot, Slots

WORDS = {"same": SAME, "huge": HUGE, "wb": WB, "idle": IDLE, "incompressible": INCOMPRESSIBLE}
"""The flags as attributes and tests name them."""

RANGE_SHIFT = cython.declare(cython.int, 6)
SLOTS_AT_A_TIME = cython.declare(cython.int, 1 << 16)  # between two of these an interrupt is heard


def flags_of(words: Sequence[str]) -> int:
    """The flags of these names together."""
    return sum({WORDS[word] for word in words})


@cython.cclass
class Writeback(Slots):
    """The slots, and a backing device. ``by_size``: the order is that of 6.13 and later."""

    def mark_idle(self, age_us: cython.longlong = -1) -> int:
        """``idle`` was written: mark slots not read or written for more than ``age_us``, negative: all of them.

        Returns how many bear the mark now. Reading, writing and freeing clear it.
        """
        marked: cython.longlong = 0
        key: cython.int
        for key in range(self.keys):
            if key % SLOTS_AT_A_TIME == 0:
                PyErr_CheckSignals()
            slot: cython.pointer(Slot) = cython.address(self.slots[key])
            if slot.flags & HELD and not slot.flags & WB:
                if age_us < 0 or slot.accessed < self.clock.now - age_us:
                    slot.flags |= IDLE
                marked += (slot.flags & IDLE) != 0
        return marked

    def limit_writeback(self, units: cython.longlong) -> None:
        """``writeback_limit`` was written, and is enabled: so many times 4 KiB may be written back from now on."""
        self.limited = True
        self.bd_wb_limit = units

    def writeback(self, flags: Sequence[str] = (), only: cython.int = -1) -> tuple[int, bool]:
        """``writeback`` was written: slots with all of ``flags``, or slot ``only``, go to the backing device.

        Not those that are there already, nor SAME ones. Returns how many went, and whether it ended with -EIO
        because the limit was used up. By index the kernel looks at the limit before each slot of the device,
        by size before each chosen one (from memory).
        """
        if only >= self.keys:
            raise ValueError(f"slot {only} of {self.keys}")
        order: cython.int[::1] = self.chosen(flags_of(flags) | HELD, SAME | WB, only)
        done: cython.Py_ssize_t = 0
        while done < order.shape[0] and not self.limit_reached():
            if done % SLOTS_AT_A_TIME == 0:
                PyErr_CheckSignals()
            self.write_back(cython.address(self.slots[order[done]]))
            done += 1
        if self.by_size:
            return done, done < order.shape[0]
        reached: cython.int = order[done - 1] if done else max(only, 0) - 1
        return done, self.limit_reached() and reached + 1 < (self.keys if only < 0 else only + 1)

    def limit_reached(self) -> cython.bint:
        """Whether a limit is enabled and nothing is left of it."""
        return self.limited and self.bd_wb_limit == 0

    def write_back(self, slot: cython.pointer(Slot)) -> cython.void:
        """Write the raw page to the backing device and free the object; the slot still counts as stored."""
        self.free_page(slot)
        slot.flags = HELD | WB
        self.count.pages_stored += 1
        self.count.bd_count += 1
        self.count.bd_writes += 1
        self.bd_wb_limit = max(0, self.bd_wb_limit - (self.pool.page_size >> 12))

    def chosen(self, need: cython.int, avoid: cython.int, only: cython.int) -> Any:
        """Slots with all flags of ``need`` and none of ``avoid``, int32[n], in the order in which they are handled.

        ``only``: of this one slot; negative: of all.
        """
        keys = np.empty(self.keys, np.int32)
        ranges = np.empty(self.keys, np.int32)
        keys_view: cython.int[::1] = keys
        ranges_view: cython.int[::1] = ranges
        found: cython.Py_ssize_t = 0
        key: cython.int
        for key in range(max(only, 0), self.keys if only < 0 else only + 1):
            if self.slots[key].flags & (need | avoid) == need:
                keys_view[found] = key
                ranges_view[found] = self.slots[key].size >> RANGE_SHIFT
                found += 1
        if not self.by_size:
            return keys[:found]
        return keys[np.argsort(-ranges[:found], kind="stable")]

    def slots_held(self) -> dict[int, dict[str, Any]]:
        """What each slot in use holds, by index: corpus page, bytes, priority, names of its flags."""
        return {
            key: {
                "page": self.slots[key].page,
                "size": self.slots[key].size,
                "priority": self.slots[key].priority,
                "flags": [word for word, flag in WORDS.items() if self.slots[key].flags & flag],
            }
            for key in range(self.keys)
            if self.slots[key].flags & HELD
        }
