"""Results -> tables: one run by itself, several side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from zswapbench.common.units import format_size
from zswapbench.report.answers import answers
from zswapbench.report.recommendation import opening
from zswapbench.report.sureness import (
    assumed_clock,
    behind_title,
    figure_cells,
    figure_columns,
    guides,
    how_drawn,
    never_filled,
    small_pools,
)
from zswapbench.report.table import Cell, Column, Table
from zswapbench.report.times import times_of
from zswapbench.report.zram_words import beside_zswap, zram_setting
from zswapbench.results.counters import COUNTERS, Metric
from zswapbench.results.marks import Ranges, stars
from zswapbench.results.metrics import COUNTED, HEADLINE, METRICS, applies, behind
from zswapbench.results.records import Result, corpus_named, value_of
from zswapbench.results.spread import middle, ranges_of
from zswapbench.results.times import TIMES, TOTAL_TIME
from zswapbench.rules.overflow import lacks, overflow_of
from zswapbench.rules.pool_forms import remark_on
from zswapbench.rules.zstd_libraries import stand_ins

SHOWN = (
    *HEADLINE,
    TOTAL_TIME,
    *METRICS[len(HEADLINE) :],
    *(time for time in TIMES if time is not TOTAL_TIME),
)
"""The rows in their order: what is paid, its time among it, then all else, and last where the time goes."""

_MOST_WITH_CHANGES = 3
"""Of more results side by side the figures alone are shown: with a column for each change nobody could read them."""


_WORDS = (
    "stalled store: finds the pool full; refault: a page read back from the swap device; barren run: flushes in a row "
    "that free no page frame; era: the rules of one kernel"
)


def run_tables(result: Result) -> list[Table]:
    """Metrics with what they mean and the answers, then the counters."""
    metrics = Table(
        title=f"{result.label} on {result.inputs['trace']}{behind_title([result])}",
        columns=[
            Column("metric", "metric", text=True),
            *figure_columns(result, "value", "value"),
            Column("meaning", "", text=True),
        ],
        rows=[
            [
                Cell(m.name, shown=m.title),
                *figure_cells(result, m, cell_of(result, m)),
                Cell(m.meaning),
            ]
            for m in _shown([result])
        ],
        notes=[
            *how_drawn([result]),
            *settings_of([result]),
            *assumed_clock([result]),
            *guides([result]),
            *times_of([result]),
            *small_pools([result]),
            *about_reference([result]),
            *answers([result]),
        ],
        above=never_filled([result]),
    )
    counters = Table(
        title="Counters",
        columns=[
            Column("counter", "counter", text=True),
            Column("value", "value"),
            Column("meaning", "", text=True),
        ],
        rows=[
            [
                Cell(m.name, shown=_counter_name(m.name, result)),
                Cell(result.counters[m.name], m.unit),
                Cell(m.meaning),
            ]
            for m in COUNTERS
            if m.name in result.counters
        ],
    )
    return [metrics, counters]


def _counter_name(name: str, result: Result) -> str:
    """Our name of a counter, and in brackets what this era's debugfs calls it, if otherwise."""
    kernels = result.setting["era"]["counters"].get(name)
    return f"{name} ({kernels})" if kernels else name


def compare_tables(results: list[Result], *, explain: bool = False) -> list[Table]:
    """The metrics side by side, the best marked where zswapbench.results.marks says so; of a few, differences.

    ``explain``: with a table of what the rows mean.
    """
    side_by_side = replace(
        _side_by_side(results, _shown(results)),
        notes=[
            _WORDS,
            *how_drawn(results),
            *settings_of(results),
            *assumed_clock(results),
            *guides(results),
            *times_of(results),
            *small_pools(results),
            *about_reference(results),
            *answers(results),
        ],
    )
    return [side_by_side, meanings(_shown(results))] if explain else [side_by_side]


def headline_table(results: list[Result]) -> Table:
    """What is paid and what the tool was made to count, side by side, where there is room for no more."""
    return _side_by_side(results, SHOWN[: len(HEADLINE) + 1 + len(COUNTED)])


def _side_by_side(results: list[Result], metrics: Sequence[Metric]) -> Table:
    columns = [Column("metric", "metric", text=True)]
    for place, result in enumerate(results):
        columns += figure_columns(result, result.label, result.label)
        if place and len(results) <= _MOST_WITH_CHANGES:
            columns.append(Column(f"{result.label} change", "change"))
    ranges = ranges_of(results)
    return Table(
        title=f"{results[0].inputs['trace']}, {results[0].inputs['events']:,} events{behind_title(results)}",
        columns=columns,
        rows=[_compare_row(metric, results, ranges) for metric in metrics],
        above=opening(results),
    )


def meanings(metrics: Iterable[Metric]) -> Table:
    """What each of ``metrics`` is, in a line."""
    return Table(
        title="What the rows mean",
        columns=[Column("metric", "metric", text=True), Column("meaning", "", text=True)],
        rows=[[Cell(metric.name, shown=metric.title), Cell(metric.meaning)] for metric in metrics],
    )


def _shown(results: list[Result]) -> list[Metric]:
    """All metrics, but that against the reference only where there is one."""
    bounds = any(result.bounds for result in results)
    return [metric for metric in SHOWN if bounds or metric.name != "refaults_of_bound"]


def _compare_row(metric: Metric, results: list[Result], ranges: Ranges) -> list[Cell]:
    best = stars(results, metric, ranges)
    values = [middle(result, metric.name) if applies(result, metric.name) else None for result in results]
    cells = [Cell(metric.name, shown=metric.title, meaning=metric.meaning)]
    for place, result in enumerate(results):
        cells += figure_cells(result, metric, cell_of(result, metric)._replace(best=place in best))
        if place and len(results) <= _MOST_WITH_CHANGES:
            cells.append(_change(metric, values[0], values[place]))
    return cells


def cell_of(result: Result, metric: Metric) -> Cell:
    """The figure with what it rests on, or that it means nothing under the era."""
    if not applies(result, metric.name):
        return Cell(None, shown="does not apply")
    return Cell(value_of(result, metric.name), metric.unit, behind=behind(result, metric.name))


def _change(metric: Metric, base: float | None, value: float | None) -> Cell:
    if base is None or value is None:
        return Cell(None)
    if metric.unit == "%":
        return Cell(value - base, "+pp")
    return Cell((value - base) / base if base else (0.0 if value == base else None), "+%")


def settings_of(results: list[Result]) -> list[str]:
    """What was run, once for all results where it is the same; then which libzstd stands in for a kernel's."""
    labels: dict[str, list[str]] = {}
    for result in results:
        labels.setdefault(_setting(result), []).append(result.label)
    others = stand_ins(
        (result.setting["era"]["name"], result.setting["codec_identity"]) for result in results
    )
    others = [*beside_zswap(results), *others]
    if len(labels) == 1:
        return [*labels, *others]
    return [*(f"{', '.join(names)}: {line}" for line, names in labels.items()), *others]


def about_reference(results: list[Result]) -> list[str]:
    """What the refaults of policies that know the future say, and who has fewer; nothing where none was replayed."""
    if not any(result.bounds for result in results):
        return []
    below = [one.label for one in results if round(one.metrics.get("refaults_of_bound") or 1, 2) < 1]
    fewer = f"; fewer have here: {', '.join(below)}" if below else ""
    what = (
        "the reference for refaults is min or min-frames, the fewer of both, which know the future; min has the fewest "
        "possible only where objects are of one size, a page is stored again before it is read once more, and no store "
        "is rejected"
    )
    return [what + fewer]


def era_shown(era: dict[str, Any]) -> str:
    """The era's name, and whose rules it has if it is a kernel between two rows of the table."""
    row = era.get("row", era["name"])
    name = era["name"] if row == era["name"] else f"{era['name']} (the rules of {row})"
    return f"{name} with {', '.join(era['changes'])}" if era.get("changes") else str(name)


def limit_shown(setting: dict[str, Any]) -> str:
    """The pool limit as it was asked for, and in page frames; a zram may have none."""
    limit = setting["pool_limit_pages"]
    return str(setting["pool_limit"]) if limit is None else f"{setting['pool_limit']} = {limit:,} page frames"


def pool_shown(setting: dict[str, Any]) -> str:
    """The pool, and what is not the kernel's about it."""
    name, kernel = setting["pool"].partition(":")[0], setting["era"].get("overflow", "")
    if kernel and lacks(kernel, name):
        return f"{setting['pool']} (what if: this kernel's zswap has no {name})"
    remark = remark_on(name, overflow_of(kernel).version) if kernel else ""
    return f"{setting['pool']} ({remark})" if remark else str(setting["pool"])


def _setting(result: Result) -> str:
    if result.is_zram:
        return zram_setting(result)
    setting, inputs = result.setting, result.inputs
    limit = setting["pool_limit_pages"]
    text = (
        f"era {era_shown(setting['era'])}, pool {pool_shown(setting)}, codec {setting['codec_identity']}, "
        f"pool limit {limit_shown(setting)} "
        f"({format_size(limit * setting['page_size'])}), swap device {setting['device']['name']}; "
        f"corpus {corpus_named(inputs)}; "
        f"footprint {inputs['footprint_pages']:,} pages, the most swapped out at one time"
    )
    if result.verified_pages is not None:
        text += f". Verified: {result.verified_pages:,} pages read back, all identical"
    return text
