# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Page frames: how many are free, and who reclaims when there are few: the task that wants one, or kswapd.

    free > low          a task gets its frame
    free <= low         the same, and kswapd is woken. It reclaims until free > high
    free <= min         the task reclaims itself, for 32 pages, again and again: direct reclaim

kswapd has a clock of its own (the side's). It does a batch of pages at a time: never while its clock is ahead of the
task's. What a batch frees is in flight until kswapd's clock is reached: free for kswapd, and not yet for the task.
Whoever frees frames frees them from resident pages; what a pool takes to hold these comes out of the same frames, also
of those below min.

kswapd goes over the lists in turns. A turn has passes of priority 12, 11, ... 1, each over size >> priority of the
lists. A pass is repeated at the same priority if it looked at as many pages as it wants: high, 32 at least. A turn ends
where enough is free. Where 16 turns in a row free nothing kswapd gives up, until direct reclaim frees something.

Left out: what a task waits for kswapd once less than half of min is free (throttle_direct_reclaim()), per-CPU lists of
free pages, boosted watermarks.

Source: mm/page_alloc.c __alloc_pages_slowpath(), zone_watermark_fast(); mm/vmscan.c balance_pgdat(), wakeup_kswapd(),
kswapd_shrink_node(), shrink_node(); 6.12 to 7.3.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.reclaim.frames import ALL
from cython.cimports.zswapbench.sim.reclaim.side import SwapSide

_TRIES = cython.declare(cython.int, 16)  # MAX_RECLAIM_RETRIES
_DEF_PRIORITY = cython.declare(cython.int, 12)
_LEAST_WANTED = cython.declare(cython.uint, 32)  # SWAP_CLUSTER_MAX


@cython.cclass
class Frames:
    """``frames``: of RAM, which resident pages share with what ``side`` holds. ``least``, ``low``, ``high``: marks.

    With ``high`` = ``least`` there is no kswapd: a memory cgroup has none, whose limit is ``frames``. What is
    reclaimed, and how, is for a subclass to say (node.py): ``first_priority``, ``wanted``: of a task's reclaim.

    Counters, under the names of /proc/vmstat where it has them: ``allocstall``: direct reclaims. ``scanned``: pages
    that reclaim took off a list to let them leave (pgscan), of these ``scanned_by_kswapd``; ``stolen``: those that left
    (pgsteal), of these ``stolen_by_kswapd``. ``kswapd_woken``: times that it was. ``stuck``: a task found no frame; or
    none under the limit of its cgroup, that at place ``stuck_in``.
    """

    def __init__(
        self, frames: cython.uint, side: SwapSide, least: cython.uint, low: cython.uint, high: cython.uint
    ) -> None:
        self.frames, self.side = frames, side
        side.room, side.reserve = frames, least
        self.min, self.low, self.high = least, low, high
        self.stuck_in = ALL

    def sweep(self, who: cython.int, its: cython.pointer(Pass)) -> cython.void:
        """A pass of a task over the lists of cgroup ``who``, or of ALL until it has what it wants."""

    def begin(self, its: cython.pointer(Pass)) -> cython.void:
        """A pass of kswapd begins: what is to be looked at."""

    def look(self, its: cython.pointer(Pass)) -> cython.bint:
        """One batch of a pass of kswapd. False: there was none left, and the pass is over."""
        return False

    def turn_over(self, who: cython.int) -> cython.void:
        """All passes of a reclaim of ``who`` are over, or kswapd's of one turn."""

    def swap_in(self, number: cython.uint) -> cython.bint:
        """Read page ``number``, of whatever cgroup, into the swap cache. False: there is no frame for it."""
        return False

    def take_back(self) -> cython.void:
        """Pages that have ``returned`` to the side are in memory again."""

    def hold(self, frames: cython.int) -> cython.void:
        """Resident pages have so many frames more."""
        self.resident += frames
        self.side.room -= frames

    def get_stuck(self, where: cython.int) -> cython.void:
        """Out of memory: of the machine, or of the cgroup at place ``where``."""
        self.stuck, self.stuck_in = True, where

    def fly(self, frames: cython.longlong) -> cython.void:
        """So many frames are in flight: kswapd has freed them, and no task has them yet."""
        self.side.room += self.in_flight - frames
        self.in_flight = frames

    def free_frames(self) -> cython.longlong:
        """For a task."""
        return cython.cast(cython.longlong, self.frames) - self.resident - self.in_flight - self.side.held

    def balanced(self, beside: cython.uint) -> cython.bint:
        """May kswapd sleep, with ``beside`` frames to spare? Source: pgdat_balanced()."""
        return self.free_frames() + self.in_flight > cython.cast(cython.longlong, self.high) + beside

    def take_frame(self) -> cython.bint:
        """Have a frame for one page more, after reclaim where there are few. False: there is none."""
        left: cython.int = _TRIES
        while True:
            if self.busy:
                self.let_kswapd()
            free: cython.longlong = self.free_frames()
            if free <= self.low:
                self._wake()
            if free > self.min:
                self.hold(1)
                return True
            if self._reclaim_directly() == 0:
                if self.in_flight:
                    self.side.await_kswapd()
                    continue
                left -= 1
                if left == 0:
                    self.get_stuck(ALL)
                    return False

    def take_frames(self, count: cython.uint) -> cython.bint:
        """Have ``count`` frames at once, without any reclaim. False: so many are not free above min."""
        if self.busy:
            self.let_kswapd()
        if self.free_frames() - (count - 1) <= self.min:
            return False
        self.hold(count)
        return True

    def moment(self) -> cython.uint:
        """The time of a touch that happens now, as a page has it."""
        return 0

    def let_kswapd(self) -> cython.void:
        """Kswapd comes as far as it can by the task's clock."""
        while self.busy and self.side.kswapd_may():
            self.fly(0)
            if self.awake:
                self._step()
            self.busy = self.awake or self.in_flight > 0

    def _wake(self) -> cython.void:
        """Source: wakeup_kswapd()."""
        if self.awake or self.high <= self.min or self.failures >= _TRIES:
            return
        self.awake = self.busy = True
        self.kswapd_woken += 1
        self.priority, self.freed_in_turn = _DEF_PRIORITY, 0
        self.side.wake_kswapd()

    def _reclaim_directly(self) -> cython.uint:
        self.allocstall += 1
        freed: cython.uint = self.try_to_free(ALL)
        if freed:
            self.failures = 0
        return freed

    def try_to_free(self, who: cython.int) -> cython.uint:
        """A task reclaims of cgroup ``who``, or ALL, until it has what it wants; how many frames it has freed.

        Where that were none, but active pages were left alone, these are taken, too. Source: do_try_to_free_pages().
        """
        its: Pass
        its.wanted, its.by_kswapd = self.wanted, False
        its.of_cgroup = who != ALL or self.high <= self.min
        its.skipped = its.forced = False
        its.freed = 0
        while True:
            for its.priority in range(self.first_priority, -1, -1):
                self.sweep(who, cython.address(its))
                if its.freed >= its.wanted:
                    break
            self.turn_over(who)
            if its.freed or its.forced or not its.skipped:
                return its.freed
            its.forced = True

    def _step(self) -> cython.void:
        """Kswapd does a batch."""
        self.side.kswapd_begins()
        free: cython.longlong = self.free_frames()
        scanned: cython.longlong = self.scanned
        stolen: cython.longlong = self.stolen
        if not self.in_pass:
            self.its.priority, self.its.wanted = self.priority, max(self.high, _LEAST_WANTED)
            self.its.scanned = self.its.freed = 0
            self.its.by_kswapd, self.its.of_cgroup, self.its.forced = True, False, False
            self.begin(cython.address(self.its))
        self.in_pass = self.look(cython.address(self.its))
        scanned, stolen = self.scanned - scanned, self.stolen - stolen
        self.its.scanned += scanned
        self.its.freed += stolen
        self.freed_in_turn += stolen
        self.scanned_by_kswapd += scanned
        self.stolen_by_kswapd += stolen
        self.fly(max(self.free_frames() - free, 0))
        if not self.in_pass:
            self._pass_over()
        self.side.kswapd_ends()

    def _pass_over(self) -> cython.void:
        """Another pass, another turn, or sleep. Source: balance_pgdat(), prepare_kswapd_sleep()."""
        self.priority = self.its.priority
        if self.its.scanned < self.its.wanted or not self.its.freed:
            self.priority -= 1
        if self.its.freed:
            self.failures = 0
        if self.balanced(0):
            self.awake = False
        elif self.priority == 0:
            self.failures += self.freed_in_turn == 0
            self.awake = self.failures < _TRIES
        else:
            return
        self.priority, self.freed_in_turn = _DEF_PRIORITY, 0
        self.turn_over(ALL)
