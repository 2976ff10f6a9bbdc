"""``zswapbench trace``: make traces of swap events, and look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zswapbench.cli.common import emit, output_options, progress

if TYPE_CHECKING:
    from zswapbench.report.table import Table

PATTERNS = ("zipf", "scan", "loop", "phase")


@click.group("trace", short_help="Make and inspect traces of swap events.")
def command() -> None:
    """Make and inspect traces (trace.bin): store, load, invalidate and flush events over a corpus's pages."""


@command.command("make")
@click.argument("corpus", type=click.Path())
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False), help="Trace to make; .zst packs it."
)
@click.option("--pattern", type=click.Choice(PATTERNS), default="zipf", show_default=True, help="See below.")
@click.option("--events", type=int, default=100_000, show_default=True, help="Length of the trace.")
@click.option("--addresses", type=int, default=0, help="Pages in use. [default: the corpus's addresses]")
@click.option(
    "--memory", default="50%", show_default=True, help="Memory in front of swap, as a share of these."
)
@click.option("--writes", default="40%", show_default=True, help="Share of uses that write.")
@click.option("--change", default="50%", show_default=True, help="Share of writes that change the content.")
@click.option("--skew", type=float, default=0.8, show_default=True, help="Zipf's exponent.")
@click.option("--interval", default="100us", show_default=True, help="Mean time between two uses.")
@click.option("--cpus", type=int, default=4, show_default=True)
@click.option(
    "--flush-every", type=int, default=0, show_default=True, help="A FLUSH after so many events; 0: none."
)
@click.option(
    "--flush-frames", type=int, default=32, show_default=True, help="Page frames that each asks for."
)
@click.option("--seed", type=int, default=0, show_default=True)
def make(
    corpus: str, output: str, memory: str, writes: str, change: str, interval: str, **options: Any
) -> None:
    """Make a trace over the pages of CORPUS: an access pattern, with a memory and LRU reclaim in front.

    \b
    zipf    some pages are used far more often than others
    scan    as zipf, and a walk over everything in between
    loop    everything round and round, LRU's worst case
    phase   zipf over a part that moves on; what is left behind is half freed

    \b
    zswapbench trace make app.zpages -o app.trace.bin
    zswapbench trace make app.zpages -o app.trace.bin.zst --pattern phase --memory 30% --flush-every 10000
    """
    from zswapbench.common.files import refuse_overwriting
    from zswapbench.common.units import parse_duration, parse_percent
    from zswapbench.corpus.reading import Corpus
    from zswapbench.traces.format import write_trace
    from zswapbench.traces.synth import Workload, make_events, provenance

    refuse_overwriting(output, [corpus])
    work = Workload(
        memory=parse_percent(memory),
        writes=parse_percent(writes),
        change=parse_percent(change),
        interval_us=parse_duration(interval) / 1000,
        **options,
    )
    with Corpus(corpus) as opened, progress("make", work.events, "events") as told:

        def counted() -> Any:
            for events in make_events(opened.index, work):
                told(len(events))
                yield events

        write_trace(
            output,
            counted(),
            page_size=opened.page_size,
            corpus_digest=opened.digest,
            provenance=provenance(work),
        )
    emit("table", None, lambda: _info(output)[:1])


@command.command("info")
@click.argument("trace", type=click.Path())
@output_options
def info(trace: str, form: str, output: str | None) -> None:
    """Show what a trace holds and how it was made.

    \b
    zswapbench trace info app.trace.bin
    zswapbench trace info app.trace.bin.zst --format json
    """
    emit(form, output, lambda: _info(trace))


@command.command("check")
@click.argument("trace", type=click.Path())
@click.option("--corpus", type=click.Path(), help="Corpus of the trace. [default: found by its digest]")
def check(trace: str, corpus: str | None) -> None:
    """Check every event of a trace against its corpus.

    What cannot be is an error (exit code 3): an unknown operation, a page that the corpus has not, a FLUSH
    for nothing. What is only odd is said: loads of what the trace never stored, stores over stores.

    \b
    zswapbench trace check app.trace.bin
    zswapbench trace check app.trace.bin --corpus elsewhere/app.zpages
    """
    from zswapbench.runs.loading import load

    with load(trace, corpus) as loaded:
        summary = loaded.summary
        click.echo(f"{trace}: {summary.events:,} events, all valid; corpus {loaded.corpus.path}")
        if summary.loads_of_absent:
            click.echo(f"odd: {summary.loads_of_absent:,} loads of offsets that held nothing")
        if summary.duplicates:
            click.echo(f"odd: {summary.duplicates:,} stores over a page that was not invalidated")


def _info(path: str) -> list[Table]:
    from zswapbench.report.trace_tables import info_tables
    from zswapbench.traces.format import read_trace

    return info_tables(read_trace(path))
