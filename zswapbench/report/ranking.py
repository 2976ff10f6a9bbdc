"""Results of many policies -> one order: a place for each in four figures, and what else to know of them.

The figures are the price of a store that was stalled and kept (A), the price of a page frame given back (B),
refaults, and stall time. A policy ranks by its places in these, added up. Policies that are given the future
stand below, without a rank. There are two tables of the same rows, so that each fits into 80 columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zswapbench.report.table import Cell, Column, Table
from zswapbench.report.tables import below_bound, settings_of, value_of
from zswapbench.results.counters import Metric
from zswapbench.results.metrics import METRICS, STALL_TIME, figure_of
from zswapbench.results.records import Result

_METRIC = {metric.name: metric for metric in METRICS}
_A = _METRIC["flushes_per_store_kept"]
_B = _METRIC["flushes_per_frame"]
_REFAULTS = _METRIC["refaults"]
_RANKED = ((_A, "A"), (_B, "B"), (_REFAULTS, "refaults"), (STALL_TIME, "stall time"))
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
    "A: flushes for stalled stores / stalled stores that were kept; B: flushes for page frames / those given back",
    "#: place by the figure before it, 1 for the lowest; in order of the places added up, then of refaults",
)
_WHAT = (
    "a stall: flushes for each stalled store; saved: stalled stores that were kept",
    "x least: flushes for page frames / the fewest that could have given them",
    "x min: refaults / those of min or min-frames, whichever has fewer",
    "flushed: entries in all; rejects: stores; barren: most flushes in a row that freed no page frame",
)
_BOUND = "bound: is given the future, which no kernel is, and takes no place; for B the strict bound is x least, 1.00x"


@dataclass(frozen=True)
class _Row:
    """A result with its place in each of the figures, None in one that is not ranked, and its rank."""

    result: Result
    places: Sequence[int | None]
    rank: int | None = None


def ranking_tables(results: list[Result], left_out: Sequence[str] = ()) -> list[Table]:
    """The ranking, and the other metrics of the same rows.

    ``left_out``: names of policies that were not run, since they do not work over the pool.
    """
    rows = _rows(results)
    inputs = results[0].inputs
    missing = [f"left out, since they do not work over this pool: {', '.join(left_out)}"] if left_out else []
    ranking = Table(
        title=f"{inputs['trace']}, {inputs['events']:,} events: policies by their places",
        columns=[
            Column("rank", "rank"),
            _POLICY,
            *(column for metric, title in _RANKED for column in _with_place(metric, title)),
        ],
        rows=[_ranking_row(row) for row in rows],
        notes=[*_HOW, *_unranked(results), *([_BOUND] if any(map(_is_bound, results)) else [])],
    )
    beside = Table(
        title="The same, in other figures",
        columns=[_POLICY, *(Column(metric.name, title) for metric, title in _BESIDE)],
        rows=[
            [
                Cell(row.result.label),
                *(Cell(value_of(row.result, metric), metric.unit) for metric, _ in _BESIDE),
            ]
            for row in rows
        ],
        notes=[
            *_WHAT,
            *settings_of(results),
            *_own_lru(results),
            *missing,
            *below_bound(results),
            *extremes(results),
        ],
    )
    return [ranking, beside]


def _with_place(metric: Metric, title: str) -> list[Column]:
    return [Column(metric.name, title), Column(f"{metric.name}_place", "#")]


def _ranking_row(row: _Row) -> list[Cell]:
    cells = [
        Cell(row.rank, shown="bound" if _is_bound(row.result) else ""),
        Cell(row.result.label),
    ]
    for (metric, _), place in zip(_RANKED, row.places, strict=True):
        cells += [Cell(value_of(row.result, metric), metric.unit), Cell(place)]
    return cells


def _rows(results: list[Result]) -> list[_Row]:
    """All results: those that are ranked in their order, then the bounds."""
    ranked = [result for result in results if not _is_bound(result)]
    by_figure = [_places([_figure(result, metric) for result in ranked]) for metric, _ in _RANKED]
    placed = list(zip(ranked, zip(*by_figure, strict=True), strict=True))
    keys = [(sum(filter(None, places)), value_of(result, _REFAULTS) or 0) for result, places in placed]
    rows = [
        _Row(result, places, 1 + sum(other < key for other in keys))
        for (result, places), key in zip(placed, keys, strict=True)
    ]
    bounds = [_Row(result, [None] * len(_RANKED)) for result in results if _is_bound(result)]
    return sorted(rows, key=lambda row: (row.rank or 0, row.result.label)) + bounds


def _is_bound(result: Result) -> bool:
    return bool(result.setting["policy_foresees"])


def _figure(result: Result, metric: Metric) -> float | None:
    """What ``result`` is placed by."""
    return value_of(result, metric) if metric is STALL_TIME else figure_of(result, metric.name)


def _places(figures: list[float | None]) -> list[int | None]:
    """1 for the lowest; equals share a place, the last is shared by those without a figure.

    No places where nobody has a figure above 0.
    """
    if not any(figures):
        return [None] * len(figures)
    known = [math.inf if figure is None else figure for figure in figures]
    return [1 + sum(other < figure for other in known) for figure in known]


def _unranked(results: list[Result]) -> list[str]:
    """Which of the four figures say nothing here, and why."""
    why = {
        _A: "no policy keeps a store that finds the pool full by flushing for it",
        _B: "no policy flushes for page frames",
        _REFAULTS: "there are none",
        STALL_TIME: "nobody waits, or there are no pages to measure the codec with",
    }
    ranked = [result for result in results if not _is_bound(result)]
    return [
        f"{title}: not ranked, {why[metric]}"
        for metric, title in _RANKED
        if not any(_figure(result, metric) for result in ranked)
    ]


def _own_lru(results: list[Result]) -> list[str]:
    """Which policy the era itself has."""
    return [
        f"{result.label}: the era's own LRU"
        for result in results
        if result.setting["policy_is_era_default"] and result.label == result.setting["policy"]
    ]


def extremes(results: list[Result]) -> list[str]:
    """The cheapest and the dearest answer to A and to B."""
    words = {
        _A: "A: a stalled store that is kept takes",
        _B: "B: a page frame given back takes",
    }
    sentences = []
    for metric, begin in words.items():
        known = [
            (value, one.label)
            for one in results
            if not _is_bound(one) and (value := value_of(one, metric)) is not None
        ]
        if len({value for value, _ in known}) > 1:
            (low, best), (high, worst) = min(known), max(known)
            sentences.append(f"{begin} {low:,.1f} flushes under {best}, {high:,.1f} under {worst}.")
    return sentences
