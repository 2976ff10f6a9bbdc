"""``zswapbench trace export``: a trace for other programs."""

from __future__ import annotations

import click

from zswapbench.cli import completion
from zswapbench.cli.outputs import check_binary
from zswapbench.cli.progress import progress
from zswapbench.cli.trace_made import tell_of_events


@click.command("export", short_help="Write a trace for other programs: libCacheSim, or as CSV.")
@click.argument("trace", type=click.Path())
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="File to make; packed if the name ends in .zst. - is standard output, for a pipe.",
)
@click.option(
    "--to",
    default="",
    shell_complete=completion.exports,
    help="Form to write: oracleGeneral or csv. [default: by the name of the output]",
)
@click.option(
    "--codec",
    default="",
    shell_complete=completion.leaves("CODECS"),
    help="Give each page its size under this codec. [default: the size of a page]",
)
@click.option("--corpus", type=click.Path(), help="Corpus of the trace. [default: found by its digest]")
def command(trace: str, output: str, to: str, codec: str, corpus: str | None) -> None:
    """Write TRACE in a form that other programs read. - reads it from standard input.

    \b
    oracleGeneral  libCacheSim's binary form: a request for each store and
                   load. An object is the page in a slot, from its store to
                   the next store or invalidate there.
    csv            a row for each event, which 'trace import' reads.

    libCacheSim misses each store, since the object is new. A load that misses is a refault. What a form cannot tell of
    is left out and counted: flushes, and, in oracleGeneral, invalidates. 'trace import' reads both forms.

    \b
    zswapbench trace export app.trace.bin -o app.oracleGeneral.zst
    zswapbench trace export app.trace.bin -o app.oracleGeneral.bin --codec zstd
    zswapbench trace export app.trace.bin -o - --to csv | head
    """
    from zswapbench.runs.exporting import Wish, export_trace

    check_binary(output, [one for one in (trace, corpus) if one])
    tell_of_events(output, export_trace(trace, output, Wish(to, codec, corpus), progress))
