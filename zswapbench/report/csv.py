"""Tables as CSV: names for headings, values without units, an empty field for none."""

from __future__ import annotations

import csv
import io

from zswapbench.report.table import Table


def render(tables: list[Table]) -> str:
    """The tables one below the other, an empty line between them."""
    parts = []
    for table in tables:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([column.name for column in table.columns])
        writer.writerows([[cell.value for cell in row] for row in table.rows])
        parts.append(out.getvalue())
    return "\n".join(parts)
