"""``zswapbench trace import-refs``: text of memory references -> a file of references."""

from __future__ import annotations

import click

from zswapbench.cli.outputs import check_binary
from zswapbench.cli.references import frames_of, text_options, wish_of


@click.command("import-refs")
@click.argument("text", type=click.Path())
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="File of references to make (.refs); packed if the name ends in .zst.",
)
@click.option("--page-size", default="4K", show_default=True, help="Page size: 4K, 16K or 64K.")
@click.option(
    "--least-ram",
    default="",
    metavar="SIZE",
    help="Leave out touches that make no difference to exact LRU in a memory of this size or more.  "
    "[default: keep all]",
)
@text_options
def command(
    text: str,
    output: str,
    page_size: str,
    least_ram: str,
    interval: str,
    writes: str,
    process: int | None,
) -> None:
    """Make a file of memory references of TEXT that another tool wrote. - reads it from standard input.

    TEXT is told by what it holds: valgrind's lackey, DynamoRIO's drmemtrace view, perf script with data addresses,
    damo's damon.data, damo report raw or access, the tracepoint damon_aggregated, or plain page numbers. It may be
    packed with zstd. The file says which touches were observed, and which were drawn from counts.

    --least-ram makes the file hundreds of times smaller, and good for memories of that size or more: exact LRU has the
    same faults there, and other reclaim nearly the same. TEXT may be a file of references, too.

    \b
    valgrind --tool=lackey --trace-mem=yes --log-file=lackey.txt sort big.txt
    zswapbench trace import-refs lackey.txt -o sort.refs
    zswapbench trace import-refs damon.data -o app.refs --writes 30%
    zswapbench trace import-refs sort.refs -o sort.refs.zst --least-ram 1MiB
    """
    from zswapbench.common.outputs import is_stream
    from zswapbench.common.units import format_count, parse_size
    from zswapbench.traces.references.importing import open_references, reduced
    from zswapbench.traces.refs import write_refs

    check_binary(output, [text])
    wish = wish_of(parse_size(page_size), interval, writes, process)
    with open_references(text, wish) as references:
        kept = reduced(references, frames_of(least_ram, references.page_size)) if least_ram else references
        count = write_refs(output, kept)
        for line in kept.told:
            click.echo(f"{text}: {line}", err=True)
        click.echo(
            f"{output}: {format_count(count, 'reference')} of {references.provenance.get('form')}; "
            f"touches {references.provenance.get('touches')}",
            err=is_stream(output),
        )
