"""``zswapbench trace``: make traces of swap events, and look at them."""

from __future__ import annotations

import click

from zswapbench.cli import (
    from_refs,
    import_refs,
    merge_refs,
    trace_add_requests,
    trace_export,
    trace_import,
    trace_info,
    trace_make,
    trace_merge,
    trace_record,
    trace_scale,
    trace_slice,
)
from zswapbench.cli.groups import Group


@click.group("trace", cls=Group, short_help="Make and inspect traces of swap events.")
def command() -> None:
    """Make and inspect traces (trace.bin): store, load, invalidate and flush events over the pages of a corpus.

    A store swaps a page out, a load swaps it in, an invalidate frees its swap slot, and a FLUSH asks the cache to
    give page frames back. Recorded traces also tell how far the kernel's worker had come (WORK).
    """


command.add_command(trace_make.command)
command.add_command(trace_import.command)
command.add_command(trace_record.command)
command.add_command(trace_info.command)
command.add_command(import_refs.command)
command.add_command(merge_refs.command)
command.add_command(from_refs.command)
command.add_command(trace_slice.command)
command.add_command(trace_merge.command)
command.add_command(trace_scale.command)
command.add_command(trace_export.command)
command.add_command(trace_add_requests.command)


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
