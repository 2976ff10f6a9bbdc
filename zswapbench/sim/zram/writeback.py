# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Writeback: what ``idle`` and ``writeback`` in sysfs do to the slots of a device.

``idle`` marks slots. ``writeback`` writes chosen ones out to the backing device and frees their objects. Each takes a
block there, the lowest that is free, whether its page goes out raw or, with ``compressed_writeback``, as it is: what
that saves is the decompression, which a later read of the block then costs. For that read a slot then keeps its size,
its priority and whether it is HUGE, also in 7.0, which forgets the rest.

Up to 6.12 the chosen slots go by index. From 6.13 on they go largest first: by ranges of 64 bytes of their size, and
within a range the last that was found goes first.

An age is compared with a slot's last access. Trace time stands for the uptime: a trace begins at 0, and a write to
sysfs comes an instant after the event before it. Kernels differ in what they do with an age above the uptime:

| kernels  | ages          | above the uptime                        |
|----------|---------------|-----------------------------------------|
| to 6.19  | exact         | no slot is that old: all marks go       |
| 7.0      | whole seconds | the subtraction wraps: all slots marked |
| 7.3      | whole seconds | nothing happens                         |

In whole seconds an age that equals the uptime counts as above it.

Source: drivers/block/zram/zram_drv.c mark_idle(), idle_store(), writeback_store(), zram_writeback_slots(),
alloc_block_bdev(), place_pp_slot(), select_pp_slot() (6.12 to 7.3); measured on 6.18, 7.2 and 7.3.
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
    Slots,
)

WORDS = {"same": SAME, "huge": HUGE, "wb": WB, "idle": IDLE, "incompressible": INCOMPRESSIBLE}
"""The flags as attributes and tests name them."""

RANGE_SHIFT = cython.declare(cython.int, 6)
SLOTS_AT_A_TIME = cython.declare(cython.int, 1 << 16)  # between two of these an interrupt is heard
SECOND = cython.declare(cython.longlong, 1_000_000)  # of trace time
NEVER = cython.declare(cython.longlong, (1 << 63) - 1)


def flags_of(words: Sequence[str]) -> int:
    """The flags of these names together."""
    return sum({WORDS[word] for word in words})


@cython.cclass
class Writeback(Slots):
    """The slots, and a backing device. The parameters are ``Zram``'s."""

    def take_rules(self, rules: Any) -> None:
        Slots.take_rules(self, rules)
        self.by_size = rules.order == "size"
        self.in_seconds = rules.idle != "exact"
        self.capped = rules.idle == "capped"
        self.keeps_written = rules.keeps_written
        self.first_block = rules.first_block
        self.blocks = None  # a view that was never given anything is not None
        self.bd_blocks = self.bd_pages if self.bd_pages < 0 else max(0, self.bd_pages - self.first_block)

    def mark_idle(self, age: cython.longlong = -1) -> int:
        """``idle`` was written: mark slots not read or written for ``age`` seconds, and no others; negative: all.

        Slots that are SAME or on the backing device are left out. Returns how many bear the mark now. Reading,
        writing and freeing clear it.
        """
        before: cython.longlong = NEVER
        leave: cython.bint = False
        if age >= 0 and not self.in_seconds:
            before = self.clock.now - age * SECOND + 1
        elif age >= 0:
            if age < self.clock.now // SECOND:
                before = (self.clock.now // SECOND - age) * SECOND
            else:
                leave = self.capped
        marked: cython.longlong = 0
        key: cython.int
        for key in range(self.keys):
            if key % SLOTS_AT_A_TIME == 0:
                PyErr_CheckSignals()
            slot: cython.pointer(Slot) = cython.address(self.slots[key])
            if slot.flags & (HELD | SAME | WB) == HELD:
                if not leave:
                    slot.flags = slot.flags | IDLE if slot.accessed < before else slot.flags & ~IDLE
                marked += (slot.flags & IDLE) != 0
        return marked

    def limit_writeback(self, units: cython.longlong) -> None:
        """``writeback_limit`` was written, and is enabled: so many times 4 KiB may be written back from now on."""
        self.limited = True
        self.bd_wb_limit = units

    def write_back_compressed(self, on: cython.bint) -> None:
        """``compressed_writeback`` was written. There must be nothing on the backing device yet."""
        self.compressed = on

    def writeback(self, flags: Sequence[str] = (), ranges: Sequence[tuple[int, int]] = ()) -> tuple[int, str]:
        """``writeback`` was written: slots with all of ``flags`` go to the backing device.

        Not those that are there already, nor SAME ones. ``ranges``: first and last slot, of which it is, by index one
        at most; none: of all. Returns how many went, and what ended it: "EIO", writeback_limit is used up, "ENOSPC",
        the device is full, or "". By index the kernel looks at both before each slot of the device, by size before
        each chosen one.
        """
        self.open_backing()
        order: cython.int[::1] = self.chosen_to_write_back(flags, ranges)
        done: cython.Py_ssize_t = 0
        while done < order.shape[0] and not self.blocked():
            if done % SLOTS_AT_A_TIME == 0:
                PyErr_CheckSignals()
            self.write_back(cython.address(self.slots[order[done]]))
            done += 1
        more: cython.bint = done < order.shape[0]
        if not self.by_size:
            first, last = ranges[0] if ranges else (0, self.keys - 1)
            more = (order[done - 1] if done else first - 1) < last
        return done, self.obstacle() if more else ""

    def chosen_to_write_back(self, flags: object, ranges: object) -> object:
        """Slots with all of ``flags`` that may go to the backing device, int32[n], in their order."""
        return self.chosen(flags_of(flags) | HELD, SAME | WB, ranges)

    def open_backing(self) -> None:
        """Have books on the blocks of the backing device, before the first slot goes there."""
        if self.blocks is None:
            self.blocks = np.zeros(self.keys, np.int32)
            self.taken = np.zeros(self.keys + 1, np.uint8)

    def obstacle(self) -> str:
        """Why nothing can be written back now, as ``writeback`` tells it; "" if something can."""
        if not self.blocked():
            return ""
        return "EIO" if self.limited and self.bd_wb_limit == 0 else "ENOSPC"

    def blocked(self) -> cython.bint:
        """Is the limit used up, or the backing device full?"""
        return (self.limited and self.bd_wb_limit == 0) or 0 <= self.bd_blocks <= self.count.bd_count

    def write_back(self, slot: cython.pointer(Slot)) -> cython.void:
        """Write the page to the backing device and free the object; the slot still counts as stored."""
        self.count.decompressions += not self.compressed and not slot.flags & HUGE
        self.free_object(slot)
        if self.keeps_written:
            slot.flags = slot.flags & ~IDLE | WB
        else:
            slot.flags = HELD | WB | (slot.flags & HUGE if self.compressed else 0)
            slot.accessed = 0
            if not self.compressed:
                slot.size = 0
                slot.priority = 0
        self.blocks[slot - self.slots] = self.take_block()
        self.count.bd_count += 1
        self.count.bd_writes += 1
        self.bd_wb_limit = max(0, self.bd_wb_limit - (self.pool.page_size >> 12))

    def take_block(self) -> cython.int:
        """The lowest free block of the backing device, taken."""
        while self.taken[self.lowest]:
            self.lowest += 1
        self.taken[self.lowest] = 1
        return self.first_block + self.lowest

    def free_block(self, slot: cython.pointer(Slot)) -> cython.void:
        block: cython.longlong = self.blocks[slot - self.slots] - self.first_block
        self.taken[block] = 0
        self.lowest = min(self.lowest, block)
        self.count.bd_count -= 1

    def chosen(self, need: cython.int, avoid: cython.int, ranges: Any) -> Any:
        """Slots with all flags of ``need`` and none of ``avoid``, int32[n], in the order in which they are handled.

        ``ranges``: first and last slot, of which they are taken, one range after the other; none: of all.
        """
        seen: cython.uchar[::1] = np.zeros(self.keys, np.uint8)
        keys = np.empty(self.keys, np.int32)
        keys_view: cython.int[::1] = keys
        buckets = np.empty(self.keys, np.int32)
        buckets_view: cython.int[::1] = buckets
        found: cython.Py_ssize_t = 0
        key: cython.int
        for first, last in ranges or [(0, self.keys - 1)]:
            if not 0 <= first <= last < self.keys:
                raise ValueError(f"slots {first} to {last} of {self.keys}")
            PyErr_CheckSignals()
            for key in range(first, last + 1):
                flags: cython.int = self.slots[key].flags
                if flags & need == need and not flags & avoid and not seen[key]:
                    seen[key] = True
                    keys_view[found] = key
                    buckets_view[found] = self.slots[key].size >> RANGE_SHIFT
                    found += 1
        if not self.by_size:
            return keys[:found]
        # The last found comes first, and stays there among those of its bucket.
        last_first = keys[:found][::-1]
        return last_first[np.argsort(-buckets[:found][::-1], kind="stable")]

    def slots_held(self) -> dict[int, dict[str, Any]]:
        """What each slot in use holds, by index: corpus page, bytes, priority, names of its flags, and its block.

        ``block``: of the backing device, None without one.
        """
        return {
            key: {
                "page": self.slots[key].page,
                "size": self.slots[key].size,
                "priority": self.slots[key].priority,
                "flags": [word for word, flag in WORDS.items() if self.slots[key].flags & flag],
                "block": self.blocks[key] if self.slots[key].flags & WB else None,
            }
            for key in range(self.keys)
            if self.slots[key].flags & HELD
        }
