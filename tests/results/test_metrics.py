"""Metrics from counters: each is what its definition says, and absent where there is nothing to divide by."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.report.made import COUNTS, result
from tests.results.judging import counted
from zswapbench.api import replay
from zswapbench.corpus.codec_costs import given_costs
from zswapbench.corpus.shipped import demo_trace
from zswapbench.results.counters import COUNTERS
from zswapbench.results.metrics import METRICS, applies, behind, bounded, derive, figure_of
from zswapbench.results.records import Result, to_json
from zswapbench.results.times import TIMES, times_of
from zswapbench.rules.eras import ERAS

ALL: dict[str, Any] = {**COUNTS, "frames_asked": 16, "frames_given": 8}


DERIVED: dict[str, Any] = {
    "device_writes": 72,
    "refaults": 9,
    "pool_pages_mean": 5.0,
    "pool_pages_peak": 12,
    "compression_ratio": 100 * 4096 / 102_400,
    "stall_frames_per_100": 25.0,
    "flushes_per_frame": 1.5,
    "written_back_pages": 52,
    "rejects": 20,
    "stalled_stores": 20,
    "flushes_per_stalled_store": 2.0,
    "stalled_stores_saved": 0.75,
    "flushes_per_store_kept": 40 / 15,
    "flushes_per_frame_of_fewest": 3.0,
    "frames_compacted": 0,
    "frames_given_share": 0.5,
    "barren_longest": 7,
    "data_ratio": 80 * 4096 / 81_920,
    "data_ratio_distinct": (80 - 16) * 4096 / (81_920 - 16_384),
    "pool_ratio": 3.0,
    "pool_ratio_distinct": (1_500 - 300) / (500 - 50),
    "fragmentation": 1 - 10_240 / (5 * 4096),
    "refaults_of_bound": None,
    "device_bytes": 81 * 4096,
}


def test_every_metric_is_what_its_definition_says() -> None:
    assert derive(ALL, 4096) == pytest.approx(DERIVED)


def test_ratios_of_bytes_grow_with_the_page_and_others_do_not() -> None:
    large = derive({**ALL, "same_filled_share_sum": 50 * 16384}, 16384)
    assert large["compression_ratio"] == pytest.approx(4 * DERIVED["compression_ratio"])
    assert large["data_ratio"] == pytest.approx(4 * DERIVED["data_ratio"])
    assert large["pool_ratio"] == pytest.approx(DERIVED["pool_ratio"])
    assert large["pool_ratio_distinct"] == pytest.approx(DERIVED["pool_ratio_distinct"])


@pytest.mark.parametrize(
    ("zero", "metrics"),
    [
        (["stored_bytes", "stored_same_filled_bytes"], ["data_ratio", "data_ratio_distinct"]),
        (["frames_sum", "same_filled_share_sum"], ["pool_ratio", "pool_ratio_distinct"]),
        (["offered_bytes"], ["compression_ratio"]),
        (["pool_pages"], ["fragmentation"]),
        (["flush_attempted"], ["flushes_per_stalled_store", "stalled_stores_saved"]),
        (["stall_flushes"], ["stall_frames_per_100"]),
        (["saved_by_flush"], ["flushes_per_store_kept"]),
        (["frames_given"], ["flushes_per_frame"]),
        (["fewest_flushes"], ["flushes_per_frame_of_fewest"]),
        (["frames_asked"], ["frames_given_share"]),
    ],
)
def test_where_nothing_happened_to_divide_by_there_is_no_metric(zero: list[str], metrics: list[str]) -> None:
    found = derive({**ALL, **dict.fromkeys(zero, 0)}, 4096)
    unknown = [name for name, value in found.items() if value is None and name != "refaults_of_bound"]
    assert unknown == metrics


def test_a_run_in_which_nothing_happened_has_metrics_too() -> None:
    found = derive(dict.fromkeys(ALL, 0), 4096)
    assert {value for value in found.values() if value is not None} == {0}


def test_a_page_that_is_stored_again_since_a_load_removed_it_counts_once_in_the_ratio() -> None:
    again = derive({**ALL, "stores": ALL["stores"] + 30, "restores": 30}, 4096)
    assert again["compression_ratio"] == DERIVED["compression_ratio"]


@pytest.mark.parametrize("era", ["zswap-2013", "linux-5.7", "linux-6.2", "linux-6.12", "linux-7.3"])
def test_every_metric_can_be_worked_out_again_from_the_json_alone(era: str) -> None:
    made = replay(demo_trace(), "class-lru", era=era)
    (form,) = json.loads(f"[{to_json([made])}]")
    assert derive(form["counters"], form["setting"]["page_size"]) == form["metrics"]
    assert form["counters"].keys() == {counter.name for counter in COUNTERS}


@pytest.mark.parametrize("era", ["zswap-2013", "linux-5.7", "linux-6.2", "linux-6.12", "linux-7.3"])
def test_with_given_costs_and_bounds_all_metrics_come_of_the_json_too(era: str) -> None:
    made = replay(demo_trace(), "class-lru", era=era, cost="lzo=5us/2us", bounds=True)
    form = json.loads(to_json([made]))
    counters, setting = form["counters"], form["setting"]
    times = times_of(
        form["work"],
        counters,
        given_costs(setting["codec_cost"]["compress_ns"], setting["codec_cost"]["decompress_ns"]),
        read_latency_ns=setting["device"]["read_latency_ns"],
        stores_evict=setting["era"]["evictor"] == "store",
    )
    assert form["metrics"] == {
        **derive(counters, setting["page_size"]),
        **times,
        "refaults_of_bound": counters["refaults"] / form["bounds"]["refaults"],
    }


def test_the_ratio_over_all_pages_stored_does_not_hang_on_what_was_rejected() -> None:
    eras = ("zswap-2013", "linux-5.7", "linux-6.12")
    ratios = {replay(demo_trace(), era=era, codec="lzo").metrics["compression_ratio"] for era in eras}
    assert len(ratios) == 1


@pytest.mark.parametrize(
    ("era", "without"),
    [
        ("zswap-2013", {"frames_compacted"}),
        ("linux-5.7", {"flushes_per_stalled_store", "stalled_stores_saved", "flushes_per_store_kept"}),
    ],
)
def test_what_means_nothing_in_an_era_does_not_apply(era: str, without: set[str]) -> None:
    made = result("lru")
    made = replace(made, setting={**made.setting, "era": ERAS[era].as_dict()})
    assert {metric.name for metric in METRICS if not applies(made, metric.name)} == without


def test_where_the_cgroup_forbids_writeback_no_rate_of_flushes_applies() -> None:
    made = result("lru")
    made = replace(made, setting={**made.setting, "era": {**made.setting["era"], "writeback": 0}})
    rates = ("stall_frames_per_100", "flushes_per_frame", "flushes_per_frame_of_fewest")
    assert not any(applies(made, name) for name in rates)


def test_a_rate_says_what_it_is_from_and_a_count_does_not() -> None:
    made = counted(frames_given=150, frames_compacted=4)
    assert behind(made, "flushes_per_frame") == "from 146 frames"
    assert behind(counted(stores=1_300, restores=100), "compression_ratio") == "from 1,200 pages"
    assert behind(made, "refaults") == ""
    assert behind(replace(made, counters={}), "flushes_per_frame") == ""


def test_metrics_are_those_that_are_shown_in_the_same_order() -> None:
    assert list(derive(ALL, 4096)) == [metric.name for metric in METRICS]


@pytest.mark.parametrize("metric", [*COUNTERS, *METRICS, *TIMES], ids=lambda metric: metric.name)
def test_every_figure_says_what_it_means(metric: Any) -> None:
    assert re.fullmatch("[a-z][a-z0-9_]*", metric.name)
    assert metric.title
    assert metric.meaning
    assert metric.unit in ("", "%", "x", "B", "ns")
    assert metric.better in (-1, 0, 1)


@pytest.mark.parametrize("figures", [COUNTERS, METRICS])
def test_no_name_is_used_twice(figures: Any) -> None:
    names = [metric.name for metric in figures]
    assert len(set(names)) == len(names)


def refaulting(refaults: int) -> Result:
    """A result with so many refaults."""
    one = result("lru", refaults=refaults, refaults_of_bound=None)
    return replace(one, counters={**one.counters, "refaults": refaults}, bounds={})


@pytest.mark.parametrize(
    ("own", "least", "times"), [(30, 20, 1.5), (20, 20, 1.0), (15, 20, 0.75), (5, 0, None)]
)
def test_a_result_beside_its_bound_says_how_many_times_its_refaults_it_has(
    own: int, least: int, times: float | None
) -> None:
    found = bounded(refaulting(own), [refaulting(least + 7), refaulting(least)])
    assert found.bounds == {"refaults": least}
    assert found.metrics["refaults_of_bound"] == times
    assert replace(found, bounds={}, metrics=refaulting(own).metrics) == refaulting(own)


@pytest.mark.parametrize(
    ("name", "counters", "metrics", "reading"),
    [
        ("flushes_per_store_kept", {}, {"stalled_stores": 0}, 0.0),
        ("flushes_per_stalled_store", {}, {"stalled_stores": 0}, 0.0),
        ("stalled_stores_saved", {}, {"stalled_stores": 0}, 1.0),
        ("flushes_per_store_kept", {}, {}, None),
        ("flushes_per_frame", {"flushes_for_frames": 0}, {}, 0.0),
        ("flushes_per_frame", {"flushes_for_frames": 0, "frames_given": 0}, {}, None),
        ("flushes_per_frame", {"flushes_for_frames": 0, "frames_given": 0, "frames_asked": 0}, {}, 0.0),
        ("flushes_per_frame", {}, {}, None),
        ("flushes_per_frame_of_fewest", {"flushes_for_frames": 0}, {}, 0.0),
        ("fragmentation", {"pool_pages": 0}, {}, 0.0),
        ("refaults_of_bound", {"refaults": 0}, {}, 1.0),
        ("refaults_of_bound", {}, {}, None),
        ("data_ratio", {}, {}, None),
    ],
)
def test_where_nothing_had_to_be_done_there_is_a_reading(
    name: str, counters: dict[str, Any], metrics: dict[str, Any], reading: float | None
) -> None:
    assert figure_of(counted(metrics={**metrics, name: None}, **counters), name) == reading
    assert figure_of(counted(metrics={**metrics, name: 0.5}, **counters), name) == 0.5
