"""Memory against refaults: the same settings under other pool limits."""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.report.charts.drawing import (
    Chart,
    Key,
    Pane,
    axis_of,
    drawn_line,
    layout_of,
    level_line,
    short,
    size_unit,
)
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.records import Result
from zswapbench.runs.limits import Sweep


def limit_chart(sweep: Sweep, results: Sequence[Result]) -> Chart:
    """Refaults over pool limits, with those that ``results`` themselves had."""
    chart = Chart(
        "limits",
        "Memory against refaults",
        "Each line is one setting, replayed at other pool limits. The dotted line is the limit that the results above "
        "have now. Where a line falls steeply, more memory pays; where it is flat, more memory does not. The footprint "
        "is the most pages swapped out at one time.",
        notes=list(sweep.notes),
    )
    if not sweep.lines:
        return chart
    most = max(one.setting["pool_limit_pages"] * one.setting["page_size"] for one in sweep.lines[0][1])
    unit, scale = size_unit(most)
    tallest = max(one.counters["refaults"] for _, line in sweep.lines for one in line)
    data, keys = [], []
    for limit in sorted({_limit_bytes(result) for result in results}):
        name = f"limit now, {limit / scale:,.1f} {unit}"
        trace, key = level_line(name, [limit / scale] * 2, [0, tallest], [name] * 2)
        data.append(trace)
        keys.append(Key(name, key.colour, "M14 0V12", key.dash))
    for number, (label, line) in enumerate(sweep.lines):
        refaults = [one.counters["refaults"] for one in line]
        said = [
            f"{short(label)}<br>{count:,} refaults<br>{_limit_bytes(one) / scale:,.1f} {unit} "
            f"({one.setting['pool_limit_pages']:,} page frames, {share} % of the footprint)"
            for count, share, one in zip(refaults, sweep.shares, line, strict=True)
        ]
        trace, key = drawn_line(number, label, [_limit_bytes(one) / scale for one in line], refaults, said)
        trace["marker"].pop("maxdisplayed")
        data.append(trace)
        keys.append(key)
    layout = layout_of(axis_of(f"pool limit, {unit}", from_zero=True), axis_of("refaults", from_zero=True))
    chart.panes.append(Pane("", {"data": data, "layout": layout}, keys, _table(sweep)))
    return chart


def _limit_bytes(result: Result) -> int:
    return int(result.setting["pool_limit_pages"] * result.setting["page_size"])


def _table(sweep: Sweep) -> Table:
    columns = [
        Column("share", "limit"),
        Column("pages", "page frames"),
        Column("bytes", "bytes"),
        *(Column(label, label) for label, _ in sweep.lines),
    ]
    first = sweep.lines[0][1]
    rows = [
        [
            Cell(share / 100, "%"),
            Cell(one.setting["pool_limit_pages"]),
            Cell(_limit_bytes(one), "B"),
            *(Cell(line[place].counters["refaults"]) for _, line in sweep.lines),
        ]
        for place, (share, one) in enumerate(zip(sweep.shares, first, strict=True))
    ]
    return Table("", columns, rows)
