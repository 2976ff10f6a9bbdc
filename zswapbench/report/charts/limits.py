"""Memory against refaults: the same settings under other pool limits."""

from __future__ import annotations

from zswapbench.common.units import format_size
from zswapbench.report.charts.drawing import Chart, Pane, axis_of, drawn_line, layout_of, short
from zswapbench.report.table import Cell, Column, Table
from zswapbench.runs.limits import Sweep


def limit_chart(sweep: Sweep) -> Chart:
    """Refaults over pool limits."""
    chart = Chart(
        "limits",
        "Memory against refaults",
        "Each line is one setting, replayed at other pool limits. Where the line falls steeply, more memory pays; "
        "where it is flat, more memory does not. The footprint is the most pages swapped out at one time.",
        notes=list(sweep.notes),
    )
    if not sweep.lines:
        return chart
    data, keys = [], []
    for number, (label, line) in enumerate(sweep.lines):
        limits = [one.setting["pool_limit_pages"] for one in line]
        refaults = [one.counters["refaults"] for one in line]
        said = [
            f"{short(label)}<br>{count:,} refaults<br>{limit:,} page frames "
            f"({format_size(limit * one.setting['page_size'])}, {share} % of the footprint)"
            for limit, count, share, one in zip(limits, refaults, sweep.shares, line, strict=True)
        ]
        trace, key = drawn_line(number, label, limits, refaults, said)
        trace["marker"].pop("maxdisplayed")
        data.append(trace)
        keys.append(key)
    layout = layout_of(
        axis_of("pool limit, page frames", from_zero=True), axis_of("refaults", from_zero=True)
    )
    first = sweep.lines[0][1]
    table = Table(
        "",
        [
            Column("share", "limit"),
            Column("pages", "page frames"),
            Column("bytes", "bytes"),
            *(Column(label, label) for label, _ in sweep.lines),
        ],
        [
            [
                Cell(share / 100, "%"),
                Cell(one.setting["pool_limit_pages"]),
                Cell(one.setting["pool_limit_pages"] * one.setting["page_size"], "B"),
                *(Cell(line[place].counters["refaults"]) for _, line in sweep.lines),
            ]
            for place, (share, one) in enumerate(zip(sweep.shares, first, strict=True))
        ],
    )
    chart.panes.append(Pane("", {"data": data, "layout": layout}, keys, table))
    return chart
