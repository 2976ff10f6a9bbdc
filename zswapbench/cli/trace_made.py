"""What the commands have in common that make a trace: what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zswapbench.cli.outputs import Place, emit

if TYPE_CHECKING:
    from zswapbench.runs.shaping import Shaped


def tell_of_trace(output: str, made: Shaped) -> None:
    """What is to be known of the trace ``output``, and what it holds; if it is a stream, on standard error."""
    from zswapbench.common.outputs import is_stream

    if is_stream(output):  # from which nothing can be read back
        tell_of_events(output, made)
    else:
        _tell_remarks(output, made)
        show_events(output)


def show_events(output: str) -> None:
    """What the trace ``output``, a file, holds, in a table."""
    from zswapbench.report.trace_tables import info_tables
    from zswapbench.traces.format import read_trace

    emit([Place("table")], lambda: info_tables(read_trace(output))[:1])


def tell_of_events(output: str, made: Shaped) -> None:
    """What is to be known of ``output``, and how many events it has; if it is a stream, on standard error."""
    from zswapbench.common.outputs import is_stream
    from zswapbench.common.units import format_count
    from zswapbench.report.table import printable

    _tell_remarks(output, made)
    click.echo(printable(f"{output}: {format_count(made.events, 'event')}"), err=is_stream(output))


def _tell_remarks(output: str, made: Shaped) -> None:
    from zswapbench.report.table import printable

    for remark in made.remarks:
        click.echo(printable(f"{output}: {remark}"), err=True)
