"""What 'scale' found -> a page: the answers in sentences, charts, then all tables."""

from __future__ import annotations

from zswapbench.common.units import format_count
from zswapbench.report.charts.contention import contention_charts
from zswapbench.report.contention_tables import answers, contention_tables, told_costs
from zswapbench.report.html import Part, page_of
from zswapbench.results.contention import Contended


def contention_page(found: Contended, lock_stat: int) -> str:
    """The page. ``lock_stat``: as contention_tables() has it."""
    inputs, setting = found.inputs, found.setting
    speedups, *tables = contention_tables(found, lock_stat)
    part = Part(
        name="part0",
        title=f"Lock contention over {inputs['trace']}",
        short=f"{format_count(inputs['events'], 'event')}; {format_count(len(found.curves), 'curve')}",
        facts=[
            ("trace", f"{inputs['trace']}, {inputs['origin']}"),
            ("corpus", str(inputs["corpus"])),
            ("dealt by", setting["deal"]),
            (
                "CPUs to a socket",
                "all" if setting["socket_cpus"] >= max(setting["cpus"]) else f"{setting['socket_cpus']}",
            ),
            ("machine", found.environment["processor"]),
            ("zswapbench", found.environment["zswapbench"]),
            *((what, text) for what, _, text in (one.partition(": ") for one in told_costs(found))),
        ],
        recommendation=". ".join(answers(found)),
        tables=[speedups],
        charts=contention_charts(found),
        below=tables,
    )
    return page_of([part])
