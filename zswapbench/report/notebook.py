"""Tables in HTML for a notebook: a piece of its page. The best of a row has a ``*``, and is bold.

Nothing is coloured: the notebook does that, be it dark or light. There is no script, and nothing is fetched.
"""

from __future__ import annotations

from html import escape

from zswapbench.report.table import Cell, Column, Table, printable, printable_lines, sheets_of


def render(tables: list[Table]) -> str:
    """The tables one below the other."""
    return "".join(f"<div>{_table(table)}</div>\n" for table in tables)


def _table(table: Table) -> str:
    heads = "".join(_element("th", column, _safe(column.title)) for column in table.columns)
    rows = "".join(f"<tr>{''.join(map(_cell, table.columns, row))}</tr>\n" for row in table.rows)
    grid = f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n" if rows else ""
    grid = _sheets(table) if table.sheets else grid
    above = f"<p>{_safe(table.above)}</p>\n" if table.above else ""
    notes = "".join(f"<p>{_safe(note)}</p>\n" for note in table.notes)
    return f"{above}<p><strong>{_safe(table.title)}</strong></p>\n{grid}{notes}"


def _sheets(table: Table) -> str:
    """Each sheet with its text as it is."""
    return "".join(
        f"<p><strong>{_safe(sheet.heading)}</strong><br>{_safe(sheet.why)}</p>\n"
        f"<pre>{escape(chr(10).join(printable_lines(sheet.text)))}</pre>\n"
        for sheet in sheets_of(table)
    )


def _cell(column: Column, cell: Cell) -> str:
    text = _safe(cell.text)
    return _element("td", column, f"<strong>{text} *</strong>" if cell.best else text)


def _element(name: str, column: Column, inside: str) -> str:
    return f'<{name} style="text-align: {"left" if column.text else "right"}">{inside}</{name}>'


def _safe(text: str) -> str:
    """Names are data, never markup."""
    return escape(printable(text))
