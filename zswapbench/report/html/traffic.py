"""The traffic of a trace, or of two side by side -> a page like that of results."""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.report.charts.traffic import traffic_charts
from zswapbench.report.html import Part, page_of
from zswapbench.report.trace_tables import names_of
from zswapbench.report.traffic_tables import traffic_tables
from zswapbench.runs.measuring import Measured


def traffic_page(measured: Sequence[Measured]) -> str:
    """The page; how the traces were made stands above the tables."""
    traces = [one.trace for one in measured]
    names = names_of(traces)
    events = [f"{one.traffic.summary.events:,} events" for one in measured]
    *tables, made = traffic_tables(measured, for_people=True)
    facts = [
        (row[0].text if len(traces) == 1 else f"{row[0].text}, {name}", row[place].text)
        for place, name in enumerate(names, 1)
        for row in made.rows
        if row[place].value is not None
    ]
    return page_of(
        [
            Part(
                name="traffic",
                title="Traffic: " + " and ".join(names),
                short=" and ".join(events),
                facts=facts,
                tables=tables,
                charts=traffic_charts(measured),
            )
        ]
    )
