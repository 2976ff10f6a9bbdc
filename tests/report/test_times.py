"""What tables say of times: where they come from, how sure they are, and whether the device kept up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.report.made import MEASURED, TOTALS, better, result
from zswapbench.report.times import times_of
from zswapbench.results.records import Result


def timed(label: str = "lru", **timings: float) -> Result:
    """A result with measured times."""
    return result(label, timings={**MEASURED, **TOTALS, **timings})


def other_codec() -> dict[str, Any]:
    """The setting of a result whose codec is called lzo, too, and is another build of it."""
    return {**result("x").setting, "codec_identity": "lzo zswapbench 0.0.9"}


def given(label: str) -> Result:
    """A result whose codec's costs were asked for."""
    one = result(label, timings={})
    costs: dict[str, Any] = {"compress_ns": 2_100.0, "decompress_ns": 600.0}
    return replace(one, setting={**one.setting, "codec_cost": costs}, metrics={**one.metrics, **TOTALS})


def said(*results: Result) -> str:
    return "\n".join(times_of(list(results)))


def test_measured_costs_are_told_once_with_their_spread_and_what_it_makes_of_the_total() -> None:
    told = said(timed("a"), replace(timed("b", total_ns=3e9), setting=other_codec()))
    assert told == (
        "time: a page under lzo costs 5.00 us (+/- 1.0 %) to compress and 2.00 us (+/- 2.0 %) to decompress, mean of "
        "the corpus's pages, measured on this machine in 9 rounds\n"
        "total time, for the spread of the rounds: a +/- 25.00 ms, b +/- 25.00 ms"
    )


def test_totals_of_which_neither_is_less_for_sure_are_told() -> None:
    # By compression 1 % of 0.5 s, by decompression 2 % of 0.3 s: 11 ms either way.
    near = replace(timed("b", total_ns=2.522e9), setting=other_codec())
    assert said(timed("a"), near, better("c")).endswith("since neither is less for sure: a and b")
    far = replace(near, timings={**near.timings, "total_ns": 2.5221e9})
    assert "tie" not in said(timed("a"), far)


def test_under_one_codec_its_spread_weighs_only_on_what_differs() -> None:
    told = said(timed("a"), timed("b", total_ns=2.501e9))
    assert "under one codec the same holds for all of them" in told
    assert "tie" not in told
    assert "a tie, since neither is less for sure: a and b" in said(timed("a"), timed("b"))


def test_costs_that_were_given_have_no_spread() -> None:
    told = said(given("a"), given("b"))
    assert told == "time: a page under lzo costs 2.10 us to compress, 600 ns to decompress, as was asked for"


def test_a_machine_that_is_too_noisy_is_told() -> None:
    assert "noisy" not in said(timed(decompress_spread=0.1))
    assert "too noisy to measure lzo: rounds differ by 35 %" in said(timed(decompress_spread=0.35))


def test_a_machine_that_changed_its_speed_is_told_once_and_its_rounds_are_not_blamed() -> None:
    assert "changed its speed" not in said(timed("a"), timed("b"))
    changed = {"compress_spread": 0.41, "decompress_spread": 0.42, "speed_change": 0.4}
    other = {**result("b").setting, "codec": "zstd"}
    told = said(timed("a", **changed), replace(timed("b", **changed), setting=other))
    assert (
        told.count("changed its speed by 40 % between the measurements of lzo and zstd, which is added") == 1
    )
    assert "noisy" not in told
    assert "differ by 11 %" in said(timed("a", **{**changed, "compress_spread": 0.51}))


def test_a_device_that_does_not_keep_up_is_told_and_a_burst_is_not() -> None:
    def slow(held_up: int) -> Result:
        one = timed()
        return replace(one, counters={**one.counters, "device_reads": 1_000, "device_reads_held_up": held_up})

    assert "keep up" not in said(slow(10))
    assert "the swap device ssd cannot keep up with the trace: 11 of 1,000 reads" in said(slow(11))


def test_results_without_times_say_nothing() -> None:
    bare = replace(result("older", timings={"stall_ns": 5.0}), counters={}, metrics={})
    assert times_of([bare, result("export", timings={})]) == []
