"""The one sentence: who wins the cards is recommended, with what it costs; else there is nothing to choose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report.made import better, result
from tests.report.test_headline import SETS
from tests.report.test_sureness import IDLE, drawn
from tests.report.test_zram_words import holding
from zswapbench.report import console, markdown
from zswapbench.report.headline import cards
from zswapbench.report.ranking import ranking_tables
from zswapbench.report.recommendation import opening, recommendation
from zswapbench.report.tables import compare_tables
from zswapbench.results.records import Result
from zswapbench.rules.eras import ERAS

ONE_DRAW = "This is one draw: --seeds 5 shows whether it holds."


def large(one: Result) -> Result:
    """``one``, with a pool that is not small for its classes."""
    return replace(one, classes=[])


def idle(one: Result) -> Result:
    """``one``, whose pool never filled."""
    return replace(one, counters={**one.counters, **IDLE})


def said(*results: Result) -> str:
    return recommendation([large(one) for one in results])


def test_who_wins_is_recommended_with_the_margins() -> None:
    assert said(result("lru"), better()) == (
        "Take class-lru: 50.0 % fewer device writes, 50.0 % fewer refaults, 2.4 % fewer page frames and 50.0 % "
        f"less time than lru. {ONE_DRAW}"
    )


def test_what_the_best_pays_more_of_is_its_price() -> None:
    assert said(result("lru"), better(pool_pages_mean=12.6)) == (
        "Take class-lru: 50.0 % fewer device writes, 50.0 % fewer refaults and 50.0 % less time than lru, at the cost "
        f"of 20.0 % more page frames than lru. {ONE_DRAW}"
    )


def test_a_price_where_the_other_pays_nothing_is_a_number() -> None:
    text = said(result("lru", pool_pages_mean=0.0), better())
    assert "at the cost of 10.25 (41.0 KiB) page frames, where lru has none" in text


def test_of_three_the_margin_is_over_the_next_best() -> None:
    others = [
        result("a", device_writes=30_000, refaults=950),
        result("b", device_writes=40_000, refaults=900),
    ]
    text = said(*others, better(pool_pages_mean=10.5, timings=result("a").timings))
    assert text.startswith(
        "Take class-lru: 13.3 % fewer device writes and 50.0 % fewer refaults than the next best of each."
    )


def test_runs_that_win_different_cards_are_a_trade_and_none_is_recommended() -> None:
    text = said(result("lru", device_writes=13_005), better())
    assert text == (
        "No run is better in all that is paid: lru has the fewest device writes (50.0 % fewer than class-lru); "
        "class-lru has the fewest refaults (50.0 % fewer than lru) and the least time (50.0 % less than lru). "
        f"{ONE_DRAW}"
    )


def test_equal_winners_are_both_named() -> None:
    assert said(better("a"), result("b"), better("c")).startswith("Take a or c: 50.0 % fewer device writes")


def test_where_the_ranges_overlap_there_is_nothing_to_choose() -> None:
    names = ("device_writes", "refaults", "pool_pages_mean")
    first, second = (dict.fromkeys(names, ends) for ends in ([10, 30] * 3, [40, 20] * 3))
    text = said(drawn(result("lru"), **first), drawn(better(timings=result("lru").timings), **second))
    assert text.startswith(
        "Nothing to choose between lru and class-lru: device writes, refaults and page frames: the ranges overlap"
    )
    assert "Take" not in text


def test_runs_that_did_other_work_are_not_held_against_each_other() -> None:
    text = said(*SETS["other work"])
    assert text.startswith("No recommendation between lru and class-lru: ")
    assert "not the same work: they kept different numbers of pages in memory" in text


def test_ranges_that_lie_apart_are_the_reason_to_be_sure() -> None:
    apart = drawn(result("lru"), device_writes=[40, 50] * 3), drawn(better(), device_writes=[10, 20] * 3)
    assert said(*apart).endswith("; over 6 seeds the ranges of device writes and time do not overlap.")


def test_a_margin_below_one_percent_is_no_reason() -> None:
    text = said(result("lru"), result("other", device_writes=51_900))
    assert text.startswith("Nothing to choose between lru and other: device writes: less than 1 % apart; ")


def test_a_small_pool_is_told_beside_the_recommendation() -> None:
    assert recommendation([result("lru"), better()]).endswith("do not judge zsmalloc by it.")


@pytest.mark.parametrize(
    "results",
    [
        [result("lru")],
        [result("lru"), better("min", foresees=True)],
        [better("min", foresees=True), result("min-frames", foresees=True)],
        [idle(result("lru")), idle(better())],
    ],
)
def test_nothing_is_recommended_where_there_is_no_choice(results: list[Result]) -> None:
    assert recommendation(results) == ""


@pytest.mark.parametrize("name", SETS)
def test_nobody_is_recommended_who_wins_no_card(name: str) -> None:
    text = recommendation(SETS[name])
    winners = {label for one in cards(SETS[name]) for label in one.winners}
    if text.startswith("Take "):
        named = text.removeprefix("Take ").partition(":")[0].split(" or ")
        assert set(named) <= winners


def test_the_same_sentence_stands_in_every_form() -> None:
    results = [result("lru"), better()]
    sentence = recommendation(results)
    assert console.render(compare_tables(results)).startswith(sentence)
    assert console.render(ranking_tables(results)).startswith(sentence)
    assert markdown.render(compare_tables(results)).startswith(sentence)


def test_a_pool_that_never_filled_is_told_before_the_recommendation() -> None:
    text = opening([large(idle(result("lru"))), large(better())])
    assert text.startswith("the pool never filled under lru: ")
    assert ". Take class-lru: " in text


def test_more_flushes_for_a_page_frame_are_a_price_of_the_one_that_is_recommended() -> None:
    asked = {"frames_asked": 400, "frames_given": 400, "flushes_for_frames": 1}
    lru, ours = result("lru", flushes_per_frame=25.0), better(flushes_per_frame=50.0)
    assert said(*(replace(one, counters={**one.counters, **asked}) for one in (lru, ours))).startswith(
        "Take class-lru: 50.0 % fewer device writes, 50.0 % fewer refaults, 2.4 % fewer page frames and 50.0 % less "
        "time than lru, at the cost of 100 % more flushes for a page frame given back than lru."
    )


def test_the_sentence_says_what_the_traffic_is() -> None:
    some = [
        replace(one, inputs={**one.inputs, "origin": "synthetic: zipf"}) for one in (result("lru"), better())
    ]
    assert said(*some).endswith("This is one draw of synthetic traffic: --seeds 5 shows whether it holds.")


def test_of_several_runs_only_those_near_the_lowest_are_a_tie_and_the_others_are_said_to_be_worse() -> None:
    others = [result("clock", device_writes=52_300), result("random", device_writes=60_000)]
    text = said(result("lru"), *others)
    assert text.startswith("Nothing to choose between lru and clock: ")
    assert text.endswith(" Worse: random has 15.3 % more device writes than lru.")


def test_what_is_so_in_each_draw_is_said_though_ranges_overlap() -> None:
    one, other = (
        drawn(result("lru"), device_writes=[10, 30] * 3),
        drawn(result("fifo"), device_writes=[20, 40] * 3),
    )
    text = said(one, other)
    assert text.startswith("These draws do not tell lru and fifo apart: device writes: the ranges overlap; ")
    assert text.endswith("but lru has fewer device writes in each of the 6 draws.")


def test_few_draws_recommend_nobody() -> None:
    text = said(drawn(result("lru"), device_writes=[40] * 4), drawn(better(), device_writes=[10] * 4))
    assert text == (
        "No recommendation: ranges of fewer than 5 draws may lie apart by chance; --seeds 5 would tell."
    )


def test_a_pool_of_a_few_frames_recommends_nobody() -> None:
    some = [
        replace(one, setting={**one.setting, "pool_limit_pages": 16}) for one in (result("lru"), better())
    ]
    assert said(*some) == "No recommendation: a pool of 16 page frames is too small to tell runs apart."


def test_a_pool_that_the_kernel_does_not_have_is_a_what_if_in_the_sentence() -> None:
    era = ERAS["linux-6.18"].as_dict()
    zbud = better("zbud")
    ours = replace(zbud, setting={**zbud.setting, "pool": "zbud", "era": era})
    text = said(result("lru"), ours)
    assert text.startswith("If it were in the kernel, take zbud: ")
    assert text.endswith("zbud is a what-if: zswap of linux-6.18 has no zbud.")


def test_zram_stands_beside_two_runs_of_zswap_and_takes_no_star_from_them() -> None:
    text = said(result("lru"), better(), holding())
    assert text.startswith("Take class-lru: ")
    assert text.endswith("zram stands beside these: zram and zswap do not do the same work.")
