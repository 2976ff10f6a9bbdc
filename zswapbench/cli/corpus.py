"""``zswapbench corpus``: from dumps to pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import click

from zswapbench.cli.groups import Group
from zswapbench.cli.outputs import Place, check_binary, check_places, emit, output_options, tell_of
from zswapbench.cli.progress import progress
from zswapbench.common.errors import DumpError, UsageError

if TYPE_CHECKING:
    from zswapbench.report.table import Table

SEGMENTS_SHOWN = 20
"""Largest segments that ``info`` shows to people."""


@click.group(
    "corpus", cls=Group, short_help="Make and inspect corpora: files of pages from real process dumps."
)
def command() -> None:
    """Make and inspect corpora (.zpages): files of the distinct pages of real process dumps.

    Dumps and corpora hold secrets. A corpus is made readable for its owner only. To share what a replay needs
    without one byte of content, use 'corpus sizes'.
    """


@command.command("import")
@click.argument("cores", nargs=-1, type=click.Path(), metavar="[CORE...]")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="Corpus to make (.zpages); - is standard output, for a pipe.",
)
@click.option(
    "--pid",
    multiple=True,
    type=click.IntRange(min=1),
    help="Read the memory of this process as it runs; may be given several times.",
)
@click.option("--freeze", is_flag=True, help="With --pid: stop the process while it is read.")
@click.option("--select", default="swappable", show_default=True, help="Which memory to take; see below.")
@click.option("--sample", type=click.IntRange(min=1), help="Take only this many pages, chosen at random.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the random choice."
)
@click.option("--page-size", default="4K", show_default=True, help="Page size: 4K, 16K or 64K.")
@click.option("--raw", is_flag=True, help="The files hold pages and nothing else; they are not cores.")
@click.option("--force", is_flag=True, help="With --raw: also files that are known to be something else.")
@click.option(
    "--pack", is_flag=True, help="Pack the corpus with LZMA: slower, a third to a fifth of the size."
)
def import_(
    cores: tuple[str, ...],
    output: str,
    pid: tuple[int, ...],
    freeze: bool,
    select: str,
    sample: int | None,
    seed: int,
    page_size: str,
    raw: bool,
    force: bool,
    pack: bool,
) -> None:
    """Take pages from process dumps: ELF cores of the kernel, gcore or QEMU, LiME dumps, or files of raw pages.

    Or from a process that runs (--pid): the pages that a core of it would hold, as far as it ever touched them.
    What changed while it was read is told on standard error. --freeze stops it meanwhile. If zswapbench is killed, it
    goes on all the same. Processes of other users take root (CAP_SYS_PTRACE). Pages that were swapped out come back
    into memory.

    Each CORE may be packed (.zst, .lz4, .gz, .xz, .bz2). A truncated core, or packing, is used as far as it goes.
    That, and what is left out and why, is told on standard error. A core does not tell which pages are locked
    (mlock): they are taken.

    \b
    --select swappable   what the kernel would swap: private memory that was
                         written, and shared memory (memfd, shm, System V)
             private     writable, and neither shared memory nor a device
             anonymous   writable memory without a file: heap, stack, mappings
             writable    all writable memory
             heap, stack the segment of that name
             all         everything
             NAME-GLOB   segments by name, such as '*/libc.so*'

    \b
    zswapbench corpus import core.1234 -o app.zpages
    zswapbench corpus import --pid 1234 --freeze -o app.zpages
    zswapbench corpus import *.core.zst -o fleet.zpages --sample 100000 --seed 1
    """
    from zswapbench.common.units import parse_size
    from zswapbench.corpus.importing import Wish, import_dumps
    from zswapbench.report.corpus_tables import totals_table

    check_binary(output, cores)
    wish = Wish(parse_size(page_size), select, sample, seed, raw, pack, force, pid, freeze)
    try:
        made = import_dumps(cores, output, wish, progress)
    except DumpError as error:
        _tell(error.remarks)
        raise
    _tell(made.remarks)
    tell_of(output, lambda: [totals_table(output, made.manifest, made.counts)])


def _tell(remarks: Sequence[str]) -> None:
    """Each of ``remarks`` in a line of standard error."""
    from zswapbench.report.table import printable

    for remark in remarks:
        click.echo(printable(remark), err=True)


@command.command("info")
@click.argument("corpus", type=click.Path())
@click.option(
    "--codec", "codecs", multiple=True, help="Also show the ratios of this codec; may be given several times."
)
@click.option(
    "--segments",
    default="",
    help="Show this many of the largest segments, or all.  [default: 20; in JSON and CSV all]",
)
@output_options
def info(corpus: str, codecs: tuple[str, ...], segments: str, places: list[Place]) -> None:
    """Show what a corpus holds and where it came from, for each of its largest segments.

    --codec adds compression ratios over all addresses, with and without same-filled pages (pages that repeat
    one word, such as zero pages). gcore writes pages that were never touched as zeros and the kernel does not,
    so the first ratio depends much on how a process was dumped.

    \b
    zswapbench corpus info app.zpages
    zswapbench corpus info app.zpages --segments all
    zswapbench corpus info app.zpages --codec lz4 --codec zstd --format json
    """
    check_places(places, [corpus])
    shown = _segments_shown(segments, {place.form for place in places})
    emit(places, lambda: _info(corpus, codecs, shown))


@command.command("verify")
@click.argument("corpus", type=click.Path())
def verify(corpus: str) -> None:
    """Read a whole corpus and check it against its digest, and what its manifest says of segments.

    \b
    zswapbench corpus verify app.zpages
    """
    from zswapbench.corpus.reading import Corpus

    with Corpus(corpus) as opened:
        opened.verify()
        click.echo(f"{corpus}: {len(opened):,} distinct pages, {len(opened.index):,} addresses, all as made")


@command.command("sizes")
@click.argument("corpus", type=click.Path())
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="Export to make (.zpages); - is standard output, for a pipe.",
)
@click.option(
    "--codec", "codecs", multiple=True, default=("lzo", "lzo-rle", "lz4", "zstd"), show_default=True
)
def sizes(corpus: str, output: str, codecs: tuple[str, ...]) -> None:
    """Export what a replay needs of a corpus, with no byte of its content.

    The export holds the size of each page under each codec, which pages are zero or same-filled, and which
    pages are equal. It holds no content, no addresses and no names. 'run' and 'compare' take it in place of
    the corpus.

    \b
    zswapbench corpus sizes app.zpages -o app-sizes.zpages --codec lz4 --codec zstd
    zswapbench run app.trace.bin --corpus app-sizes.zpages --codec zstd
    """
    from zswapbench.common.outputs import STANDARD_OUTPUT
    from zswapbench.common.units import format_count
    from zswapbench.corpus.reading import Corpus
    from zswapbench.corpus.sizes import sizes_of
    from zswapbench.corpus.writing import export_sizes
    from zswapbench.plugins.registry import CODECS

    check_binary(output, [corpus])
    with Corpus(corpus) as opened:
        found = {}
        for choice in [CODECS.choose(codec) for codec in codecs]:
            with progress(f"sizes under {choice}", len(opened), "pages") as told:
                found[choice.make().identity] = sizes_of(opened, choice, told)
        export_sizes(output, opened, found)
    size = f"{format_count(len(found), 'codec')}, {format_count(len(opened), 'page')}"
    click.echo(f"{output}: {size}: {'; '.join(found)}", err=output == STANDARD_OUTPUT)


def _segments_shown(text: str, forms: Collection[str]) -> int | None:
    """How many segments ``text`` asks for: None for all. People read tables and Markdown, programs the rest."""
    if not text:
        return SEGMENTS_SHOWN if {"table", "markdown"}.issuperset(forms) else None
    if text == "all":
        return None
    if not text.isdecimal() or len(text) > 18:
        raise UsageError(f"--segments {text!r} is not a number; give 0 or more, or all")
    return int(text)


def _info(path: str, codecs: tuple[str, ...], segments: int | None) -> list[Table]:
    from zswapbench.corpus.reading import Corpus
    from zswapbench.corpus.sizes import sizes_of
    from zswapbench.plugins.registry import CODECS
    from zswapbench.report.corpus_tables import info_tables, ratio_table

    choices = [CODECS.choose(codec) for codec in codecs]
    with Corpus(path) as corpus:
        tables = info_tables(corpus, segments)
        if choices:
            found = {}
            for choice in choices:
                with progress(f"sizes under {choice}", len(corpus), "pages") as told:
                    found[str(choice)] = sizes_of(corpus, choice, told)
            tables.insert(1, ratio_table(corpus, found))
        return tables
