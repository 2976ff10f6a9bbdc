"""What RAM each set-up gained over a bare disk -> a table."""

from __future__ import annotations

from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.machine import MachineResult


def gained_table(result: MachineResult) -> Table:
    """A row for each set-up, and the bracket that the figure comes from."""
    columns = [
        Column("set_up", "set-up", text=True),
        Column("against", "against", text=True),
        Column("gained", "RAM gained"),
        Column("as_fast", "as fast in"),
        Column("slower", "slower in"),
    ]
    rows = [
        [
            Cell(one.label),
            Cell(one.disk),
            Cell(one.gained, "B"),
            Cell(one.as_fast, "B", shown=_closely(one.as_fast)),
            Cell(one.slower, "B", shown=_closely(one.slower) if one.slower else ""),
        ]
        for one in result.gained
    ]
    note = (
        "RAM gained: the RAM in which a bare disk waits no longer than the set-up, less the RAM that there is; found "
        f"to 1 % by bisection, by {result.gained[0].runs} runs of disks"
    )
    return Table("RAM gained", columns, rows, [note])


def _closely(size: int) -> str:
    """``size`` with as many digits as tell the ends of a bracket apart."""
    return f"{size / (1 << 20):,.2f} MiB"
