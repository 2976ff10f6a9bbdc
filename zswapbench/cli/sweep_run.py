"""``zswapbench sweep GRID.toml -o FILE``: all runs of a grid that FILE does not have yet."""

from __future__ import annotations

import click

from zswapbench.cli.options import cost_option
from zswapbench.cli.progress import progress


@click.command("run")
@click.argument("files", nargs=-1, metavar="[GRID.toml] [TRACE|REFERENCES]...", type=click.Path())
@click.option(
    "--vary",
    multiple=True,
    metavar="KEY=VALUE,...",
    help="Values of a key, such as codec=lz4,zstd; seed=0..9 for whole numbers. May be repeated.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="The database; if it is there, it is gone on with.",
)
@click.option(
    "--corpus",
    "corpora",
    multiple=True,
    type=click.Path(),
    help="Corpus of the traces, if it does not lie beside them. May be repeated.",
)
@cost_option("once for all runs")
@click.option("--keep-going", is_flag=True, help="Leave out cells that there cannot be, and list them.")
@click.option("--workers", type=click.IntRange(1, 4096), help="Processes. [default: one for each CPU]")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Have the workers of a Dask scheduler do the runs: tcp://HOST:8786, tls://HOST:8786, or local-cluster, which "
    "starts one here.",
)
def command(
    files: tuple[str, ...],
    vary: tuple[str, ...],
    output: str,
    corpora: tuple[str, ...],
    cost: tuple[str, ...],
    keep_going: bool,
    workers: int | None,
    scheduler: str | None,
) -> int:
    """Run a grid, as 'zswapbench sweep' without a command does; see there."""
    from zswapbench.cli.outputs import Place, emit
    from zswapbench.common.units import format_count, format_size
    from zswapbench.report.sweep_summary import summary_tables
    from zswapbench.report.table import printable
    from zswapbench.runs.sweeps.asking import grid_of
    from zswapbench.runs.sweeps.cluster import opened
    from zswapbench.runs.sweeps.cluster.asking import check
    from zswapbench.runs.sweeps.grid_file import SUFFIX
    from zswapbench.runs.sweeps.local import Local
    from zswapbench.runs.sweeps.story import sweep

    def tell(line: str) -> None:
        click.echo(printable(line), err=True)

    grids = [file for file in files if file.endswith(SUFFIX)]
    traces = [file for file in files if not file.endswith(SUFFIX)]
    grid = grid_of(grids, traces, vary, corpora, cost)
    if scheduler is None:
        told = sweep(grid, output, Local(workers), progress, tell, keep_going=keep_going)
    else:
        check(scheduler, workers, grid)
        with opened(scheduler, workers) as cluster:
            told = sweep(grid, output, cluster, progress, tell, keep_going=keep_going)
        if sent := cluster.shipped:
            to = format_count(len(sent), "worker")
            tell(f"inputs: {format_size(sum(sent.values()))} were sent to {to}, each file once to each")
    emit([Place("table")], lambda: summary_tables(told))
    return max(told.problems, default=0)
