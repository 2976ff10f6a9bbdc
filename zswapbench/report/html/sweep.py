"""A sweep -> a page like that of results: what is best in a sentence, charts, and all cells in a table that sorts."""

from __future__ import annotations

from dataclasses import replace

from zswapbench.common.units import format_count
from zswapbench.report.charts.sweep import sweep_charts
from zswapbench.report.html import Part, page_of
from zswapbench.report.sweep_tables import FIGURES, Told, cost_notes, summary_tables
from zswapbench.report.sweep_words import ways_of
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.sweeps.cells import Cell as SweepCell
from zswapbench.results.sweeps.goals import GOALS, figure_of

MOST_ROWS = 3_000
"""Of the table of all cells: more would keep a browser busy. A table of this many takes a megabyte."""


def sweep_page(told: Told) -> str:
    """The page."""
    overview, *best = summary_tables(told, [*GOALS.values()])
    counts = told.looked.counts
    traces = [one for one in told.inputs if one.digest in counts]
    runs = sum(one.done for one in counts.values())
    facts = [(row[0].text, row[-1].text) for row in overview.rows[:_MOST_FACTS]]
    more = len(overview.rows) - len(facts)
    return page_of(
        [
            Part(
                name="sweep",
                title=f"Sweep {told.name}",
                short=f"{format_count(runs, 'run')} of {format_count(len(traces), 'trace')}: {ways_of(traces)}"
                + (f"; where {told.where}" if told.where else ""),
                facts=[*facts, *([("and", f"{more} more traces")] if more else []), *_axes(told)],
                recommendation=overview.above,
                tables=best,
                charts=sweep_charts(told),
                below=[_cells_table(told)],
            )
        ]
    )


_MOST_FACTS = 12


def _axes(told: Told) -> list[tuple[str, str]]:
    looked = told.looked
    return [
        *((key, ", ".join(looked.axes[key][:20])) for key in looked.varying),
        (
            "the same in all",
            ", ".join(f"{key}={one[0]}" for key, one in looked.axes.items() if len(one) == 1),
        ),
        *((note.partition(": ")[0], note.partition(": ")[2]) for note in cost_notes(told)),
        ("made by", f"zswapbench {told.about.get('zswapbench', 'of an unknown version')}"),
    ]


def _cells_table(told: Told) -> Table:
    """All cells, those that take the least time on their trace first."""
    words = told.words
    keys = told.looked.varying
    ranked: list[tuple[int, str, SweepCell]] = []
    for ground, cells in told.cells.by_ground.items():
        figure = figure_of(GOALS["time"], cells)
        order = sorted(cells, key=lambda cell: cell.middle(figure)) if figure else [*cells]
        ranked += [(place, words.ground(ground), cell) for place, cell in enumerate(order)]
    shown = sorted(ranked, key=lambda one: one[0])[:MOST_ROWS]
    names = [name for name in FIGURES if any(name in cell.figures for _, _, cell in shown)]
    table = Table(
        title="All cells",
        columns=[
            Column("trace", "trace", text=True),
            *(Column(key, key, text=True) for key in keys),
            *(Column(name, FIGURES[name][0]) for name in names),
        ],
        rows=[[Cell(trace), *_values(cell, keys), *_figures(cell, names)] for _, trace, cell in shown],
    )
    left = len(ranked) - len(shown)
    if not left:
        return table
    note = (
        f"{left:,} more cells, those that take the most time on their traces, are not in this table; 'sweep show' "
        "writes all of them as CSV"
    )
    return replace(table, title=f"{len(shown):,} of {len(ranked):,} cells", notes=[note])


def _values(cell: SweepCell, keys: list[str]) -> list[Cell]:
    told = dict((*cell.ground.field.given, *cell.chosen))
    return [Cell(told.get(key)) for key in keys]


def _figures(cell: SweepCell, names: list[str]) -> list[Cell]:
    return [
        Cell(cell.middle(name), FIGURES[name][1]) if name in cell.figures else Cell(None) for name in names
    ]
