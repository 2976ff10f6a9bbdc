"""The cards: a winner where there is a star, what stands against one elsewhere, and how sure it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report.made import better, result
from tests.report.test_charts import old
from tests.report.test_sureness import drawn
from zswapbench.report.headline import ONE_DRAW, PAID, Card, cards
from zswapbench.results.marks import stars
from zswapbench.results.records import Result
from zswapbench.results.spread import ranges_of
from zswapbench.rules.eras import ERAS

WRITES = "device_writes"


def card(name: str, *results: Result) -> Card:
    """The card of the metric ``name``."""
    (found,) = [one for one in cards(results) if one.metric.name == name]
    return found


def kept(one: Result, pages: int) -> Result:
    """``one``, with so many pages that had to stay in memory."""
    return replace(one, counters={**one.counters, "kept_in_memory": pages})


LOW, HIGH = (
    drawn(better("low"), device_writes=[10, 20, 30] * 2),
    drawn(result("high"), device_writes=[40, 50, 60] * 2),
)
MIDDLE = drawn(result("middle"), device_writes=[25, 35, 55] * 2)

SETS: dict[str, list[Result]] = {
    "a better one": [result("lru"), better()],
    "equal ones": [result("a"), result("b")],
    "two equal best": [better("a"), result("b"), better("c")],
    "ranges apart": [HIGH, LOW],
    "ranges that overlap": [MIDDLE, LOW],
    "other work": [kept(result("lru"), 9), better()],
    "frames bought with writes": [result("lru", pool_pages_mean=9.0), better()],
    "old ones": [old("before"), better()],
    "a reference": [result("lru"), better(), better("min", foresees=True, device_writes=1)],
    "one": [result("lru")],
}


@pytest.mark.parametrize("name", SETS)
def test_a_card_names_a_winner_exactly_where_there_is_a_star(name: str) -> None:
    results = [one for one in SETS[name] if not one.setting["policy_foresees"]]
    for one in cards(SETS[name]):
        starred = stars(results, one.metric, ranges_of(results))
        assert sorted(one.winners) == sorted(results[place].label for place in starred)


@pytest.mark.parametrize("name", [name for name in SETS if name != "one"])
def test_a_card_without_a_winner_says_why(name: str) -> None:
    for one in cards(SETS[name]):
        assert bool(one.winners) != bool(one.why)
        assert "{" not in one.why


@pytest.mark.parametrize(
    ("metric", "results", "why"),
    [
        (WRITES, SETS["equal ones"], "the same under all"),
        (WRITES, [result("a", device_writes=0), result("b", device_writes=0)], "none under any"),
        (WRITES, SETS["ranges that overlap"], "the ranges overlap"),
        (WRITES, SETS["other work"], "not the same work: they kept different numbers of pages in memory"),
        (WRITES, [result("lru", device_writes=None), better()], "no figure for lru"),
        (
            "pool_pages_mean",
            SETS["frames bought with writes"],
            "fewest under lru, which writes or reads more",
        ),
    ],
)
def test_what_stands_against_a_winner_is_said(metric: str, results: list[Result], why: str) -> None:
    assert card(metric, *results).why == why


def test_times_within_the_measured_spread_have_no_winner() -> None:
    near = {**result("b", codec="lz4 1").timings, "total_ns": 2.53e9, "compress_spread": 0.09}
    found = card("total_ns", result("a"), result("b", codec="lz4 1", timings=near))
    assert (found.winners, found.why) == ([], "the difference is within the spread")
    assert found.figures[0].spread == "+/- 25.00 ms"
    assert found.sure == "+/- for the codec's measured times; one draw"


def test_a_time_that_could_not_be_measured_well_has_no_winner() -> None:
    noisy = {**better().timings, "compress_spread": 0.9}
    found = card("total_ns", result("lru"), better(timings=noisy))
    assert (found.winners, found.why) == (
        [],
        "a codec's time, or its draws, could not be measured well enough",
    )


def test_the_margin_is_over_the_runner_up() -> None:
    found = card(
        WRITES, result("c", device_writes=400), result("a", device_writes=150), result("b", device_writes=200)
    )
    assert (found.winners, found.margin, found.than) == (["a"], 0.25, "b")
    assert [figure.label for figure in found.figures] == ["a", "b", "c"]


def test_over_draws_the_median_stands_with_its_range() -> None:
    found = card(WRITES, HIGH, LOW)
    assert [(figure.shown, figure.spread) for figure in found.figures] == [
        ("20", "10 to 30"),
        ("50", "40 to 60"),
    ]
    assert found.sure == "ranges over 6 seeds"


def test_one_draw_says_that_no_spread_is_known() -> None:
    assert card(WRITES, result("lru"), better()).sure == ONE_DRAW


def test_a_single_run_has_its_figures_and_no_word_of_winners() -> None:
    for one in cards([result("lru")]):
        assert one.figures[0].shown
        assert (one.winners, one.why, one.margin) == ([], "", None)


def test_a_reference_wins_nothing_and_is_shown_beside() -> None:
    found = card(WRITES, *SETS["a reference"])
    assert found.winners == ["class-lru"]
    assert [(figure.label, figure.best) for figure in found.references] == [("min", False)]


def test_page_frames_are_told_in_mib_and_with_their_peak() -> None:
    found = card("pool_pages_mean", result("lru", pool_pages_mean=512.0), better())
    assert "512.00 (2.0 MiB)" in [figure.shown for figure in found.figures]
    assert found.beside == ["peak: 12 (48.0 KiB) under lru, 11 (44.0 KiB) under class-lru"]


def test_peaks_that_most_share_stand_there_once() -> None:
    same = [result(f"p{number}") for number in range(5)]
    peaks = [
        replace(better(f"q{n}"), metrics={**better().metrics, "pool_pages_peak": 20 + n}) for n in range(6)
    ]
    for some, said in (
        (same, "12 (48.0 KiB) under all"),
        ([*same, peaks[0]], "12 (48.0 KiB) under all but q0 20"),
        ([*same, *peaks[:2]], "12 (48.0 KiB) under all but q0 20 and q1 21"),
        (peaks, "20 (80.0 KiB) under q0 to 25 (100.0 KiB) under q5"),
        (same[:1], "12 (48.0 KiB)"),
    ):
        assert card("pool_pages_mean", *some).beside == [f"peak: {said}"]


def test_a_figure_that_nobody_knows_has_no_card() -> None:
    bare = replace(old("before"), metrics={}, counters={}, timings={})
    assert cards([bare]) == []
    assert [one.metric for one in cards([bare, better()])] == list(PAID)


def test_a_figure_that_means_nothing_in_an_era_stands_without_a_value() -> None:
    later = result("later")
    later = replace(later, setting={**later.setting, "era": ERAS["linux-6.2"].as_dict()})
    assert all(one.figures for one in cards([later, better()]))
