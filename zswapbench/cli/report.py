"""``zswapbench report``: results as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zswapbench.cli.options import kernel_option
from zswapbench.cli.outputs import write_out
from zswapbench.cli.progress import progress
from zswapbench.common.errors import UsageError
from zswapbench.common.outputs import STANDARD_OUTPUT

if TYPE_CHECKING:
    from zswapbench.report.html import Group
    from zswapbench.results.records import Result
    from zswapbench.runs.codecs import Survey

_ROUNDS = 3
"""Of measuring codecs: a chart does not show what more would add."""


@click.command("report")
@click.argument("results", nargs=-1, required=True, type=click.Path(), metavar="RESULT...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="The HTML file to write; - is standard output.",
)
@click.option("--codecs", is_flag=True, help="Also measure all codecs on the corpus: ratio against speed.")
@kernel_option("rules for zstd and for incompressible pages --codecs applies")
@click.option(
    "--sweep-limits",
    is_flag=True,
    help="Also replay each result at pool limits of 5 % to 50 % of the footprint: refaults against memory.",
)
@click.option(
    "--trace",
    type=click.Path(),
    help="Trace of the results, for --sweep-limits. [default: found by its digest]",
)
@click.option(
    "--corpus",
    type=click.Path(),
    help="Corpus of the trace, for --codecs and --sweep-limits. [default: found by its digest]",
)
@click.option(
    "--trust", is_flag=True, help="--sweep-limits may run policies and codecs in files that a RESULT names."
)
def command(
    results: tuple[str, ...],
    output: str,
    codecs: bool,
    kernel: str,
    sweep_limits: bool,
    trace: str | None,
    corpus: str | None,
    trust: bool,
) -> None:
    """Write results as one HTML page: the answers in words, tables that sort, charts.

    RESULT is what 'run', 'compare', 'zram' or 'machine' writes with --format json; - reads it from standard input. The
    page is one file. It needs no network and no other file, so you can send it by mail or print it. Each trace gets a
    part of its own, because figures of different traces cannot be compared, and so does each result of 'zram' and
    'machine'. If two labels are equal, the name of the file is added to them.

    The footprint is the most pages that the trace has swapped out at one time.

    --codecs and --sweep-limits need the pages themselves. zswapbench looks for the trace and the corpus by their
    recorded names, beside the first RESULT, in the current folder and among the shipped samples. It takes them
    only if their digests are those in the results. A policy or codec of your own is loaded again from its path,
    seen from the current folder, but only with --trust: to load it is to run it, and a RESULT may come from anybody.

    \b
    zswapbench compare lru class-lru --format json -o result.json
    zswapbench report result.json -o report.html
    zswapbench report result.json --codecs --sweep-limits -o report.html
    zswapbench report monday.json tuesday.json -o report.html
    """
    from zswapbench.common.files import STANDARD_INPUT, refuse_overwriting
    from zswapbench.common.units import format_count, format_size
    from zswapbench.report.html import labelled, render
    from zswapbench.results.by_trace import by_trace
    from zswapbench.results.files import read_any
    from zswapbench.results.whole import WHOLES

    if results.count(STANDARD_INPUT) > 1 or (trace == STANDARD_INPUT and sweep_limits):
        raise UsageError(
            "standard input holds one RESULT, and is no place for a trace that is read again: name files"
        )
    if trace and not sweep_limits:
        raise UsageError("--trace is for --sweep-limits only: add it, or leave --trace out")
    if corpus and not (codecs or sweep_limits):
        raise UsageError(
            "--corpus is for --codecs and --sweep-limits only: add one of them, or leave --corpus out"
        )
    refuse_overwriting(output, [*results, *(path for path in (trace, corpus) if path)])
    read = [(Path(path), read_any(path)) for path in results]
    wholes = [found for _, found in read if isinstance(found, WHOLES)]
    told = labelled([(path, found) for path, found in read if not isinstance(found, WHOLES)])
    folders = [Path(results[0]).resolve().parent, Path.cwd()]
    groups = [
        _measured(
            some, folders, trace, corpus, codecs=kernel if codecs else "", sweep=sweep_limits, trust=trust
        )
        for some in by_trace(told)
    ]
    page = render(groups, wholes)
    write_out(page, output)
    if output != STANDARD_OUTPUT:
        size = format_size(len(page.encode()))
        click.echo(f"wrote {output}: {format_count(len(told) + len(wholes), 'result')}, {size}")


def _measured(
    results: list[Result],
    folders: list[Path],
    trace: str | None,
    corpus: str | None,
    *,
    codecs: str,
    sweep: bool,
    trust: bool,
) -> Group:
    """Results of one trace, and what was wished to be measured beside them. ``codecs``: the kernel for them, or ""."""
    from zswapbench.report.html import Group
    from zswapbench.runs.limits import corpus_of, sweep_limits

    return Group(
        results,
        survey=_survey(results, corpus_of(results[0], corpus, folders), codecs) if codecs else None,
        sweep=sweep_limits(results, trace, corpus, folders, progress, trust=trust) if sweep else None,
    )


def _survey(results: list[Result], path: Path, kernel: str) -> Survey:
    """All codecs that can be used here, those of the results with their parameters included."""
    from zswapbench.cli.codecs import usable
    from zswapbench.corpus.reading import Corpus
    from zswapbench.plugins.registry import CODECS
    from zswapbench.runs.codecs import Wish, survey

    wish = Wish(kernel, rounds=_ROUNDS, threads=1)
    with Corpus(path) as corpus:
        choices = {str(choice): choice for choice in usable([corpus], wish.kernel)}
        known = {choice.leaf.name for choice in choices.values()}
        for name in dict.fromkeys(result.setting["codec"] for result in results):
            if name not in choices and name.partition(":")[0] in known:
                choices[name] = CODECS.choose(name)
        return survey([corpus], [*choices.values()], wish, progress)
