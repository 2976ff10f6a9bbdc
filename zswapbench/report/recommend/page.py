"""A recommendation as an HTML page: the sentence, the front as a scatter, all tables, and what to paste."""

from __future__ import annotations

from zswapbench.common.units import format_size
from zswapbench.report.charts.drawing import (
    Chart,
    Key,
    Pane,
    axis_of,
    drawn_line,
    layout_of,
    logarithmic,
    short,
)
from zswapbench.report.html import Part, page_of
from zswapbench.report.recommend.sentence import opening, short_of
from zswapbench.report.recommend.tables import recommendation_tables, told_of
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.recommendation import CLOSED, Candidate, Recommendation

_NS = 10**9
_LEAST_S = 1e-6
_FEWEST_NAMES = 2


def recommendation_page(one: Recommendation) -> str:
    """The page, which needs nothing else."""
    first, *others = recommendation_tables(one)
    ram = f"{format_size(one.machine['ram'])} of RAM, " if one.machine else ""
    part = Part(
        name="part0",
        title=first.title,
        short=f"{ram}kernel {one.kernel}; {one.traffic}",
        facts=[
            ("goal", one.goal),
            ("held against", one.default_said),
            ("kernel", one.kernel),
            *(
                (name, str(value))
                for name, value in one.inputs.items()
                if name in ("references", "corpus", "trace")
            ),
        ],
        recommendation=opening(one),
        tables=[first, *others],
        charts=[front_chart(one)],
    )
    return page_of([part])


def front_chart(one: Recommendation) -> Chart:
    """Time against device writes, a mark for each set-up of the first table that did all of the work."""
    told = [(each, role) for each, role in told_of(one) if each.out_of_memory_at is None]
    chart = Chart(
        "front",
        "Time against device writes",
        "Each mark is a set-up. Further left takes less time, lower writes less to the device. Page frames of the "
        "pool, the third that is paid, are told at each mark.",
    )
    if len(told) < _FEWEST_NAMES:
        chart.notes.append("Nothing to compare: only one set-up did all of the work.")
        return chart
    chart.panes.append(_pane(one, told))
    return chart


def _pane(one: Recommendation, told: list[tuple[Candidate, str]]) -> Pane:
    data, keys = [], list[Key]()
    for place, (each, role) in enumerate(told):
        words = short_of(each.spec, one)
        name = f"{words} ({role})" if role else words
        said = (
            f"{short(name)}<br>{Cell(each.total_ns, 'ns').text}<br>{each.device_writes:,} device writes<br>"
            f"{each.page_frames_mean:,.0f} page frames of the pool"
        )
        trace, key = drawn_line(place, name, [_seconds(each)], [each.device_writes], [said])
        trace["mode"] = "markers"
        trace["marker"]["size"] = 15 if each is one.chosen else 10
        data.append(trace)
        keys.append(Key(key.name, key.colour, mark=key.mark))
    times = [_seconds(each) for each, _ in told]
    title = "time paid" if one.loop == CLOSED else "total time"
    layout = layout_of(
        logarithmic(f"{title}, s, logarithmic", min(times) / 1.5, max(times) * 1.5),
        axis_of("device writes", from_zero=True),
    )
    columns = [
        Column("spec", "set-up", text=True),
        Column("total_ns", title),
        Column("device_writes", "device writes"),
        Column("page_frames_mean", "page frames"),
    ]
    rows = [
        [
            Cell(each.spec),
            Cell(each.total_ns, "ns"),
            Cell(each.device_writes),
            Cell(round(each.page_frames_mean)),
        ]
        for each, _ in told
    ]
    return Pane("", {"data": data, "layout": layout}, keys, Table("", columns, rows))


def _seconds(each: Candidate) -> float:
    """What a logarithmic axis can show of its time."""
    return max(each.total_ns / _NS, _LEAST_S)
