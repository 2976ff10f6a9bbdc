"""What the commands share: the form and place of their output, progress bars, the options of a run."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zswapbench.cli import completion
from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer
from zswapbench.common.progress import Told, nobody

if TYPE_CHECKING:
    from zswapbench.report.table import Table
    from zswapbench.results.records import Result

Command = TypeVar("Command", bound=Callable[..., Any])

FORMATS = ("table", "json", "csv", "markdown")
STANDARD_OUTPUT = "-"
SUFFIXES = {".json": "json", ".csv": "csv", ".md": "markdown", ".html": "html", ".xml": "junit"}
"""What the name of an output says of its form. Any other is a table."""

BAR_AFTER_S = 1.0
"""Work that is done sooner shows no progress bar."""

PLOT_WIDTH = 100
"""Columns of a plot, where there are so many."""

Option = Callable[[Any], Any]
"""What ``click.option`` returns."""


def _once(*names: str, **about: Any) -> Callable[[bool], Option]:
    """An option that is given at most once."""
    return lambda _several: click.option(*names, **about)


def _swept(*names: str, default: str = "", **about: Any) -> Callable[[bool], Option]:
    """An option that a SPEC could say as well: where ``several`` may be given, its value is a tuple of them."""
    several_default = [default] if default else []
    return lambda several: click.option(
        *names, multiple=several, default=several_default if several else default, **about
    )


def kernel_named(context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    """The callback of ``--kernel``: the version of the running kernel for ``running``, which is told."""
    if context.resilient_parsing or not value:
        return value
    return tuple(map(tell_running, value)) if isinstance(value, tuple) else tell_running(value)


def kernel_option(rules: str) -> Option:
    """``--kernel``, of a command that needs no era: "Kernel whose ``rules``"."""
    return click.option(
        "--kernel",
        "--era",
        "kernel",
        default="6.12",
        show_default=True,
        callback=kernel_named,
        shell_complete=completion.eras,
        help=f"Kernel whose {rules}; running is this machine's.",
    )


def tell_running(text: str) -> str:
    """The kernel that ``text`` names; if that is the running one, which it is is told on standard error."""
    from zswapbench.common.machine import of_running_kernel

    found = of_running_kernel(text)
    if found != text:
        click.echo(f"zswapbench: the running kernel is {found.partition(':')[0]}{_row(found)}", err=True)
    return found


def _row(kernel: str) -> str:
    """The row of rules for zswap that is in force in ``kernel``, if there is one."""
    from zswapbench.rules.eras import choose_era

    with suppress(UsageError):
        return f"; zswap has the rules of {choose_era(kernel.partition(':')[0]).row}"
    return ""


_PARTS = (
    _once("--corpus", type=click.Path(), help="Corpus of the trace. [default: found by its digest]"),
    _swept(
        "--codec",
        shell_complete=completion.leaves("CODECS"),
        help="Compressor, such as lz4 or libzstd:19. [default: the era's]",
    ),
    _swept(
        "--pool",
        shell_complete=completion.leaves("POOLS"),
        help="Allocator of the pool, such as zsmalloc, in the era's form of it, or zsmalloc:2012. [default: the era's]",
    ),
    _once("--what-if", is_flag=True, help="Take a pool that the zswap of the era does not have."),
    _swept(
        "--era",
        "--kernel",
        "era",
        default="zswap-2013",
        show_default=True,
        callback=kernel_named,
        shell_complete=completion.eras,
        help="The kernel whose rules apply, such as linux-6.12, 6.16 or running; see 'zswapbench list eras'.",
    ),
)
"""What is replayed, and by whose rules. All below: called with whether several values may be given."""

_LIMITS = (
    _swept(
        "--pool-limit",
        "limit",
        help="Most page frames of the pool: 4096p, 64MiB, or 20% of the footprint, which is the most pages that the "
        "trace has swapped out at one time.",
    ),
    _swept(
        "--ram",
        help="Memory of the machine, such as 512MiB. [default: the trace's footprint]",
    ),
    _once(
        "--max-pool-percent",
        type=click.IntRange(1, 100),
        help="Percent of RAM that the pool may take. [default: the era's, 20]",
    ),
    _once(
        "--accept-threshold-percent",
        type=click.IntRange(1, 200),
        help="A pool that was full takes pages again below this percent of its limit. [default: the era's]",
    ),
    _once(
        "--chain-size",
        type=click.IntRange(4, 16),
        help="Most page frames of a zspage (zsmalloc from 6.3 on). [default: 8]",
    ),
)
"""How large the pool may get, and its zspages."""

_BELOW = (
    _swept(
        "--device",
        default="ssd",
        show_default=True,
        shell_complete=completion.devices,
        help="Swap device below the pool.",
    ),
    _once(
        "--cost",
        multiple=True,
        metavar="CODEC=TIME/TIME",
        callback=lambda _context, _parameter, given: ",".join(given),
        help="What a page costs to compress and to decompress, such as lz4=2.1us/0.6us: times are then the same on any "
        "machine. May be repeated. [default: measured here, once]",
    ),
    _once("--verify", is_flag=True, help="Carry real bytes, and compare each page that is read back."),
)


@dataclass(frozen=True)
class Place:
    """Where an output goes, and in which form: table, json, csv, markdown, html or junit."""

    form: str
    path: str = STANDARD_OUTPUT


class Group(click.Group):
    """Says which command was probably meant by a name that none has. click does so for options itself."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See click.Group. Raises click.UsageError for a command that there is not."""
        name = args[0]
        if ctx.resilient_parsing or name.startswith("-") or self.get_command(ctx, name):
            return super().resolve_command(ctx, args)
        raise click.UsageError(f"no command is called {name!r}; {offer(name, self.list_commands(ctx))}", ctx)


def output_options(command: Command, forms: Sequence[str] = FORMATS) -> Command:
    """``--format``, one of ``forms``, and ``-o``: together the parameter ``places``, a list of Place."""

    def places(context: click.Context, _parameter: click.Parameter, paths: tuple[str, ...]) -> list[Place]:
        given = context.params.pop("form")
        return [Place(given or _form_of(path, forms), path) for path in paths] or [Place(given or "table")]

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
        + ". - is standard output. May be repeated.",
    )(command)


def _form_of(path: str, forms: Sequence[str]) -> str:
    """The form that the name of an output says. Raises UsageError for one that the command does not have."""
    form = SUFFIXES.get(os.path.splitext(path)[1].lower(), "table")  # noqa: PTH122  which takes any name
    if form == "html" and form not in forms:
        raise UsageError(f"{path}: this command has no HTML form; it has: {', '.join(forms)}")
    return form if form in forms else "table"


def check_places(places: Sequence[Place], inputs: Iterable[str | None]) -> None:
    """Raises UsageError where an output would take the place of an input or of another output."""
    from zswapbench.common.files import is_stream, refuse_overwriting

    seen: list[str] = []
    for place in places:
        if place.path == STANDARD_OUTPUT:
            continue
        refuse_overwriting(place.path, [path for path in inputs if path])
        path = os.path.realpath(place.path)
        if path in seen and not is_stream(path):
            raise UsageError(f"{place.path}: is named by two outputs; give each a file of its own")
        seen.append(path)


def run_options(command: Command, *, several: bool = False) -> Command:
    """What a trace is replayed with, where it is not the era's. ``several``: see ``_swept``."""
    for option in reversed((*_PARTS, *_LIMITS, *_BELOW)):
        command = option(several)(command)
    return command


def view_options(command: Command) -> Command:
    """``--seeds``, ``--bounds`` and ``--plot``: what else to show of results."""
    command = click.option(
        "--plot", is_flag=True, help="Also draw page frames, flushes and refaults over time, below the table."
    )(command)
    command = click.option(
        "--seeds",
        type=click.IntRange(1, 1000),
        default=1,
        metavar="N",
        show_default=True,
        help="Also replay other draws of the trace, N in all, and show median and range of each figure. A synthetic "
        "trace is made again with other seeds; of a recorded one its own blocks are drawn.",
    )(command)
    return click.option(
        "--bounds",
        is_flag=True,
        help="Also replay policies that know the future, as a reference for how few refaults there could be.",
    )(command)


def check_plot(*, plot: bool, places: Sequence[Place]) -> None:
    """Raises UsageError for a plot where there is no table to draw it below."""
    if plot and not any(place.form == "table" for place in places):
        raise UsageError(
            "--plot draws below a table and needs --format table; in --format json 'series' has the same figures"
        )


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
        if place.form == "json" and json_text:
            text = json_text()
        elif place.form == "html" and page:
            text = page()
        elif place.form == "table":
            on_terminal = place.path == STANDARD_OUTPUT and sys.stdout.isatty()
            text = _console(tables(), plot, terminal=on_terminal)
        else:
            import importlib

            text = importlib.import_module(f"zswapbench.report.{place.form}").render(tables())
        write_out(text, place.path)


def page_of(results: Sequence[Result]) -> str:
    """``results`` as the page that 'zswapbench report' makes of them."""
    from zswapbench.report.html import Group, by_trace, labelled, render

    told = labelled([(Path(STANDARD_OUTPUT), list(results))])
    return render([Group(some) for some in by_trace(told)])


def write_out(text: str, path: str) -> None:
    """``text`` to standard output, or whole into the file ``path``."""
    if path == STANDARD_OUTPUT:
        click.echo(text, nl=False)
        return
    from zswapbench.common.files import write_text

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


@contextmanager
def progress(what: str, total: int, unit: str) -> Iterator[Told]:
    """A zswapbench.common.progress.Progress: a bar with rate and remaining time, on standard error, after a second."""
    if not sys.stderr.isatty():
        yield nobody
        return
    bar = _Bar(what, total, unit)
    try:
        yield bar.advance
    finally:
        bar.close()


class _Bar:
    """A progress bar that appears late. May be told of progress from any thread."""

    def __init__(self, what: str, total: int, unit: str) -> None:
        self.what = what
        self.total = total
        self.unit = unit
        self.done = 0
        self.start = time.monotonic()
        self.lock = threading.Lock()
        self.shown: Any = None

    def advance(self, count: int) -> None:
        """``count`` more are done; it may be none."""
        with self.lock:
            self.done += count
            taken = time.monotonic() - self.start
            if taken < BAR_AFTER_S or not 0 < self.done < self.total:
                return
            if self.shown is None:
                self._show()
            left = f"{(self.total - self.done) * taken / self.done:.0f} s left"
            self.shown.update(self.task, completed=self.done, rate=self._rate(self.done / taken), left=left)

    def _rate(self, rate: float) -> str:
        from zswapbench.common.units import format_size

        return f"{format_size(rate)}/s" if self.unit == "B" else f"{rate:,.0f} {self.unit}/s"

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self.shown = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[rate]}  {task.fields[left]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self.task = self.shown.add_task(self.what, total=self.total, rate="", left="")
        self.shown.start()

    def close(self) -> None:
        """Leave the screen as it was."""
        if self.shown is not None:
            self.shown.stop()
