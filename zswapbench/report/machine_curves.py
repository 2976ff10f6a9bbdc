"""What a machine did -> charts for a terminal: slowdown over a sweep, page frames over the course of a run."""

from __future__ import annotations

from string import ascii_letters

from zswapbench.report.machine_sweep_tables import scale_of
from zswapbench.report.plot import NARROWEST, Line, Point, legend, scatter, step_lines
from zswapbench.report.table import printable
from zswapbench.results.machine import NONE, MachineResult
from zswapbench.results.machine_sweep import MachineSweep

_CURVES = {
    "pool_pages": "page frames of the pool",
    "resident_pages": "page frames of the program",
    "device_pages": "pages on the device",
    "faults_major": "major faults so far",
    "device_writes": "pages written to the device so far",
}
"""Of a series. What stays at 0 in all set-ups is not drawn."""


def sweep_curve(sweep: MachineSweep, width: int) -> str:
    """Slowdown over the values, a letter for each set-up; "" without room, or where there is no slowdown."""
    name, scale = scale_of(sweep)
    points = [
        Point(mark, value / scale, slowdown)
        for place, mark in zip(range(len(sweep.labels)), ascii_letters, strict=False)
        for value, one in zip(sweep.values, sweep.line(place), strict=True)
        if one.out_of_memory_at is None and (slowdown := one.metrics.get("slowdown"))
    ]
    if width < NARROWEST or not points:
        return ""
    return f"{scatter(points, name, 'slowdown', width)}\n{_legend(sweep.labels, width)}"


def course_curves(result: MachineResult, width: int) -> str:
    """Figures over the references, a letter for each set-up; "" without room."""
    setups = [one for one in result.setups if one.kind != NONE][: len(ascii_letters)]
    if width < NARROWEST or not setups:
        return ""
    charts = []
    for name, title in _CURVES.items():
        lines = [
            Line(mark, [*map(float, one.series["references"])], [*map(float, one.series[name])])
            for mark, one in zip(ascii_letters, setups, strict=False)
        ]
        if any(any(line.y) for line in lines):
            charts.append(step_lines(lines, [], "references", title, width))
    return "\n".join([*charts, _legend([one.label for one in setups], width)])


def _legend(labels: list[str], width: int) -> str:
    return legend(
        [f"{mark} {printable(label)}" for mark, label in zip(ascii_letters, labels, strict=False)], width
    )
