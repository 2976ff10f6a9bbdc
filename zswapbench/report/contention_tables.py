"""What 'scale' found -> tables and a plot: speed-up by CPUs, where each design ends, and lockstat's columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from zswapbench.common.units import format_count, format_duration
from zswapbench.report.plot import NARROWEST, Point, letters, scatter
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results import contention
from zswapbench.results.contention import FULL, Contended, Curve, LockFigures
from zswapbench.rules.lock_steps import LOADS, STORES, Operation

REVIEW_CPUS = 4
"""Of the machine whose lockstat the review of zswap was argued from."""

REVIEWED, TREE_LOCK = "zswap-2013", "&tree->lock"
"""Of which the review said, from lockstat: less than 1 % of all waiting for locks, and anon_vma first."""

_WAYS = ("zswap alone", "with the rest of the fault path")
"""By whether what lies around zswap is simulated, too."""

_ROUGH = 0.01
"""A share below this is shown with two digits that say something."""

_TINY = 0.0001
"""No digits say anything of a share below this."""

_MARK = Column("mark", "", text=True)
_DESIGN = Column("design", "locks", text=True)


def contention_tables(found: Contended, lock_stat: int) -> list[Table]:
    """All tables; the last has lockstat's columns for ``lock_stat`` CPUs, which was simulated."""
    tables = [*overview(found), _latencies(found, lock_stat), *_lock_stats(found, lock_stat)]
    tables[-1].notes.extend(told_costs(found))
    return tables


def overview(found: Contended) -> list[Table]:
    """Speed-ups, and where each design ends."""
    first, *others = [
        _speedups(found, codec, around=around)
        for codec in found.codecs
        for around in (False, True)
        if found.of(codec, around=around)
    ]
    above = ". ".join(["; ".join(_headline(found)), *answers(found)])
    does = [_operations(found, codec) for codec in found.codecs]
    return [replace(first, above=above), *others, *_ends(found), *does]


def contention_plot(found: Contended, width: int) -> str:
    """Speed-up against CPUs, with the first codec and without what lies around; "" without room."""
    curves = found.of(found.codecs[0], around=False)
    if width < NARROWEST:
        return ""
    points = [
        Point(mark, float(point.cpus), point.speedup)
        for mark, curve in zip(letters(), curves, strict=False)
        for point in curve.points
    ]
    return scatter(points, "CPUs", f"speed-up, {found.codecs[0]}", width)


def answer(found: Contended, codec: str) -> str:
    """The review's claim for 4 CPUs in figures, of the design that was reviewed; "" where it was not simulated."""
    parts = []
    for around in (False, True):
        for curve in found.of(codec, around=around):
            point = curve.at(REVIEW_CPUS) if curve.design == REVIEWED else None
            if point is None:
                continue
            share = _percent(waiting_of(point))
            if not around:
                parts.append(f"{share} of their time for its locks while they do nothing but swap")
                continue
            told = f"{share} with the rest of the fault path"
            most = max(point.locks, key=lambda one: one.waittime_total)
            if most.waittime_total:
                tree = _percent(point.share_of_waiting(TREE_LOCK))
                told += f", where {TREE_LOCK} has {tree} of all waiting for locks (the review: less than 1 %)"
                if most.lock == TREE_LOCK:
                    told += ", more than any other"
                else:
                    told += f" and {most.lock} the most, {_percent(point.share_of_waiting(most.lock))}"
            parts.append(told)
    return f"{REVIEW_CPUS} CPUs, {codec}, {REVIEWED}: CPUs wait {'; '.join(parts)}" if parts else ""


def waiting_of(point: contention.Point) -> float:
    """The share of all CPU time that is waiting for locks of the design itself, not of the way to it."""
    waited = sum(one.waittime_total for one in point.locks if not one.around)
    return waited / (point.took_ns * point.cpus) if point.took_ns else 0.0


def answers(found: Contended) -> list[str]:
    """The answer with each codec, as far as there is one."""
    return [text for codec in found.codecs if (text := answer(found, codec))]


def _headline(found: Contended) -> Iterator[str]:
    """Where the traffic comes from, and what all figures rest on."""
    inputs, setting = found.inputs, found.setting
    yield f"{inputs['trace']} ({inputs['origin']}), {format_count(inputs['events'], 'event')}"
    yield f"dealt by {setting['deal']}"
    if setting["between_ns"]:
        yield f"{format_duration(setting['between_ns'])} of other work before each operation"
    else:
        yield "each CPU does nothing but swap"
    yield f"pool limit {setting['pool_limit']}"


def _speedups(found: Contended, codec: str, *, around: bool) -> Table:
    curves = found.of(codec, around=around)
    columns = [
        _MARK,
        _DESIGN,
        Column("each_s", "op/s, 1 CPU"),
        *(Column(f"speedup_{cpus}", f"{cpus}") for cpus in found.setting["cpus"] if cpus > 1),
    ]
    rows = [
        [
            Cell(mark),
            Cell(curve.design),
            Cell(round(curve.points[0].each_s)),
            *(Cell(point.speedup, "x") for point in curve.points[1:]),
        ]
        for mark, curve in zip(letters(), curves, strict=False)
    ]
    return Table(f"Speed-up by CPUs: {codec}, {_WAYS[around]}", columns, rows)


def _ends(found: Contended) -> Iterator[Table]:
    """Alone, and with the rest of the fault path."""
    columns = [
        _DESIGN,
        Column("codec", "codec", text=True),
        Column("waiting", f"waiting, {REVIEW_CPUS} CPUs"),
        Column("full_at", "full at CPUs"),
        Column("full", "which lock is full", text=True),
        Column("bound", "most speed-up"),
    ]
    most = max(found.setting["cpus"])
    full_note = (
        f"full: one lock of that name is held or on its way for {100 * FULL:.0f} % of the time or more; -: none is, "
        f"up to {most} CPUs; a CPU's own locks do not count"
    )
    notes = [
        "waiting: the share of all CPU time that goes into waiting for the design's own locks",
        full_note,
        "most speed-up: what the busiest lock lets through, by how long one CPU holds it; hand-overs come on top",
    ]
    for around in (False, True):
        rows = [_end(curve) for curve in found.curves if bool(curve.around) == around]
        if rows:
            yield Table(f"Where each design ends: {_WAYS[around]}", columns, rows, notes)
            notes = []


def _end(curve: Curve) -> list[Cell]:
    full, bound, point = curve.full, curve.bound, curve.at(REVIEW_CPUS)
    return [
        Cell(curve.design),
        Cell(curve.codec),
        Cell(waiting_of(point) if point else None, "%"),
        Cell(full[0] if full else None),
        Cell(full[1] if full else None),
        Cell(bound, "x"),
    ]


_COUNTED = {
    "stores": ("stores", STORES),
    "refused": ("refused", (Operation.STORE_REFUSED, Operation.STORE_POOR)),
    "loads": ("loads", LOADS),
    "loads_missed": ("missed", (Operation.LOAD_MISS,)),
    "invalidated": ("freed", (Operation.INVALIDATE, Operation.INVALIDATE_FILLED)),
    "invalidations_missed": ("missed", (Operation.INVALIDATE_MISS,)),
    "written_back": ("written back", (Operation.WRITEBACK,)),
}
"""By name: a title, and the operations."""


def _operations(found: Contended, codec: str) -> Table:
    """What each design was asked to do: over one trace that is the same but for what its kernel does otherwise."""
    columns = [_DESIGN, *(Column(name, title) for name, (title, _) in _COUNTED.items())]
    rows = [
        [
            Cell(curve.design),
            *(
                Cell(sum(curve.operations.get(one.name, 0) for one in kinds))
                for _, kinds in _COUNTED.values()
            ),
        ]
        for curve in found.of(codec, around=False)
    ]
    notes = [
        "freed: slots of which zswap is told; missed: what it does not hold, of loads and of slots that are freed",
        "not simulated: forks, exits and changed mappings, which take the locks of the reverse mapping for themselves",
    ]
    return Table(f"What each design does: {codec}", columns, rows, notes)


def _latencies(found: Contended, cpus: int) -> Table:
    percentiles = [f"p{one:g}" for one in contention.PERCENTILES]
    columns = [
        _DESIGN,
        Column("codec", "codec", text=True),
        *(
            Column(f"{what}_{name}", f"{what} {name.removeprefix('p')} %")
            for what in ("store", "load")
            for name in percentiles
        ),
    ]
    rows = []
    for curve in found.curves:
        point = curve.at(cpus)
        if point and not curve.around:
            cells = [
                Cell(point.latencies[what].get(name), "ns")
                for what in ("store", "load")
                for name in percentiles
            ]
            rows.append([Cell(curve.design), Cell(curve.codec), *cells])
    note = "stores that zswap takes and loads that it has, zswap alone; the wait for locks is in them"
    return Table(f"Latency on {cpus} CPUs", columns, rows, [note], wide=True)


def _lock_stats(found: Contended, cpus: int) -> list[Table]:
    return [
        _lock_stat(curves, codec, cpus, around=around)
        for codec in found.codecs
        for around in (False, True)
        if (curves := found.of(codec, around=around))
    ]


def _lock_stat(curves: Sequence[Curve], codec: str, cpus: int, *, around: bool) -> Table:
    columns = [
        _DESIGN,
        Column("lock", "class name", text=True),
        Column("contentions", "contentions"),
        Column("waittime_total", "waittime-total"),
        Column("waittime_max", "-max"),
        Column("waittime_avg", "-avg"),
        Column("acquisitions", "acquisitions"),
        Column("holdtime_total", "holdtime-total"),
        Column("share_of_waiting", "of waiting"),
        Column("busiest", "busiest"),
    ]
    rows = []
    for curve in curves:
        point = curve.at(cpus)
        if point is None:
            continue
        for lock in sorted(point.locks, key=lambda one: (-one.waittime_total, one.lock)):
            rows.append(
                [Cell(curve.design), *_lock_cells(lock), Cell(point.share_of_waiting(lock.lock), "%")]
            )
            rows[-1].append(Cell(lock.busiest, "%"))
    notes = [
        "busiest: of the locks of that name, the one that is held, or on its way to who is next, for most of the time"
    ]
    return Table(f"lockstat on {cpus} CPUs: {codec}, {_WAYS[around]}", columns, rows, notes, wide=True)


def _lock_cells(lock: LockFigures) -> list[Cell]:
    return [
        Cell(lock.lock),
        Cell(lock.contentions),
        Cell(lock.waittime_total, "ns"),
        Cell(lock.waittime_max, "ns"),
        Cell(lock.waittime_avg, "ns"),
        Cell(lock.acquisitions),
        Cell(lock.holdtime_total, "ns"),
    ]


def told_costs(found: Contended) -> Iterator[str]:
    """What steps cost, and who says so."""
    costs = found.costs["ns"]
    origins = found.costs["origins"]
    for origin in dict.fromkeys(origins.values()):
        names = [name for name, one in origins.items() if one == origin]
        yield f"steps, {origin}: " + ", ".join(f"{name} {format_duration(costs[name])}" for name in names)


def _percent(share: float) -> str:
    if 0 < share < _TINY:
        return f"less than {100 * _TINY:g} %"
    return f"{100 * share:.2g} %" if share < _ROUGH else f"{100 * share:.1f} %"
