"""Traffic of traces -> plots for a terminal: bars for distributions, and what is stored over time."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

from zswapbench.report.plot import NARROWEST, Line, step_lines
from zswapbench.report.table import printable
from zswapbench.report.trace_tables import names_of
from zswapbench.report.traffic_shapes import (
    DISTANCES,
    TIMES,
    Distribution,
    distributions,
    one_clock,
    stored_over_time,
)
from zswapbench.runs.measuring import Measured

WIDEST = 80
_LEAST = 0.0005
"""A share that shows as 0.1 %."""


def traffic_plot(measured: Sequence[Measured], width: int) -> str:
    """All plots, and which letter is whose; "" without room."""
    width = min(width, WIDEST)
    if width < NARROWEST:
        return ""
    shown = [
        *distributions(measured, DISTANCES),
        *(distributions(measured, TIMES) if one_clock(measured) else []),
    ]
    bars = [_bars(one, width) for one in shown if any(map(sum, one.counts))]
    unit, curves = stored_over_time(measured)
    lines = [Line(mark, x, [*map(float, y)]) for mark, (x, y) in zip(ascii_letters, curves, strict=False)]
    over_time = step_lines(lines, [], unit, "slots stored, over the trace", width)
    names = names_of([one.trace for one in measured])
    legend = "".join(f"{mark} {printable(name)}\n" for mark, name in zip(ascii_letters, names, strict=False))
    return "\n".join([*bars, over_time, legend])


def _bars(one: Distribution, width: int) -> str:
    """A bar for each row and trace, as long as its share; the longest fills the width.

    Rows at the ends that have next to nothing are left out.
    """
    told = [row for row in range(len(one.below)) if max(shares[row] for shares in one.shares) >= _LEAST]
    rows = range(told[0], told[-1] + 1)
    heads = [f"below {one.below[row].figure}" for row in rows]
    margin = max(map(len, heads))
    room = width - margin - len("  100.0 %  ")
    most = max(max(shares) for shares in one.shares)
    lines = [f"{one.kind.title}: {one.kind.meaning}"]
    for row, head in zip(rows, heads, strict=True):
        for place, shares in enumerate(one.shares):
            bar = ascii_letters[place] * round(room * shares[row] / most)
            lines.append(f"{'' if place else head:>{margin}}  {100 * shares[row]:5.1f} %  {bar}".rstrip())
    return "\n".join(lines) + "\n"
