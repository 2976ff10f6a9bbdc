"""Traces -> tables: what they hold and how they were made; of one trace, or of two side by side."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from zswapbench.common.units import format_size
from zswapbench.report.table import Cell, Column, Table, Value
from zswapbench.traces.format import Trace
from zswapbench.traces.scan import Summary, scan

_MEANINGS = [Column("what", "", text=True), Column("value", ""), Column("meaning", "", text=True)]


class Figure(NamedTuple):
    """A row. ``values``: one of each trace; ``meaning``: is shown beside one trace alone."""

    name: str
    values: list[Value]
    unit: str = ""
    meaning: str = ""


_LONGEST = 60
"""Characters of a table in a provenance."""


def info_tables(trace: Trace) -> list[Table]:
    """The events of a trace by kind; then the provenance."""
    # No corpus is at hand, so any page number will do.
    summary = scan(trace.events, 1 << 32)
    return [count_table([trace], [summary]), made_table([trace])]


def count_table(traces: Sequence[Trace], summaries: Sequence[Summary]) -> Table:
    """The events by kind."""
    each = [_counts(summary, trace.page_size) for trace, summary in zip(traces, summaries, strict=True)]
    figures = [rows[0]._replace(values=[row.values[0] for row in rows]) for rows in zip(*each, strict=True)]
    notes = []
    for name, trace, summary in zip(names_of(traces), traces, summaries, strict=True):
        of_whom = f"{name}: " if len(traces) > 1 else ""
        notes.append(f"{of_whom}page size {trace.page_size}, corpus digest {trace.corpus_digest}")
        if summary.wrong:
            index, why = summary.wrong
            notes.append(
                f"{of_whom}damaged: event {index} at offset {trace.where(index)}: {why}; "
                "the counts end before it"
            )
    title = str(traces[0].path) if len(traces) == 1 else "Events"
    return side_by_side(title, traces, figures, notes)


def made_table(traces: Sequence[Trace]) -> Table:
    """The provenance."""
    keys = dict.fromkeys(key for trace in traces for key in trace.provenance)
    rows = [
        [Cell(key), *(Cell(_told(one.provenance[key]) if key in one.provenance else None) for one in traces)]
        for key in keys
    ]
    if len(traces) == 1:
        return Table("How it was made", _MEANINGS, [[*row, Cell("")] for row in rows])
    return Table("How they were made", _beside(traces, text=True), rows)


def _told(value: object) -> str:
    """``value`` of a provenance; counts by name in words; of another table in it, the beginning."""
    if isinstance(value, dict) and all(isinstance(one, int) for one in value.values()):
        return ", ".join(f"{name} {count:,}" for name, count in value.items()) or "none"
    text = str(value)
    return text if isinstance(value, str) or len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def side_by_side(
    title: str, traces: Sequence[Trace], figures: Sequence[Figure], notes: Sequence[str] = ()
) -> Table:
    """``figures`` of one trace, each with its meaning; or of two, with the difference."""
    if len(traces) == 1:
        rows = [[Cell(one.name), Cell(one.values[0], one.unit), Cell(one.meaning)] for one in figures]
        return Table(title, _MEANINGS, rows, list(notes))
    columns = [*_beside(traces), Column("difference", "b - a")]
    rows = [
        [
            Cell(one.name, meaning=one.meaning),
            *(Cell(value, one.unit) for value in one.values),
            difference(one.values[0], one.values[1], one.unit),
        ]
        for one in figures
    ]
    return Table(title, columns, rows, list(notes))


def difference(first: Value, second: Value, unit: str) -> Cell:
    """``second`` - ``first``: of fractions in percentage points, of others as a part of the first; none if it is 0."""
    if not isinstance(first, int | float) or not isinstance(second, int | float):
        return Cell(None)
    if unit == "%":
        return Cell(second - first, "+pp")
    return Cell((second - first) / first, "+%") if first else Cell(None)


def names_of(traces: Sequence[Trace]) -> list[str]:
    """A name for the head of a column: of the file, or its whole path where two files have one name."""
    short = [os.path.basename(trace.path) for trace in traces]  # noqa: PTH119  which takes any name
    return short if len(set(short)) == len(short) else [str(trace.path) for trace in traces]


def _beside(traces: Sequence[Trace], *, text: bool = False) -> list[Column]:
    first, second = names_of(traces)
    return [
        Column("what", "", text=True),
        Column("first", f"a: {first}", text),
        Column("second", f"b: {second}", text),
    ]


def _counts(summary: Summary, page_size: int) -> list[Figure]:
    rows: list[tuple[str, int, str, str]] = [
        ("events", summary.events, "", ""),
        ("stores", summary.stores, "", "pages swapped out"),
        ("duplicates", summary.duplicates, "", "of these, over a page that was still stored"),
        ("loads", summary.loads, "", "pages swapped in"),
        ("loads_of_absent", summary.loads_of_absent, "", "of these, from slots that held nothing"),
        ("invalidates", summary.invalidates, "", "slots freed"),
        ("area_invalidates", summary.area_invalidates, "", "swap devices switched off"),
        ("flushes", summary.flushes, "", "requests for page frames"),
        ("frames_asked", summary.frames_asked, "", "page frames that these ask for"),
        ("works", summary.works, "", "turns of the kernel's worker, which writes entries back (WORK)"),
        ("offsets", summary.offsets, "", "slots used"),
        (
            "footprint",
            summary.peak,
            "",
            f"most pages swapped out at one time: {format_size(summary.peak * page_size)}",
        ),
        ("swap_types", len(summary.keys), "", "swap devices"),
        ("cpus", summary.cpus, "", "highest CPU number + 1"),
        ("duration", summary.duration_us * 1000, "ns", "of trace time"),
    ]
    return [Figure(name, [value], unit, meaning) for name, value, unit, meaning in rows]
