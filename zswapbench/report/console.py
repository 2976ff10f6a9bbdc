"""Tables for a terminal: drawn by rich; plain text without colour or lines when it is not one."""

from __future__ import annotations

import io
from dataclasses import replace

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from zswapbench.report.table import Table, printable, printable_lines, sheets_of

PLAIN_WIDTH = 10_000
"""Nothing is wrapped or cut where no terminal sets a width."""

_BETWEEN, _EDGES = 2, 2
"""Spaces behind each column, and at both edges of a table."""

_LEAST_FOR_MEANING = 20
"""Columns: in fewer, a sentence of what a row means is a word or two to the line, and rows are ten lines high."""


def render(
    tables: list[Table], *, terminal: bool = False, colour: bool = False, width: int | None = None
) -> str:
    """The tables one below the other. The best of a row has a ``*``, and is green where there is colour."""
    out = io.StringIO()
    console, broad = (
        Console(
            file=out,
            force_terminal=colour,
            no_color=not colour,
            width=columns,
            highlight=False,
            legacy_windows=False,
        )
        for columns in (width or PLAIN_WIDTH, PLAIN_WIDTH)
    )
    for number, whole in enumerate(tables):
        table = _fitting(whole, width) if terminal and width else whole
        if number:
            console.print()
        if table.above:
            console.print(Text(printable(table.above)))
            console.print()
        # By itself: as the table's own it would be wrapped to the table's width.
        console.print(Text(printable(table.title), style="bold"))
        if table.sheets:
            _sheets(console, table)
        elif table.rows:
            (broad if table.wide else console).print(_rich(table, terminal, None if table.wide else width))
        marked = any(cell.best for row in table.rows for cell in row)
        notes = [*(["* best of the row, where the runs did the same work"] if marked else []), *table.notes]
        if notes:
            console.print()
        for note in notes:
            console.print(Text(printable(note)))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _sheets(console: Console, table: Table) -> None:
    """Each sheet with its text as it is: a line that was broken here would be another line where it is pasted."""
    for sheet in sheets_of(table):
        console.print()
        console.print(Text(printable(sheet.heading), style="bold"))
        console.print(Text(printable(sheet.why)))
        console.print()
        for line in printable_lines(sheet.text):
            console.print(Text(line), soft_wrap=True)


def _fitting(table: Table, width: int) -> Table:
    """``table`` without what its rows mean, its last column, where a terminal of ``width`` has little room for that."""
    *others, last = table.columns
    if last.name != "meaning":
        return table
    taken = sum(2 + _wide(table, place) for place in range(len(others)))
    if width - taken >= _LEAST_FOR_MEANING:
        return table
    left_out = "what rows mean takes a wider terminal, or --format markdown"
    return replace(
        table, columns=others, rows=[row[:-1] for row in table.rows], notes=[left_out, *table.notes]
    )


def _wide(table: Table, place: int) -> int:
    """Columns of a terminal that one of the table takes, its heading in one line."""
    return max(len(table.columns[place].title), *(len(row[place].text) for row in table.rows))


def _narrow(table: Table, place: int) -> int:
    """The same of one whose heading is broken between its words."""
    words = (len(word) for word in table.columns[place].title.split())
    return max([*words, *(len(row[place].text) for row in table.rows)])


def _most(table: Table, width: int | None) -> list[int | None]:
    """What each column of the table may take of ``width``; None: what rich gives it.

    Headings of figures are broken before texts are, the longest first, and no more than it takes.
    """
    wide = [_wide(table, place) for place in range(len(table.columns))]
    if width is None or sum(wide) + _BETWEEN * len(wide) + _EDGES <= width:
        return [None] * len(wide)
    narrow = [
        one if column.text else _narrow(table, place)
        for place, (one, column) in enumerate(zip(wide, table.columns, strict=True))
    ]
    for room in range(max(wide), 0, -1):
        taken = [max(least, min(most, room)) for least, most in zip(narrow, wide, strict=True)]
        if sum(taken) + _BETWEEN * len(taken) + _EDGES <= width:
            break
    return [None if one == most else one for one, most in zip(taken, wide, strict=True)]


def _rich(table: Table, terminal: bool, width: int | None) -> RichTable:
    drawn = RichTable(
        box=box.SIMPLE_HEAD if terminal else None,
        pad_edge=terminal,
        collapse_padding=terminal,
        header_style="bold",
    )
    marked = any(cell.best for row in table.rows for cell in row)
    most_each = _most(table, width if terminal and not marked else None)  # marks take room of their own
    for column, most in zip(table.columns, most_each, strict=True):
        # Not Text: a heading's text is data (a policy's spec, a segment's name), never markup.
        drawn.add_column(
            Text(printable(column.title)),
            justify="left" if column.text else "right",
            overflow="fold",
            max_width=most,
        )
    for row in table.rows:
        drawn.add_row(
            *[
                Text(
                    _marked(printable(cell.text), cell.best, marked and not column.text),
                    style="green" if cell.best else "",
                )
                for cell, column in zip(row, table.columns, strict=True)
            ]
        )
    return drawn


def _marked(text: str, best: bool, room: bool) -> str:
    return text + (" *" if best else "  ") if room else text
