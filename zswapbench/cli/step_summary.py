"""The summary of a step of GitHub Actions, which 'check' adds its verdict to."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zswapbench.report.table import Table

SUMMARY = "GITHUB_STEP_SUMMARY"
"""In the environment of a step: a file that Markdown is appended to, to be shown."""


def append_summary(tables: Callable[[], list[Table]]) -> None:
    """The Markdown form of ``tables`` at the end of the summary, if there is one; other steps write to it as well."""
    from zswapbench.report import markdown

    path = os.environ.get(SUMMARY)
    if not path:
        return
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK  # a pipe would block
        handle = os.open(path, flags, 0o666)
        with open(handle, "a", encoding="utf-8") as file:
            file.write(markdown.render(tables()) + "\n")
    except OSError as error:
        click.echo(f"zswapbench: warning: {SUMMARY}: {path}: cannot be written: {error.strerror}", err=True)
