"""Results -> tables: one run by itself, several side by side."""

from __future__ import annotations

from typing import Any

from zswapbench.common.units import format_size
from zswapbench.report.answers import answers
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.counters import COUNTERS, Metric
from zswapbench.results.metrics import METRICS, STALL_TIME
from zswapbench.results.records import Result, corpus_named
from zswapbench.rules.zstd_libraries import stand_ins

_MOST_WITH_CHANGES = 3
"""Of more results side by side the figures alone are shown: with a column for each change nobody could read them."""


_WORDS = (
    "stalled store: finds the pool full; refault: a page read back from the swap device; barren run: flushes in a row "
    "that free no page frame; era: the rules of one kernel"
)


def run_tables(result: Result) -> list[Table]:
    """Metrics with what they mean and the answers, then the counters."""
    metrics = Table(
        title=f"{result.label} on {result.inputs['trace']}",
        columns=[
            Column("metric", "metric", text=True),
            Column("value", "value"),
            Column("meaning", "", text=True),
        ],
        rows=[
            [Cell(m.name, shown=m.title), Cell(value_of(result, m), m.unit), Cell(m.meaning)]
            for m in _shown([result])
        ],
        notes=[*settings_of([result]), *below_bound([result]), *answers([result])],
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


def compare_tables(results: list[Result]) -> list[Table]:
    """The metrics side by side, the best of each row marked; of a few, differences against the first."""
    columns = [Column("metric", "metric", text=True), Column(results[0].label, results[0].label)]
    for result in results[1:]:
        columns.append(Column(result.label, result.label))
        if len(results) <= _MOST_WITH_CHANGES:
            columns.append(Column(f"{result.label} change", "change"))
    return [
        Table(
            title=f"{results[0].inputs['trace']}, {results[0].inputs['events']:,} events",
            columns=columns,
            rows=[_compare_row(metric, results) for metric in _shown(results)],
            notes=[_WORDS, *settings_of(results), *below_bound(results), *answers(results)],
        )
    ]


def _shown(results: list[Result]) -> list[Metric]:
    """All metrics, but those against bounds only where there are bounds."""
    bounds = any(result.bounds for result in results)
    return [metric for metric in (*METRICS, STALL_TIME) if bounds or metric.name != "refaults_of_bound"]


def _compare_row(metric: Metric, results: list[Result]) -> list[Cell]:
    values = [value_of(result, metric) for result in results]
    best = _best(metric, values)
    cells = [
        Cell(metric.name, shown=metric.title),
        Cell(values[0], metric.unit, best=best is not None and values[0] == best),
    ]
    for value in values[1:]:
        cells.append(Cell(value, metric.unit, best=best is not None and value == best))
        if len(results) <= _MOST_WITH_CHANGES:
            cells.append(_change(metric, values[0], value))
    return cells


def value_of(result: Result, metric: Metric) -> float | int | None:
    """The figure, wherever the result keeps it; None also of one that an older zswapbench did not know."""
    return (result.timings if metric is STALL_TIME else result.metrics).get(metric.name)


def _best(metric: Metric, values: list[float | int | None]) -> float | None:
    """The best value; None where neither way is better, or all are equal."""
    known = [value for value in values if value is not None]
    if not metric.better or len(set(known)) < 2:
        return None
    return max(known) if metric.better > 0 else min(known)


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
    if len(labels) == 1:
        return [*labels, *others]
    return [*(f"{', '.join(names)}: {line}" for line, names in labels.items()), *others]


def below_bound(results: list[Result]) -> list[str]:
    """Why a policy can have fewer refaults than those that know the future, where this happens."""
    below = [one.label for one in results if round(one.metrics.get("refaults_of_bound") or 1, 2) < 1]
    why = "if objects differ in size and class, nobody knows the best policy, even with the future known"
    return [f"fewer refaults than the bound: {', '.join(below)}; {why}"] if below else []


def _era(era: dict[str, Any]) -> str:
    """The era's name, and whose rules it has if it is a kernel between two rows of the table."""
    row = era.get("row", era["name"])
    return str(era["name"]) if row == era["name"] else f"{era['name']} (the rules of {row})"


def _setting(result: Result) -> str:
    setting, inputs = result.setting, result.inputs
    limit = setting["pool_limit_pages"]
    text = (
        f"era {_era(setting['era'])}, pool {setting['pool']}, codec {setting['codec_identity']}, "
        f"pool limit {setting['pool_limit']} = {limit:,} page frames "
        f"({format_size(limit * setting['page_size'])}), swap device {setting['device']['name']}; "
        f"corpus {corpus_named(inputs)}; "
        f"footprint {inputs['footprint_pages']:,} pages, the most swapped out at one time"
    )
    if result.verified_pages is not None:
        text += f". Verified: {result.verified_pages:,} pages read back, all identical"
    return text
