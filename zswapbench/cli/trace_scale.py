"""``zswapbench trace scale``: a trace at another speed, of several copies, or of a part of its slots."""

from __future__ import annotations

import click

from zswapbench.cli.outputs import check_binary
from zswapbench.cli.progress import progress
from zswapbench.cli.trace_import import new_trace
from zswapbench.cli.trace_made import tell_of_trace


@click.command("scale", short_help="Make a trace slower, faster, larger or smaller.")
@click.argument("trace", type=click.Path())
@new_trace
@click.option("--time", default="", help="Stretch time: 2x takes twice as long, 0.5x half as long.")
@click.option(
    "--copies",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="How many of the program run side by side.",
)
@click.option(
    "--shift",
    default="10%",
    show_default=True,
    help="How late a copy may begin, as a share of the time of TRACE, or a time; when is drawn.",
)
@click.option(
    "--sample", default="", help="Take only this share of the slots, such as 10%, with all their events."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 1 << 62),
    default=0,
    show_default=True,
    help="Seed of the random choices.",
)
def command(trace: str, output: str, time: str, copies: int, shift: str, sample: str, seed: int) -> None:
    """Make a trace of TRACE that is slower, faster, larger or smaller. - reads it from standard input.

    \b
    --time     changes what depends on time: waiting for the swap device, and
               what workers do meanwhile.
    --copies   each copy has slots of its own behind those of the one before,
               and the same pages and CPUs: as many more pages are swapped out.
    --sample   slots are chosen by a hash, so that one is taken with all its
               events or not at all (SHARDS). A FLUSH asks for that share of
               its page frames. Rates stay about what they were in a pool that
               is as much smaller, but for what its size classes waste.

    --sample comes first, then --time, then --copies.

    \b
    zswapbench trace scale app.trace.bin -o fast.trace.bin --time 0.5x
    zswapbench trace scale app.trace.bin -o fleet.trace.bin --copies 8 --shift 30s
    zswapbench trace scale app.trace.bin -o small.trace.bin.zst --sample 10%
    """
    from zswapbench.runs.scaling import Wish, scale_trace

    check_binary(output, [trace])
    tell_of_trace(output, scale_trace(trace, output, Wish(time, copies, shift, sample, seed), progress))
