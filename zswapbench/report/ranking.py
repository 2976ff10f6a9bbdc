"""Results of many policies -> one order: a place for each in the headline figures, and what else to know of them.

The figures are what is paid: writes to the swap device, refaults (reads of it), and the page frames held. A policy
ranks by how many times the lowest it pays, in the mean of these; nothing that contains another counts, so refaults
count once. The prices of A (a store that was stalled and kept) and of B (a page frame given back) stand beside them.
Policies that are given the future stand below, without a rank. There are two tables of the same rows, so that each
fits into 80 columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zswapbench.report.sureness import behind_title, how_ranked, middle, never_filled, small_pools
from zswapbench.report.table import Cell, Column, Table
from zswapbench.report.tables import below_bound, meanings, settings_of, value_of
from zswapbench.results.counters import Metric
from zswapbench.results.marks import ENOUGH_FRAMES, asked_for_frames
from zswapbench.results.metrics import METRICS, applies
from zswapbench.results.records import Result
from zswapbench.results.spread import ranges_of, times_drawn

_METRIC = {metric.name: metric for metric in METRICS}
_A = _METRIC["flushes_per_store_kept"]
_B = _METRIC["flushes_per_frame"]
_REFAULTS = _METRIC["refaults"]
_RANKED = (
    (_METRIC["device_writes"], "writes"),
    (_REFAULTS, "refaults"),
    (_METRIC["pool_pages_mean"], "frames"),
)
"""What decides the rank."""
_PRICES = ((_A, "A"), (_B, "B"))
_BESIDE = (
    (_METRIC["flushes_per_stalled_store"], "a stall"),
    (_METRIC["stalled_stores_saved"], "saved"),
    (_METRIC["flushes_per_frame_of_fewest"], "x least"),
    (_METRIC["refaults_of_bound"], "x min"),
    (_METRIC["written_back_pages"], "flushed"),
    (_METRIC["rejects"], "rejects"),
    (_METRIC["barren_longest"], "barren"),
)
_POLICY = Column("policy", "policy", text=True)

_HOW = (
    "writes: to the swap device, pages written back or rejected; refaults: reads from it; frames: held, the mean",
    "A: flushes for stalled stores (which find the pool full), divided by the stalled stores that were kept",
    "B: flushes for page frames, divided by the page frames given back",
    "#: the place in the column before it: 1, and 1 more for each policy that is more than 1 % lower",
    "rank: by writes, refaults and frames, each as times the lowest, in their geometric mean",
)
_WHAT = (
    "a stall: flushes for each stalled store; saved: share of stalled stores that were kept",
    "x least: flushes for page frames, divided by the fewest that could have given the same frames",
    "x min: refaults (pages read back from the swap device), divided by those of min or min-frames, the fewer of both",
    "flushed: all entries flushed; rejects: stores rejected; barren: most flushes in a row that freed no page frame",
)
_REFERENCE = (
    "ref.: a reference, which knows the future, as no kernel does, and takes no place; a policy may still have fewer "
    "refaults; the strict bound for B is 1.00x in x least"
)
_APART = 1.01
"""A figure is lower than another only if the other is more than so many times as high."""


@dataclass(frozen=True)
class _Row:
    """A result with its place in each of the figures, None in one that is not ranked, and its rank."""

    result: Result
    places: Sequence[int | None]
    rank: int | None = None


def ranking_tables(
    results: list[Result], left_out: Sequence[str] = (), *, explain: bool = False
) -> list[Table]:
    """The ranking, and the other metrics of the same rows.

    ``left_out``: names of policies that were not run, since they do not work over the pool. ``explain``: with a table
    of what the columns mean.
    """
    rows = _rows(results)
    inputs = results[0].inputs
    missing = (
        [f"left out, because they do not work with this pool: {', '.join(left_out)}"] if left_out else []
    )
    ranking = Table(
        title=f"{inputs['trace']}, {inputs['events']:,} events{behind_title(results)}: policies by rank",
        columns=[
            Column("rank", "rank"),
            _POLICY,
            *(column for metric, title in _RANKED for column in _with_place(metric, title)),
            *(Column(metric.name, title) for metric, title in _PRICES),
        ],
        rows=[_ranking_row(row) for row in rows],
        notes=[
            *_HOW,
            *how_ranked(results),
            *_unranked(results),
            *([_REFERENCE] if any(map(_is_bound, results)) else []),
        ],
        above=never_filled(results),
    )
    beside = Table(
        title="The same policies, in other figures",
        columns=[_POLICY, *(Column(metric.name, title) for metric, title in _BESIDE)],
        rows=[
            [
                Cell(row.result.label),
                *(_cell(row.result, metric) for metric, _ in _BESIDE),
            ]
            for row in rows
        ],
        notes=[
            *_WHAT,
            *settings_of(results),
            *small_pools(results),
            *_own_lru(results),
            *missing,
            *below_bound(results),
            *extremes(results),
        ],
    )
    shown = [metric for metric, _ in (*_RANKED, *_PRICES, *_BESIDE)]
    return [ranking, beside, meanings(shown)] if explain else [ranking, beside]


def _cell(result: Result, metric: Metric) -> Cell:
    """The figure alone: a column has no room for more."""
    return Cell(_figure(result, metric) if applies(result, metric.name) else None, metric.unit)


def _figure(result: Result, metric: Metric) -> float | int | None:
    """The figure, or its median where the trace was drawn several times."""
    return middle(result, metric, value_of(result, metric))


def _with_place(metric: Metric, title: str) -> list[Column]:
    return [Column(metric.name, title), Column(f"{metric.name}_place", "#")]


def _ranking_row(row: _Row) -> list[Cell]:
    cells = [
        Cell(row.rank, shown="ref." if _is_bound(row.result) else ""),
        Cell(row.result.label),
    ]
    for (metric, _), place in zip(_RANKED, row.places, strict=True):
        cells += [_cell(row.result, metric), Cell(place)]
    return [*cells, *(_cell(row.result, metric) for metric, _ in _PRICES)]


def _rows(results: list[Result]) -> list[_Row]:
    """All results: those that are ranked in their order, then those that know the future."""
    ranked = [result for result in results if not _is_bound(result)]
    by_figure = [_places(*_with_ranges(ranked, metric)) for metric, _ in _RANKED]
    placed = list(zip(ranked, zip(*by_figure, strict=True), strict=True))
    keys = _cost_ranges(ranked)
    rows = [
        _Row(result, places, 1 + sum(highest < lowest for _, highest in keys))
        for (result, places), (lowest, _) in zip(placed, keys, strict=True)
    ]
    bounds = [_Row(result, [None] * len(_RANKED)) for result in results if _is_bound(result)]
    return sorted(rows, key=lambda row: (row.rank or 0, row.result.label)) + bounds


def _is_bound(result: Result) -> bool:
    return bool(result.setting["policy_foresees"])


def _with_ranges(
    results: Sequence[Result], metric: Metric
) -> tuple[list[float | int | None], Sequence[tuple[float, float]]]:
    """The figure of each of ``results`` and its range over the draws; no ranges if there are none."""
    return [_figure(result, metric) for result in results], ranges_of(results).get(metric.name, ())


def _places(
    figures: list[float | int | None], ranges: Sequence[tuple[float, float]] = ()
) -> list[int | None]:
    """1, and 1 more for each of the others that is more than 1 % lower, its whole range too.

    No places where nobody has a figure above 0, or one of them, being older than the figure, has none.
    """
    known = [one for one in figures if one is not None]
    if not any(known) or len(known) < len(figures):
        return [None] * len(figures)
    # Without draws a figure is a range of one point.
    both = list(zip(known, ranges or [(one, one) for one in known], strict=True))
    return [
        1 + sum(other * _APART < one and highest < lowest for other, (_, highest) in both)
        for one, (lowest, _) in both
    ]


def _cost_ranges(ranked: Sequence[Result]) -> list[tuple[float, float]]:
    """The lowest and the highest cost of each over the draws, each draw by itself; without draws the one cost twice."""
    names = [metric.name for metric, _ in _RANKED]
    if not ranked:
        return []
    if all(result.draws for result in ranked):
        count = min(result.draws["count"] for result in ranked)
        tables = [
            [[result.draws["metrics"].get(name, [None] * count)[draw] for result in ranked] for name in names]
            for draw in range(count)
        ]
    else:
        tables = [[[value_of(result, metric) for result in ranked] for metric, _ in _RANKED]]
    return [(min(costs), max(costs)) for costs in zip(*map(_costs, tables), strict=True)]


def _costs(by_value: list[list[float | int | None]]) -> list[float]:
    """What each result pays: how many times the lowest, in the mean of the figures that have places.

    By the geometric mean, so that half the writes weigh as much as half the refaults, and a tenth of the page frames
    no more than a tenth of either. 1 is added, so that a figure of 0 is no bargain without end.
    """
    known = [[one for one in figures if one is not None] for figures in by_value if any(_places(figures))]
    times = [[(one + 1) / (min(figures) + 1) for one in figures] for figures in known]
    if not times:
        return [1.0] * len(by_value[0])
    # Rounded: equal figures in another order are an equal cost.
    return [round(math.prod(parts) ** (1 / len(parts)), 9) for parts in zip(*times, strict=True)]


def _unranked(results: list[Result]) -> list[str]:
    """Which of the figures say nothing here, and why."""
    ranked = [result for result in results if not _is_bound(result)]
    asked = max(
        (result.counters.get("frames_asked", 0) * times_drawn(result) for result in ranked), default=0
    )
    few = f"B: the trace asks for {asked:,} page frames; fewer than {ENOUGH_FRAMES} say little about a policy"
    return [
        *(
            f"{title}: no places, because {_why(metric, ranked)}"
            for metric, title in _RANKED
            if not any(_places(*_with_ranges(ranked, metric)))
        ),
        *([few] if 0 < asked < ENOUGH_FRAMES else []),
    ]


def _why(metric: Metric, ranked: list[Result]) -> str:
    if any(_figure(result, metric) is None for result in ranked):
        return "not every result has the figure"
    return {
        "device_writes": "nothing is written to the swap device",
        "refaults": "there are no refaults",
        "pool_pages_mean": "the pool holds nothing",
    }[metric.name]


def _own_lru(results: list[Result]) -> list[str]:
    """Which policy the era itself has."""
    return [
        f"{result.label}: the LRU of this era's own kernel"
        for result in results
        if result.setting["policy_is_era_default"] and result.label == result.setting["policy"]
    ]


def extremes(results: list[Result]) -> list[str]:
    """The cheapest and the dearest answer to A and to B."""
    words = {
        _A: "A: to keep a stalled store takes",
        _B: "B: to give back a page frame takes",
    }
    sentences = []
    for metric, begin in words.items():
        known = [
            (value, one.label)
            for one in results
            if not _is_bound(one) and _says(one, metric) and (value := _figure(one, metric)) is not None
        ]
        if len({value for value, _ in known}) > 1:
            (low, best), (high, worst) = min(known), max(known)
            sentences.append(f"{begin} {low:,.1f} flushes under {best} and {high:,.1f} under {worst}.")
    return sentences


def _says(result: Result, metric: Metric) -> bool:
    """Does the price say something of ``result``?"""
    return applies(result, metric.name) and (metric is not _B or asked_for_frames(result))
