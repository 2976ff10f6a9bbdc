"""What the commands share: the form and place of their output, progress bars, the options of a run."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zswapbench.cli import completion
from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer
from zswapbench.common.progress import Told, nobody

if TYPE_CHECKING:
    from zswapbench.report.table import Table

Command = TypeVar("Command", bound=Callable[..., Any])

FORMATS = ("table", "json", "csv", "markdown")
BAR_AFTER_S = 1.0
"""Work that is done sooner shows no progress bar."""

PLOT_WIDTH = 100
"""Columns of a plot, where there are so many."""

_PARTS = (
    click.option("--corpus", type=click.Path(), help="Corpus of the trace. [default: found by its digest]"),
    click.option(
        "--codec",
        default="",
        shell_complete=completion.leaves("CODECS"),
        help="Compressor, such as lz4 or libzstd:19. [default: the era's]",
    ),
    click.option(
        "--pool",
        default="",
        shell_complete=completion.leaves("POOLS"),
        help="Allocator of the pool, such as zsmalloc, in the era's form of it, or zsmalloc:2012. [default: the era's]",
    ),
    click.option("--what-if", is_flag=True, help="Take a pool that the zswap of the era does not have."),
    click.option(
        "--era",
        default="zswap-2013",
        show_default=True,
        shell_complete=completion.eras,
        help="The kernel whose rules apply, such as linux-6.12 or 6.16; see 'zswapbench list eras'.",
    ),
)
"""What is replayed, and by whose rules."""

_LIMITS = (
    click.option(
        "--pool-limit",
        "limit",
        default="",
        help="Most page frames of the pool: 4096p, 64MiB, or 20% of the footprint, which is the most pages that the "
        "trace has swapped out at one time.",
    ),
    click.option(
        "--ram",
        default="",
        help="Memory of the machine, such as 512MiB. [default: the trace's footprint]",
    ),
    click.option(
        "--max-pool-percent",
        type=click.IntRange(1, 100),
        help="Percent of RAM that the pool may take. [default: the era's, 20]",
    ),
    click.option(
        "--accept-threshold-percent",
        type=click.IntRange(1, 200),
        help="A pool that was full takes pages again below this percent of its limit. [default: the era's]",
    ),
    click.option(
        "--chain-size",
        type=click.IntRange(4, 16),
        help="Most page frames of a zspage (zsmalloc from 6.3 on). [default: 8]",
    ),
)
"""How large the pool may get, and its zspages."""

_BELOW = (
    click.option(
        "--device",
        default="ssd",
        show_default=True,
        shell_complete=completion.devices,
        help="Swap device below the pool.",
    ),
    click.option("--verify", is_flag=True, help="Carry real bytes, and compare each page that is read back."),
)


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
    """``--format``, one of ``forms``, and ``-o``."""
    command = click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default="table",
        show_default=True,
        help="Form of the output.",
    )(command)
    return click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False),
        help="Write to this file instead of standard output.",
    )(command)


def run_options(command: Command) -> Command:
    """What a trace is replayed with, where it is not the era's."""
    for option in reversed((*_PARTS, *_LIMITS, *_BELOW)):
        command = option(command)
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


def check_plot(*, plot: bool, form: str) -> None:
    """Raises UsageError for a plot where there is no table to draw it below."""
    if plot and form != "table":
        raise UsageError(
            "--plot draws below a table and needs --format table; in --format json 'series' has the same figures"
        )


def emit(
    form: str,
    output: str | None,
    tables: Callable[[], list[Table]],
    json_text: Callable[[], str] | None = None,
    plot: Callable[[int], str] | None = None,
) -> None:
    """Write ``tables`` in the wanted form, or ``json_text`` where a command has a JSON form of its own.

    ``plot``, given the columns that it may take, is drawn below tables for people.
    """
    if form == "json" and json_text:
        text = json_text()
    elif form == "table":
        text = _console(tables(), plot, terminal=output is None and sys.stdout.isatty())
    else:
        import importlib

        text = importlib.import_module(f"zswapbench.report.{form}").render(tables())
    write_out(text, output)


def write_out(text: str, output: str | None) -> None:
    """``text`` to standard output, or whole into the file ``output``."""
    if output is None:
        click.echo(text, nl=False)
        return
    from zswapbench.common.files import write_text

    # A name of a file need not be text; see also cli.main().
    write_text(output, text.encode(errors="backslashreplace").decode())


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
