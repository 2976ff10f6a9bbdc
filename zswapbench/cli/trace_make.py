"""``zswapbench trace make``: a trace of a made-up program."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click
from click.core import ParameterSource

from zswapbench.cli import trace_import
from zswapbench.cli.outputs import Place, check_binary, emit
from zswapbench.cli.progress import progress
from zswapbench.cli.references import reclaim_options

PATTERNS = ("zipf", "scan", "loop", "phase")


@click.command("make")
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
    "--like",
    type=click.Path(),
    metavar="TRACE",
    help="Make traffic like that of a recorded trace, instead of a pattern's.",
)
@click.option(
    "--events",
    type=int,
    default=0,
    show_default=True,
    help="Number of events; 0: 20 for each address, but 200000 at least; with --like, as many as TRACE has.",
)
@click.option(
    "--addresses",
    type=int,
    default=0,
    show_default=True,
    help="Pages that the program uses; 0: as many as the corpus has.",
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
@click.option("--interval", help="Mean time between two page uses. [default: 1ms; of scan 3ms, of loop 6ms]")
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
    default="5s",
    show_default=True,
    help="Mean time from one FLUSH to the next, at random; 0s: none.",
)
@click.option(
    "--flush-frames", type=int, default=32, show_default=True, help="Page frames that each FLUSH asks for."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random choices.")
def command(corpus: str, output: str, like: str | None, **options: Any) -> None:
    """Make a trace over the pages of CORPUS.

    A made-up program uses pages in a pattern. Its memory is reclaimed as the kernel does it (see 'trace from-refs').
    The trace records what this memory swaps out and in. A page that changes goes on compressing nearly as before.

    \b
    zipf    some pages are used far more often than others
    scan    as zipf, and again and again a walk over all pages
    loop    all pages in turn, again and again: the worst case for LRU
    phase   zipf over a part of the pages; the part moves on, and half of what it leaves is freed

    With --like, pages come back as soon, are written to and given up as often as in a recorded TRACE, whose corpus
    need not be CORPUS. This is found by making traces and measuring them; a table shows how near the nearest came.
    Kernel and CPUs are those of TRACE, as far as it says them.

    \b
    zswapbench trace make app.zpages -o app.trace.bin
    zswapbench trace make app.zpages -o app.trace.bin.zst --pattern phase --memory 30% --flush-interval 1s
    zswapbench trace make app.zpages -o app.trace.bin --like recorded.trace.bin
    zswapbench trace make app.zpages -o - | zswapbench run - --corpus app.zpages
    """
    from zswapbench.common.outputs import is_stream
    from zswapbench.common.units import format_count
    from zswapbench.corpus.reading import Corpus
    from zswapbench.report.trace_tables import info_tables
    from zswapbench.report.traffic_tables import likeness_tables
    from zswapbench.runs.liking import told_by, work_like
    from zswapbench.runs.making import TraceOptions, events_over, head_of
    from zswapbench.traces.format import read_trace, write_trace

    check_binary(output, [path for path in (corpus, like) if path])
    recorded = None
    if like is not None:
        _refuse_what_is_fitted()
        recorded = read_trace(like)
        options |= {name: value for name, value in told_by(recorded).items() if not _given(name)}
    work = TraceOptions(**options).workload()
    with Corpus(corpus) as opened:
        if recorded:
            work = work_like(recorded, opened, work, progress)
        with closing(events_over(opened, work, progress)) as events:
            count = write_trace(output, events, **head_of(opened, work))
    if is_stream(output):  # from which nothing can be read back
        click.echo(f"zswapbench: {output}: {format_count(count, 'event')}", err=True)
        return
    made = read_trace(output)
    emit([Place("table")], lambda: likeness_tables(recorded, made) if recorded else info_tables(made)[:1])


def _refuse_what_is_fitted() -> None:
    """Raises UsageError for an option that --like finds a value for."""
    from zswapbench.common.errors import UsageError

    for name in ("pattern", "addresses", "memory", "writes", "skew", "interval"):
        if _given(name):
            raise UsageError(f"--{name} is fitted to the trace that --like names: leave one of the two out")


def _given(name: str) -> bool:
    """Whether the command line has this option."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE
