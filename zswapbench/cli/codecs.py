"""``zswapbench codecs``: what each codec makes of corpora, and how fast."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from zswapbench.cli.completion import leaves
from zswapbench.cli.options import kernel_option
from zswapbench.cli.outputs import Place, check_places, emit, output_options
from zswapbench.cli.progress import progress

if TYPE_CHECKING:
    from zswapbench.codecs.base import Codec
    from zswapbench.corpus.reading import Corpus
    from zswapbench.plugins.registry import Choice


@click.command("codecs")
@click.argument("corpora", nargs=-1, type=click.Path(), metavar="[CORPUS]...")
@click.option(
    "--codec",
    "codecs",
    multiple=True,
    shell_complete=leaves("CODECS"),
    help="Only this codec; may be given several times.",
)
@kernel_option("rules for zstd and for incompressible pages apply")
@click.option(
    "--zpool",
    type=click.Choice(["zsmalloc", "zbud", "z3fold"]),
    help="Pool of zswap. [default: zsmalloc; before 3.17 zbud]",
)
@click.option("--classes", is_flag=True, help="Also show every size class of zsmalloc.")
@click.option("--speed/--no-speed", default=True, show_default=True, help="Measure speed.")
@click.option(
    "--rounds", type=click.IntRange(1, 1000), default=9, show_default=True, help="Rounds of measuring."
)
@click.option("--threads", type=click.IntRange(1, 256), help="Threads to measure with. [default: all CPUs]")
@click.option(
    "--plot",
    type=click.Choice(["compress", "decompress", "none"]),
    default="compress",
    show_default=True,
    help="Which speed the plot shows against the ratio.",
)
@output_options
def command(
    corpora: tuple[str, ...],
    codecs: tuple[str, ...],
    kernel: str,
    zpool: str | None,
    classes: bool,
    speed: bool,
    rounds: int,
    threads: int | None,
    plot: str,
    places: list[Place],
) -> None:
    """Compare codecs on the pages of one or more corpora. [default: all shipped samples]

    The tables show for each codec: the compression ratio with and without same-filled pages (pages that repeat
    one word, such as zero pages), the compressed sizes, the ratio in page frames of zsmalloc, the share of
    pages that zswap rejects and zram keeps uncompressed, and the speed on this machine.

    The kernel's codecs (lz4, lzo-rle, ...) give the sizes of a running kernel, page for page. Codecs named
    after a library (liblz4, ...) show what a newer version would bring. --kernel takes a version or zswap-2013.
    Add :lzo=safe for stable kernels of 2025 and later. zstd has the parameters of that kernel's zswap, unless you
    name others: zstd:rules=zram-6.12.

    \b
    zswapbench codecs
    zswapbench codecs app.zpages --codec lz4 --codec zstd --codec zstd:level=9:rules=zram-6.12
    zswapbench codecs app.zpages --kernel 6.1:lzo=safe --zpool zbud --no-speed --format json
    """
    from zswapbench.corpus.reading import SUFFIX, Corpus
    from zswapbench.corpus.shipped import folder
    from zswapbench.report.codec_tables import survey_plot, survey_tables
    from zswapbench.runs.codecs import Wish, codecs_of, survey, to_json

    paths = [*{os.path.realpath(path): path for path in corpora}.values()] or [
        str(path) for path in sorted(folder().glob(f"*{SUFFIX}"))
    ]
    check_places(places, paths)
    wish = Wish(kernel, zpool or "", rounds if speed else 0, threads or 0)
    with ExitStack() as stack:
        opened = [stack.enter_context(Corpus(path)) for path in paths]
        found = survey(opened, codecs_of(kernel, codecs) or usable(opened, kernel), wish, progress)

    def draw(width: int) -> str:
        return "" if plot == "none" else survey_plot(found, plot, width)

    emit(places, lambda: survey_tables(found, classes=classes), lambda: to_json(found), draw)


def usable(corpora: list[Corpus], kernel: str) -> list[Choice[Codec]]:
    """All codecs that can be used here on all of the corpora, the kernel's first. Tells of the others.

    ``kernel``: whose zstd, as Wish has it.
    """
    from zswapbench.common.errors import CorpusError, MissingError, OwnCodeError, UsageError
    from zswapbench.corpus.sizes import identity_of
    from zswapbench.plugins.registry import CODECS
    from zswapbench.runs.codecs import codecs_of

    usable, without = [], []
    leaves = sorted(CODECS.leaves(), key=lambda leaf: (leaf.name != leaf.kernel_name, leaf.name))
    for choice in codecs_of(kernel, [leaf.name for leaf in leaves]):
        name = choice.leaf.name
        try:
            for corpus in corpora:
                identity_of(corpus, choice)
        except (MissingError, OwnCodeError) as error:
            click.echo(f"zswapbench: without {name}: {error}", err=True)
        except CorpusError as error:
            without.append(name)
            reason = str(error)
        else:
            usable.append(choice)
    if without:
        click.echo(f"zswapbench: without {', '.join(without)}: {reason}", err=True)
    if not usable:
        raise UsageError("there is no codec to compare: name one that all of the corpora have, with --codec")
    return usable
