"""``zswapbench trace from-refs``: memory references and a core -> a trace of swap events."""

from __future__ import annotations

import click

from zswapbench.cli.outputs import check_binary
from zswapbench.cli.progress import progress
from zswapbench.cli.references import corpus_of, reclaim_options, text_options, wish_of
from zswapbench.cli.trace_made import show_events


@click.command("from-refs")
@click.argument("references", type=click.Path())
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="Trace to make; packed if the name ends in .zst.",
)
@click.option("--core", type=click.Path(), help="Core of the program; its corpus is made beside the trace.")
@click.option("--corpus", type=click.Path(), help="Corpus of that core, if it was imported already.")
@click.option("--ram", required=True, help="Memory for the program's anonymous pages, such as 64MiB.")
@click.option("--swap", default="", help="Size of the swap device.  [default: twice what the core has]")
@reclaim_options
@text_options
@click.option(
    "--fault-wait",
    default="100us",
    show_default=True,
    help="Time that the program waits for a page that is swapped in.",
)
def command(
    references: str,
    output: str,
    core: str | None,
    corpus: str | None,
    ram: str,
    swap: str,
    reclaim: str,
    kernel: str,
    page_cluster: int,
    interval: str,
    writes: str,
    process: int | None,
    fault_wait: str,
) -> None:
    """Make a trace of the swap events that a program's memory references cause in a memory of size --ram.

    REFERENCES is a file of 'trace import-refs', or any text that it takes; - is standard input. The core has to be
    taken at the end of the same run: a page is stored with the content that the core has at its address. Touches of
    addresses that the core does not have, such as pages of files, take no part and are counted.

    Time goes on by --interval with each reference, where the text has no clock, and by --fault-wait with each page
    that is read back when it is touched. A clock that nobody observed is called assumed, here and in each result.

    \b
    --reclaim lists  active and inactive list
              mglru  generations (kernels with lru_gen enabled)
              lru    exact LRU, as a measure: no kernel can do that

    \b
    zswapbench trace from-refs sort.refs --core core.1234 --ram 64MiB -o sort.trace.bin
    zswapbench trace from-refs sort.refs --corpus sort.zpages --ram 32MiB --reclaim mglru --kernel 7.3 -o m.trace.bin
    """
    from zswapbench.common.outputs import is_stream
    from zswapbench.common.units import parse_duration, parse_size
    from zswapbench.corpus.reading import Corpus
    from zswapbench.report.table import printable
    from zswapbench.runs.from_refs import Machine, derive
    from zswapbench.traces.references.importing import open_references

    check_binary(output, [path for path in (references, core, corpus) if path])
    machine = Machine(
        parse_size(ram, "--ram"),
        parse_size(swap, "--swap") if swap else None,
        reclaim,
        kernel,
        page_cluster,
        parse_duration(fault_wait) // 1000,
    )
    with corpus_of(core, corpus, output, (".zst", ".bin", ".trace")) as path, Corpus(path) as opened:
        wish = wish_of(opened.page_size, interval, writes, process)
        with (
            open_references(references, wish) as stream,
            progress("reclaim", stream.count, "references") as told,
        ):
            remarks = derive(stream, opened, output, machine, told)
    for remark in remarks:
        click.echo(printable(f"{references}: {remark}"), err=True)
    if not is_stream(output):  # from which nothing can be read back
        show_events(output)
