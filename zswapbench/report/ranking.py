"""Results of many policies -> one order: a place for each in the headline figures, and what else to know of them.

The figures are what is paid, and zswapbench.results.ranking says who stands where in them. The prices of A (a store
that was stalled and kept) and of B (a page frame given back) stand beside them. Policies that are given the future
stand below, without a rank. There are two tables of the same rows, so that each fits into 80 columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.report.recommendation import opening
from zswapbench.report.sureness import assumed_clock, behind_title, guides, how_ranked, small_pools
from zswapbench.report.table import Cell, Column, Table
from zswapbench.report.tables import about_reference, meanings, settings_of
from zswapbench.report.times import costs_of
from zswapbench.results.counters import Metric
from zswapbench.results.marks import ENOUGH_FRAMES, asked_for_frames
from zswapbench.results.metrics import METRICS, applies
from zswapbench.results.ranking import Standing, ranked_by, says_something, standings
from zswapbench.results.records import Result, value_of
from zswapbench.results.spread import middle, times_drawn
from zswapbench.results.times import TOTAL_TIME

_METRIC = {metric.name: metric for metric in METRICS}
_A = _METRIC["flushes_per_store_kept"]
_B = _METRIC["flushes_per_frame"]
_PAID = (
    (_METRIC["device_writes"], "writes"),
    (_METRIC["refaults"], "refaults"),
    (TOTAL_TIME, "time"),
    (_METRIC["pool_pages_mean"], "frames"),
)
_TITLE = {metric.name: title for metric, title in _PAID}
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
    "time: CPU time of the codec, and waiting for the swap device, refaults included",
    "A: flushes for stalled stores (which find the pool full), divided by the stalled stores that were kept",
    "B: flushes for page frames, divided by the page frames given back",
    "#: the place in the column before it: 1, and 1 more for each policy that is more than 1 % lower",
)
_WHAT = (
    "a stall: flushes for each stalled store; saved: share of stalled stores that were kept",
    "x least: flushes for page frames, divided by the fewest that could have given the same frames",
    "x min: refaults (pages read back from the swap device), divided by those of min or min-frames, the fewer of both",
    "flushed: all entries flushed; rejects: stores rejected; barren: most flushes in a row that freed no page frame",
)
_REFERENCE = (
    "ref.: a reference, which knows the future, as no kernel does, and takes no place; the strict bound for B is 1.00x "
    "in x least"
)
_ZRAM = "zram: no policy, and no place among these: it holds what they flush"
_Row = tuple[Result, Standing | None]
"""None where a result is not ranked."""


def ranking_tables(
    results: list[Result], left_out: Sequence[str] = (), *, explain: bool = False
) -> list[Table]:
    """The ranking, and the other metrics of the same rows.

    ``left_out``: names of policies that were not run, since they do not work over the pool. ``explain``: with a table
    of what the columns mean.
    """
    rows = _rows(results)
    figures = ranked_by(_ranked(results))
    timed = all(value_of(result, TOTAL_TIME.name) is not None for result in results)
    paid = [(metric, title) for metric, title in _PAID if metric is not TOTAL_TIME or timed]
    inputs = results[0].inputs
    missing = (
        [f"left out, because they do not work with this pool: {', '.join(left_out)}"] if left_out else []
    )
    ranking = Table(
        title=f"{inputs['trace']}, {inputs['events']:,} events{behind_title(results)}: policies by rank",
        columns=[
            Column("rank", "rank"),
            _POLICY,
            *(
                column
                for metric, title in paid
                for column in _columns(metric, title, with_place=metric in figures)
            ),
            *(Column(metric.name, title) for metric, title in _PRICES),
        ],
        rows=[_ranking_row(row, [metric for metric, _ in paid], figures) for row in rows],
        notes=[
            *(line for line in _HOW if timed or not line.startswith("time:")),
            _how_in_all(figures),
            *how_ranked(results),
            *_unranked(results),
            *([_REFERENCE] if any(map(_is_bound, results)) else []),
            *([_ZRAM] if any(result.is_zram for result in results) else []),
        ],
        above=opening([result for result in results if not result.is_zram]),
    )
    beside = Table(
        title="The same policies, in other figures",
        columns=[_POLICY, *(Column(metric.name, title) for metric, title in _BESIDE)],
        rows=[[Cell(result.label), *(_cell(result, metric) for metric, _ in _BESIDE)] for result, _ in rows],
        notes=[
            *_WHAT,
            *settings_of(results),
            *assumed_clock(results),
            *guides(results),
            *costs_of(results),
            *small_pools(results),
            *_own_lru(results),
            *missing,
            *about_reference(results),
            *extremes(results),
        ],
    )
    shown = [metric for metric, _ in (*paid, *_PRICES, *_BESIDE)]
    return [ranking, beside, meanings(shown)] if explain else [ranking, beside]


def _cell(result: Result, metric: Metric) -> Cell:
    """The figure alone: a column has no room for more."""
    return Cell(middle(result, metric.name) if applies(result, metric.name) else None, metric.unit)


def _columns(metric: Metric, title: str, *, with_place: bool) -> list[Column]:
    return [Column(metric.name, title), *([Column(f"{metric.name}_place", "#")] if with_place else [])]


def _ranking_row(row: _Row, paid: Sequence[Metric], figures: Sequence[Metric]) -> list[Cell]:
    result, standing = row
    without = "zram" if result.is_zram else "ref."
    cells = [Cell(standing.rank if standing else None, shown="" if standing else without), Cell(result.label)]
    for metric in paid:
        cells.append(_cell(result, metric))
        if metric in figures:
            cells.append(Cell(standing.places[metric.name] if standing else None))
    return [*cells, *(_cell(result, metric) for metric, _ in _PRICES)]


def _how_in_all(figures: Sequence[Metric]) -> str:
    """What the rank goes by."""
    *first, last = [_TITLE[metric.name] for metric in figures]
    return (
        f"rank: by {', '.join(first)} and {last}, each as times the lowest, in their geometric mean; 1, and 1 more for "
        "each policy that pays more than 1 % less in it"
    )


def _rows(results: list[Result]) -> list[_Row]:
    """All results: those that are ranked in their order, then those that know the future, and zram."""
    ranked = _ranked(results)
    rows = sorted(
        zip(ranked, standings(ranked), strict=True),
        key=lambda row: (row[1].rank, round(row[1].cost, 9), row[0].label),  # equals, rounded, by name
    )
    return [*rows, *((result, None) for result in results if not _has_place(result))]


def _ranked(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if _has_place(result)]


def _has_place(result: Result) -> bool:
    """Is it of a policy that a kernel could have?"""
    return not (_is_bound(result) or result.is_zram)


def _is_bound(result: Result) -> bool:
    return bool(result.setting["policy_foresees"])


def _unranked(results: list[Result]) -> list[str]:
    """Which of the figures say nothing here, and why."""
    ranked = _ranked(results)
    asked = max(
        (result.counters.get("frames_asked", 0) * times_drawn(result) for result in ranked), default=0
    )
    few = f"B: the trace asks for {asked:,} page frames; fewer than {ENOUGH_FRAMES} say little about a policy"
    return [
        *(
            f"{_TITLE[metric.name]}: no places, because {_why(metric, ranked)}"
            for metric in ranked_by(ranked)
            if not says_something([middle(one, metric.name) for one in ranked])
        ),
        *([few] if 0 < asked < ENOUGH_FRAMES else []),
    ]


def _why(metric: Metric, ranked: list[Result]) -> str:
    if None in [middle(one, metric.name) for one in ranked]:
        return "not every result has the figure"
    return {
        "device_writes": "nothing is written to the swap device",
        "refaults": "there are no refaults",
        TOTAL_TIME.name: "nothing takes any time",
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
            for one in _ranked(results)
            if _says(one, metric) and (value := middle(one, metric.name)) is not None
        ]
        if len({value for value, _ in known}) > 1:
            (low, best), (high, worst) = min(known), max(known)
            sentences.append(f"{begin} {low:,.1f} flushes under {best} and {high:,.1f} under {worst}.")
    return sentences


def _says(result: Result, metric: Metric) -> bool:
    """Does the price say something of ``result``?"""
    return applies(result, metric.name) and (metric is not _B or asked_for_frames(result))
