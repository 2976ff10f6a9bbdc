"""What 'scale' tells of figures that are known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zswapbench.report.charts.contention import contention_charts
from zswapbench.report.contention_tables import answers, contention_plot, contention_tables
from zswapbench.results.contention import Contended, Curve, LockFigures, Point

LOCK = LockFigures("&tree->lock", "ticket", 1, False, False, 100, 10, 5, 4000, 900, 800.0, 20_000, 300, 0.2)
WAY = replace(LOCK, lock="&anon_vma->rwsem", around=True, waittime_total=12_000)
OWN = replace(LOCK, lock="&acomp_ctx->mutex", grows=True, waittime_total=0, busiest=0.99)


def point(cpus: int, speedup: float, busiest: float, *more: LockFigures) -> Point:
    """Of 1,000,000 nanoseconds."""
    locks = (replace(LOCK, busiest=busiest), OWN, *more)
    latencies = {"store": {"p50": 4000.0}, "load": {}}
    return Point(cpus, 1_000_000, 1e5 * speedup, speedup, 0.9, 0.05, 0.01, 0.04, locks, latencies)


def curve(design: str, around: str = "") -> Curve:
    more = (WAY,) if around else ()
    points = (point(1, 1.0, 0.1, *more), point(4, 3.5, 0.5, *more), point(8, 5.0, 0.95, *more))
    return Curve(design, "zswap-2013", "lzo", "lzo", around, {"STORE": 10, "LOAD": 7}, points)


FOUND = Contended(
    {"trace": "x.trace.bin", "origin": "synthetic: phase", "events": 17, "corpus": "x.zpages"},
    {
        "cpus": [1, 4, 8],
        "deal": "offsets",
        "between_ns": 0,
        "socket_cpus": 4096,
        "processes": 0,
        "cgroups": 1,
        "pool_limit": "100%",
    },
    {"ns": {"copy": 250.0, "line": 50.0}, "origins": {"copy": "measured", "line": "given"}},
    {"processor": "a CPU", "zswapbench": "1"},
    (curve("zswap-2013"), curve("linux-7.3"), curve("zswap-2013", "2013")),
)


def test_the_answer_has_both_shares() -> None:
    (told,) = answers(FOUND)
    assert told == (
        "4 CPUs, lzo, zswap-2013: CPUs wait 0.1 % of their time for its locks while they do nothing but swap; 0.1 % "
        "with the rest of the fault path, where &tree->lock has 25.0 % of all waiting for locks (the review: less than "
        "1 %) and &anon_vma->rwsem the most, 75.0 %"
    )


def test_an_answer_near_nothing_is_still_a_plain_number() -> None:
    alone = FOUND.curves[0]
    longer = tuple(replace(one, took_ns=10**9) for one in alone.points)
    (told,) = answers(replace(FOUND, curves=(replace(alone, points=longer),)))
    assert told == (
        "4 CPUs, lzo, zswap-2013: CPUs wait less than 0.01 % of their time for its locks while they do nothing but swap"
    )


def test_without_four_cpus_or_that_design_there_is_no_answer() -> None:
    assert answers(replace(FOUND, curves=FOUND.curves[1:2])) == []


def test_a_lock_of_each_cpu_is_never_full() -> None:
    one = FOUND.curves[0]
    assert one.full == (8, "&tree->lock")
    assert one.bound == 10.0


def test_tables() -> None:
    tables = {table.title: table for table in contention_tables(FOUND, 4)}
    speedups = tables["Speed-up by CPUs: lzo, zswap alone"]
    assert [[cell.text for cell in row] for row in speedups.rows] == [
        ["a", "zswap-2013", "100,000", "3.50x", "5.00x"],
        ["b", "linux-7.3", "100,000", "3.50x", "5.00x"],
    ]
    assert speedups.above.startswith(
        "x.trace.bin (synthetic: phase), 17 events; dealt by offsets; each CPU does noth"
    )
    ends = tables["Where each design ends: zswap alone"].rows[0]
    assert [cell.text for cell in ends] == [*("zswap-2013", "lzo", "0.1 %", "8", "&tree->lock", "10.00x")]
    does = tables["What each design does: lzo"].rows[0]
    assert [cell.text for cell in does] == ["zswap-2013", "10", "0", "7", *["0"] * 4]
    stat = tables["lockstat on 4 CPUs: lzo, with the rest of the fault path"]
    assert [row[1].text for row in stat.rows] == ["&anon_vma->rwsem", "&tree->lock", "&acomp_ctx->mutex"]
    assert "steps, measured: copy 250 ns" in stat.notes
    assert "steps, given: line 50 ns" in stat.notes
    latency = tables["Latency on 4 CPUs"].rows[0]
    assert [cell.text for cell in latency][2:4] == ["4.00 us", "-"]


def test_the_plot_has_a_mark_for_each_design_and_none_without_room() -> None:
    drawn = contention_plot(FOUND, 80)
    assert "speed-up, lzo" in drawn
    assert contention_plot(FOUND, 20) == ""


def test_charts_have_a_figure_for_each_codec_alone_and_with_the_way() -> None:
    speedups, waits = contention_charts(FOUND)
    assert [pane.label for pane in speedups.panes] == [
        "lzo, zswap alone",
        "lzo, with the rest of the fault path",
    ]
    assert [len(pane.figure["data"]) for pane in speedups.panes] == [2, 1]
    assert speedups.panes[0].figure["data"][0]["y"] == [1.0, 3.5, 5.0]
    assert waits.panes[0].figure["data"][0]["y"] == pytest.approx([6.0, 6.0, 6.0])
