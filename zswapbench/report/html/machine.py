"""A machine under several set-ups, or at several values of one thing -> a part of a page."""

from __future__ import annotations

from dataclasses import replace

from zswapbench.common.units import format_size
from zswapbench.report.charts.machine import machine_charts
from zswapbench.report.charts.machine_sweep import sweep_charts
from zswapbench.report.html import Part
from zswapbench.report.machine_sweep_tables import machine_sweep_tables, value_text
from zswapbench.report.machine_tables import machine_tables
from zswapbench.report.table import Table
from zswapbench.results.machine import MachineResult
from zswapbench.results.machine_sweep import MachineSweep


def _folded(tables: list[Table]) -> list[Table]:
    """What rows of the first mean is folded into their names: beside many set-ups it would not fit."""
    first, *others = tables
    rows = [[row[0]._replace(meaning=str(row[-1].value)), *row[1:-1]] for row in first.rows]
    return [replace(first, columns=first.columns[:-1], rows=rows), *others]


def machine_part(number: int, result: MachineResult | MachineSweep) -> Part:
    """The tables of 'machine', as it prints them, and charts."""
    if isinstance(result, MachineResult):
        point, tables, charts = result, _folded(machine_tables(result)), machine_charts(result)
        where = f"{format_size(point.setting['ram'])} of RAM"
    else:
        point, tables, charts = result.results[0], machine_sweep_tables(result), sweep_charts(result)
        where = (
            f"a machine, {result.key} {value_text(result, 0)} to {value_text(result, len(result.values) - 1)}"
        )
    inputs, setting = point.inputs, point.setting
    return Part(
        name=f"part{number}",
        title=f"{inputs['references']} on {where}",
        short=f"{inputs['count']:,} references; {len(point.setups)} set-ups",
        facts=[
            ("references", f"{inputs['references']}, {inputs['count']:,}"),
            ("clock", str(inputs["provenance"].get("clock", "of the references"))),
            ("corpus", f"{inputs['corpus']}, {inputs['pages']:,} pages"),
            ("kernel", f"{setting['rules']}, reclaim {setting['reclaim']}"),
        ],
        recommendation=tables[0].above,
        tables=tables,
        charts=charts,
    )
