"""``zswapbench trace merge-refs``: references of several programs as one stream, each in a memory cgroup of its own."""

from __future__ import annotations

import os

import click

from zswapbench.cli.outputs import check_binary
from zswapbench.cli.progress import progress


@click.command("merge-refs", short_help="Make one file of references of several programs.")
@click.argument("references", nargs=-1, required=True, type=click.Path(), metavar="REFERENCES...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="File of references to make (.refs); packed if the name ends in .zst.",
)
@click.option(
    "--corpus",
    "corpora",
    multiple=True,
    required=True,
    type=click.Path(),
    help="Corpus of a program: one for each, in the order of REFERENCES.",
)
@click.option(
    "--corpus-out",
    required=True,
    type=click.Path(dir_okay=False),
    help="Corpus to make (.zpages) with the pages of all.",
)
def command(references: tuple[str, ...], output: str, corpora: tuple[str, ...], corpus_out: str) -> None:
    """Make one file of the REFERENCES of several programs, as if they had shared a machine.

    All begin together. Each gets a memory cgroup of its own, 1 for the first, and a part of the address space: the
    addresses of the second begin at 2^56, here and in the corpus. References are in the order of their times; where
    these are equal, that of the program named first goes first. A program may be given twice.

    REFERENCES are files of 'trace import-refs'; a core becomes a corpus by 'corpus import'.

    \b
    zswapbench trace merge-refs web.refs db.refs --corpus web.zpages --corpus db.zpages \\
        -o both.refs --corpus-out both.zpages
    """
    from zswapbench.common.errors import UsageError
    from zswapbench.common.outputs import is_stream
    from zswapbench.common.units import format_count
    from zswapbench.report.table import printable
    from zswapbench.runs.merging_refs import merge_refs

    inputs = [*references, *corpora]
    check_binary(output, inputs)
    check_binary(corpus_out, inputs)
    if os.path.realpath(corpus_out) == os.path.realpath(output):
        raise UsageError(f"{output}: is named by two outputs; give each a file of its own")
    if references.count("-") > 1:
        raise UsageError("-: standard input can be read once; save it to a file first")
    made = merge_refs(references, corpora, output, corpus_out, progress)
    for remark in made.remarks:
        click.echo(printable(remark), err=True)
    click.echo(
        printable(f"{output}: {format_count(made.count, 'reference')} over {corpus_out}"),
        err=is_stream(output),
    )
