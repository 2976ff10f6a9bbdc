"""Figures in draws: margins, and who is told from whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zswapbench.runs.recommend.figures import BLOCKS, DRAWS, Figure, ahead, block_sums, margin, surely_less


def paid(*draws: float, spread: float | None = 0.0, codecs: tuple[str, ...] = ("lz4",)) -> Figure:
    """Time paid, the mean of ``draws``."""
    return Figure("time paid", sum(draws) / len(draws), draws, spread, codecs)


def test_a_draw_has_as_many_pieces_as_the_whole() -> None:
    assert block_sums(np.ones(120), 0).tolist() == [120] * DRAWS
    assert block_sums(np.ones(17), 3).tolist() == [17] * DRAWS


def test_draws_of_blocks_spread_as_far_as_the_course_differs() -> None:
    steps = np.zeros(120)
    steps[60:70] = 1  # a phase of one block
    sums = block_sums(steps, 0)
    assert sums.min() < 10 < sums.max()
    assert 5 < sums.mean() < 15
    assert block_sums(np.tile([0, 2], 60), 0).std() < sums.std()


def test_neighbouring_pieces_stay_together() -> None:
    steps = np.arange(120)
    length = 120 // BLOCKS
    drawn = block_sums(np.where(steps % length == 0, 1, 0), 0)
    assert set(drawn) == {BLOCKS}  # whatever the blocks: one in each


def test_the_same_seed_draws_the_same_for_all_set_ups() -> None:
    steps = np.random.default_rng(1).random(120)
    assert np.allclose(block_sums(3 * steps, 5), 3 * block_sums(steps, 5))
    assert not np.array_equal(block_sums(steps, 5), block_sums(steps, 6))


def test_a_margin_is_held_draw_by_draw() -> None:
    one, other = paid(10, 100, 1000), paid(11, 110, 1200)
    found = margin(one, other, "other")
    assert (found.low, found.high, found.draws, found.of) == (1.1, 1.2, 3, "time paid")
    assert surely_less(one, other)  # though their ranges overlap
    assert not surely_less(other, one)


def test_one_draw_that_says_otherwise_is_enough_for_a_tie() -> None:
    one, other = paid(10, 10, 10), paid(20, 20, 9)
    assert ahead([one], [other]) is None


def test_less_than_one_percent_is_nothing() -> None:
    assert not surely_less(paid(1000, 1000), paid(1009, 1009))
    assert surely_less(paid(1000, 1000), paid(1011, 1011))


def test_an_error_that_both_share_hardly_counts_and_others_do() -> None:
    one, other = paid(100, 100, spread=10), paid(115, 115, spread=11.5)
    assert surely_less(one, other)
    foreign = paid(115, 115, spread=11.5, codecs=("zstd",))
    assert not surely_less(one, foreign)


def test_nothing_is_told_where_codecs_could_not_be_measured() -> None:
    assert not surely_less(paid(1, 1, spread=None), paid(9, 9))
    assert not surely_less(paid(1, 1), paid(9, 9, spread=None))


def test_who_pays_nothing_is_ahead_by_no_number() -> None:
    nothing, some = paid(0, 0, 0), paid(5, 0, 7)
    found = margin(nothing, some, "some")
    assert (found.ratio, found.low, found.high) == (None, None, None)
    assert surely_less(nothing, some)
    assert not surely_less(nothing, nothing)


def test_the_second_figure_counts_where_the_first_ties() -> None:
    writes, fast, slow = paid(0, 0), paid(1, 1), paid(2, 2)
    assert ahead([writes, fast], [writes, slow]) == 1
    assert ahead([paid(1, 1), slow], [paid(3, 3), fast]) == 0
    assert ahead([writes, slow], [writes, fast]) is None


def test_nobody_is_ahead_of_what_may_need_less() -> None:
    one, other = paid(10, 10), paid(20, 20)
    assert not surely_less(one, replace(other, at_most=True))
    assert surely_less(replace(one, at_most=True), other)
