"""The formulas that real threads and models are held against."""

from __future__ import annotations

import pytest

from tests.sim.locks.formulas import Queue, in_step, machine_repair, random_free


def test_cpus_in_step_wait_for_each_other_only_as_long_as_they_must() -> None:
    assert in_step(2000, 10_000, 2) == (1e5, 8000)
    assert in_step(1000, 100, 3) == pytest.approx((3e9 / 1100, 0))
    assert in_step(0, 100, 3) == (1e7, 200)


def test_one_cpu_never_waits() -> None:
    assert machine_repair(1000, 10, 1) == pytest.approx((1e9 / 1010, 0), abs=1e-6)


@pytest.mark.parametrize("queue", [random_free, lambda free, hold: machine_repair(free, hold, 2)])
def test_a_lock_that_is_hardly_wanted_makes_nobody_wait_and_one_that_is_always_wanted_everybody(
    queue: Queue,
) -> None:
    assert queue(1e5, 1) == pytest.approx((2e9 / 100_001, 0), rel=1e-6, abs=1e-3)
    assert queue(1, 1e6) == pytest.approx((1e3, 1e6), rel=1e-3)


def test_random_holds_make_others_wait_longer() -> None:
    assert in_step(5000, 5000, 2)[1] < random_free(5000, 5000)[1] < machine_repair(5000, 5000, 2)[1]


def test_two_machines_and_a_repairman_are_as_in_the_book() -> None:
    """All are idle with the chance 1 / (1 + 2r + 2r^2), r = hold / free."""
    assert machine_repair(1000, 1000, 2)[0] == pytest.approx((1 - 1 / 5) * 1e6)
