# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Where pages go that leave memory: what a Memory asks of it, and all that it knows of it.

A side is told of every STORE, LOAD and INVALIDATE in turn. One only writes them down, for a replay that comes later
(events.py); others are a whole set-up, which does at once what the event asks for (zswapbench.sim.machine). The second
kind may take page frames for what it holds: from the same RAM as the resident pages, so that Memory has to make do with
the rest. It also has the clocks: of the task, and of kswapd.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.reclaim.side import NOWHERE
from cython.cimports.zswapbench.traces.event import LOAD, STORE


@cython.cclass
class SwapSide:
    """A side that keeps nothing and answers nothing.

    Memory sets, once: ``reserve``: page frames that are for who reclaims, the watermark min. Before an event: ``room``:
    page frames that the side may hold, those that no resident page has; all of them, since who stores reclaims.
    ``awaited``: a task waits for the page, of a LOAD; else it is read ahead. ``waited_us``: trace time since the last
    event; ``cpu``: where the event happens. ``cgroup``: place of that whose page a STORE is of.

    A side that ``reads_whole`` has no zswap before a synchronous device: the kernel reads large folios from no other.

    The side sets: ``held``: page frames that it holds. ``refused``: the last STORE failed, so that the page stays in
    memory; ``activates``: among the active ones, since its cgroup forbids that it is written. ``emptied``: after the
    last LOAD the slot has no copy of the page any more. ``returned``: pages that are in memory again, because they
    could not be written on from where they were; their frames are among those ``held``.
    """

    def emit(self, op: cython.int, slot: cython.uint, page: cython.uint) -> cython.void:
        """One event: ``page`` of the corpus is stored to ``slot``, or ``slot`` is loaded, or invalidated."""

    def emit_whole(
        self,
        slot: cython.uint,
        number: cython.uint,
        pages: cython.pointer(cython.const[cython.uint]),
        count: cython.uint,
    ) -> cython.void:
        """A large folio is stored: ``count`` pages of the corpus, to slots from ``slot`` on; all, or it is refused.

        ``number``: of its first page, in the program.
        """
        each: cython.uint
        for each in range(count):
            self.emit(STORE, slot + each, pages[each])
            if self.refused:
                return

    def holds_whole(self, slot: cython.uint) -> cython.bint:
        """Can the page in ``slot`` be had with all of its large folio only?"""
        return False

    def load_whole(self, slot: cython.uint, count: cython.uint) -> cython.void:
        """A task waits for a large folio: ``count`` slots from ``slot`` on are loaded."""
        each: cython.uint
        self.awaited = True
        for each in range(count):
            self.emit(LOAD, slot + each, 0)

    def fault_begins(self) -> cython.void:
        """The task touched a page that is not mapped."""

    def fault_over(self) -> cython.void:
        """A fault was dealt with."""

    def take_back(self) -> cython.uint:
        """The slot of a page that has ``returned``; its frame is Memory's from now on."""
        return 0

    def place(self, slot: cython.uint) -> cython.int:
        """Where the page in ``slot`` is: in a POOL, on a DEVICE, or NOWHERE if it takes no room, as zeros."""
        return NOWHERE

    def work(self, kind: cython.int, pages: cython.uint) -> cython.void:
        """What one of Work in side.pxd takes, for so many ``pages``, of the task or of kswapd."""

    def wake_kswapd(self) -> cython.void:
        """It begins at the task's time, or when it is done with what it does."""

    def kswapd_may(self) -> cython.bint:
        """Is kswapd's clock not ahead of the task's?"""
        return True

    def kswapd_begins(self) -> cython.void:
        """Until ``kswapd_ends`` everything is done by kswapd, at its own time."""

    def kswapd_ends(self) -> cython.void:
        """The task goes on at its own time."""

    def await_kswapd(self) -> cython.void:
        """The task waits until its clock is at kswapd's."""

    def reclaim_pass(self, priority: cython.int, cgroup: cython.int) -> cython.void:
        """Reclaim went over the lists of a cgroup at ``priority``, 12 to 0: what else it holds is asked for now."""

    def charged(self, cgroup: cython.int) -> cython.longlong:
        """Page frames that the memory cgroup at place ``cgroup`` is charged for what the side holds of its pages."""
        return 0

    def waits(self) -> cython.longlong:
        """Nanoseconds that the task has waited so far."""
        return 0

    def take(self) -> Any:
        """What there is to be handed on since the last call. Raises MemoryError."""
        return None
