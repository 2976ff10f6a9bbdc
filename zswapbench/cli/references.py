"""The options of the commands that read references, or make their like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from zswapbench.cli.options import kernel_option
from zswapbench.cli.progress import progress

if TYPE_CHECKING:
    from zswapbench.traces.references.importer import Wish

WAYS = ("lists", "mglru", "lru")

_MOST_LEAST = 1 << 24
"""Page frames; what is kept of each takes 120 bytes."""


def text_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a text of references may leave open: the parameters ``interval``, ``writes`` and ``process``."""
    command = click.option(
        "--process",
        type=click.IntRange(min=0),
        help="PID, DAMON target or drmemtrace workload, if the text has several.",
    )(command)
    command = click.option(
        "--writes",
        default="40%",
        show_default=True,
        help="Share of touches that write, where the text does not say.",
    )(command)
    return click.option(
        "--interval",
        default="1ns",
        show_default=True,
        help="Time of each reference, where the text has no clock.",
    )(command)


def reclaim_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How memory is reclaimed: the parameters ``reclaim``, ``kernel`` and ``page_cluster``."""
    command = click.option(
        "--page-cluster",
        type=click.IntRange(0, 5),
        default=0,
        show_default=True,
        help="Readahead of up to 2^N pages; the kernel's default is 3.",
    )(command)
    command = kernel_option("rules reclaim and swap slots follow")(command)
    return click.option(
        "--reclaim",
        type=click.Choice(WAYS),
        default="lists",
        show_default=True,
        help="Who leaves memory.",
    )(command)


def wish_of(page_size: int, interval: str, writes: str, process: int | None) -> Wish:
    """What these options ask for. Raises UsageError."""
    from zswapbench.traces.references import importing

    asked = [*filter(_given, importing.OPTIONS)]
    return importing.wish_of(page_size, interval, writes, process, asked)


def frames_of(least_ram: str, page_size: int) -> int:
    """Page frames that ``--least-ram`` means. Raises UsageError."""
    from zswapbench.common.errors import UsageError
    from zswapbench.common.units import parse_size

    frames = parse_size(least_ram) // page_size
    if not 1 <= frames <= _MOST_LEAST:
        raise UsageError(
            f"--least-ram {least_ram}: are {frames} pages of {page_size}; give 1 to {_MOST_LEAST} pages"
        )
    return frames


def _given(option: str) -> bool:
    """Whether the command line has ``option``."""
    source = click.get_current_context().get_parameter_source(option.removeprefix("--"))
    return source is ParameterSource.COMMANDLINE


@contextmanager
def corpus_of(
    core: str | None, corpus: str | None, beside: str, endings: Sequence[str]
) -> Iterator[str | Path]:
    """``corpus``, or one made of ``core`` beside the file ``beside``, called like it but for these ``endings``.

    That is taken away again if there comes nothing of it. Raises UsageError if both are given, or none is, or there is
    no place for it.
    """
    from zswapbench.common.errors import UsageError

    if core and corpus:
        raise UsageError("--core and --corpus: give one of them; a corpus is made of --core")
    if corpus is not None:
        yield corpus
        return
    made = _imported(core, beside, endings)
    try:
        yield made
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _imported(core: str | None, beside: str, endings: Sequence[str]) -> Path:
    """The corpus of ``core``, made beside ``beside``. Raises UsageError if there is none to make, or no place."""
    from zswapbench.common.errors import UsageError
    from zswapbench.common.outputs import is_stream
    from zswapbench.corpus.importing import Wish as CoreWish
    from zswapbench.corpus.importing import import_dumps
    from zswapbench.report.table import printable

    if core is not None and is_stream(beside):
        raise UsageError(
            f"{beside}: no corpus can be made beside it: make it by 'corpus import', and give --corpus"
        )
    if core is None:
        raise UsageError(
            "what the pages hold is not known: give --core, taken at the end of the same run, or --corpus"
        )
    stem = beside
    for ending in endings:
        stem = stem.removesuffix(ending)
    made = Path(f"{stem}.zpages")
    if made.exists():
        raise UsageError(f"{made}: is there already; give it by --corpus, or name {beside} otherwise")
    for remark in import_dumps([core], made, CoreWish(), progress).remarks:
        click.echo(printable(remark), err=True)
    return made
