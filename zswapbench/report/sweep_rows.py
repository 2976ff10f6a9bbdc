"""Rows of a sweep as they come -> CSV, JSON, Parquet or a table, in bounded memory however many there are.

A row has its trace, corpus and seed, a column for each key of the cells, the figures, and what went wrong. Names are
those of the database and of the grid, values without units.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import chain, islice
from typing import Any, BinaryIO, TextIO

from zswapbench.common.errors import MissingError, UsageError
from zswapbench.common.names import likeliest
from zswapbench.common.units import format_count
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.sweeps.columns import COLUMNS, NAMES
from zswapbench.results.sweeps.looking import CORPUS, KIND, SEED, TRACE, Looked
from zswapbench.results.sweeps.store import Row

_TEXTS = (TRACE, CORPUS, KIND, "label", "problem", "key")
_NUMBERS = (SEED, *NAMES, "seconds", "exit_code")
_LAST = ("seconds", "problem", "exit_code")

MOST_SHOWN = 200
"""Rows of a table for people."""

BATCH = 10_000
"""Rows of Parquet that are held at a time."""

_UNITS = {column.name: column.unit for column in COLUMNS}


def columns_of(looked: Looked, wanted: str | None) -> list[str]:
    """All columns, or those that ``wanted`` names, with commas between. Raises UsageError for one there is not."""
    axes = [key for key in looked.axes if key not in (*_TEXTS, *_NUMBERS)]
    every = [TRACE, CORPUS, SEED, *axes, *NAMES, *_LAST]
    known = [*every, KIND, "label", "key"]
    if wanted is None:
        return every
    names = [*dict.fromkeys(name.strip() for name in wanted.split(","))]
    for name in names:
        if name not in known:
            hint = likeliest(name, known)
            there = f"there are: {', '.join(known)}"
            raise UsageError(
                f"--columns: there is no column {name!r}; {f'{hint} T' if hint else 't'}{there[1:]}"
            )
    return names


def values_of(row: Row, columns: Sequence[str], looked: Looked) -> list[Any]:
    """What ``row`` has in each column; None where it has nothing."""
    return [_value(row, name, looked) for name in columns]


def _value(row: Row, name: str, looked: Looked) -> Any:
    if name in row.columns:
        return row.columns[name]
    if name == SEED:
        return row.seed
    if name in ("label", "key", "problem", "seconds", "exit_code"):
        return getattr(row, name)
    return looked.value(row, name)


def write_csv(rows: Iterable[Row], columns: Sequence[str], looked: Looked, out: TextIO) -> None:
    """A line for each row; an empty field for nothing."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(values_of(row, columns, looked))


def write_json(rows: Iterable[Row], columns: Sequence[str], looked: Looked, out: TextIO) -> None:
    """A list of objects, one to the line; ``result`` is the whole result, where rows have it."""
    begin = "[\n"
    for row in rows:
        form = dict(zip(columns, values_of(row, columns, looked), strict=True))
        text = json.dumps(form)
        if row.result:  # which is JSON already
            text = f'{text[:-1]}, "result": {row.result}}}'
        out.write(f"{begin}{text}")
        begin = ",\n"
    out.write("[]\n" if begin == "[\n" else "\n]\n")


def write_parquet(rows: Iterable[Row], columns: Sequence[str], looked: Looked, out: BinaryIO) -> None:
    """Columns of text, whole numbers and numbers. Raises MissingError without pyarrow."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise MissingError(
            "Parquet needs pyarrow, which is not installed: pip install 'zswapbench[parquet]'; CSV has the same"
        ) from None
    whole = {SEED, "exit_code"}
    kinds = {name: pa.int64() if name in whole else pa.float64() for name in _NUMBERS}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in columns])
    with parquet.ParquetWriter(out, schema) as writer:
        for some in _batches(rows, BATCH):
            lists = zip(*(values_of(row, columns, looked) for row in some), strict=True)
            arrays = [pa.array(values, one.type) for values, one in zip(lists, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _batches(rows: Iterable[Row], size: int) -> Iterator[Iterable[Row]]:
    left = iter(rows)
    for first in left:
        yield chain([first], islice(left, size - 1))


def rows_table(rows: Iterable[Row], columns: Sequence[str], looked: Looked, title: str) -> Table:
    """The first MOST_SHOWN rows in the order of ``columns``, for people."""
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    first = nsmallest(MOST_SHOWN, counted(), key=_order(columns, looked))
    cells = [[_cell(row, name, looked) for name in columns] for row in first]
    more = count - len(cells)
    return Table(
        title=title,
        columns=[Column(name, name.replace("_", " "), text=name not in _NUMBERS) for name in columns],
        rows=cells,
        notes=[f"and {format_count(more, 'more row')}: --format csv, json or parquet has them all"]
        if more
        else [],
    )


def _order(columns: Sequence[str], looked: Looked) -> Callable[[Row], list[Any]]:
    """Before which others a row stands: by the first of ``columns``, then the next; nothing comes last."""
    known = {**looked.own, **looked.axes}
    places = [{value: place for place, value in enumerate(known.get(name, ()))} for name in columns]

    def place_of(row: Row) -> list[Any]:
        values = values_of(row, columns, looked)
        return [_place(value, of) for value, of in zip(values, places, strict=True)]

    return place_of


def _place(value: Any, places: Mapping[str, int]) -> tuple[bool, int, Any]:
    """Of a value among others: by the ``places`` of those that are known; a figure has none, and is its own place."""
    if value is None:
        return True, 0, 0
    place = places.get(value)
    return (False, len(places), value) if place is None else (False, place, 0)


def _cell(row: Row, name: str, looked: Looked) -> Cell:
    value = _value(row, name, looked)
    return Cell(value, "" if isinstance(value, str) else _UNITS.get(name, ""))
