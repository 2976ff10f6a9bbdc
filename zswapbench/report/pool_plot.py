"""Results -> a chart of the page frames that their pools held, over the time of the trace."""

from __future__ import annotations

import textwrap
from string import ascii_letters

from zswapbench.report.plot import NARROWEST, Line, step_lines
from zswapbench.report.table import printable
from zswapbench.results import Result

MOST_LINES = len(ascii_letters)
"""Results that can be told apart in a chart; of more the first are drawn."""

_FAR = 2
"""A limit of more than so many times what any pool held would press all lines to the bottom."""


def pool_plot(results: list[Result], width: int) -> str:
    """The chart and which letter is whose; "" without room. x: seconds, or events where a trace has no times."""
    if width < NARROWEST:
        return ""
    drawn = results[:MOST_LINES]
    timed = any(result.series["time_us"][-1] for result in drawn)
    lines = [
        Line(mark, _seconds(result) if timed else _events(result), [*map(float, result.series["pool_pages"])])
        for mark, result in zip(ascii_letters, drawn, strict=False)
    ]
    most = max(max(line.y) for line in lines)
    limits = sorted({result.setting["pool_limit_pages"] for result in drawn})
    shown = [float(limit) for limit in limits if limit <= _FAR * most]
    chart = step_lines(
        lines, shown, "seconds" if timed else "events", "page frames of the pool, over the trace", width
    )
    return f"{chart}\n{_legend(drawn, limits, len(shown), width)}"


def _seconds(result: Result) -> list[float]:
    return [time / 1e6 for time in result.series["time_us"]]


def _events(result: Result) -> list[float]:
    return [index + 1.0 for index in result.series["event"]]


def _legend(results: list[Result], limits: list[int], shown: int, width: int) -> str:
    """Marks and labels, as many in a line as fit, none torn from its mark."""
    held = "\N{NO-BREAK SPACE}"  # printable() leaves none of these in a label
    entries = [
        f"{mark} {printable(result.label)}" for mark, result in zip(ascii_letters, results, strict=False)
    ]
    entries += ["- pool limit"] if shown else []
    entries += [f"pool limit {limit:,}: above" for limit in limits[shown:]]
    text = "  ".join(entry.replace(" ", held) for entry in entries)
    lines = textwrap.wrap(text, width, break_on_hyphens=False)
    return "".join(f"{line.replace(held, ' ').rstrip()}\n" for line in lines)
