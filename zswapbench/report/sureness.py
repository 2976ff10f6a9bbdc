"""How far results can be trusted, in plain words: where the trace comes from, how many draws, and what misleads."""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.common.errors import UsageError
from zswapbench.common.units import format_count
from zswapbench.report.table import Cell, Column
from zswapbench.results.counters import Metric
from zswapbench.results.marks import asked_in_lumps, is_guided, sampled_under_worker
from zswapbench.results.records import Result
from zswapbench.results.spread import spread_of
from zswapbench.rules.eras import era_in_force
from zswapbench.rules.overflow import lacks
from zswapbench.traces.synth import ASSUMED_CLOCK, kernel_told

FRAMES_PER_CLASS = 32
"""Page frames for each size class in use, below which a pool is called small.

The demo under linux-6.12, original bytes in a page frame of zsmalloc against one of zbud: 0.57 with 9 page frames for
each class, 0.88 with 33, 0.98 with 64, 1.02 with 76.
"""

_SHARES = (50, 20, 10, 5, 2, 1)
"""Percent of the footprint that a pool limit is suggested from."""


def origin_of(results: Sequence[Result]) -> str:
    """Where the trace comes from and how often it was drawn: "synthetic: phase, one seed". "" if nothing says."""
    origin = results[0].inputs.get("origin", "")
    draws = next((result.draws for result in results if result.draws), {})
    others = "" if all(result.draws for result in results) else " of some results, one draw of others"
    if draws.get("of") == "samples":
        return f"{how_sampled(results[0])}; {origin}"
    if draws.get("of") == "blocks":
        return f"{origin}, {draws['count']} draws of {draws['blocks']} blocks{others}"
    if origin.startswith("synthetic"):
        return f"{origin}, {draws['count']} seeds{others}" if draws else f"{origin}, one seed"
    return str(origin)


def how_sampled(result: Result) -> str:
    """That it was estimated, and from what: "estimated from 10.0 % of offsets, in each of 5 samples"."""
    sample = result.inputs["sample"]
    percent = 100 * sample["rate"]
    share = f"{percent:.1f}" if percent >= 1 else f"{percent:.2g}"
    return f"estimated from {share} % of offsets, in each of {sample['samples']} samples"


def behind_title(results: Sequence[Result]) -> str:
    """The same in brackets, to stand behind a title; "" if nothing says."""
    origin = origin_of(results)
    return f" ({origin})" if origin else ""


def how_drawn(results: Sequence[Result]) -> list[str]:
    """What the columns beside a figure mean; nothing if nothing was drawn."""
    if _is_sampled(results):
        return [_ESTIMATES, *_doubtful(results)]
    return [
        f"median, min and max: over {draws}; where the ranges of two overlap, neither is better; the number that a "
        "figure is 'from' is that of the trace itself"
        for draws in _drawn_over(results)
    ]


def how_ranked(results: Sequence[Result]) -> list[str]:
    """The same of a ranking, and where nothing was drawn that nobody knows the ranges."""
    if _is_sampled(results):
        return [_ESTIMATES, *_doubtful(results)]
    return [
        f"figures: medians over {draws}; a place counts only policies whose whole range is lower, "
        "and so does the rank, by what each draw costs"
        for draws in _drawn_over(results)
    ] or [
        "one draw of the trace: another could change places and ranks; add --seeds 6 to see which of them are sure"
    ]


_ESTIMATES = (
    "estimate, min and max: from all samples together, and of what each alone says of the whole trace; what samples "
    "have in common because their pools are small is in no range (docs/sampling.md); where the ranges of two overlap, "
    "neither is better"
)


_REQUESTS = (
    "page frames are asked for a few at a time, of a small pool more at a time but less often: estimates of refaults "
    "were off by up to 28 %, of flushes per frame given back by up to 55 %; replay all of the trace before you rely on "
    "them"
)

_WORKER = (
    "a worker flushes under these rules, where a little changes much: estimates of refaults and device writes were off "
    "by a tenth at times, by half and more where there are few; replay all of the trace before you rely on them"
)


def _doubtful(results: Sequence[Result]) -> list[str]:
    """Which estimates are known to be far off at times, and why."""
    under_worker = [one for one in results if sampled_under_worker(one)]
    others = [one for one in results if one not in under_worker and asked_in_lumps(one)]
    return [
        f"{', '.join(one.label for one in some)}: {why}"
        for some, why in ((under_worker, _WORKER), (others, _REQUESTS))
        if some
    ]


def _is_sampled(results: Sequence[Result]) -> bool:
    return any(result.draws.get("of") == "samples" for result in results)


def _drawn_over(results: Sequence[Result]) -> list[str]:
    """What was drawn, in one phrase; nothing if nothing was."""
    draws = next((result.draws for result in results if result.draws), {})
    if not draws:
        return []
    if draws["of"] == "seeds":
        seeds = draws["seeds"]
        return [f"{draws['count']} seeds of the trace's recipe, {seeds[0]} to {seeds[-1]}"]
    return [f"{draws['count']} draws of the trace's {draws['blocks']} blocks of events"]


def figure_columns(result: Result, name: str, title: str) -> list[Column]:
    """Columns of the figures of ``result``: the figure, or its median, lowest and highest over the draws."""
    if not result.draws:
        return [Column(name, title)]
    middle = "estimate" if _is_sampled([result]) else "median"
    return [Column(name, f"{title}, {middle}"), *(Column(f"{name} {end}", end) for end in ("min", "max"))]


def figure_cells(result: Result, metric: Metric, cell: Cell) -> list[Cell]:
    """The cells of ``figure_columns`` for ``metric``. ``cell``: of the figure of the trace itself.

    It stands alone where the draws do not tell: those of blocks have no figures of a state.
    """
    if not result.draws:
        return [cell]
    spread = spread_of(result, metric.name)
    if spread is None or cell.shown:
        return [cell, Cell(None), Cell(None)]
    return [
        cell._replace(value=spread.median),
        Cell(spread.lowest, metric.unit),
        Cell(spread.highest, metric.unit),
    ]


def not_in_kernel(result: Result) -> str:
    """That the pool is one that the kernel does not have: "zswap of linux-6.18 has no zbud"; "" if it has."""
    name, era = result.setting["pool"].partition(":")[0], result.setting["era"]
    if result.is_zram or not era.get("overflow") or not lacks(era["overflow"], name):
        return ""
    return f"zswap of {era['name']} has no {name}"


def never_filled(results: Sequence[Result]) -> str:
    """That the limit of a pool was never reached, and a limit that would be; "" if all were. zram has none."""
    limited = [result for result in results if not result.is_zram]
    names = ("pool_limit_hit", "flush_attempted", "pool_pages_peak")
    idle = [
        result
        for result in limited
        if all(name in result.counters for name in names)
        and not result.counters["pool_limit_hit"]
        and not result.counters["flush_attempted"]
    ]
    if not idle:
        return ""
    whose = "the" if len(limited) == len(results) else "zswap's"
    return f"{whose} pool never filled{_not_shown(idle, limited)}; {_smaller(idle)}"


def _not_shown(idle: Sequence[Result], limited: Sequence[Result]) -> str:
    """What the pools of ``idle``, which never filled, do not tell; "" where all have one policy."""
    if len(idle) < len(limited):
        labels = ", ".join(result.label for result in idle)
        return f" under {labels}: what happens in a full pool is not shown"
    if len({result.setting["policy"] for result in idle}) == 1:
        return ""
    if any(result.counters["written_back_pages"] for result in idle):
        return ": policies differ only in what FLUSH requests evict"
    return ": all policies are equal"


def _smaller(results: Sequence[Result]) -> str:
    """A pool limit that all ``results`` would have reached."""
    peak = min(result.counters["pool_pages_peak"] for result in results)
    footprint = results[0].inputs["footprint_pages"]
    share = next((one for one in _SHARES if 1 <= footprint * one // 100 <= peak * 4 // 5), None)
    if share:
        return f"try --pool-limit {share}%"
    return f"try --pool-limit {peak // 2}p" if peak > 1 else "it held hardly anything: try another trace"


def assumed_clock(results: Sequence[Result]) -> list[str]:
    """That the trace's times are made up, though its program is real; nothing if they are not."""
    if ASSUMED_CLOCK not in results[0].inputs.get("origin", ""):
        return []
    return [
        f"{ASSUMED_CLOCK}: nobody observed this trace's times; rejects under a worker and total time rest on them"
    ]


def guides(results: Sequence[Result]) -> list[str]:
    """What the recording gives in results that it guides, and that it is of another kernel; nothing of others."""
    guided = [result for result in results if is_guided(result)]
    if not guided:
        return []
    labels = ", ".join(result.label for result in guided) if len(guided) < len(results) else "all"
    told = [
        f"guided: written-back and rejected pages of {labels} are as many as in the recording, whatever the policy"
    ]
    kernel = kernel_told(guided[0].inputs.get("origin", ""))
    others = {result.setting["era"]["name"] for result in guided if kernel and not _is_era_of(kernel, result)}
    told += [
        f"recorded on another kernel: {era} is told when the pool of kernel {kernel} was full and what its worker did"
        for era in sorted(others)
    ]
    return told


def _is_era_of(kernel: str, result: Result) -> bool:
    """Has the era of ``result`` the rules of ``kernel``?"""
    era = result.setting["era"]
    try:
        return era_in_force(kernel).row == str(era.get("row", era["name"]))
    except UsageError:  # of a kernel that had no zswap
        return False


def small_pools(results: Sequence[Result]) -> list[str]:
    """Which pools are too small for their size classes, so that partly used zspages decide what they hold."""
    notes = []
    for result in results:
        classes = sum("fullness" in row for row in result.classes)
        frames = result.counters.get("pool_pages_peak", 0)
        if 0 < frames < FRAMES_PER_CLASS * classes:
            notes.append(
                f"small pool: {result.label} has {format_count(frames, 'page frame')} for size classes in use: "
                f"{classes}, {frames // classes} for each; below {FRAMES_PER_CLASS} zspages that are only partly used "
                "dominate: do not judge zsmalloc by it"
            )
    return notes
