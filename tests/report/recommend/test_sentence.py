"""One sentence that says what to take, by how much and how sure that is; and refusals as plain as that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report.recommend.made import BEST, DEFAULT, NEXT, candidate, recommendation, replayed
from zswapbench.report.recommend.sentence import doubts, opening, short_of, words_of
from zswapbench.results.recommendation import Margin


def test_the_sentence_has_each_margin_with_its_range_and_their_number() -> None:
    assert opening(recommendation()) == (
        "Take zswap with zstd, pool at most 40 % of RAM: 2.31 times (2.20 to 2.40) less time paid than Debian's "
        "default (swap on a disk, zswap off), and 1.12 times (1.08 to 1.17) less than the runner-up "
        "(zram lz4, 1.0 GiB); ranges over 20 draws of the recording's blocks."
    )


def test_margins_of_different_things_each_say_of_what() -> None:
    writes = Margin(NEXT, 3.0, 2.0, 4.0, 20, "device writes")
    assert "fewer device writes than the runner-up" in opening(recommendation(over_runner_up=writes))


def test_what_pays_nothing_at_all_has_no_ratio() -> None:
    none = Margin(NEXT, None, None, None, 20, "device writes")
    assert (
        "no device writes at all, unlike the runner-up (zram lz4, 1.0 GiB); ranges over 20 draws"
        in opening(recommendation(over_default=None, over_runner_up=none))
    )
    half = Margin(NEXT, 9.0, 3.0, None, 20, "device writes")
    assert "9.00 times (3.00 to none) fewer device writes" in opening(
        recommendation(over_default=None, over_runner_up=half)
    )


def test_without_anything_to_hold_it_against_the_set_up_stands_alone() -> None:
    alone = recommendation(over_default=None, over_runner_up=None)
    assert opening(alone) == "Take zswap with zstd, pool at most 40 % of RAM."


def test_made_traffic_is_said_to_be_made() -> None:
    made = recommendation(made=True, traffic="made, not recorded: 6 draws")
    assert opening(made).endswith("; ranges over 20 patterns and seeds of made traffic.")
    assert "traffic: made, not recorded: 6 draws" in doubts(made)


def test_what_is_there_already_is_kept() -> None:
    default = recommendation().default
    kept = recommendation(chosen=default, over_default=None)
    assert opening(kept).startswith("Keep what you have, swap on a disk, without zswap or zram: 1.12 times")


def test_a_runner_up_that_is_the_default_is_told_once() -> None:
    one = recommendation()
    same = replace(one, runner_up=one.default, over_runner_up=one.over_default)
    assert opening(same) == (
        "Take zswap with zstd, pool at most 40 % of RAM: 2.31 times (2.20 to 2.40) less time paid than Debian's "
        "default (swap on a disk, zswap off), which is the runner-up; ranges over 20 draws of the recording's blocks."
    )


def test_the_kernels_own_in_a_replay_is_taken_for_nobody_need_have_it() -> None:
    zswap = replayed("lzo,era=6.12")
    one = recommendation(loop="replay", machine={}, made=True, chosen=zswap, default=zswap, over_default=None)
    said = opening(replace(one, runner_up=replayed("zstd,era=6.12")))
    assert said.startswith("Take zswap with lzo")
    assert said.endswith("; ranges over 20 seeds of made traffic.")
    assert "465 set-ups, each over the whole trace" in doubts(one)


def test_an_interrupted_search_has_a_best_so_far_and_no_answer() -> None:
    said = opening(recommendation(interrupted=True))
    assert said.startswith("Interrupted, 24 of 465 set-ups tried; the best of these: zswap with zstd, pool")
    done = recommendation(interrupted=True, search={**recommendation().search, "whole": 470})
    assert opening(done).startswith("Interrupted, 470 set-ups tried; the best of these: ")


def test_a_default_that_runs_out_of_memory_is_said_to() -> None:
    out = recommendation(over_default=None, default=candidate(DEFAULT, out_of_memory_at=5))
    assert opening(out).startswith(
        "Take zswap with zstd, pool at most 40 % of RAM: it does the work, for which Debian's default (swap on a disk, "
        "zswap off) runs out of memory, and 1.12 times (1.08 to 1.17) less time paid than the runner-up"
    )
    alone = replace(out, over_runner_up=None)
    assert opening(alone).endswith("runs out of memory.")


def test_what_the_goal_is_not_about_is_told_as_its_price() -> None:
    slow = recommendation(goal="wear", chosen=candidate(BEST, 3.0))
    assert opening(slow).endswith(" Its price: 3.00 s of time in place of 2.30 s.")
    wearing = recommendation(chosen=candidate(BEST, 1.0, 1_900))
    assert opening(wearing).endswith(" Its price: 1,900 device writes in place of 900.")
    assert "Its price" not in opening(recommendation())


def test_a_lead_that_is_small_is_not_rounded_away() -> None:
    close = Margin(NEXT, 1.04, 1.0021, 1.1, 20, "time paid")
    assert "1.04 times (1.002 to 1.10) less than the runner-up" in opening(
        recommendation(over_runner_up=close)
    )


def test_how_it_is_known_what_a_kernel_offers_is_told() -> None:
    one = recommendation()
    known = replace(one, machine={**one.machine, "kernel_offers": {"how": "as Debian builds 6.12"}})
    assert "what there is to choose from: as Debian builds 6.12" in doubts(known)


@pytest.mark.parametrize(
    ("refused", "opened"),
    [
        ("keep what you have: disk cannot be told from zswap,lzo", "Keep what you have: disk cannot be told"),
        ("each set-up ran out of memory", "No recommendation: each set-up ran out of memory."),
    ],
)
def test_a_refusal_says_why_and_what_would_settle_it(refused: str, opened: str) -> None:
    said = opening(recommendation(chosen=None, refused=refused, settle="a longer recording"))
    assert said.startswith(opened)
    assert said.endswith(". What would settle it: a longer recording.")


def test_a_tie_is_told_as_one_with_the_first_names_and_the_number_of_the_rest() -> None:
    ties = tuple(f"zswap,zstd,max-pool-percent={percent}" for percent in (30, 35, 45, 50, 60, 70))
    assert " (one of 7 that cannot be told apart): " in opening(recommendation(ties=ties))
    assert "told apart" not in opening(recommendation())
    told = doubts(recommendation(ties=ties))
    assert (
        "a tie of 7: zswap zstd, 40 % cannot be told from zswap zstd, 30 %; zswap zstd, 35 %; zswap zstd, 45 %; "
        "zswap zstd, 50 %; 2 others; of those within 5% of the best it changes the least of what there is"
    ) in told
    assert "not told apart: zswap zstd, 30 %" in doubts(
        recommendation(chosen=None, refused="x", ties=ties[:1])
    )


def test_each_doubt_stands_in_a_line_and_what_is_none_in_no_line() -> None:
    told = doubts(recommendation())
    assert told[0] == f"as a SETUP of 'machine': {BEST}"
    assert "465 set-ups in the grid; 24, with neighbours of the best, had all of the work; 31 s" in told
    assert "a remark" in told
    assert all(told)
    more = doubts(
        recommendation(
            interrupted=True,
            ram_needed=1 << 30,
            rebuilt=candidate(
                f"{BEST},chain-size=16", needs=("a kernel built with CONFIG_ZSMALLOC_CHAIN_SIZE=16",)
            ),
            rebuilt_over_chosen=Margin(BEST, 1.2, 1.1, 1.3, 20, "time paid"),
        )
    )
    assert "in 1.0 GiB it is as fast as disk is in all of 2.0 GiB" in more
    assert any(line.startswith("interrupted: 465 set-ups") for line in more)
    assert (
        "zswap zstd, 40 %, chain 16 takes a kernel built with CONFIG_ZSMALLOC_CHAIN_SIZE=16: 1.20 times (1.10 to 1.30) "
        "less time paid than zswap zstd, 40 %; ranges over 20 draws of the recording's blocks"
    ) in more


@pytest.mark.parametrize(
    ("spec", "words", "short"),
    [
        ("disk", "swap on a disk, without zswap or zram", "disk"),
        (
            "zswap,lz4,pool=zbud,accept-threshold-percent=80,shrinker=1",
            "zswap with lz4, pool at most 20 % of RAM, over zbud, accepting again at 80 % of that, its shrinker on",
            "zswap lz4, 20 %, zbud, accept 80 %, shrinker",
        ),
        (
            "zram,lz4,mem-limit=64MiB,recomp-algorithm=zstd,recompress=huge_idle,every=60s,idle=1h",
            "a zram of 1.0 GiB with lz4, at most 64.0 MiB of RAM, huge and idle pages recompressed by zstd",
            "zram lz4 recompress zstd, 1.0 GiB",
        ),
        ("zram+disk,zstd", "a zram of 1.0 GiB with zstd, before swap on a disk", "zram+disk zstd, 1.0 GiB"),
        (
            "zswap+zram,lz4,zram-codec=zstd,disksize=3GiB",
            "zswap with lz4, pool at most 20 % of RAM, before a zram of 3.0 GiB with zstd",
            "zswap+zram lz4, 20 %, zstd, 3.0 GiB",
        ),
    ],
)
def test_each_kind_has_words_for_a_sentence_and_for_a_column(spec: str, words: str, short: str) -> None:
    one = recommendation()
    assert words_of(candidate(spec), one) == words
    assert short_of(spec, one) == short


def test_a_replays_set_ups_are_told_without_a_share_of_ram_that_nobody_knows() -> None:
    one = recommendation(loop="replay", machine={})
    assert (
        short_of("zstd,zbud,era=6.12:accept_threshold_percent=100", one) == "zswap zstd, zbud, accept 100 %"
    )
    assert short_of("zram,lz4", one) == "zram,lz4"
    words = words_of(replayed("zstd,era=6.12"), one)
    assert words.startswith("zswap with zstd, pool at most ")
    assert words.endswith(" page frames")
    assert any(line.startswith("a replay: the swap traffic was given") for line in doubts(one))
