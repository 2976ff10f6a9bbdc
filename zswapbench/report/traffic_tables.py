"""Traffic of traces -> tables: figures, distributions, and what is stored over time. docs/traffic.md explains them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zswapbench.report.table import Cell, Column, Table
from zswapbench.report.trace_tables import count_table, difference, made_table, names_of, side_by_side
from zswapbench.report.traffic_figures import figures_of
from zswapbench.report.traffic_shapes import DISTANCES, TIMES, Distribution, distributions, one_clock
from zswapbench.runs.liking import of_the_program
from zswapbench.runs.measuring import Measured
from zswapbench.traces.event import Op
from zswapbench.traces.format import Trace
from zswapbench.traces.traffic import SLICES, Traffic, measure

_ROWS_FOR_PEOPLE = 12
"""Of the table over time; programs get all SLICES."""

_OPS = {"stores": Op.STORE, "loads": Op.LOAD, "invalidates": Op.INVALIDATE, "flushes": Op.FLUSH}


def traffic_tables(measured: Sequence[Measured], *, for_people: bool) -> list[Table]:
    """All tables of one trace, or of two side by side.

    ``for_people``: fewer moments over time; else the titles are the same for one and two.
    """
    traces = [one.trace for one in measured]
    traffics = [one.traffic for one in measured]
    clock = one_clock(measured)
    title = {"us": "Times", "events": "Times, in events"}.get(clock)
    counts, made = count_table(traces, [one.summary for one in traffics]), made_table(traces)
    if not for_people:
        counts, made = replace(counts, title="Events"), replace(made, title="How it was made")
    return [
        counts,
        side_by_side("Traffic", traces, figures_of(traffics)),
        distribution_table("Reuse distance, in slots", measured, distributions(measured, DISTANCES)),
        *([distribution_table(title, measured, distributions(measured, TIMES))] if title else []),
        over_time_table(measured, for_people=for_people),
        made,
    ]


def likeness_tables(recorded: Trace, made: Trace) -> list[Table]:
    """The traffic of a trace that was recorded (a), less the kernel's worker, and of one made to be like it (b)."""
    traces = [of_the_program(recorded), made]
    traffics = [measure(one.events) for one in traces]
    return [
        count_table(traces, [one.summary for one in traffics]),
        side_by_side("Traffic", traces, figures_of(traffics)),
    ]


def distribution_table(
    title: str, measured: Sequence[Measured], distributions: Sequence[Distribution]
) -> Table:
    """How many numbers each row has, and which share is in it or above; of two traces, a and b, the shares."""
    columns, notes = [Column("below", "below")], [f"{one}; shares so far" for one in _marked(measured)]
    parts = [[one] for one in distributions[0].below]
    for each in distributions:
        field, what = each.kind.field, each.kind.title
        notes.append(f"{what}: {each.kind.meaning}")
        if len(measured) == 1:
            columns += [Column(field, what), Column(f"{field}_so_far", "so far")]
            cells = [[Cell(count) for count in each.counts[0]], [Cell(one, "%") for one in each.so_far(0)]]
        else:
            columns += _two_columns(field, what)
            columns.append(Column(f"{field}_difference", "b - a"))
            pair = [each.so_far(0), each.so_far(1)]
            cells = [[Cell(share, "%") for share in shares] for shares in pair]
            cells.append([difference(a, b, "%") for a, b in zip(*pair, strict=True)])
            if (apart := each.apart()) is not None:
                notes[-1] += f"; a and b are {100 * apart:.1f} pp apart at most"
        for row, more in zip(parts, zip(*cells, strict=True), strict=True):
            row.extend(more)
    return Table(title, columns, parts, notes)


def over_time_table(measured: Sequence[Measured], *, for_people: bool) -> Table:
    """What is stored at the end of equal parts of the time; for programs, also what was touched in each."""
    step = SLICES // _ROWS_FOR_PEOPLE if for_people else 1
    each = [_over_time(one.traffic, step) for one in measured]
    if len(each) == 1:
        rows = [list(row) for row in zip(*each[0].values(), strict=True)]
        return Table("Over time", [Column(name, name) for name in each[0]], rows)
    names = ("stored",) if for_people else ("stored", "touched")
    columns = [Column("part", "of the time")]
    columns += [column for name in names for column in _two_columns(name, name)]
    parts = [Cell(end / SLICES, "%") for end in range(step, SLICES + 1, step)]
    cells = zip(parts, *(one[name] for name in names for one in each), strict=True)
    return Table("Over time", columns, [list(row) for row in cells], _marked(measured))


def _over_time(traffic: Traffic, step: int) -> dict[str, list[Cell]]:
    """Columns by name, a row for each ``step`` slices. What is different in several slices cannot be added up."""
    ends = range(step, SLICES + 1, step)
    ops = traffic.ops.reshape(-1, step, traffic.ops.shape[1]).sum(axis=1)
    times = [traffic.span * end // SLICES for end in ends]
    return {
        "until": [Cell(time * 1000, "ns") if traffic.clock == "us" else Cell(time) for time in times],
        "stored": [Cell(int(traffic.live[end - 1])) for end in ends],
        **({"touched": [Cell(int(one)) for one in traffic.touched]} if step == 1 else {}),
        **{name: [Cell(int(one)) for one in ops[:, op]] for name, op in _OPS.items()},
    }


def _two_columns(name: str, title: str) -> list[Column]:
    return [Column(f"{name}_first", f"{title}, a"), Column(f"{name}_second", f"{title}, b")]


def _marked(measured: Sequence[Measured]) -> list[str]:
    """Of two traces, which is a and which is b."""
    if len(measured) == 1:
        return []
    first, second = names_of([one.trace for one in measured])
    return [f"a: {first}; b: {second}"]
