"""Results -> charts for a page: what plotly draws, how to read it, and the same figures as a table.

Nothing here draws, and nothing knows the page. A chart has one pane, or one for each of what it can show one
at a time. What cannot be shown, since an old result lacks it or since nothing happened, is said in a sentence
in place of the pane. drawing.py has what charts are made of; each other file is one chart, or some of a kind.
"""

from __future__ import annotations

from zswapbench.report.charts.barren_runs import barren_chart
from zswapbench.report.charts.classes import class_chart
from zswapbench.report.charts.codecs import codec_chart, survey_chart
from zswapbench.report.charts.drawing import Chart
from zswapbench.report.charts.limits import limit_chart
from zswapbench.report.charts.over_time import (
    flush_chart,
    freed_chart,
    given_chart,
    pool_chart,
    refault_chart,
)
from zswapbench.report.charts.sizes import size_chart
from zswapbench.results.records import Result
from zswapbench.runs.codecs import Survey
from zswapbench.runs.limits import Sweep


def charts(results: list[Result], survey: Survey | None = None, sweep: Sweep | None = None) -> list[Chart]:
    """All charts of ``results``, which are of one trace. ``survey``: of codecs over its corpus."""
    return [
        *([limit_chart(sweep, results)] if sweep else []),
        pool_chart(results),
        given_chart(results),
        flush_chart(results),
        freed_chart(results),
        refault_chart(results),
        barren_chart(results),
        class_chart(results),
        size_chart(results),
        codec_chart(results) if survey is None else survey_chart(survey),
    ]
