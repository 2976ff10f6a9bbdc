"""A recommendation over a trace: what was swapped is given, so nothing follows from what a pool holds.

That leaves little to choose. A larger pool would have had other pages swapped, and a zram is no cache in front of a
device: neither can be told from zswap's other set-ups by a trace. What can: the codec, the accept threshold and the
pool below one limit for zswap, and the codec for zram. All of them are replayed; there are few enough.
"""

from __future__ import annotations

import time
from itertools import product

from zswapbench.common.errors import UsageError
from zswapbench.common.machine import environment
from zswapbench.common.progress import Progress
from zswapbench.results.recommendation import MEMORY, REPLAY, WEAR, Candidate, Recommendation
from zswapbench.results.records import Result
from zswapbench.results.spread import drawn_figures, middle
from zswapbench.rules.era_choice import choose_era
from zswapbench.runs.options import Options, options_of
from zswapbench.runs.recommend.asking import Given
from zswapbench.runs.recommend.cells import DISK, USUAL_THRESHOLD, ZRAM, ZSWAP, Cell
from zswapbench.runs.recommend.figures import DEVICE_WRITES, DRAWS, TIME_PAID, Figure
from zswapbench.runs.recommend.judging import HARDLY, Contender, front, judge, margin_over
from zswapbench.runs.recommend.scene import Closed
from zswapbench.runs.recommend.space import OTHER_POLICIES, pools_of, thresholds_of, usual_codec
from zswapbench.runs.zswap import compare
from zswapbench.traces.format import read_trace
from zswapbench.traces.synth import is_synthetic, origin_of

SEEDS = 6
"""Draws of a trace that was made: each is made anew."""

PAGE_FRAMES = "page frames"

_LIMIT = (
    "max_pool_percent: a larger pool would have had other pages swapped, which a trace cannot say "
    "(references can: docs/references.md)"
)
_UNLIKE = "a trace does not say what would have been swapped with it; references do (docs/references.md)"


def in_a_replay(given: Given, asked: Closed, progress: Progress) -> Recommendation:
    """What to take for the trace of ``given``. Raises UsageError for zswap and zram together, and for a disk."""
    began = time.perf_counter()
    kind = _kind(asked)
    common = Options(era=asked.offers.kernel, device=asked.device, cost=asked.cost, ram=asked.ram)
    cells = _cells(kind, asked)
    own = Cell(
        kind,
        usual_codec(kind, asked.offers),
        pool=cells[0].pool and choose_era(asked.offers.kernel).pool.partition(":")[0],
    )
    if own not in cells:
        cells.append(own)
    options = {cell: options_of(_spec(cell, asked.offers.kernel), common) for cell in cells}
    trace = read_trace(given.trace)
    made = is_synthetic(trace)
    results = compare(
        trace, [*options.values()], given.corpus, progress, seeds=SEEDS if made else DRAWS, idle_costs=True
    )
    tried = dict(zip(options, results, strict=True))
    contenders = [_contender(cell, result, tried[own], own, asked) for cell, result in tried.items()]
    default = next(one for one in contenders if one.cell == own)
    verdict = judge(
        contenders, default, "the program's references (docs/references.md), or a longer recording"
    )
    chosen, runner_up = verdict.chosen, verdict.runner_up

    def candidate(one: Contender) -> Candidate:
        return _candidate(one, tried[one.cell])

    return Recommendation(
        goal=asked.goal,
        loop=REPLAY,
        machine={},
        kernel=asked.offers.kernel,
        distribution=asked.distribution,
        default_said=f"{kind} as the kernel has it",
        chosen=candidate(chosen) if chosen else None,
        default=candidate(default),
        runner_up=candidate(runner_up) if runner_up else None,
        over_default=margin_over(chosen, default) if chosen and chosen is not default else None,
        over_runner_up=margin_over(chosen, runner_up) if chosen and runner_up else None,
        rebuilt=None,
        rebuilt_over_chosen=None,
        refused=verdict.refused,
        settle=verdict.settle,
        ties=tuple(one.spec for one in verdict.ties),
        front=tuple(candidate(one) for one in front(contenders)),
        not_considered=_without(kind),
        traffic=f"{origin_of(trace)}, replayed as it was",
        made=made,
        search={"cells": len(cells), "ran": len(cells), "whole": len(cells), "rungs": [], "seconds": 0.0},
        ram_needed=None,
        interrupted=False,
        remarks=(*given.remarks, *_remarks(chosen, front(contenders), made=made)),
        inputs=results[0].inputs,
        environment=environment(),
        timings={"recommend_s": time.perf_counter() - began},
    )


def _kind(asked: Closed) -> str:
    """zswap, or zram if that is what is allowed. Raises UsageError for both, and for none."""
    wanted = [kind for kind in asked.kinds if kind in (ZSWAP, ZRAM)]
    if len(wanted) != 1:
        raise UsageError(
            f"--allow {','.join(wanted) or DISK}: of a trace, allow zswap or zram, one of them: {_UNLIKE}"
        )
    if not (asked.offers.zswap if wanted == [ZSWAP] else asked.offers.zram):
        raise UsageError(f"the kernel has no {wanted[0]}: {asked.offers.how}")
    if asked.default:
        raise UsageError(
            f"--default {asked.default}: of a trace, the default is the kernel's own {wanted[0]}"
        )
    return wanted[0]


def _cells(kind: str, asked: Closed) -> list[Cell]:
    if kind == ZRAM:
        return [Cell(kind, codec) for codec in asked.offers.codecs_zram]
    offers = asked.offers
    return [
        Cell(kind, codec, threshold=threshold, pool=pool)
        for codec, threshold, pool in product(offers.codecs_zswap, thresholds_of(offers), pools_of(offers))
    ]


def _spec(cell: Cell, kernel: str) -> str:
    """The SPEC of 'compare'."""
    if cell.kind == ZRAM:
        return f"{ZRAM},{cell.codec},kernel={kernel}"
    threshold = f":accept_threshold_percent={cell.threshold}" if cell.threshold != USUAL_THRESHOLD else ""
    return ",".join(filter(None, [cell.codec, cell.pool, f"era={kernel}{threshold}"]))


def _contender(cell: Cell, result: Result, own: Result, default: Cell, asked: Closed) -> Contender:
    """``own``: the result of the ``default``, which others must not write or read more than for the goal memory."""
    no_more = all(
        (middle(result, name) or 0) <= (middle(own, name) or 0) for name in ("device_writes", "refaults")
    )
    paid = tuple(
        float(middle(result, name) or 0) for name in ("total_ns", "device_writes", "pool_pages_mean")
    )
    time_paid = Figure(
        TIME_PAID,
        paid[0],
        _draws(result, "total_ns", paid[0]),
        result.timings.get("total_spread_ns", 0.0),
        (result.setting["codec_identity"],),
    )
    writes = Figure(DEVICE_WRITES, paid[1], _draws(result, "device_writes", paid[1]))
    frames = Figure(PAGE_FRAMES, paid[2], _draws(result, "pool_pages_mean", paid[2]))
    figures = {WEAR: (writes, time_paid), MEMORY: (frames,)}.get(asked.goal, (time_paid,))
    return Contender(
        cell,
        _spec(cell, asked.offers.kernel),
        figures,
        (paid[0], paid[1], paid[2]),
        cell.changes(default, default.codec) if cell != default else 0,
        asked.goal != MEMORY or no_more,
    )


def _draws(result: Result, name: str, value: float) -> tuple[float, ...]:
    return tuple(float(one) for one in drawn_figures(result).get(name, [value]))


def _candidate(one: Contender, result: Result) -> Candidate:
    return Candidate(
        spec=one.spec,
        kind=one.cell.kind,
        total_ns=one.paid[0],
        slowdown=None,
        gained=None,
        device_writes=round(one.paid[1]),
        page_frames_mean=one.paid[2],
        out_of_memory_at=None,
        needs=(),
        result=result,
    )


def _remarks(chosen: Contender | None, others: list[Contender], *, made: bool) -> list[str]:
    """What the figures leave out. ``others``: the front."""
    told = []
    least = min(others, key=lambda one: one.paid[2])
    if chosen and chosen.paid[2] > least.paid[2] * (1 + HARDLY):
        told.append(
            f"{chosen.spec} holds {chosen.paid[2]:,.0f} page frames in the mean, {least.spec} {least.paid[2]:,.0f}: "
            "in a replay nobody pays for page frames by faults (--goal memory goes by them)"
        )
    if made:
        told.append(
            "the trace is made by one pattern; draws are its seeds, and say nothing of other patterns"
        )
    return told


def _without(kind: str) -> tuple[str, ...]:
    other = ZRAM if kind == ZSWAP else ZSWAP
    return (
        f"{other}, a bare disk, and combinations: {_UNLIKE}",
        *(
            [_LIMIT, "zswap's shrinker: nothing reclaims in a replay"]
            if kind == ZSWAP
            else ["disksize: a trace has its own slots"]
        ),
        OTHER_POLICIES,
        "another CONFIG_ZSMALLOC_CHAIN_SIZE: it takes a kernel to be built",
    )
