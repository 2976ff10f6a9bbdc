"""``zswapbench sweep report``: a sweep as one HTML page."""

from __future__ import annotations

import click

from zswapbench.cli.outputs import write_out
from zswapbench.cli.sweep_reading import told_of, where_option
from zswapbench.common.outputs import STANDARD_OUTPUT


@click.command("report")
@click.argument("sweep", type=click.Path(), metavar="SWEEP")
@where_option
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="The HTML file to write; - is standard output.",
)
def command(sweep: str, where: tuple[str, ...], output: str) -> None:
    """Write a SWEEP as one HTML page: what is best, what the two keys that matter most do, what is traded for what.

    The two keys are those that change the time most, all else equal: cells that differ in that key alone are held
    against each other. The page also has the best cell of each trace and goal, as 'sweep show' has them, and all cells
    in a table that sorts; of more than 3,000 those that take the least time. It is one file and needs no network.

    \b
    zswapbench sweep report s.sqlite -o s.html
    zswapbench sweep report s.sqlite --where codec=zstd -o zstd.html
    """
    from zswapbench.common.files import refuse_overwriting
    from zswapbench.common.units import format_count, format_size
    from zswapbench.report.html.sweep import sweep_page
    from zswapbench.results.sweeps.looking import Where, look
    from zswapbench.results.sweeps.store import Store

    refuse_overwriting(output, [sweep])
    with Store.open(sweep) as store:
        looked = look(store.rows(), store.inputs())
        told = told_of(store, Where(where, looked), looked)
        page = sweep_page(told)
    write_out(page, output)
    if output != STANDARD_OUTPUT:
        runs = sum(counts.done for counts in told.looked.counts.values())
        click.echo(f"wrote {output}: {format_count(runs, 'run')}, {format_size(len(page.encode()))}")
