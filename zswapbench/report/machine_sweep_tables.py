"""A machine at several values of one thing -> tables, a chart for a terminal, and in words where the curves bend."""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.common.units import format_size, joined
from zswapbench.report.charts.drawing import size_unit
from zswapbench.report.machine_tables import machine_notes
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.machine import METRICS, NONE, SetupResult, best_for_sure
from zswapbench.results.machine_sweep import MORE, RAM, MachineSweep, knee, lowest
from zswapbench.results.marks import WORTH

_TABLES = ("slowdown", "total_ns", "faults_major", "device_write_bytes")
_ALWAYS = ("slowdown", "total_ns")


def machine_sweep_tables(sweep: MachineSweep) -> list[Table]:
    """A table for each figure that is not 0 everywhere: a row for each value, a column for each set-up."""
    names = [name for name in _TABLES if name in _ALWAYS or _tells(name, sweep)]
    first, *others = [_table(name, sweep) for name in names]
    inputs = sweep.results[0].inputs
    what = "RAM" if sweep.key == RAM else sweep.key
    title = (
        f"{inputs['references']} at {len(sweep.values)} values of {what}, {inputs['count']:,} references, "
        f"{inputs['pages']:,} pages in the corpus: {first.title}"
    )
    return [Table(title, first.columns, first.rows, _notes(sweep), " ".join(sentences(sweep))), *others]


def _tells(name: str, sweep: MachineSweep) -> bool:
    return any(one.value(name) for result in sweep.results for one in result.setups)


def _table(name: str, sweep: MachineSweep) -> Table:
    metric = METRICS[name]
    columns = [Column(sweep.key, sweep.key), *(Column(label, label) for label in sweep.labels)]
    rows = []
    for value, result in zip(sweep.values, sweep.results, strict=True):
        best = best_for_sure(result.setups) if name in _ALWAYS else None
        cells = [
            Cell(one.value(name), metric.unit, best=one is best)
            if one.out_of_memory_at is None
            else Cell("out of memory")
            for one in result.setups
        ]
        rows.append([Cell(value, sweep.unit), *cells])
    return Table(metric.title, columns, rows)


def _notes(sweep: MachineSweep) -> list[str]:
    share, more = f"{100 * WORTH:.0f} %", f"{100 * MORE:.0f} %"
    how = (
        f"the knee is the first RAM of the sweep from which on {more} more RAM always saves less than {share} of the "
        "running time, or at which less than that is left to save; it lies between this value and the one before"
        if sweep.key == RAM
        else f"values are a tie within the spread of codecs, or where the time paid is less than {share} apart"
    )
    first = f"the machine and its set-ups are told as they are at {sweep.key} {value_text(sweep, 0)}"
    return [how, first, *machine_notes(sweep.results[0])]


def sentences(sweep: MachineSweep) -> list[str]:
    """What each curve says: where its knee is, or at which value the least time is paid."""
    lines = [(label, sweep.line(place)) for place, label in enumerate(sweep.labels)]
    tell = _knee_words if sweep.key == RAM else _lowest_words
    return [
        f"{label}: {tell(sweep, line)}."
        for label, line in lines
        if line[0].kind != NONE and (sweep.key == RAM or any(one.setting != line[0].setting for one in line))
    ]


def value_text(sweep: MachineSweep, place: int) -> str:
    """A value of the sweep as people read it."""
    return format_size(sweep.values[place]) if sweep.unit else f"{sweep.values[place]:,}"


def _knee_words(sweep: MachineSweep, line: Sequence[SetupResult]) -> str:
    slowdowns = [one.metrics.get("slowdown") if one.out_of_memory_at is None else None for one in line]
    last = value_text(sweep, len(line) - 1)
    if all(one.out_of_memory_at is not None for one in line):
        return f"out of memory up to {last}"
    place = knee(sweep.values, slowdowns)
    if place is None:
        return f"no knee up to {last}: more RAM still pays there"
    at = f"{value_text(sweep, place)} ({slowdowns[place]:.2f}x)"
    if place == 0:
        return f"the knee is at {at} or below, for no step from there on pays"
    before = value_text(sweep, place - 1)
    if slowdowns[place - 1] is None:
        return f"the knee is at {at}; in {before} it was out of memory"
    return f"the knee is at {at}; in {before} it is {slowdowns[place - 1]:.2f}x"


def _lowest_words(sweep: MachineSweep, line: Sequence[SetupResult]) -> str:
    low = lowest(line)
    if low is None:
        return f"out of memory up to {value_text(sweep, len(line) - 1)}"
    if low.last - low.first == len(line) - 1:
        return f"all values of {sweep.key} are a tie ({_slowdown(line[low.place])})"
    ends = [*dict.fromkeys(value_text(sweep, place) for place in (low.first, low.last))]
    where = f"{sweep.key} {' to '.join(ends)} ({_slowdown(line[low.place])})"
    tie = ", which are a tie" if len(ends) > 1 else ""
    sides = [
        f"{value_text(sweep, place)} gives {_slowdown(line[place])}"
        for place in (low.first - 1, low.last + 1)
        if 0 <= place < len(line)
    ]
    if low.last < len(line) - 1:
        beyond = "; more than that costs more than it saves"
    else:
        beyond = "; more than that pays nothing" if low.first < low.last else "; more may pay still"
    return f"the least time is paid at {where}{tie}; {joined(sides)}{beyond}"


def _slowdown(one: SetupResult) -> str:
    slowdown = one.metrics.get("slowdown")
    if one.out_of_memory_at is not None:
        return "out of memory"
    return f"{slowdown:.2f}x" if slowdown else METRICS["total_ns"].title


def scale_of(sweep: MachineSweep) -> tuple[str, int]:
    """What the axis of values is called, and how much one is on it."""
    if not sweep.unit:
        return sweep.key, 1
    unit, scale = size_unit(sweep.values[-1])
    return f"{sweep.key}, {unit}", scale
