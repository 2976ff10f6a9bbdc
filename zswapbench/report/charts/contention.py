"""What 'scale' found -> charts: speed-up by CPUs, and the share of the time that CPUs wait for locks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zswapbench.report.charts.drawing import Chart, Pane, axis_of, drawn_line, layout_of, logarithmic, plain
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.contention import Contended, Curve, Point

_PERCENT = 100


def contention_charts(found: Contended) -> list[Chart]:
    """Both charts, a figure for each codec, alone and with the rest of the fault path."""
    speedups = Chart(
        "speedup",
        "Speed-up by CPUs",
        "Each line is a lock design. A speed-up of 4 is 4 times the operations a second of one CPU under the same "
        "design; higher is better. Both axes are logarithmic: what scales is a straight line.",
    )
    waits = Chart(
        "waiting",
        "Time that CPUs wait",
        "Each line is a lock design: the part of all CPU time that goes into waiting for locks and moving their cache "
        "lines, zswap's own and those on the way there. Lower is better.",
    )
    for codec in found.codecs:
        for around in (False, True):
            curves = found.of(codec, around=around)
            if curves:
                label = f"{codec}, {'with the rest of the fault path' if around else 'zswap alone'}"
                speedups.panes.append(_pane(label, curves, "speed-up", _speedup, "x"))
                waits.panes.append(_pane(label, curves, "% of CPU time", _lost, "%"))
    return [speedups, waits]


def _speedup(point: Point) -> float:
    return point.speedup


def _lost(point: Point) -> float:
    return point.waiting + point.moving


def _pane(
    label: str, curves: Sequence[Curve], title: str, figure: Callable[[Point], float], unit: str
) -> Pane:
    cpus = [point.cpus for point in curves[0].points]
    factor = _PERCENT if unit == "%" else 1
    data, keys = [], []
    for place, curve in enumerate(curves):
        values = [figure(point) * factor for point in curve.points]
        said = [
            f"{plain(curve.design)}<br>{point.cpus} CPUs<br>{plain(Cell(figure(point), unit).text)}"
            for point in curve.points
        ]
        drawing, key = drawn_line(place, curve.design, cpus, values, said)
        data.append(drawing)
        keys.append(key)
    x = logarithmic("CPUs", 1, max(cpus))
    x |= {"tickvals": cpus, "ticktext": [str(one) for one in cpus]}
    if unit == "x":
        lowest = min(min(one["y"]) for one in data)
        y = logarithmic(title, min(lowest, 1.0), max(max(one["y"]) for one in data))
    else:
        y = axis_of(title, from_zero=True)
    table = Table(
        "",
        [Column("cpus", "CPUs"), *(Column(curve.design, curve.design) for curve in curves)],
        [
            [Cell(count), *(Cell(figure(curve.points[place]), unit) for curve in curves)]
            for place, count in enumerate(cpus)
        ],
    )
    return Pane(label, {"data": data, "layout": layout_of(x, y)}, keys, table)
