"""The judgement: who is taken, who ties, and when nothing is recommended."""

from __future__ import annotations

from dataclasses import replace

from zswapbench.runs.recommend.cells import Cell
from zswapbench.runs.recommend.figures import Figure
from zswapbench.runs.recommend.judging import Contender, front, judge

DISK = Cell("disk")


def contender(cell: Cell, *draws: float, changes: int = 1, eligible: bool = True) -> Contender:
    """One that pays this in each of two or more draws."""
    mean = sum(draws) / len(draws)
    figure = Figure("time paid", mean, draws)
    return Contender(cell, cell.spec(1 << 30), (figure,), (mean, 0.0, 0.0), changes, eligible)


def zswap(percent: int, *draws: float, changes: int = 1) -> Contender:
    return contender(Cell("zswap", "zstd", percent), *draws, changes=changes)


def test_the_best_is_taken_and_the_next_is_told() -> None:
    disk, best, next_one = contender(DISK, 90, 90, changes=0), zswap(50, 10, 10), zswap(20, 20, 20)
    found = judge([disk, next_one, best], disk, "settle")
    assert (found.chosen, found.runner_up, found.ties, found.refused) == (best, next_one, (), "")


def test_of_ties_that_pay_hardly_more_the_one_with_fewest_changes_is_taken() -> None:
    disk = contender(DISK, 90, 90, changes=0)
    best, less_changed = zswap(50, 100 / 10, 10, changes=3), zswap(20, 10.05, 10.05, changes=1)
    found = judge([disk, best, less_changed], disk, "settle")
    assert (found.chosen, found.ties) == (less_changed, (best,))


def test_a_tie_that_pays_much_more_on_average_is_not_taken() -> None:
    disk = contender(DISK, 90, 90, changes=0)
    best, unsure = zswap(50, 10, 10, changes=3), zswap(20, 9.9, 19, changes=1)
    found = judge([disk, best, unsure], disk, "settle")
    assert (found.chosen, found.ties) == (best, (unsure,))


def test_a_tie_of_two_families_is_refused() -> None:
    disk = contender(DISK, 90, 90, changes=0)
    zram = contender(Cell("zram", "lz4"), 10, 11)
    found = judge([disk, zswap(20, 11, 10), zram], disk, "record for longer")
    assert found.chosen is None
    assert "cannot be told apart" in found.refused
    assert "zram,lz4" in found.refused
    assert "each of the 2 tied pays at least 8.18 times less time paid than disk" in found.refused
    assert found.settle.startswith(
        "record for longer; or --allow zswap or --allow zram, where you would have that one"
    )


def test_zram_with_and_without_a_disk_are_one_family() -> None:
    disk = contender(DISK, 90, 90, changes=0)
    alone = contender(Cell("zram", "lz4"), 10, 11, changes=2)
    before_disk = contender(Cell("zram+disk", "lz4"), 10, 11, changes=1)
    assert judge([disk, alone, before_disk], disk, "").chosen == before_disk


def test_a_tie_with_what_there_is_keeps_it() -> None:
    disk = contender(DISK, 10, 12, changes=0)
    found = judge([disk, zswap(20, 11, 11)], disk, "")
    assert found.chosen is None
    assert found.refused.startswith("keep what you have: disk cannot be told from zswap,zstd")


def test_what_there_is_may_be_the_best() -> None:
    disk, other = contender(DISK, 10, 10, changes=0), zswap(20, 20, 20)
    found = judge([disk, other], disk, "")
    assert (found.chosen, found.runner_up) == (disk, other)


def test_what_behaves_as_the_default_does_is_the_default() -> None:
    disk, twin, other = contender(DISK, 10, 10, changes=0), zswap(10, 10, 10), zswap(50, 20, 20)
    found = judge([disk, twin, other], disk, "")
    assert (found.chosen, found.ties) == (disk, ())


def test_who_did_not_do_the_work_is_never_chosen() -> None:
    disk = contender(DISK, 90, 90, changes=0)
    fast = contender(Cell("zram", "lz4"), 1, 1, eligible=False)
    best = zswap(20, 10, 10)
    found = judge([disk, fast, best], disk, "")
    assert (found.chosen, found.runner_up) == (best, disk)
    none = judge([replace(disk, eligible=False), fast], disk, "")
    assert none.refused.startswith("each set-up ran out of memory")


def test_a_kernel_to_be_built_is_told_beside_and_not_chosen() -> None:
    disk, best = contender(DISK, 90, 90, changes=0), zswap(20, 10, 10)
    built = contender(Cell("zswap", "zstd", chain=4), 8, 8, changes=101)
    found = judge([disk, best, built], disk, "")
    assert (found.chosen, found.rebuilt) == (best, built)
    alike = contender(Cell("zswap", "zstd", chain=4), 9.99, 9.99, changes=101)
    assert judge([disk, best, alike], disk, "").rebuilt is None


def test_times_that_nobody_could_measure_refuse() -> None:
    disk = contender(DISK, 90, 90, changes=0)
    noisy = zswap(20, 10, 10)
    noisy = replace(noisy, figures=(replace(noisy.figures[0], spread=None),))
    found = judge([disk, noisy], disk, "")
    assert "too noisy" in found.refused
    assert "--cost" in found.settle


def test_the_front_has_nobody_that_another_is_better_than() -> None:
    def one(time: float, writes: float, frames: float, *, eligible: bool = True) -> Contender:
        made = contender(Cell("zswap", f"{time}"), time, time, eligible=eligible)
        return replace(made, paid=(time, writes, frames))

    fast, lean, worse = one(10, 100, 100), one(20, 50, 50), one(30, 60, 60)
    hardly, out = one(11, 99, 99), one(1, 1, 1, eligible=False)
    assert front([worse, lean, hardly, fast, out]) == [fast, lean]


def test_one_that_happens_to_be_ahead_of_the_default_does_not_stand_for_a_best_that_is_not() -> None:
    disk = contender(DISK, 50, 50, changes=0)
    best, sure = zswap(50, 30, 51, changes=1), zswap(20, 41, 43, changes=2)
    found = judge([disk, best, sure], disk, "")
    assert found.chosen is None
    assert "keep what you have" in found.refused


def at_most(one: Contender) -> Contender:
    """``one``, of which nobody knows how much less it may pay."""
    return replace(one, figures=(replace(one.figures[0], at_most=True),))


def test_what_it_may_need_at_most_makes_nobody_the_best() -> None:
    disk = contender(DISK, 90, 90, changes=0)
    told, untold = zswap(50, 50, 50), at_most(zswap(80, 40, 40))
    found = judge([disk, told, untold], disk, "another recording")
    assert found.chosen is None
    assert found.refused.endswith("and the references do not say in how little")
    assert found.settle == "another recording"


def test_of_one_family_who_is_known_to_need_less_than_others_may_at_most_is_taken() -> None:
    disk = contender(DISK, 90, 90, changes=0)
    told, untold = zswap(50, 40, 40, changes=3), at_most(zswap(80, 50, 50, changes=1))
    found = judge([disk, told, untold], disk, "")
    assert (found.chosen, found.ties) == (told, (untold,))
    foreign = at_most(contender(Cell("zram", "lz4"), 50, 50))
    assert "cannot be told apart" in judge([disk, told, foreign], disk, "").refused
