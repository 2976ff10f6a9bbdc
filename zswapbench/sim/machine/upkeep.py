# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Who looks after a zram: every so often idle slots are marked, some recompressed, and some written back.

That is a script with a loop of ``echo`` and ``sleep``, or a daemon, on a CPU of its own. What it does takes time, and
the program goes on meanwhile:

* A round chooses slots, and then takes one after the other. A slot that was accessed since, or freed, is passed over.
* Recompression takes a slot's decompression and a compression, both of this CPU.
* Writeback takes a slot's decompression, then the write. Up to 6.18 one write is waited for before the next; later
  kernels have 32 on their way.
* A page frame that comes free is there for the program at once. Writeback ends where its limit is used up or the device
  is full.
* A new form is placed before the old one is given up, and takes page frames above the watermark min only: those below
  are for who reclaims, and whoever writes to sysfs does not. Recompression ends where it finds none. So it does in
  6.12, which asks without direct reclaim. Later kernels ask with GFP_NOIO and may wait for kswapd; here they end, too.
* The next round begins ``every`` after this one began, or when it ends, if that is later.

It is looked at whenever a page leaves memory or comes back. All that was due by then has happened at its own time: what
comes out does not depend on how often one looks.

Up to 6.12 the kernel looks at each slot only when it comes to it; here, too, it is chosen at the beginning.

Source: drivers/block/zram/zram_drv.c writeback_store(), zram_writeback_slots(), recompress_store(), recompress_slot(),
mark_idle(), 6.12 to 7.3, where the mark of a chosen slot is ZRAM_PP_SLOT; writeback_batch_size is 32 by default;
mm/page_alloc.c gfp_to_alloc_flags(), __gfp_pfmemalloc_flags() (who may go below min).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cython
import numpy as np
from cython.cimports.zswapbench.sim.device import SwapDevice
from cython.cimports.zswapbench.sim.zram.device import Zram
from cython.cimports.zswapbench.sim.zram.recompression import DONE, NO_ROOM, SKIPPED, UNTRIED
from cython.cimports.zswapbench.sim.zram.slots import SELECTED, Slot

_RESTING = cython.declare(cython.int, 0)
_RECOMPRESSING = cython.declare(cython.int, 1)
_WRITING = cython.declare(cython.int, 2)


@cython.cclass
class Upkeep:
    """What is done to ``zram``, whose backing device is ``device``, every ``every`` nanoseconds of the clock.

    ``age``: seconds without an access after which a slot is idle; -1: none is marked. ``recompress``, ``writeback``:
    the flags of slots that are recompressed, by the algorithm of priority 1, and written back; None: no slot is.
    ``threshold``: bytes from which on a slot is recompressed. ``one_by_one``: whether a write is waited for before the
    next; else ``device`` must be one with a limit of writes on their way.

    ``forms``: by priority, what pages take under its algorithm: their groups uint8[pages], and nanoseconds for
    compression and for decompression float64[GROUPS].

    ``due``: when there is something to do, ns. ``rounds``: that were begun; ``recompressed``: slots that got a new
    form; ``recompress_ns``, ``writeback_ns``: what both took of the CPU.
    """

    def __init__(
        self,
        zram: Zram,
        device: SwapDevice,
        forms: Sequence[tuple[Any, Any, Any]],
        *,
        every: cython.longlong,
        age: cython.int = -1,
        recompress: Sequence[str] | None = None,
        threshold: cython.uint = 0,
        writeback: Sequence[str] | None = None,
        one_by_one: cython.bint = True,
    ) -> None:
        self.zram, self.device = zram, device
        self.every, self.age = every, age
        self.recompress, self.threshold, self.writeback = recompress, threshold, writeback
        self.one_by_one = one_by_one
        self.due = every
        groups, compress_ns, decompress_ns = zip(*forms, strict=True)
        self.groups = np.array(groups, np.uint8)
        self.compress_ns = np.rint(compress_ns).astype(np.int64)
        self.decompress_ns = np.rint(decompress_ns).astype(np.int64)
        self.until = zram.bounded(1, len(groups))
        if writeback is not None:
            zram.open_backing()

    def catch_up(self, now: cython.longlong) -> cython.void:
        """Do all that is due by ``now``. The pool's limit of page frames must be that of now, less min."""
        while self.due <= now:
            self.zram.clock.now = self.due // 1000
            if self.work == _RESTING:
                self.begin()
            elif self.work == _RECOMPRESSING:
                self.recompress_next()
            else:
                self.write_next()

    def unpacking(self, priority: cython.int, page: cython.uint) -> cython.longlong:
        """Nanoseconds to decompress ``page`` as the algorithm of ``priority`` left it."""
        return self.decompress_ns[priority, self.groups[priority, page]]

    def begin(self) -> cython.void:
        """A round begins."""
        self.began = self.due
        self.rounds += 1
        self.choose(_RECOMPRESSING)

    def choose(self, work: cython.int) -> cython.void:
        """Choose the slots for ``work``; before the first of a round idle ones are marked."""
        self.work, self.next = work, 0
        with cython.gil:
            try:
                if work == _RECOMPRESSING and self.age >= 0:
                    self.zram.mark_idle(self.age)
                self.order = self.chosen(work)
            except BaseException as error:  # noqa: BLE001  it must get past code that cannot raise
                self.failure, self.due = error, (1 << 63) - 1
                return
        index: cython.Py_ssize_t
        for index in range(self.order.shape[0]):
            slot: cython.pointer(Slot) = cython.address(self.zram.slots[self.order[index]])
            slot.flags |= SELECTED

    def chosen(self, work: int) -> Any:
        """Numbers of the slots for ``work``, int32[n]."""
        flags = self.recompress if work == _RECOMPRESSING else self.writeback
        if flags is None:
            return np.empty(0, np.int32)
        if work == _RECOMPRESSING:
            return self.zram.chosen_to_recompress(flags)
        return self.zram.chosen_to_write_back(flags, ())

    def rest(self) -> cython.void:
        """The round is over."""
        self.work = _RESTING
        self.due = max(self.due, self.began + self.every)

    def recompress_next(self) -> cython.void:
        """Try the algorithm on the next slot."""
        if self.next == self.order.shape[0]:
            self.choose(_WRITING)
            return
        slot: cython.pointer(Slot) = cython.address(self.zram.slots[self.order[self.next]])
        self.next += 1
        if not slot.flags & SELECTED:
            return
        slot.flags &= ~SELECTED
        ns: cython.longlong = self.unpacking(slot.priority, slot.page)
        decompressions: cython.longlong = self.zram.count.decompressions
        page: cython.uint = slot.page
        outcome: cython.int = self.zram.recompress_slot(slot, self.threshold, 1, self.until)
        if self.zram.count.decompressions == decompressions:
            ns = 0
        if outcome != SKIPPED and outcome != UNTRIED:
            ns += self.compress_ns[1, self.groups[1, page]]
        if outcome == NO_ROOM:
            self.next = self.order.shape[0]
        self.recompressed += outcome == DONE
        self.recompress_ns += ns
        self.due += ns

    def write_next(self) -> cython.void:
        """Write the next slot back, unless the limit or the device's end is in the way."""
        if self.next == self.order.shape[0] or self.zram.blocked():
            self.rest()
            return
        slot: cython.pointer(Slot) = cython.address(self.zram.slots[self.order[self.next]])
        self.next += 1
        if not slot.flags & SELECTED:
            return
        slot.flags &= ~SELECTED
        ns: cython.longlong = self.unpacking(slot.priority, slot.page)
        decompressions: cython.longlong = self.zram.count.decompressions
        self.zram.write_back(slot)
        if self.zram.count.decompressions == decompressions:
            ns = 0
        self.writeback_ns += ns
        # The decompression is counted behind the write, so that no write is ever ahead of the clock.
        done: cython.longlong = max(self.device.busy_until, self.due) + self.device.write_latency
        self.device.write_back(self.due)
        self.due = ns + (done if self.one_by_one else self.device.congested_until(self.due))
