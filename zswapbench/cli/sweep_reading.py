"""What commands that read a sweep share: ``--where``, and all that tables and pages are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zswapbench.report.sweep_tables import Told
    from zswapbench.results.sweeps.looking import Looked, Where
    from zswapbench.results.sweeps.store import Store

where_option = click.option(
    "--where",
    multiple=True,
    metavar="KEY=VALUE",
    help="Only runs that have this; values of one KEY are alternatives. KEY is one of the grid, trace, corpus or seed.",
)


def told_of(store: Store, where: Where, looked: Looked) -> Told:
    """What tables are made of. ``looked``: what a look through all rows found."""
    from zswapbench.report.sweep_tables import Told, spread_of
    from zswapbench.results.sweeps.cells import cells_of
    from zswapbench.results.sweeps.judging import Judge
    from zswapbench.results.sweeps.looking import grounds_in_order, look
    from zswapbench.results.sweeps.wholes import reader_of

    inputs, costs = store.inputs(), store.costs()
    seen = look((row for row in store.rows() if where(row)), inputs) if where.words else looked
    cells = cells_of(row for row in store.rows() if where(row))
    cells.by_ground = grounds_in_order(cells.by_ground, seen)
    judge = Judge(reader_of(store), spread_of(costs.values()))
    return Told(store.path.name, store.about(), inputs, costs, seen, cells, judge, where.words)
