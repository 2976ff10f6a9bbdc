"""What a sweep has just done, in a few figures."""

from __future__ import annotations

from zswapbench.common.units import format_count
from zswapbench.report.table import Cell, Column, Table
from zswapbench.runs.sweeps.story import Summary

_WHY = {
    3: "an input or code of yours that is not as it should be",
    4: "something that the machine lacks; tried again the next time",
    5: "a bug in zswapbench",
}
"""By exit code: why runs fail."""


def summary_tables(told: Summary) -> list[Table]:
    """The table of one sweep."""
    failed = sum(told.problems.values())
    rows: list[list[Cell]] = [
        [Cell("runs of the grid"), Cell(told.runs)],
        [Cell("were there already"), Cell(told.were_there)],
        [Cell("done now"), Cell(told.done)],
        [Cell("of all, failed"), Cell(failed)],
    ]
    if told.left_out:
        rows.append([Cell("left out, cannot be"), Cell(told.left_out)])
    if told.done:
        rows.append([Cell("time"), Cell(round(told.seconds * 1e9), "ns")])
        rows.append([Cell("runs per second"), Cell(told.done / told.seconds)])
    notes = [
        f"{format_count(count, 'run')} failed: {_WHY.get(code, 'wrong usage')}; the first: {told.examples[code]}"
        for code, count in told.problems.items()
    ]
    notes.append(f"look at it: zswapbench sweep show {told.path}")
    columns = [Column("figure", "figure", text=True), Column("value", "value")]
    return [Table(f"{told.path}", columns, rows, notes)]
