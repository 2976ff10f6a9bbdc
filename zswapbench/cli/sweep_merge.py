"""``zswapbench sweep merge``: several sweeps in one file."""

from __future__ import annotations

import click

from zswapbench.common.errors import UsageError


@click.command("merge")
@click.argument("sweeps", nargs=-1, required=True, type=click.Path(), metavar="SWEEP SWEEP...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="The file to write; none of the SWEEPs.",
)
def command(sweeps: tuple[str, ...], output: str) -> None:
    """Put several SWEEPs into one file: all their traces, and each run once.

    A run that two of them have must have come to the same in both, timings apart; else the two are named and nothing
    is written. So are sweeps that rest on other costs of a codec over the same corpus: their times cannot stand side
    by side. Costs that are measured differ from machine to machine; with --cost, sweeps of several machines go
    together. The SWEEPs stay as they are.

    \b
    zswapbench sweep merge monday.sqlite tuesday.sqlite -o week.sqlite
    """
    from zswapbench.common.units import format_count
    from zswapbench.results.sweeps.merging import merge

    if len(sweeps) < 2:
        raise UsageError("merge needs two or more SWEEPs")
    merged = merge(sweeps, output)
    twice = f", {merged.twice:,} of them in several" if merged.twice else ""
    click.echo(f"wrote {output}: {format_count(merged.runs, 'run')}{twice}")
