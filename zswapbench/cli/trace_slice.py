"""``zswapbench trace slice``: a part of a trace."""

from __future__ import annotations

import click

from zswapbench.cli.outputs import check_binary
from zswapbench.cli.progress import progress
from zswapbench.cli.trace_import import new_trace
from zswapbench.cli.trace_made import tell_of_trace


@click.command("slice", short_help="Take a part of a trace: by time, event, swap type or CPU.")
@click.argument("trace", type=click.Path())
@new_trace
@click.option("--from", "start", default="", help="Where to begin: a time, or the number of an event.")
@click.option("--to", "stop", default="", help="Where to end: what happens then, or later, is left out.")
@click.option(
    "--swap-type",
    "swap_types",
    multiple=True,
    type=click.IntRange(0, 31),
    help="Take only events of this swap device. May be repeated.",
)
@click.option(
    "--cpu",
    "cpus",
    multiple=True,
    type=click.IntRange(0, 65535),
    help="Take only events of this CPU. May be repeated.",
)
@click.option("--cold", is_flag=True, help="Begin with nothing swapped out.")
def command(
    trace: str,
    output: str,
    start: str,
    stop: str,
    swap_types: tuple[int, ...],
    cpus: tuple[int, ...],
    cold: bool,
) -> None:
    """Make a trace of a part of TRACE. - reads it from standard input.

    A place is a time since TRACE began, such as 10s or 2min, or the number of an event, counted from 0. The event at
    --from is taken, the one at --to is not.

    The slice begins with the store of each page that was swapped out at its beginning, and its last load, if there was
    one since: in the order in which they came, all at one moment. So a replay begins with the pool about as full as it
    was. With --cold it begins with nothing: loads of what was stored before are then loads of slots that hold nothing.

    \b
    zswapbench trace slice app.trace.bin -o part.trace.bin --from 10s --to 2min
    zswapbench trace slice app.trace.bin -o part.trace.bin --from 100000 --to 200000 --cold
    zswapbench trace slice app.trace.bin -o - --swap-type 1 | zswapbench run - --corpus app.zpages
    """
    from zswapbench.runs.slicing import Wish, slice_trace

    check_binary(output, [trace])
    tell_of_trace(output, slice_trace(trace, output, Wish(start, stop, swap_types, cpus, cold), progress))
