"""The traffic of a trace in figures: its mix, its working set, how soon slots are touched, loaded and used again.

    traffic = measure(read_trace("app.trace.bin").events)
    traffic.store_to_load.percentile(50)        # microseconds

A *slot* is a swap slot, told by swap type and offset. It is *stored* from a STORE until an INVALIDATE, or an
INVALIDATE_AREA of its type, frees it. A *use* of a slot is the time from a STORE to its next STORE, to its freeing or
to the end of the trace. A *touch* is a STORE or a LOAD. Time is ``clock``: microseconds; in a trace without times,
events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.traces.dense import are_sparse, merged
from zswapbench.traces.event import Op
from zswapbench.traces.following import Follower
from zswapbench.traces.histogram import Histogram
from zswapbench.traces.pieces import pieces
from zswapbench.traces.scan import Summary, look_through

SLICES = 60
"""Of the time of a trace."""

WINDOWS = (10_000, 100_000, 1_000_000, 10_000_000, 60_000_000, 600_000_000)
"""Lengths of time that working sets are told for: 10 ms to 10 minutes."""


@dataclass(frozen=True, eq=False)
class Traffic:
    """What a trace does to swap. Counts are of the whole trace where nothing else is said.

    ``summary``: what ``scan`` counts: events by kind, frames that FLUSHes ask for, peak of stored slots, ``wrong``: the
    first event that cannot be, before which all counts end.
    ``clock``: "us", or "events" where all of the trace's time differences are 0. ``span``: length of the trace in it.

    ``slots``: different slots that were touched. ``pages``: different pages of the corpus that were stored.
    ``working_set``: float64[len(WINDOWS)]; for each window w, Denning's working set: the number of different slots
    touched in (t - w, t], as the mean over all times t of the trace.

    ``load_distance``, ``store_distance``: reuse distance, of LOADs and of STOREs of a slot that was touched before: the
    number of *other* slots touched since the last touch of this one. An LRU cache hits if it has more entries than
    that. First touches (``slots`` of them) are in neither.

    ``store_to_load``: time from a STORE to the first LOAD in the same use, in ``clock``; one number for each use with a
    LOAD. ``write_only``: uses that ended with no LOAD. ``unread``: uses with no LOAD that last to the end of the trace.
    The three together are all STOREs.

    ``freed``: uses that a freeing ended. ``reused``: STOREs to a slot that was freed. All other STOREs are the first of
    their slot, or go to one that is still stored (``summary.duplicates``). ``free_time``: time from a freeing to the
    next STORE of the slot, in ``clock``. ``free_stores``: STOREs of any slots between these two.

    ``live``: int64[SLICES], slots stored at the end of each of SLICES equal slices of the trace's time. ``touched``:
    int64[SLICES], different slots touched in each. ``ops``: int64[SLICES, 7], events in each by Op.
    """

    summary: Summary
    clock: str
    span: int
    slots: int
    pages: int
    working_set: NDArray[np.float64]
    load_distance: Histogram
    store_distance: Histogram
    store_to_load: Histogram
    write_only: int
    unread: int
    freed: int
    reused: int
    free_time: Histogram
    free_stores: Histogram
    live: NDArray[np.int64]
    touched: NDArray[np.int64]
    ops: NDArray[np.int64]

    @property
    def asked(self) -> int:
        """Events but for WORK, which is the kernel's own doing: what a made trace has as well as a recorded one."""
        return self.summary.events - self.summary.works


def measure(events: Any) -> Traffic:
    """The traffic of ``events``, an array of zswapbench.traces.event.EVENT; if one cannot be, of those before it.

    Memory: 42 bytes for each slot up to the highest offset (or for each slot that is named, where these are far
    apart), and a byte for each page up to the highest (or 8 for each page that is stored).
    """
    # No corpus is at hand, so any page number will do.
    summary, near, keys = look_through(events, 1 << 32)
    by_events = not summary.duration_us
    span = summary.events if by_events else summary.duration_us
    edges = np.array([-(-number * span // SLICES) for number in range(SLICES + 1)], np.uint64)
    near = near[: summary.events]
    follower = Follower(keys, edges, np.array(WINDOWS, np.uint64), by_events)
    follower.run(near)
    return Traffic(
        summary=summary,
        clock="events" if by_events else "us",
        span=span,
        pages=_different_pages(near),
        working_set=follower.working_sets(),
        **follower.counters(),
        **follower.histograms(),
    )


def _different_pages(events: NDArray[np.void]) -> int:
    """How many different pages the STOREs of ``events`` have."""
    highest = max((int(some.max()) for some in _pages(events)), default=-1)
    if are_sparse(highest, len(events)):
        return sum(map(len, merged([np.unique(some) for some in _pages(events)], 0, 1 << 32)))
    seen = np.zeros(highest + 1, bool)
    for some in _pages(events):
        seen[some] = True
    return int(np.count_nonzero(seen))


def _pages(events: NDArray[np.void]) -> Iterator[NDArray[np.int64]]:
    """The pages that are stored, some at a time."""
    for first, stop in pieces(len(events)):
        some = events[first:stop]
        pages = some["page"][some["op"] == int(Op.STORE)].astype(np.int64)
        if len(pages):
            yield pages
