"""Forms by name: which there are, which one a file's name says, and a report in it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence

from zswapbench.common.errors import UsageError
from zswapbench.report.table import Table

FORMATS = ("table", "json", "csv", "markdown")
SUFFIXES = {
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".html": "html",
    ".xml": "junit",
    ".parquet": "parquet",
}
"""What the name of an output says of its form. Any other is a table."""


def form_of(path: str, forms: Sequence[str]) -> str:
    """The form that the name of an output says. Raises UsageError for HTML where that is none of ``forms``."""
    form = SUFFIXES.get(os.path.splitext(path)[1].lower(), "table")  # noqa: PTH122  which takes any name
    if form == "html" and form not in forms:
        raise UsageError(f"{path}: this command has no HTML form; it has: {', '.join(forms)}")
    return form if form in forms else "table"


def text_of(form: str, tables: Callable[[], list[Table]], own: Mapping[str, Callable[[], str] | None]) -> str:
    """A report in ``form``: one of its ``own``, which are not made of tables, or ``tables``."""
    made = own.get(form)
    if made:
        return made()
    module = importlib.import_module(f"zswapbench.report.{'console' if form == 'table' else form}")
    text: str = module.render(tables())
    return text
