# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""How a page leaves that reclaim chose: the pages of one memory cgroup, on lists.

It gets a slot and is written there: STORE. A page that came back from a slot, and was not written to since, leaves
without an event. No slot is left: it stays, and is activated. The write fails: it stays, dirty and in the swap cache,
where it is.

What a page holds is what it held at first, unless there are ``changes``: then a page that was written to is stored
with what these say.

Which page is chosen is for a subclass to say: two_lists, mglru, lru.

Source: mm/vmscan.c shrink_folio_list(); 6.12 to 7.3.
"""

from __future__ import annotations

from typing import ClassVar

import cython
from cython.cimports.zswapbench.sim.reclaim.frames import Frames, Pass
from cython.cimports.zswapbench.sim.reclaim.page import (
    DIRTY,
    LARGE,
    LASTING,
    MAPPED,
    NO_SLOT,
    STORED,
    TWICE,
    WORKINGSET,
    WRITTEN,
    Page,
)
from cython.cimports.zswapbench.sim.reclaim.shared import Shared
from cython.cimports.zswapbench.sim.reclaim.side import UNMAP
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch
from cython.cimports.zswapbench.traces.event import STORE

_TRIES = cython.declare(cython.int, 16)  # MAX_RECLAIM_RETRIES

LISTS = 4
"""Lists that a way of choosing has for its pages."""


@cython.cclass
class Leaving:
    """Over what is ``shared`` by all cgroups. ``resident``: page frames that its pages have.

    ``limit``: memory.max, in page frames; a page that would exceed it has to wait until others of the same cgroup have
    left. ``place``: among the cgroups of the node, which sets it.

    Counters: ``max_events``: times that the limit was met, as memory.events has them (max). ``scanned``: pages that
    reclaim took off a list to let them leave (pgscan); ``stolen``: those that left (pgsteal).
    """

    priority: ClassVar[int] = 12
    """Of the first pass of a reclaim: DEF_PRIORITY."""

    wanted: ClassVar[int] = 32
    """Page frames that a task reclaims at a time: SWAP_CLUSTER_MAX."""

    told: ClassVar[bool] = False
    """Is each touch told? No kernel is; the hardware sets the accessed bit."""

    def __init__(self, shared: Shared) -> None:
        self.shared, self.side, self.slots = shared, shared.side, shared.slots
        self.pages = shared.pages
        self.lists = Lists(LISTS, shared.count)
        self.limit = -1
        self.behind = shared.count
        self.folio = shared.folio

    def touched(self, number: cython.uint) -> cython.void:
        """A page that is mapped was touched, if that is ``told``."""

    def enter(self, number: cython.uint, refault: cython.bint) -> cython.void:
        """Put a page that got a frame on a list. ``refault``: ``mark`` and WORKINGSET are those of its shadow."""

    def forget(self, number: cython.uint) -> cython.void:
        """Take a page that is given up off its list."""

    def shadow(self, number: cython.uint) -> cython.uint:
        """What is to be remembered of a page that leaves, in its ``mark``."""
        return 0

    def old(self) -> cython.uint:
        """Pages of which kswapd expects that they can leave."""
        return 0

    def set_priority(self, its: cython.pointer(Pass)) -> cython.void:
        """Kswapd's pass, over all cgroups, may begin with another priority."""

    def begin(self, its: cython.pointer(Pass)) -> cython.void:
        """The first look of kswapd's pass is next."""
        self.prepare(its)

    def prepare(self, its: cython.pointer(Pass)) -> cython.void:
        """A pass begins: what is to be looked at."""

    def look(self, its: cython.pointer(Pass)) -> cython.bint:
        """One batch of a pass. False: there was none left, and the pass is over."""
        return False

    def turn_over(self) -> cython.void:
        """All passes of a reclaim, or of kswapd's turn, are over."""

    def swap_out(self, number: cython.uint) -> cython.bint:
        """Let a page that is on no list leave. False if it has no slot and gets none, or the side refuses it.

        Where ``number`` stands for a large folio, all of it leaves. One that gets no slots is split: it is LARGE no
        more, and each of its pages is to leave by itself.
        """
        page: cython.pointer(Page) = self.pages + number
        if page.flags & LARGE:
            return self.swap_out_whole(number)
        if page.slot == NO_SLOT:
            page.slot = self.slots.take(number)
            if page.slot == NO_SLOT:
                return False
            page.flags |= DIRTY
        self.side.cgroup = self.place
        self.side.work(UNMAP, 1)
        if page.flags & DIRTY:
            holds: cython.pointer(cython.uint) = cython.address(self.shared.contents[number])
            if page.flags & (WRITTEN | STORED) == WRITTEN | STORED and self.shared.changes is not None:
                holds[0] = self.shared.changes.after(number, holds[0])
            self.side.emit(STORE, page.slot, holds[0])
            if self.side.refused:
                page.flags &= ~cython.cast(cython.uint, MAPPED)
                return False
        page.mark = self.shadow(number)
        page.flags = (page.flags & (WORKINGSET | TWICE | LASTING)) | STORED
        self.stolen += 1
        self.hold(-1)
        return True

    def swap_out_whole(self, first: cython.uint) -> cython.bint:
        """``swap_out`` of a large folio."""
        return False

    def young(self, first: cython.uint) -> cython.uint:
        """How many accessed bits are set of the pages of a large folio; they are cleared."""
        return 0

    def give_back_slots(self, number: cython.uint) -> cython.void:
        """Give up the slots of the large folio that has page ``number``."""

    def expect_after(self, number: cython.uint) -> cython.void:
        """Have the CPU fetch the page behind ``number`` on its list, which reclaim will look at next."""
        coming: cython.int = self.lists.after(number)
        if coming >= 0:
            fetch(self.pages + coming)
            self.lists.prefetch(coming)

    def give_up_slot_if_scarce(self, number: cython.uint) -> cython.void:
        """A page was activated by reclaim: more than half of swap is taken, so it gives up its slot."""
        if self.pages[number].slot != NO_SLOT and self.slots.over_half():
            if self.pages[number].flags & LARGE:
                self.give_back_slots(number)
            else:
                self.slots.give_back(number)

    def more_than_enough(self, frames: cython.uint) -> cython.bint:
        """Are so many page frames free that kswapd may sleep, and ``frames`` beside these?"""
        return cython.cast(Frames, self.node).balanced(frames)

    def take_frame(self) -> cython.bint:
        """Have a frame for one page more. False: there is none, or the limit is met and nothing can leave."""
        if not cython.cast(Frames, self.node).take_frame():
            return False
        if self.limit >= 0 and not self._charge():
            cython.cast(Frames, self.node).hold(-1)
            return False
        self.resident += 1
        return True

    def _charge(self) -> cython.bint:
        """Have one page more under the limit. Source: mm/memcontrol.c try_charge_memcg()."""
        left: cython.int = _TRIES
        while self.resident + self.side.charged(self.place) >= self.limit:
            self.max_events += 1
            if cython.cast(Frames, self.node).try_to_free(self.place) == 0:
                left -= 1
                if left == 0:
                    cython.cast(Frames, self.node).get_stuck(self.place)
                    return False
        return True

    def limit_to(self, frames: int) -> None:
        """Before the first touch: set memory.max, in page frames."""
        self.limit = frames

    def owns(self, number: cython.uint) -> cython.bint:
        """Is page ``number``, which is not below ``lowest`` and below ``behind``, of this cgroup?"""
        return self.shared.owners is cython.NULL or self.shared.owners[number] == self.place

    def own(self, number: cython.uint) -> cython.void:
        """Page ``number`` is of this cgroup now."""
        self.shared.owners[number] = self.place
        self.lowest, self.behind = min(self.lowest, number), max(self.behind, number + 1)

    def hold(self, frames: cython.int) -> cython.void:
        """Its pages have so many frames more."""
        self.resident += frames
        cython.cast(Frames, self.node).hold(frames)
