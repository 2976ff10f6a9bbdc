"""Marks: a star only where the runs did the same work, and the difference is more than the spread."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.report.made import MEASURED, TOTALS, better, of_zram, result
from zswapbench.results.counters import Metric
from zswapbench.results.marks import ENOUGH_FRAMES, asked_for_frames, stars
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import Result
from zswapbench.results.spread import drawn_by_seeds
from zswapbench.results.times import TOTAL_TIME
from zswapbench.rules.eras import ERAS

METRIC = {metric.name: metric for metric in METRICS}
PAID = ("device_writes", "refaults", "pool_pages_mean")
PRICES = ("flushes_per_frame", "flushes_per_stalled_store", "flushes_per_store_kept")


def under(one: Result, **changes: Any) -> Result:
    """``one`` under another setting."""
    return replace(one, setting={**one.setting, **changes})


def counting(one: Result, **counters: int) -> Result:
    """``one`` with other counters."""
    return replace(one, counters={**one.counters, **counters})


def era(name: str, **cells: Any) -> dict[str, Any]:
    """The row of an era."""
    return {**ERAS[name].as_dict(), **cells}


@pytest.mark.parametrize("name", [*PAID, *PRICES])
def test_the_best_of_what_is_paid_or_counted_has_a_star_wherever_it_stands(name: str) -> None:
    assert stars([result("lru"), better()], METRIC[name]) == {1}
    assert stars([better(), result("lru"), better("c")], METRIC[name]) == {0, 2}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_rows_that_explain_have_no_star(metric: Metric) -> None:
    found = stars([result("lru"), better(codec="zstd")], metric)
    explaining = metric.name not in (*PAID, "compression_ratio", "flushes_per_frame")
    assert found == (set() if explaining else {1})


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_where_all_are_equal_nobody_has_one(metric: Metric) -> None:
    assert stars([result("a"), result("b"), result("c")], metric) == set()


@pytest.mark.parametrize("name", PRICES)
def test_where_one_has_no_figure_nobody_has_one(name: str) -> None:
    figures: dict[str, Any] = {name: None}
    unknown = result("none", **figures)
    assert stars([unknown, result("b"), better("c")], METRIC[name]) == set()


def test_of_one_codec_no_ratio_is_better() -> None:
    ratio = METRIC["compression_ratio"]
    assert stars([result("lru"), better()], ratio) == set()
    assert stars([result("lru"), better(codec="zstd")], ratio) == {1}
    assert stars([result("lru"), better(codec="zstd"), result("c", codec="zstd")], ratio) == set()


def test_where_pages_of_one_kind_are_counted_otherwise_no_ratio_is_better() -> None:
    later = under(better(codec="zstd"), era=era("linux-6.12"))
    assert stars([result("lru"), later], METRIC["compression_ratio"]) == set()


@pytest.mark.parametrize("name", PAID)
def test_who_keeps_pages_in_memory_saves_nothing(name: str) -> None:
    assert stars([result("lru"), counting(better(), kept_in_memory=5)], METRIC[name]) == set()


@pytest.mark.parametrize("name", ["device_writes", "refaults"])
def test_page_frames_that_were_saved_by_writing_or_reading_more_are_no_merit(name: str) -> None:
    base = result("lru")
    more: dict[str, Any] = {name: base.counters[name] + 1}
    dearer = better(**more)
    assert stars([base, dearer], METRIC["pool_pages_mean"]) == set()


@pytest.mark.parametrize("name", ["flushes_per_stalled_store", "flushes_per_store_kept"])
def test_no_price_of_a_stall_is_better_where_fewer_stores_were_kept(name: str) -> None:
    assert stars([result("lru"), better(stalled_stores_saved=0.5)], METRIC[name]) == set()
    none = [result("lru", stalled_stores_saved=0.0), better(stalled_stores_saved=0.0)]
    assert stars(none, METRIC[name]) == set()
    assert stars([result("lru"), better(codec="zstd")], METRIC[name]) == set()
    assert stars([result("lru"), under(better(), pool="zbud")], METRIC[name]) == set()


@pytest.mark.parametrize("name", ["flushes_per_stalled_store", "flushes_per_store_kept"])
def test_no_price_of_a_stall_is_better_where_it_does_not_apply(name: str) -> None:
    rejecting = under(result("lru"), era=era("linux-6.2"))
    assert stars([rejecting, better()], METRIC[name]) == set()


def test_b_has_a_star_only_where_enough_frames_were_asked_for_and_no_fewer_given() -> None:
    price = METRIC["flushes_per_frame"]
    few = [counting(one, frames_asked=ENOUGH_FRAMES - 1) for one in (result("lru"), better())]
    assert stars(few, price) == set()
    assert stars([result("lru"), counting(better(), frames_given=100)], price) == set()
    assert stars([counting(result("lru"), flushes_for_frames=0), better()], price) == set()
    # More than were asked for is no merit.
    assert stars(
        [counting(result("lru"), frames_given=410), counting(better(), frames_given=400)], price
    ) == {1}


def test_compaction_alone_and_few_frames_have_no_price() -> None:
    assert asked_for_frames(result("lru"))
    assert not asked_for_frames(counting(result("lru"), flushes_for_frames=0))
    assert asked_for_frames(counting(result("lru"), flushes_for_frames=0, frames_given=0))
    assert not asked_for_frames(counting(result("lru"), frames_asked=ENOUGH_FRAMES - 1))
    assert not asked_for_frames(replace(result("old"), counters={}))


@pytest.mark.parametrize(
    ("ranges", "found"),
    [
        ([(880, 920), (440, 460)], {1}),
        ([(460, 920), (440, 460)], set()),
        ([(880, 920), (440, 900)], set()),
        ([(400, 920), (440, 460)], set()),
    ],
)
def test_a_difference_within_the_spread_is_none(ranges: list[tuple[float, float]], found: set[int]) -> None:
    results = [result("lru"), better()]
    assert stars(results, METRIC["refaults"], {"refaults": ranges}) == found
    assert stars(results, METRIC["refaults"], {"device_writes": ranges}) == {1}


def test_an_old_result_without_these_counters_has_no_star_and_is_no_error() -> None:
    old = replace(result("old"), counters={}, metrics={"refaults": 900})
    for metric in METRICS:
        stars([old, better()], metric)


def taking(label: str, total_ns: float, codec: str = "lzo", **timings: float) -> Result:
    """A result of this total time, 0.5 s of it for compression and 0.3 s for decompression."""
    return result(label, codec=codec, timings={**MEASURED, **TOTALS, **timings, "total_ns": total_ns})


def test_a_total_time_has_a_star_only_beyond_what_the_codecs_may_take() -> None:
    # 1 % of 0.5 s and 2 % of 0.3 s, for each of the two.
    assert stars([taking("a", 2e9), taking("b", 2.0221e9, codec="b")], TOTAL_TIME) == {0}
    assert stars([taking("a", 2e9), taking("b", 2.0219e9, codec="b")], TOTAL_TIME) == set()
    others = [taking("b", 2.0219e9, codec="b"), taking("c", 3e9, codec="c")]
    assert stars([taking("a", 2e9), *others], TOTAL_TIME) == set()


def test_under_one_codec_what_both_do_alike_is_as_wrong_for_both() -> None:
    assert stars([taking("a", 0.5e9), taking("b", 0.51e9)], TOTAL_TIME) == {0}
    more = taking("b", 0.51e9, cpu_compress_ns=1.6e9)  # 1 % of 1.1 s more is 11 ms
    assert stars([taking("a", 0.5e9), more], TOTAL_TIME) == set()
    # Costs that were measured at another time are others.
    assert stars([taking("a", 0.5e9), taking("b", 0.51e9, compress_ns=5_001.0)], TOTAL_TIME) == set()


def test_a_total_time_has_no_star_where_the_machine_was_too_noisy_or_one_is_not_known() -> None:
    assert stars([taking("a", 1e9, compress_spread=0.11), taking("b", 9e9, codec="b")], TOTAL_TIME) == set()
    assert stars([taking("a", 1e9), result("export", timings={})], TOTAL_TIME) == set()
    assert stars([counting(taking("a", 1e9), kept_in_memory=5), taking("b", 9e9)], TOTAL_TIME) == set()


def test_a_total_time_that_was_given_is_exact() -> None:
    def given(label: str, total_ns: float) -> Result:
        one = result(label, timings={})
        return replace(one, metrics={**one.metrics, **TOTALS, "total_ns": total_ns})

    assert stars([given("a", 2e9), given("b", 2.03e9)], TOTAL_TIME) == {0}
    assert stars([given("a", 2e9), given("b", 2.01e9)], TOTAL_TIME) == set()  # which is not worth a word


def test_a_total_time_has_a_star_only_if_its_range_over_the_draws_is_apart() -> None:
    def drawn(label: str, *totals: float) -> Result:
        draws = [taking(label, total, codec=label) for total in totals * 3]
        return replace(draws[0], draws=drawn_by_seeds(range(len(draws)), draws))

    assert stars([drawn("a", 2e9, 2.5e9), drawn("b", 3e9, 2.6e9)], TOTAL_TIME) == {0}
    assert stars([drawn("a", 2e9, 2.5e9), drawn("b", 3e9, 2.4e9)], TOTAL_TIME) == set()
    # The range and the spread of the costs add up.
    assert stars([drawn("a", 2e9, 2.5e9), drawn("b", 3e9, 2.51e9)], TOTAL_TIME) == set()
    before = replace(drawn("a", 2e9, 2.5e9), draws={**drawn("a", 2e9).draws, "timings": {}})
    assert stars([before, drawn("b", 9e9, 9e9)], TOTAL_TIME) == set()


@pytest.mark.parametrize("name", [*PAID, "compression_ratio"])
def test_there_is_no_best_between_zram_and_zswap(name: str) -> None:
    changes: dict[str, Any] = {name: 1.0, "pool_pages_mean": 1.0}
    assert stars([result("lru", codec="zstd"), of_zram(**changes)], METRIC[name]) == set()
    assert stars([of_zram("a"), of_zram("b", device_writes=0)], METRIC["device_writes"]) == {1}
