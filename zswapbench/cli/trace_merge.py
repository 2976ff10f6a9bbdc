"""``zswapbench trace merge``: several traces as one."""

from __future__ import annotations

import os

import click

from zswapbench.cli.outputs import check_binary
from zswapbench.cli.progress import progress
from zswapbench.cli.trace_import import new_trace
from zswapbench.cli.trace_made import tell_of_trace
from zswapbench.common.errors import UsageError


@click.command("merge", short_help="Make one trace of several, as if they had shared a machine.")
@click.argument("traces", nargs=-1, required=True, type=click.Path(), metavar="TRACE...")
@new_trace
@click.option(
    "--same-device",
    is_flag=True,
    help="All swap to the devices that they name: offsets are moved, and swap types stay.",
)
@click.option(
    "--corpus",
    "corpora",
    multiple=True,
    type=click.Path(),
    help="Corpus of one of the traces. May be repeated. [default: found by their digests]",
)
@click.option(
    "--corpus-out",
    default="",
    type=click.Path(dir_okay=False),
    help="Corpus to make (.zpages) with the pages of all, where the traces are over several.",
)
def command(
    traces: tuple[str, ...], output: str, same_device: bool, corpora: tuple[str, ...], corpus_out: str
) -> None:
    """Make one trace of the events of several TRACEs, which begin together.

    Events are in the order of their times; where these are equal, that of the TRACE named first goes first. CPUs stay.
    A swap type that an earlier TRACE has becomes the lowest that is free. So each keeps a swap device, and, under the
    era zswap-2013, a pool of its own. With --same-device all share the devices that they name, and the slots of a TRACE
    come behind those of the TRACE before it.

    Traces over one corpus stay so. Others need a corpus with the pages of all, which is made, too.

    \b
    zswapbench trace merge web.trace.bin db.trace.bin -o both.trace.bin --corpus-out both.zpages
    zswapbench trace merge a.trace.bin b.trace.bin -o both.trace.bin --same-device
    """
    from zswapbench.runs.merging import Wish, merge_traces

    inputs = [*traces, *corpora]
    check_binary(output, inputs)
    if corpus_out:
        check_binary(corpus_out, inputs)
        if os.path.realpath(corpus_out) == os.path.realpath(output):
            raise UsageError(f"{output}: is named by two outputs; give each a file of its own")
    if traces.count("-") > 1:
        raise UsageError("-: standard input can be read once; save it to a file first")
    tell_of_trace(output, merge_traces(traces, output, Wish(corpora, corpus_out, same_device), progress))
