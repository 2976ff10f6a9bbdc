"""'scale': a trace replayed by the rules of each lock design's kernel, then done by so many CPUs under its locks.

What becomes of each event is settled first, by a replay as 'run' has it. Then the operations are dealt to CPUs and take
their time (zswapbench.sim.locks). Designs over one trace have the same events; what these come to may differ, since a
kernel whose loads remove the entry has nothing left to invalidate. The counts stand in the result.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import CorpusError, UsageError
from zswapbench.common.machine import environment
from zswapbench.common.names import offer
from zswapbench.common.progress import Progress, Told, silent
from zswapbench.common.room import need_threads
from zswapbench.corpus.page_times import PageTimes, page_times
from zswapbench.corpus.reading import Corpus
from zswapbench.results.contention import PERCENTILES, Contended, Curve, LockFigures, Point
from zswapbench.rules.lock_designs import LOCK_DESIGNS, LockDesign
from zswapbench.rules.lock_steps import LOADS, STORES, Lock, Operation, Per, Steps
from zswapbench.rules.lock_surroundings import SURROUNDINGS
from zswapbench.rules.overflow import Fate
from zswapbench.rules.step_costs import MOST_NS
from zswapbench.runs.choices import cost_of
from zswapbench.runs.loading import Loaded, load
from zswapbench.runs.options import Options
from zswapbench.runs.planning import Plan, plan_of
from zswapbench.runs.step_costs import StepCosts, step_costs
from zswapbench.sim.locks.contention import MOST_CPUS, Contention
from zswapbench.sim.locks.cpus import bucket_bounds
from zswapbench.sim.locks.dealing import COPIES, OFFSETS, WAYS, Dealing, Layout
from zswapbench.sim.locks.journal import Journal, Watched
from zswapbench.sim.locks.programs import Programs, written
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import replay
from zswapbench.traces.format import Trace

CPUS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

_STEPS_AT_A_TIME = 1 << 20
"""Locks taken or given back between two looks for an interrupt: some tenth of a second."""

_GROWS = dict.fromkeys(WAYS, (Per.CPU,)) | {COPIES: (Per.CPU, Per.SWAP_AREA, Per.CLUSTER, Per.PAGES_2MIB)}
"""What there is more of where there are more CPUs, by how operations are dealt; see also _grows()."""

_LATENCIES = {"store": STORES, "load": LOADS}


@dataclass(frozen=True)
class Wish:
    """What is asked for. ``cpus``: how many, rising or not; 1 is always added, for speed-ups. ``designs``: names.

    ``codecs``: names; empty for each design's own era's. ``way``: one of dealing.WAYS. ``between_ns``: what a CPU does
    before each operation. ``socket_cpus``: CPUs to a socket. ``processes``: how many the CPUs work for; 0 for one, or,
    of copies, one for each. ``cgroups``: how many these are in. ``around``: also with the rest of the way through the
    kernel. ``costs``: ns by name, of steps; all others are measured here if ``measured``, else of the table.
    """

    cpus: tuple[int, ...] = CPUS
    designs: tuple[str, ...] = tuple(LOCK_DESIGNS)
    codecs: tuple[str, ...] = ()
    way: str = OFFSETS
    between_ns: int = 0
    socket_cpus: int = MOST_CPUS
    processes: int = 0
    cgroups: int = 1
    around: bool = True
    costs: Mapping[str, float] | None = None
    measured: bool = True


@dataclass(frozen=True)
class _Ready:
    """A design with a codec, as it was asked for: what pages take, their size classes."""

    design: LockDesign
    codec: str
    plan: Plan
    page_ns: NDArray[np.uint32]
    class_of: NDArray[np.uint16]


def contention(
    trace: str | os.PathLike[str] | Trace,
    wish: Wish,
    options: Options,
    corpus: str | os.PathLike[str] | Corpus | None = None,
    progress: Progress = silent,
) -> Contended:
    """What CPUs get done together. ``options``: as of 'run'; its era is each design's own.

    Raises UsageError for what there is not or makes no sense, TraceError for a trace without enough CPUs, and what
    ``load``, ``plan_of`` and sim.replay raise.
    """
    _check(wish)
    with load(trace, corpus) as loaded:
        designs = [LOCK_DESIGNS[name] for name in dict.fromkeys(wish.designs)]
        codecs = dict.fromkeys(
            wish.codecs or (_plan(loaded, options, one, "", silent).codec.short for one in designs)
        )
        plans = [
            (one, codec, _plan(loaded, options, one, codec, progress)) for one in designs for codec in codecs
        ]
        costs = step_costs(wish.costs or {}, max(loaded.summary.peak, 1), measured=wish.measured)
        times = _times_of({str(plan.codec): plan for *_, plan in plans}.values(), loaded, progress)
        ready = [_ready(*one, times[str(one[-1].codec)], costs) for one in plans]
        # Of each event as many operations come, about, as it is done by numbers of CPUs, and replayed once.
        steps = len(loaded.events) * len(ready) * (1 + len(_cpus(wish)) * (1 + wish.around))
        count = min(len(ready), os.cpu_count() or 1)
        need_threads(count)
        with progress("scale", steps, "operations") as told, ThreadPoolExecutor(count) as threads:
            pairs = [*threads.map(lambda one: _curves(loaded, one, wish, costs, told), ready)]
        curves = tuple(one for some in zip(*pairs, strict=True) for one in some)
        setting = {
            "cpus": list(_cpus(wish)),
            "deal": wish.way,
            "between_ns": wish.between_ns,
            "socket_cpus": wish.socket_cpus,
            "processes": wish.processes,
            "cgroups": wish.cgroups,
            "pool_limit": plans[0][-1].limit.shown,
        }
        told_costs = {name: getattr(costs, name) for name in ("ns", "origins", "spreads", "entries")}
        return Contended(loaded.inputs(), setting, told_costs, environment(), curves)


def _check(wish: Wish) -> None:
    """Raises UsageError for what cannot be."""
    for cpus in wish.cpus:
        if not 1 <= cpus <= MOST_CPUS:
            raise UsageError(f"--cpus: {cpus:,} is not a number of CPUs from 1 to {MOST_CPUS:,}")
    if not wish.designs:
        raise UsageError(f"--locks: name a lock design or more of {', '.join(LOCK_DESIGNS)}")
    for name in wish.designs:
        if name not in LOCK_DESIGNS:
            raise UsageError(f"--locks: no lock design is called {name!r}; {offer(name, LOCK_DESIGNS)}")
    if wish.way not in WAYS:
        raise UsageError(f"--deal: {wish.way!r} is none of {', '.join(WAYS)}")
    for name, count, least in (
        ("--socket-cpus", wish.socket_cpus, 1),
        ("--processes", wish.processes, 0),
        ("--cgroups", wish.cgroups, 1),
    ):
        if not least <= count <= MOST_CPUS:
            raise UsageError(f"{name}: {count:,} is not from {least} to {MOST_CPUS:,}")
    if not 0 <= wish.between_ns <= MOST_NS:
        raise UsageError(f"--between: {wish.between_ns:,} ns is not from 0 to 1h")


def _cpus(wish: Wish) -> tuple[int, ...]:
    return tuple(sorted({1, *wish.cpus}))


def _plan(loaded: Loaded, options: Options, design: LockDesign, codec: str, progress: Progress) -> Plan:
    return plan_of(loaded, replace(options, era=design.era, codec=codec or options.codec), progress)


def _times_of(plans: Iterable[Plan], loaded: Loaded, progress: Progress) -> dict[str, PageTimes]:
    """By codec, what it takes for each page. Codecs are timed one by one, while nothing else is done."""
    found = {}
    for plan in plans:
        sizes = loaded.sizes_under(plan.codec, progress)
        with progress(f"{plan.codec} page by page", len(loaded.corpus), "pages") as told:
            given = cost_of(plan.options, plan.codec)
            times = page_times(loaded.corpus, plan.codec, sizes, told=told, given=given)
        if times is None:
            raise CorpusError(
                loaded.corpus.path,
                f"is an export without page content: say what {plan.codec.short} takes, such as --cost "
                f"{plan.codec.short}=4us/1.5us",
            )
        found[str(plan.codec)] = times
    return found


def _ready(design: LockDesign, codec: str, plan: Plan, times: PageTimes, costs: StepCosts) -> _Ready:
    """What each page takes in ``plan``, which is of ``design`` with ``codec``."""
    setting = plan.setting
    sizes = plan.costs.sizes
    copy_ns = np.round(costs.ns["copy"] * np.minimum(sizes, setting.page_size) / setting.page_size)
    raw = plan.costs.fates == int(Fate.RAW)
    page_ns = np.stack([times.compress, np.where(raw, copy_ns, times.decompress), copy_ns]).astype(np.uint32)
    pool = setting.pool.make(1, FrameLimiter(), setting.page_size)
    objects = sizes + setting.header
    found = np.unique(objects)
    classes = np.array([max(pool.class_for(int(size)), 0) for size in found], np.uint16)
    return _Ready(design, codec, plan, page_ns, classes[np.searchsorted(found, objects)])


def _curves(loaded: Loaded, ready: _Ready, wish: Wish, costs: StepCosts, told: Told) -> list[Curve]:
    """What came of the events, done by CPUs: alone, and with the way to zswap and back.

    Operations take 16 bytes each, and are let go with the design's last curve.
    """
    dealing = Dealing(_operations(loaded, ready.plan, told), wish.way, str(loaded.trace.path))
    alone = written(ready.design.programs, costs.ns)
    own = {*alone.locks}
    curves = [_curve(ready, dealing, wish, costs, alone, own, "", told)]
    if wish.around:
        with_way = written(_with_way(ready.design), costs.ns)
        curves.append(_curve(ready, dealing, wish, costs, with_way, own, ready.design.surroundings, told))
    return curves


def _operations(loaded: Loaded, plan: Plan, told: Told) -> NDArray[np.void]:
    """Replay, and note what became of each event: of OPERATION."""
    journal = Journal()
    replay(
        *(plan.events, loaded.keys, loaded.summary.stores_of, plan.costs, plan.setting),
        told=told,
        cache=partial(Watched, journal),
    )
    return journal.taken()


def _curve(
    ready: _Ready,
    dealing: Dealing,
    wish: Wish,
    costs: StepCosts,
    programs: Programs,
    own: set[Lock],
    around: str,
    told: Told,
) -> Curve:
    """All numbers of CPUs of one design with one codec. ``own``: locks of the design; ``around``: as Curve has it."""
    operations = dealing.operations
    numbers = {name: round(costs.ns[name]) for name in ("atomic", "line", "far_line", "line_per_waiter")}
    work = programs.alone_ns(operations, ready.page_ns, numbers["atomic"]) + wish.between_ns
    points: list[Point] = []
    for cpus in _cpus(wish):
        streams = dealing.to(cpus, work)
        simulated = Contention(
            *(operations, streams, programs, ready.page_ns, ready.class_of),
            *(_layout(wish, cpus, ready.plan), numbers, wish.between_ns),
        )
        _run(simulated, told)
        points.append(_point(simulated, programs, own, _grows(wish, cpus), points[0] if points else None))
    kinds = np.bincount(operations["kind"], minlength=len(Operation))
    return Curve(
        ready.design.name,
        ready.plan.setting.era.name,
        ready.codec,
        ready.plan.codec.short,
        around,
        {kind.name: int(kinds[kind]) for kind in Operation if kinds[kind]},
        tuple(points),
    )


def _run(simulated: Contention, told: Told) -> None:
    """Raises UsageError if it takes longer than can be simulated."""
    done, more = 0, True
    while more:
        try:
            more = simulated.run(_STEPS_AT_A_TIME)
        except OverflowError as failure:
            raise UsageError(f"{failure}: lower --between or --cost, or take a part of the trace") from None
        told(simulated.done - done)
        done = simulated.done


def _with_way(design: LockDesign) -> dict[Operation, Steps]:
    """The programs of ``design`` with what a page goes through before and after."""
    way = SURROUNDINGS[design.surroundings]
    return {operation: way.of(operation).around(steps) for operation, steps in design.programs.items()}


def _layout(wish: Wish, cpus: int, plan: Plan) -> Layout:
    return Layout(
        wish.socket_cpus, _processes(wish, cpus), wish.cgroups, bool(plan.setting.era.pool_per_type)
    )


def _processes(wish: Wish, cpus: int) -> int:
    """A trace that is copied is each CPU's own program; else all CPUs have one, unless more are wished for."""
    return wish.processes or (cpus if wish.way == COPIES else 1)


def _grows(wish: Wish, cpus: int) -> set[Per]:
    """What more than ``cpus`` CPUs would have more of. Where CPUs are in sockets, the next has a node of its own."""
    found = {*_GROWS[wish.way]}
    if _processes(wish, cpus + 1) > cpus:
        found.add(Per.PROCESS)
    if wish.cgroups > cpus:
        found.add(Per.CGROUP)
    if wish.socket_cpus < MOST_CPUS:
        found |= {Per.NODE, Per.CGROUP}
    return found


def _point(
    simulated: Contention, programs: Programs, own: set[Lock], grows: Collection[Per], alone: Point | None
) -> Point:
    """What a simulation came to. ``own``: locks of the design itself; ``grows``: of what there is more with more CPUs.

    ``alone``: the point of one CPU.
    """
    times = simulated.times()
    took = int(times["ended"].max())
    whole = max(took, 1) * simulated.cpu_count
    each_s = simulated.done / max(took, 1) * 1e9
    shares = {name: int(times[name].sum()) / whole for name in ("ran", "waited", "lined")}
    return Point(
        simulated.cpu_count,
        took,
        each_s,
        each_s / alone.each_s if alone and alone.each_s else 1.0,
        shares["ran"],
        shares["waited"],
        shares["lined"],
        1 - int(times["ended"].sum()) / whole,
        tuple(
            _figures(lock, counted, took, around=lock not in own, grows=lock.per in grows)
            for lock, counted in zip(programs.locks, simulated.counted(), strict=True)
        ),
        _latencies(simulated.latency_counts()),
    )


def _figures(lock: Lock, counted: Mapping[str, int], took: int, *, around: bool, grows: bool) -> LockFigures:
    contentions = counted["contentions"]
    return LockFigures(
        lock.name,
        lock.kind.name.lower().replace("_", "-"),
        counted["instances"],
        around,
        grows,
        counted["acquisitions"],
        counted["acq_bounces"],
        contentions,
        counted["waittime_total"],
        counted["waittime_max"],
        counted["waittime_total"] / contentions if contentions else 0.0,
        counted["holdtime_total"],
        counted["holdtime_max"],
        counted["busiest"] / max(took, 1),
    )


def _latencies(counts: NDArray[np.int64]) -> dict[str, dict[str, float]]:
    """Percentiles of those that succeed. A bucket's middle stands for all in it, 1.6 % beside it at most."""
    bounds = bucket_bounds()
    middles = bounds + np.diff(bounds, append=bounds[-1]) // 2
    return {name: _percentiles(counts[[*kinds]].sum(axis=0), middles) for name, kinds in _LATENCIES.items()}


def _percentiles(counts: NDArray[np.int64], middles: NDArray[np.int64]) -> dict[str, float]:
    so_far, total = np.cumsum(counts), int(counts.sum())
    if not total:
        return {}
    return {
        f"p{percent:g}": float(middles[int(np.searchsorted(so_far, total * percent / 100))])
        for percent in PERCENTILES
    }
