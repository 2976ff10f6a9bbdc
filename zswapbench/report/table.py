"""A table on its way to a form: values with units, not yet text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from zswapbench.common.units import format_duration, format_size

Value = int | float | str | None


class Cell(NamedTuple):
    """A value. ``unit``: "" (a number or word), "x", "%" (of a fraction), "B", "ns", or a signed change:
    "+%" (of a fraction), "+pp" (percentage points, of a fraction). ``best``: of its row. ``shown``: what
    people read in place of a word that is meant for programs. ``behind``: how much the value rests on, in words
    behind it. ``meaning``: what a row is, where a form can show it at the side.
    """

    value: Value
    unit: str = ""
    best: bool = False
    shown: str = ""
    behind: str = ""
    meaning: str = ""

    @property
    def figure(self) -> str:
        """The value as people read it, without what is behind it."""
        if self.shown or self.value is None:
            return self.shown or "-"
        return self.value if isinstance(self.value, str) else _FORMATS[self.unit](self.value)

    @property
    def text(self) -> str:
        """All of it, as people read it."""
        return f"{self.figure}, {self.behind}" if self.behind and self.value is not None else self.figure


def printable(text: str) -> str:
    """``text`` in one line: control characters and what is no character at all as escapes.

    For names that were read from a file: they may hold line ends, or sequences that a terminal obeys.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if abs(value) < _WHOLE_FROM else f"{value:,.0f}"


_WHOLE_FROM = 1000
"""From here on a mean of many is shown without its fraction."""

_FORMATS: dict[str, Callable[[float], str]] = {
    "": _number,
    "x": lambda value: f"{value:.2f}x",
    "%": lambda value: f"{100 * value:.1f} %",
    "B": format_size,
    "ns": format_duration,
    "+%": lambda value: f"{100 * value:+.1f} %",
    "+pp": lambda value: f"{100 * value:+.1f} pp",
}


@dataclass(frozen=True)
class Column:
    """``name`` for programs (CSV, JSON), ``title`` for people. Text goes left, numbers go right."""

    name: str
    title: str
    text: bool = False


@dataclass(frozen=True)
class Table:
    """Columns, rows of as many cells, and sentences below. ``above``: a sentence that must not be missed, or "".

    ``sheets``: rows are what people copy, and shown one below the other, see Sheet. ``wide``: no figure is broken where
    a terminal has too few columns; rows go on in its next line.
    """

    title: str
    columns: list[Column]
    rows: list[list[Cell]]
    notes: list[str] = field(default_factory=list)
    above: str = ""
    sheets: bool = False
    wide: bool = False


class Sheet(NamedTuple):
    """A row of a table of sheets: the columns that it has, in order. ``text``: lines; ``path``: of a file, or ""."""

    title: str
    path: str
    why: str
    text: str

    @property
    def heading(self) -> str:
        """What stands above the text."""
        return f"{self.title} ({self.path})" if self.path else self.title


SHEET_COLUMNS = [
    Column("title", "what", text=True),
    Column("path", "file", text=True),
    Column("why", "why", text=True),
    Column("text", "text", text=True),
]


def sheets_of(table: Table) -> list[Sheet]:
    """The rows of a table of sheets, empty for any other."""
    return [Sheet(*(str(cell.value or "") for cell in row)) for row in table.rows] if table.sheets else []


def printable_lines(text: str) -> list[str]:
    """``text`` line by line, each as ``printable`` has it."""
    return [printable(line) for line in text.rstrip("\n").split("\n")]
