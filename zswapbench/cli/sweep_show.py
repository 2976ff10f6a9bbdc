"""``zswapbench sweep show``: the best cells of a sweep, what a key does, what is traded for what, all rows."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TextIO

import click

from zswapbench.cli.outputs import Place, check_places, emit, output_options
from zswapbench.cli.sweep_reading import told_of, where_option
from zswapbench.common.errors import UsageError
from zswapbench.common.outputs import STANDARD_OUTPUT, output_file
from zswapbench.report.forms import FORMATS

if TYPE_CHECKING:
    from zswapbench.report.sweep_tables import Told
    from zswapbench.report.table import Table
    from zswapbench.results.sweeps.looking import Looked, Where
    from zswapbench.results.sweeps.store import Row, Store

_GOALS = ("time", "memory", "wear")
_OF_ROWS = ("csv", "json", "parquet")


@dataclass(frozen=True)
class _Wish:
    """What is to be shown: the best for ``goals``, or what key ``by`` does, or fronts, or rows with ``columns``."""

    goals: tuple[str, ...]
    by: str
    pareto: bool
    columns: str | None
    whole: bool


@click.command("show")
@click.argument("sweep", type=click.Path(), metavar="SWEEP")
@click.option(
    "--goal",
    type=click.Choice(_GOALS),
    help="What to look for: the least time, memory or device writes.  [default: all three; with --by: time]",
)
@where_option
@click.option(
    "--by", default="", metavar="KEY", help="What KEY does, all else equal; trace: what each trace comes to."
)
@click.option(
    "--pareto",
    is_flag=True,
    help="The cells that no other beats in time, memory (page frames, of machines RAM) and device writes at once.",
)
@click.option("--columns", metavar="NAME,NAME...", help="Rows with these columns; in a table the first 200.")
@click.option("--whole", is_flag=True, help="With --format json: also the whole result of each run.")
@partial(output_options, forms=(*FORMATS, "parquet"))
def command(
    sweep: str,
    goal: str | None,
    where: tuple[str, ...],
    by: str,
    pareto: bool,
    columns: str | None,
    whole: bool,
    places: list[Place],
) -> None:
    """Show what came of a SWEEP, a file of 'zswapbench sweep'; it may still be running.

    Without options: what the sweep is of, and the best cell for each goal, on each trace and over all traces. A cell is
    one combination of the grid. It is the best only if it pays at least 1 % less than each other, beyond what seeds and
    the spread of codecs' times leave open; else all that this holds for are a tie. Over several traces each cell pays
    so many times the least of a trace, in the geometric mean, and only cells that ran on all of them count. Machines
    are held against each other in the same RAM; zswap and zram, in replays, each by itself.

    \b
    time      total time; of machines the slowdown
    memory    page frames, among the cells that write and read no more than any other, within 1 %
    wear      device writes, and where these tie the time

    --format csv, json and parquet have a row for each run, with a column for each key of the grid and each figure.
    With --pareto they have the runs on the fronts; with --by, the table.

    \b
    zswapbench sweep show s.sqlite
    zswapbench sweep show s.sqlite --goal wear --where codec=zstd
    zswapbench sweep show s.sqlite --by codec
    zswapbench sweep show s.sqlite --pareto --where trace=app.trace.bin
    zswapbench sweep show s.sqlite --columns trace,codec,policy,total_ns
    zswapbench sweep show s.sqlite -o s.csv -o s.parquet
    """
    from zswapbench.results.sweeps.looking import Where, key_of, look
    from zswapbench.results.sweeps.store import Store

    wish = _Wish((goal,) if goal else _GOALS, by, pareto, columns, whole)
    _check_usage(wish, places, goal)
    check_places(places, [sweep])
    with Store.open(sweep) as store:
        looked = look(store.rows(), store.inputs())
        if by:
            key_of("--by", by, looked)
        wanted = Where(where, looked)
        for place in places:
            _show(store, wanted, looked, wish, place)


def _check_usage(wish: _Wish, places: list[Place], goal: str | None) -> None:
    """Raises UsageError for options that do not go together."""
    views = {"--by": bool(wish.by), "--pareto": wish.pareto, "--columns": wish.columns is not None}
    if wish.by and (wish.pareto or wish.columns is not None):
        raise UsageError(
            f"--by and {'--pareto' if wish.pareto else '--columns'} do not go together: leave one out"
        )
    if goal and (wish.pareto or wish.columns is not None):
        given = next(name for name, there in views.items() if there)
        raise UsageError(f"--goal says what is best, and {given} shows no best: leave one out")
    if wish.whole and (wish.by or any(place.form != "json" for place in places)):
        raise UsageError("--whole adds whole results to the rows of --format json: add that, or leave it out")
    if wish.by and any(place.form == "parquet" for place in places):
        raise UsageError(
            "--by shows a table of a few lines, and --format parquet has rows: choose csv or json"
        )


def _show(store: Store, where: Where, looked: Looked, wish: _Wish, place: Place) -> None:
    """One view in one form."""
    from zswapbench.report.sweep_rows import columns_of, rows_table

    if not wish.by and (place.form in _OF_ROWS or wish.columns is not None):
        keys = _on_fronts(store, where) if wish.pareto else None

        def rows(*, results: bool = False) -> Iterator[Row]:
            found = (row for row in store.rows(results=results) if where(row))
            return (row for row in found if keys is None or row.key in keys)

        columns = columns_of(looked, wish.columns)
        if place.form in _OF_ROWS:
            _write_rows(store, rows(results=wish.whole), columns, looked, place)
        else:
            emit([place], lambda: [rows_table(rows(), columns, looked, _title(store, where))])
        return
    told = told_of(store, where, looked)
    emit([place], lambda: _tables(told, wish))


def _title(store: Store, where: Where) -> str:
    return f"{store.path.name}{f', where {where.words}' if where.words else ''}"


def _tables(told: Told, wish: _Wish) -> list[Table]:
    from zswapbench.report.sweep_tables import summary_tables
    from zswapbench.report.sweep_views import by_tables, pareto_tables
    from zswapbench.results.sweeps.goals import GOALS

    goals = [GOALS[name] for name in wish.goals]
    if wish.by:
        return by_tables(told, wish.by, goals[0])
    return pareto_tables(told) if wish.pareto else summary_tables(told, goals)


def _on_fronts(store: Store, where: Where) -> set[str]:
    from zswapbench.report.sweep_views import front_keys
    from zswapbench.results.sweeps.cells import cells_of

    return front_keys(cells_of(row for row in store.rows() if where(row)).by_ground)


def _write_rows(store: Store, rows: Iterator[Row], columns: list[str], looked: Looked, place: Place) -> None:
    from zswapbench.report.sweep_rows import write_csv, write_json, write_parquet

    if place.form == "parquet":
        with output_file(place.path) as file:
            write_parquet(rows, columns, looked, file)
        return
    write: Callable[..., None] = write_csv if place.form == "csv" else write_json
    with _text(place.path) as out:
        write(_checked(store, rows), columns, looked, out)


def _checked(store: Store, rows: Iterator[Row]) -> Iterator[Row]:
    """``rows``, whose whole results, where they have them, are JSON."""
    from zswapbench.results.sweeps.wholes import document_of

    for row in rows:
        if row.result:
            document_of(store.path, row)
        yield row


@contextmanager
def _text(path: str) -> Iterator[TextIO]:
    """Standard output, or a file that is whole or as it was."""
    if path == STANDARD_OUTPUT:
        yield sys.stdout
        return
    with output_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="\n")
        yield text
        text.flush()
        text.detach()
