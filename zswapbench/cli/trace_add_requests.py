"""``zswapbench trace add-requests``: a trace with requests for page frames in between."""

from __future__ import annotations

import click

from zswapbench.cli.outputs import check_binary
from zswapbench.cli.progress import progress
from zswapbench.cli.trace_import import new_trace
from zswapbench.cli.trace_made import tell_of_trace


@click.command("add-requests", short_help="Make a trace that also asks for page frames.")
@click.argument("trace", type=click.Path())
@new_trace
@click.option("--every", default="1s", show_default=True, help="Time from one request to the next.")
@click.option(
    "--frames",
    type=click.IntRange(1, (1 << 32) - 1),
    default=32,
    show_default=True,
    help="Page frames that each request asks for.",
)
def command(trace: str, output: str, every: str, frames: int) -> None:
    """Make a trace of TRACE with requests for page frames (FLUSH) in between. - reads it from standard input.

    No tracer sees what else on a machine wants the memory that a pool holds, so a recorded trace has no such
    request. With them a replay answers question B: how many entries are flushed for each page frame given back. The
    rest of the trace stays as it is; those that it has already stay too.

    32 page frames are what the kernel reclaims at a time (SWAP_CLUSTER_MAX).

    \b
    zswapbench trace add-requests app.trace.bin -o asked.trace.bin
    zswapbench trace add-requests app.trace.bin -o asked.trace.bin.zst --every 10s --frames 256
    zswapbench trace add-requests app.trace.bin -o - | zswapbench run - --corpus app.zpages
    """
    from zswapbench.runs.asking import add_requests

    check_binary(output, [trace])
    tell_of_trace(output, add_requests(trace, output, every, frames, progress))
