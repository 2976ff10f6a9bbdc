"""A part of a trace -> a trace: what happened from one moment to another, and what was swapped out when it began."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress
from zswapbench.common.units import format_count, parse_duration
from zswapbench.runs.shaping import Checked, Shaped, about, checked, derived, of_source
from zswapbench.traces.event import Op
from zswapbench.traces.format import read_trace, write_trace
from zswapbench.traces.live import live_events
from zswapbench.traces.pieces import pieces
from zswapbench.traces.timed import Clock, timed, untimed

MADE_BY = "zswapbench trace slice"

_STORE, _WORK = int(Op.STORE), int(Op.WORK)

_NUMBER = re.compile(r"\d{1,18}")


@dataclass(frozen=True)
class Wish:
    """What to take: events from ``start`` on and before ``stop``. These are a time such as "10s", or the number of an
    event, counted from 0; "" is the trace's own.

    ``swap_types``, ``cpus``: those that are taken, all if there are none. ``cold``: whether to begin with nothing
    swapped out.
    """

    start: str = ""
    stop: str = ""
    swap_types: Collection[int] = ()
    cpus: Collection[int] = ()
    cold: bool = False


@dataclass(frozen=True)
class _Cut:
    """A place between two events. ``index``: of the event behind it; ``before_us``: the moment of the one before it.

    ``us``: the moment of the cut itself.
    """

    index: int
    before_us: int
    us: int


def slice_trace(
    path: str | os.PathLike[str], output: str | os.PathLike[str], wish: Wish, progress: Progress
) -> Shaped:
    """Write the part of the trace ``path`` that is wished for to ``output``.

    The moments of a slice are counted from its beginning. Unless ``wish.cold``, it begins with the STORE of each page
    that is swapped out then, and its last LOAD, if there was one since, in the order in which they came. Raises
    UsageError for a part without an event, TraceError for a trace that cannot be read or be.
    """
    source = checked(read_trace(path))
    events = source.trace.events
    start, stop = _cut(events, wish.start or "0"), _cut(events, wish.stop or str(len(events)))
    live = _live(source, start, wish)
    pages = int(np.count_nonzero(events["op"][live] == _STORE))
    clock = Clock(last_us=start.us)
    taken = 0

    def parts() -> Iterator[tuple[NDArray[np.int64], NDArray[np.void]]]:
        nonlocal taken
        with progress("slice", max(stop.index - start.index, 0), "events") as told:
            for first, last in pieces(len(live)):
                some = events[live[first:last]]
                yield np.full(len(some), start.us), some
            for moments, some in timed(events[: stop.index], start.index, start.before_us):
                wanted = _wanted(some, wish)
                taken += int(np.count_nonzero(wanted))
                yield moments[wanted], some[wanted]
                told(len(some))
        if not taken:
            raise UsageError(_nothing(source, wish))

    count = write_trace(
        output,
        untimed(parts(), clock),
        page_size=source.trace.page_size,
        corpus_digest=source.trace.corpus_digest,
        provenance=_provenance(source, wish, pages),
    )
    began = f"begins with {format_count(pages, 'page')} that were swapped out then"
    return Shaped(count, [*([began] if pages else []), *about(clock)])


def _cut(events: NDArray[np.void], place: str) -> _Cut:
    """The cut that ``place`` means: before the first event of that moment or later, or before that event."""
    if _NUMBER.fullmatch(place):
        index = min(int(place), len(events))
        lengths = (int(events["delta_us"][first:last].sum()) for first, last in pieces(index))
        before = sum(lengths)
        return _Cut(index, before, before)
    us = parse_duration(place) // 1000
    index = before = 0
    for moments, _ in timed(events):
        here = int(np.searchsorted(moments, us))
        before = int(moments[here - 1]) if here else before
        index += here
        if here < len(moments):
            break
    return _Cut(index, before, us)


def _live(source: Checked, start: _Cut, wish: Wish) -> NDArray[np.int64]:
    """The events that stored what is swapped out at ``start``, or loaded it last, as far as they are wanted."""
    if wish.cold or not start.index:
        return np.empty(0, np.int64)
    live = live_events(source.near[: start.index], source.keys)
    found = [np.empty(0, np.int64)]
    for first, last in pieces(start.index):
        live_here = live[first:last].astype(bool) & _wanted(source.trace.events[first:last], wish)
        found.append(first + np.flatnonzero(live_here))
    return np.concatenate(found)


def _wanted(events: NDArray[np.void], wish: Wish) -> NDArray[np.bool_]:
    """Which of ``events`` are of the swap types and CPUs that are wanted: if not all are, no WORK, which is of all."""
    wanted = np.ones(len(events), bool)
    if wish.swap_types or wish.cpus:
        wanted = events["op"] != _WORK
    for name, values in (("swap_type", wish.swap_types), ("cpu", wish.cpus)):
        if values:
            wanted &= np.isin(events[name], list(values))
    return wanted


def _nothing(source: Checked, wish: Wish) -> str:
    events, us = source.summary.events, source.summary.duration_us
    which = [f"of swap type {one}" for one in wish.swap_types] + [f"of CPU {one}" for one in wish.cpus]
    what = f"no event {' or '.join(which)}".rstrip()
    return (
        f"{source.trace.path}: there is {what} {_range(wish)}; the trace has {format_count(events, 'event')} in "
        f"{us / 1e6:.6f}s"
    )


def _range(wish: Wish) -> str:
    """From where to where, in words: "from 10s to 2min"."""
    places = (("from", wish.start or "0"), ("to", wish.stop or "its end"))
    return " ".join(f"{word} {'event ' * bool(_NUMBER.fullmatch(place))}{place}" for word, place in places)


def _provenance(source: Checked, wish: Wish, live: int) -> dict[str, Any]:
    return {
        **of_source(source.trace),
        "made_by": MADE_BY,
        "derived": derived(f"slice {_range(wish)}", source.trace),
        "slice": _range(wish),
        "swap_types": sorted(wish.swap_types),
        "cpus": sorted(wish.cpus),
        "live_at_cut": live,
    }
