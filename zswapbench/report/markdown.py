"""Tables in GitHub's Markdown, for a pull request or a mail. The best of a row is bold."""

from __future__ import annotations

from zswapbench.report.table import Cell, Sheet, Table, printable, printable_lines, sheets_of


def render(tables: list[Table]) -> str:
    """The tables one below the other."""
    return "\n".join(_table(table) for table in tables)


def _table(table: Table) -> str:
    lines = [*([_safe(table.above), ""] if table.above else []), f"### {_safe(table.title)}"]
    if table.sheets:
        lines += [line for sheet in sheets_of(table) for line in _sheet(sheet)]
    elif table.rows:
        lines += ["", _line([_safe(column.title) for column in table.columns])]
        lines.append(_line(["---" if column.text else "---:" for column in table.columns]))
        lines += [_line([_cell(cell) for cell in row]) for row in table.rows]
    for note in table.notes:
        lines += ["", _safe(note)]
    return "\n".join(lines) + "\n"


def _sheet(sheet: Sheet) -> list[str]:
    """Its text in a fence that is longer than any in it."""
    fence = "```"
    while fence in sheet.text:
        fence += "`"
    return [
        "",
        f"#### {_safe(sheet.heading)}",
        "",
        _safe(sheet.why),
        "",
        fence,
        *printable_lines(sheet.text),
        fence,
    ]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    text = _safe(cell.text)
    return f"**{text}**" if cell.best else text


def _safe(text: str) -> str:
    """Names are data: what would be a table's border, HTML or emphasis is shown as it is."""
    text = printable(text)
    for special in "\\`*_|<>[]&~":
        text = text.replace(special, f"\\{special}")
    return text.strip()
