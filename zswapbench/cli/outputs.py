"""Where a command's output goes, and in which form: ``--format`` and ``-o``, and the writing itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zswapbench.common.errors import UsageError
from zswapbench.common.outputs import STANDARD_OUTPUT, is_stream, refuse_terminal, write_text
from zswapbench.report.forms import FORMATS, form_of, text_of

if TYPE_CHECKING:
    from zswapbench.report.table import Table
    from zswapbench.results.records import Result
    from zswapbench.results.whole import Whole

Command = TypeVar("Command", bound=Callable[..., Any])


PLOT_WIDTH = 100
"""Columns of a plot, where there are so many."""


@dataclass(frozen=True)
class Place:
    """Where an output goes, and in which form: table, json, csv, markdown, html, junit or parquet."""

    form: str
    path: str = STANDARD_OUTPUT


def output_options(command: Command, forms: Sequence[str] = FORMATS) -> Command:
    """``--format``, one of ``forms``, and ``-o``: together the parameter ``places``, a list of Place."""

    def places(context: click.Context, _parameter: click.Parameter, paths: tuple[str, ...]) -> list[Place]:
        given = context.params.pop("form")
        return [Place(given or form_of(path, forms), path) for path in paths] or [Place(given or "table")]

    command = click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        is_eager=True,
        help="Form of the output. [default: by the name of the output, or table]",
    )(command)
    return click.option(
        "-o",
        "--output",
        "places",
        multiple=True,
        callback=places,
        type=click.Path(dir_okay=False),
        help="Write to this file; its name says the form: .json, .csv, .md"
        + (", .html" if "html" in forms else "")
        + (", .xml for JUnit" if "junit" in forms else "")
        + (", .parquet" if "parquet" in forms else "")
        + ". - is standard output. May be repeated.",
    )(command)


def check_places(places: Sequence[Place], inputs: Iterable[str | None]) -> None:
    """Raises UsageError where an output would take the place of an input or of another output."""
    from zswapbench.common.files import refuse_overwriting

    seen: list[str] = []
    for place in places:
        if place.path == STANDARD_OUTPUT:
            continue
        refuse_overwriting(place.path, [path for path in inputs if path])
        path = os.path.realpath(place.path)
        if path in seen and not is_stream(path):
            raise UsageError(f"{place.path}: is named by two outputs; give each a file of its own")
        seen.append(path)


def check_plot(
    *,
    plot: bool,
    places: Sequence[Place],
    elsewhere: str = "in --format json 'series' has the same figures",
) -> None:
    """Raises UsageError for a plot where there is no table to draw it below. ``elsewhere``: what to look at then."""
    if plot and not any(place.form == "table" for place in places):
        raise UsageError(f"--plot draws below a table and needs --format table; {elsewhere}")


def emit(
    places: Sequence[Place],
    tables: Callable[[], list[Table]],
    json_text: Callable[[], str] | None = None,
    plot: Callable[[int], str] | None = None,
    page: Callable[[], str] | None = None,
) -> None:
    """Write ``tables`` to each place in its form, or ``json_text`` and ``page`` (HTML), forms of the command's own.

    ``plot``, given the columns that it may take, is drawn below tables for people.
    """
    tables = cache(tables)
    for place in places:
        if place.form == "table":
            on_terminal = place.path == STANDARD_OUTPUT and sys.stdout.isatty()
            text = _console(tables(), plot, terminal=on_terminal)
        else:
            text = text_of(place.form, tables, {"json": json_text, "html": page})
        write_out(text, place.path)


def check_binary(output: str, inputs: Iterable[str]) -> None:
    """Raises UsageError where binary data would take the place of an input, or go to a terminal."""
    from zswapbench.common.files import refuse_overwriting

    if output != STANDARD_OUTPUT:
        refuse_overwriting(output, inputs)
    refuse_terminal(output)


def tell_of(output: str, tables: Callable[[], list[Table]]) -> None:
    """What a binary ``output`` holds, in a table: on standard error if the output is standard output."""
    if output == STANDARD_OUTPUT:
        click.echo(_console(tables(), None, terminal=False), nl=False, err=True)
    else:
        emit([Place("table")], tables)


def page_of(results: Sequence[Result]) -> str:
    """``results`` as the page that 'zswapbench report' makes of them."""
    from zswapbench.report.html import page

    return page(results)


def whole_page(result: Whole) -> str:
    """The same of a result of 'zram' or 'machine'."""
    from zswapbench.report.html import render

    return render([], [result])


def write_out(text: str, path: str) -> None:
    """``text`` to standard output, or whole into the file ``path``."""
    if path == STANDARD_OUTPUT:
        click.echo(text, nl=False)
        return
    # A name of a file need not be text; see also cli.main().
    write_text(path, text.encode(errors="backslashreplace").decode())


def _console(tables: list[Table], plot: Callable[[int], str] | None, *, terminal: bool) -> str:
    import shutil

    from zswapbench.report import console

    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size().columns if terminal else None
    text = console.render(tables, terminal=terminal, colour=colour, width=width)
    drawn = plot(min(width or PLOT_WIDTH, PLOT_WIDTH)) if plot else ""
    return f"{text}\n{drawn}" if drawn else text
