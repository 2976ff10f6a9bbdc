"""Tables as JSON: a list of objects for each, by its title. Results have a JSON form of their own."""

from __future__ import annotations

import json

from zswapbench.report.table import Table


def render(tables: list[Table]) -> str:
    """One object: title to rows."""
    forms = {
        table.title: [
            {column.name: cell.value for column, cell in zip(table.columns, row, strict=True)}
            for row in table.rows
        ]
        for table in tables
    }
    return json.dumps(forms, indent=1) + "\n"
