"""``zswapbench trace import``: from what a tracer recorded to a trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from zswapbench.cli.outputs import check_binary
from zswapbench.cli.progress import progress
from zswapbench.cli.trace_made import show_events

if TYPE_CHECKING:
    from zswapbench.runs.importing import Imported

_WAYS = {
    "zero": "of pages of zeros, as the kernel found",
    "index": "by the address that was recorded",
    "pagemap": "by a snapshot of the pagemap",
    "dealt": "dealt by offset: not the recorded pages",
}


new_trace = click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="Trace to make; packed if the name ends in .zst. - is standard output, for a pipe.",
)
"""-o, of commands that make a trace."""


@click.command("import", short_help="Make a trace of what a tracer recorded.")
@click.argument("recording", type=click.Path())
@new_trace
@click.option(
    "--corpus",
    required=True,
    type=click.Path(),
    help="Corpus (.zpages) that has the pages: of the same process.",
)
@click.option(
    "--pagemap",
    "snapshots",
    multiple=True,
    type=click.Path(),
    help="Snapshot that says which address lay in which swap slot; see 'trace record-script --form pagemap'. May be "
    "repeated.",
)
@click.option(
    "--kernel",
    default="",
    help="Version of the kernel, such as 6.12, where the recording does not say, or is bpftrace's: counters need it.",
)
def command(recording: str, output: str, corpus: str, snapshots: tuple[str, ...], kernel: str) -> None:
    """Make a trace of RECORDING, what a tracer wrote on a live kernel. - is standard input.

    What wrote it is seen by its content: the bpftrace program or the kprobes of 'trace record-script', ftrace's
    trace or trace_pipe, trace-cmd report, perf script, comma-separated values, or a trace of libCacheSim in the form
    oracleGeneral, whose objects become pages. It may be packed with zstd.

    A store gets the page of the corpus at the address that was recorded, or that a snapshot tells. Where neither is
    known, the slot's number chooses a page, and the trace says so. Dump the process right after the recording.

    What is left out of RECORDING is counted and told, and so are events that the tracer lost. The kernel's counters
    that are told can be held against /proc/vmstat. The turns of the kernel's worker are in the trace, too: a replay
    follows them with --era linux-6.12:guided=1.

    \b
    zswapbench trace record-script > record.bt
    zswapbench trace import recorded.txt -o app.trace.bin --corpus app.zpages
    zswapbench trace import recorded.txt.zst -o app.trace.bin --corpus app.zpages --pagemap pagemap.csv
    perf script | zswapbench trace import - -o app.trace.bin --corpus app.zpages --kernel 6.12
    """
    from zswapbench.common.outputs import is_stream
    from zswapbench.runs.importing import import_recording

    check_binary(output, [recording, corpus, *snapshots])
    made = import_recording(recording, output, corpus, snapshots, kernel, progress)
    if is_stream(output):  # from which nothing can be read back
        click.echo("\n".join(_lines(made)), err=True)
    else:
        click.echo("\n".join(_lines(made)))
        show_events(output)


def _lines(made: Imported) -> Iterator[str]:
    """What is to be known of the import."""
    from zswapbench.common.units import format_count

    yield f"recorded: {made.origin}"
    for what, count in made.left_out.items():
        yield f"  {what}: {count:,}"
    yield "contents:"
    for way, count in made.ways.items():
        if count:
            yield f"  {format_count(count, 'store')} {_WAYS[way]}"
    if made.counters:
        yield "counters of the kernel, as recorded; to be held against /proc/vmstat:"
        yield "  " + ", ".join(f"{name} {count:,}" for name, count in made.counters.items())
    if made.write_back_us is not None:
        yield f"the kernel's worker wrote an entry back in {made.write_back_us:,.0f} us"
