"""The figures of a trace's traffic: of each a name, what it means, and how it follows from what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from zswapbench.common.units import format_duration
from zswapbench.report.table import Value
from zswapbench.report.trace_tables import Figure
from zswapbench.traces.event import Op
from zswapbench.traces.traffic import WINDOWS, Traffic


class _Row(NamedTuple):
    """``unit``: as a Cell's, or "time": of the trace's clock. ``value``: None where there is nothing to tell."""

    name: str
    unit: str
    meaning: str
    value: Callable[[Traffic], int | float | None]


def figures_of(traffics: Sequence[Traffic]) -> list[Figure]:
    """Of one trace or of two. Times of a trace in events are not told beside those of one in microseconds."""
    clocks = {one.clock for one in traffics}
    of_time = "" if clocks == {"events"} else "ns"
    found = []
    for row in ROWS:
        values: list[Value] = [row.value(one) for one in traffics]
        if row.unit == "time" and of_time == "ns":
            values = [
                value * 1000 if one.clock == "us" and isinstance(value, int | float) else None
                for value, one in zip(values, traffics, strict=True)
            ]
        found.append(Figure(row.name, values, of_time if row.unit == "time" else row.unit, row.meaning))
    return found


def _mix(op: Op) -> Callable[[Traffic], float | None]:
    return lambda traffic: _share(int(traffic.ops[:, op].sum()), traffic.asked)


def _rate(count: Callable[[Traffic], int]) -> Callable[[Traffic], float | None]:
    """Per second, over the whole trace."""
    return lambda traffic: _share(count(traffic), traffic.summary.duration_us / 1e6)


def _of_stores(count: Callable[[Traffic], int]) -> Callable[[Traffic], float | None]:
    return lambda traffic: _share(count(traffic), traffic.summary.stores)


def _percentile(field: str, percent: int) -> Callable[[Traffic], int | None]:
    def value(traffic: Traffic) -> int | None:
        found: int | None = getattr(traffic, field).percentile(percent)
        return found

    return value


def _percentiles(name: str, field: str, unit: str, meaning: str) -> list[_Row]:
    ranks = {50: meaning, 90: "the same; 90 % are no larger", 99: "the same; 99 % are no larger"}
    return [_Row(f"{name}_p{rank}", unit, text, _percentile(field, rank)) for rank, text in ranks.items()]


def _window(place: int) -> _Row:
    """In a trace without times a window has as many events as it has microseconds in others."""
    length = format_duration(WINDOWS[place] * 1000).replace(".00", "")
    meaning = f"different slots touched in {length}, mean"

    def value(traffic: Traffic) -> float | None:
        return float(traffic.working_set[place]) if WINDOWS[place] <= traffic.span else None

    return _Row(f"working_set_{length.replace(' ', '_')}", "", meaning, value)


def _busiest(traffic: Traffic) -> float | None:
    """Events per second, but for WORK, of the slice that has most."""
    events = np.delete(traffic.ops, int(Op.WORK), axis=1).sum(axis=1)
    return _share(int(events.max()) * len(events), traffic.summary.duration_us / 1e6)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


ROWS = [
    _Row("store_share", "%", "of all events but WORK", _mix(Op.STORE)),
    _Row("load_share", "%", "of all events but WORK", _mix(Op.LOAD)),
    _Row("invalidate_share", "%", "of all events but WORK", _mix(Op.INVALIDATE)),
    _Row("flush_share", "%", "of all events but WORK", _mix(Op.FLUSH)),
    _Row("events_per_s", "", "but WORK, mean", _rate(lambda traffic: traffic.asked)),
    _Row("busiest_events_per_s", "", "the same, in the busiest sixtieth of the time", _busiest),
    _Row("stores_per_s", "", "mean", _rate(lambda traffic: traffic.summary.stores)),
    _Row("loads_per_s", "", "mean", _rate(lambda traffic: traffic.summary.loads)),
    _Row("frames_asked_per_s", "", "by FLUSHes, mean", _rate(lambda traffic: traffic.summary.frames_asked)),
    _Row("slots", "", "different slots stored or loaded", lambda traffic: traffic.slots),
    _Row("pages", "", "different pages of the corpus stored", lambda traffic: traffic.pages),
    _Row("stored_at_end", "", "slots", lambda traffic: int(traffic.live[-1])),
    *(_window(place) for place in range(len(WINDOWS))),
    *_percentiles(
        "load_distance", "load_distance", "", "other slots touched before a slot is loaded, median"
    ),
    *_percentiles(
        "store_distance", "store_distance", "", "other slots touched before a slot is stored, median"
    ),
    *_percentiles("store_to_load", "store_to_load", "time", "from a store to its first load, median"),
    _Row(
        "loaded_share",
        "%",
        "of stores: loaded before the slot is freed",
        _of_stores(lambda traffic: traffic.store_to_load.count),
    ),
    _Row(
        "write_only_share",
        "%",
        "of stores: freed or overwritten, and never loaded",
        _of_stores(lambda traffic: traffic.write_only),
    ),
    _Row("unread_share", "%", "of stores: not loaded to the end", _of_stores(lambda traffic: traffic.unread)),
    _Row(
        "loads_per_loaded_store",
        "",
        "of what was loaded at all",
        lambda traffic: _share(
            traffic.summary.loads - traffic.summary.loads_of_absent, traffic.store_to_load.count
        ),
    ),
    _Row(
        "reuse_share",
        "%",
        "of stores: to a slot freed before",
        _of_stores(lambda traffic: traffic.reused),
    ),
    _Row(
        "replace_share",
        "%",
        "of stores: to a slot that is still stored",
        _of_stores(lambda traffic: traffic.summary.duplicates),
    ),
    _Row(
        "freed_stored_again",
        "%",
        "of freed slots",
        lambda traffic: _share(traffic.reused, traffic.freed),
    ),
    *_percentiles("free_time", "free_time", "time", "from freeing to the next store there, median"),
    *_percentiles("free_stores", "free_stores", "", "stores elsewhere in that time, median"),
]
