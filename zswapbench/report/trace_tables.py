"""Traces -> tables: what they hold and how they were made."""

from __future__ import annotations

from zswapbench.common.units import format_size
from zswapbench.report.table import Cell, Column, Table
from zswapbench.traces.format import Trace
from zswapbench.traces.scan import scan

_COLUMNS = [Column("what", "", text=True), Column("value", ""), Column("meaning", "", text=True)]


def info_tables(trace: Trace) -> list[Table]:
    """The events by kind; then the provenance."""
    # No corpus is at hand, so any page number will do.
    summary = scan(trace.events, 1 << 32)
    rows = [
        ("events", summary.events, "", ""),
        ("stores", summary.stores, "", "pages swapped out"),
        ("duplicates", summary.duplicates, "", "of these, over a page that was still stored"),
        ("loads", summary.loads, "", "pages swapped in"),
        ("loads_of_absent", summary.loads_of_absent, "", "of these, from slots that held nothing"),
        ("invalidates", summary.invalidates, "", "slots freed"),
        ("area_invalidates", summary.area_invalidates, "", "swap devices switched off"),
        ("flushes", summary.flushes, "", "requests for page frames"),
        ("frames_asked", summary.frames_asked, "", "page frames that these ask for"),
        ("offsets", summary.offsets, "", "slots used"),
        (
            "footprint",
            summary.peak,
            "",
            f"most pages swapped out at one time: {format_size(summary.peak * trace.page_size)}",
        ),
        ("swap_types", len(summary.keys), "", "swap devices"),
        ("cpus", summary.cpus, "", "highest CPU number + 1"),
        ("duration", summary.duration_us * 1000, "ns", "of trace time"),
    ]
    notes = [f"page size {trace.page_size}, corpus digest {trace.corpus_digest}"]
    if summary.wrong:
        index, why = summary.wrong
        notes.append(
            f"damaged: event {index} at offset {trace.where(index)}: {why}; the counts end before it"
        )
    made = [[Cell(name), Cell(str(value)), Cell("")] for name, value in trace.provenance.items()]
    return [
        Table(
            str(trace.path),
            _COLUMNS,
            [[Cell(name), Cell(value, unit), Cell(why)] for name, value, unit, why in rows],
            notes,
        ),
        Table("How it was made", _COLUMNS, made),
    ]
