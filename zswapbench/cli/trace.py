"""``zswapbench trace``: make traces of swap events, and look at them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from zswapbench.cli import (
    from_refs,
    import_refs,
    trace_add_requests,
    trace_export,
    trace_import,
    trace_info,
    trace_merge,
    trace_record,
    trace_scale,
    trace_slice,
)
from zswapbench.cli.groups import Group
from zswapbench.cli.outputs import Place, check_binary, emit
from zswapbench.cli.progress import progress
from zswapbench.cli.references import reclaim_options

if TYPE_CHECKING:
    from zswapbench.report.table import Table

PATTERNS = ("zipf", "scan", "loop", "phase")


@click.group("trace", cls=Group, short_help="Make and inspect traces of swap events.")
def command() -> None:
    """Make and inspect traces (trace.bin): store, load, invalidate and flush events over the pages of a corpus.

    A store swaps a page out, a load swaps it in, an invalidate frees its swap slot, and a FLUSH asks the cache to
    give page frames back. Recorded traces also tell how far the kernel's worker had come (WORK).
    """


command.add_command(trace_import.command)
command.add_command(trace_record.command)
command.add_command(trace_info.command)
command.add_command(import_refs.command)
command.add_command(from_refs.command)
command.add_command(trace_slice.command)
command.add_command(trace_merge.command)
command.add_command(trace_scale.command)
command.add_command(trace_export.command)
command.add_command(trace_add_requests.command)


@command.command("make")
@click.argument("corpus", type=click.Path())
@trace_import.new_trace
@click.option(
    "--pattern",
    type=click.Choice(PATTERNS),
    default="zipf",
    show_default=True,
    help="Access pattern; see below.",
)
@click.option(
    "--events",
    type=int,
    default=0,
    help="Number of events. [default: 20 for each address, but 200000 at least]",
)
@click.option(
    "--addresses",
    type=int,
    default=0,
    help="Pages that the program uses. [default: as many as the corpus has]",
)
@click.option(
    "--memory",
    default="50%",
    show_default=True,
    help="Pages that fit into memory, as a share of those in use; the others are swapped out.",
)
@reclaim_options
@click.option("--writes", default="40%", show_default=True, help="Share of page uses that write.")
@click.option(
    "--change",
    default="90%",
    show_default=True,
    help="Share of the pages written to that hold something else when they are stored again.",
)
@click.option(
    "--skew",
    type=float,
    default=0.8,
    show_default=True,
    help="Exponent of the Zipf distribution: the higher, the more often few pages are used.",
)
@click.option("--interval", default="1ms", show_default=True, help="Mean time between two page uses.")
@click.option("--cpus", type=int, default=4, show_default=True, help="CPUs that the events come from.")
@click.option(
    "--flush-every",
    type=int,
    default=0,
    show_default=True,
    help="A FLUSH after every so many events, instead of by time.",
)
@click.option(
    "--flush-interval",
    default="10s",
    show_default=True,
    help="Mean time between two shortages of memory, with four FLUSHs each; 0s: none.",
)
@click.option(
    "--flush-frames", type=int, default=32, show_default=True, help="Page frames that each FLUSH asks for."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random choices.")
def make(corpus: str, output: str, **options: Any) -> None:
    """Make a trace over the pages of CORPUS.

    A made-up program uses pages in a pattern. Its memory is reclaimed as the kernel does it (see 'trace from-refs').
    The trace records what this memory swaps out and in. A page that changes goes on compressing nearly as before.

    \b
    zipf    some pages are used far more often than others
    scan    as zipf, and again and again a walk over all pages
    loop    all pages in turn, again and again: the worst case for LRU
    phase   zipf over a part of the pages; the part moves on, and half of what it leaves is freed

    \b
    zswapbench trace make app.zpages -o app.trace.bin
    zswapbench trace make app.zpages -o app.trace.bin.zst --pattern phase --memory 30% --flush-interval 5s
    zswapbench trace make app.zpages -o - | zswapbench run - --corpus app.zpages
    """
    from zswapbench.common.outputs import is_stream
    from zswapbench.common.units import format_count
    from zswapbench.corpus.reading import Corpus
    from zswapbench.runs.making import TraceOptions, events_over, head_of
    from zswapbench.traces.format import write_trace

    check_binary(output, [corpus])
    work = TraceOptions(**options).workload()
    with Corpus(corpus) as opened, closing(events_over(opened, work, progress)) as events:
        count = write_trace(output, events, **head_of(opened, work))
    if is_stream(output):  # from which nothing can be read back
        click.echo(f"zswapbench: {output}: {format_count(count, 'event')}", err=True)
    else:
        emit([Place("table")], lambda: _info(output)[:1])


@command.command("check")
@click.argument("trace", type=click.Path())
@click.option("--corpus", type=click.Path(), help="Corpus of the trace. [default: found by its digest]")
def check(trace: str, corpus: str | None) -> None:
    """Check every event of a trace against its corpus.

    An impossible event is an error (exit code 3): an unknown operation, a page that the corpus does not have, a
    FLUSH that asks for no page frame. An odd event is only reported: a load of a page that the trace never stored,
    a store over a page that is still stored.

    \b
    zswapbench trace check app.trace.bin
    zswapbench trace check app.trace.bin --corpus elsewhere/app.zpages
    """
    from zswapbench.common.units import format_count
    from zswapbench.runs.loading import load

    with load(trace, corpus) as loaded:
        summary = loaded.summary
        click.echo(
            f"{trace}: {format_count(summary.events, 'event')}, all valid; corpus {loaded.corpus.path}"
        )
        if summary.loads_of_absent:
            click.echo(f"odd: {summary.loads_of_absent:,} loads of offsets that held nothing")
        if summary.duplicates:
            click.echo(f"odd: {summary.duplicates:,} stores over a page that was not invalidated")


def _info(path: str) -> list[Table]:
    from zswapbench.report.trace_tables import info_tables
    from zswapbench.traces.format import read_trace

    return info_tables(read_trace(path))
