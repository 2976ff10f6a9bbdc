"""``zswapbench trace info``: the traffic of a trace, or of two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from zswapbench.cli.outputs import Place, check_places, check_plot, emit, output_options
from zswapbench.report.forms import FORMATS

if TYPE_CHECKING:
    from zswapbench.runs.measuring import Measured


@click.command("info")
@click.argument("trace", type=click.Path())
@click.argument("other", type=click.Path(), required=False)
@click.option(
    "--plot", is_flag=True, help="Draw the distributions, and what is stored over time, below the tables."
)
@partial(output_options, forms=(*FORMATS, "html"))
def command(trace: str, other: str | None, places: list[Place], *, plot: bool) -> None:
    """Show the traffic of a trace: what is stored and loaded, how soon again, in how many slots; and how it was made.

    With OTHER, two traces stand side by side, with the difference from the first to the second: relative, or in
    percentage points (pp) where the figure is a share. docs/traffic.md explains every figure. - as TRACE or OTHER
    reads it from standard input.

    \b
    zswapbench trace info app.trace.bin
    zswapbench trace info app.trace.bin.zst --plot
    zswapbench trace info recorded.trace.bin made.trace.bin
    zswapbench trace info app.trace.bin --format json -o traffic.json
    zswapbench trace info recorded.trace.bin made.trace.bin -o traffic.html
    """
    from zswapbench.report.traffic_plot import traffic_plot
    from zswapbench.report.traffic_tables import traffic_tables
    from zswapbench.runs.measuring import measure_files

    check_places(places, [trace, other])
    check_plot(plot=plot, places=places, elsewhere="other forms have the same figures")
    measured = measure_files([trace, *([other] if other else [])])
    for place in places:
        for_people = place.form not in ("json", "csv")
        emit(
            [place],
            partial(traffic_tables, measured, for_people=for_people),
            plot=partial(traffic_plot, measured) if plot else None,
            page=lambda: _page(measured),
        )


def _page(measured: Sequence[Measured]) -> str:
    from zswapbench.report.html.traffic import traffic_page

    return traffic_page(measured)
