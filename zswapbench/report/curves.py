"""Results -> charts for a terminal, over the time of the trace: page frames of the pool, flushes, refaults."""

from __future__ import annotations

from string import ascii_letters

from zswapbench.report.plot import NARROWEST, Line, legend, step_lines
from zswapbench.report.table import printable
from zswapbench.results.records import Result

MOST_LINES = len(ascii_letters)
"""Results that can be told apart in a chart; of more the first are drawn."""

FAR = 2
"""A limit of more than so many times what any pool held would press all lines to the bottom."""

_CURVES = {
    "pool_pages": "page frames of the pool, over the trace",
    "written_back_pages": "entries flushed so far",
    "refaults": "refaults so far",
}
"""Of the series of a result. A curve that stays at 0 in all results is not drawn, but for the first."""


def curves(results: list[Result], width: int) -> str:
    """The charts and which letter is whose; "" without room. x: seconds, or events where a trace has no times."""
    if width < NARROWEST:
        return ""
    drawn = results[:MOST_LINES]
    unit, moments = timeline(drawn)
    charts, legend = [], ""
    for name, title in _CURVES.items():
        lines = [
            Line(mark, when, [*map(float, one.series[name])])
            for mark, when, one in zip(ascii_letters, moments, drawn, strict=False)
        ]
        most = max(max(line.y) for line in lines)
        levels = []
        if name == "pool_pages":
            limits = limits_of(drawn)
            levels = [float(limit) for limit in limits if limit <= FAR * most]
            legend = _legend(drawn, limits, len(levels), width)
        elif not most:
            continue
        charts.append(step_lines(lines, levels, unit, title, width))
    return "\n".join([*charts, legend])


def limits_of(results: list[Result]) -> list[int]:
    """The pool limits, in page frames; a zram may have none."""
    return sorted({limit for result in results if (limit := result.setting["pool_limit_pages"])})


def timeline(results: list[Result]) -> tuple[str, list[list[float]]]:
    """The unit, and the moments of each series in it: "seconds", or "events" where a trace has no times."""
    if any(result.series["time_us"][-1] for result in results):
        return "seconds", [[time / 1e6 for time in result.series["time_us"]] for result in results]
    return "events", [[index + 1.0 for index in result.series["event"]] for result in results]


def _legend(results: list[Result], limits: list[int], shown: int, width: int) -> str:
    """Marks and labels, and the limits."""
    entries = [
        f"{mark} {printable(result.label)}" for mark, result in zip(ascii_letters, results, strict=False)
    ]
    entries += ["- pool limit"] if shown else []
    entries += [f"pool limit {limit:,}: above" for limit in limits[shown:]]
    return legend(entries, width)
