"""Real threads with real locks do what formulas say, so that a model may be held against either."""

from __future__ import annotations

import pytest

from tests.sim.locks.formulas import Queue, in_step, machine_repair, random_free
from tests.sim.locks.threads import NEEDED, LockKind, Random, Speed, lock_speed
from zswapbench.common.machine import cpus

pytestmark = NEEDED

TRIES = 3
"""A machine with other work on it may spoil one or two."""

OVERHEAD_NS = 1_000
"""A round takes up to so much more than a formula knows of: a hand-over between far caches, and looks at the clock."""

SPINNING: list[LockKind] = ["ticket", "mcs", "write"]
TIMES = [(20_000, 4_000), (10_000, 10_000), (4_000, 20_000)]


def is_as(formula: Queue, free_ns: int, hold_ns: int, found: Speed) -> bool:
    """Is ``found`` between what ``formula`` says, and what it says if each hold takes OVERHEAD_NS longer?

    Two percent are for chance.
    """
    most, least_wait = formula(free_ns, hold_ns)
    least, most_wait = formula(free_ns, hold_ns + OVERHEAD_NS)
    fast_enough = 0.98 * least <= found.ops_per_s <= 1.02 * most
    return fast_enough and 0.9 * least_wait - OVERHEAD_NS <= found.wait_ns <= 1.1 * most_wait + OVERHEAD_NS


def assert_is_as(
    formula: Queue,
    free_ns: int,
    hold_ns: int,
    kind: LockKind,
    random: Random,
) -> None:
    """In one of TRIES."""
    tries = []
    for _ in range(TRIES):
        tries.append(lock_speed(free_ns, hold_ns, kind, random=random))
        if is_as(formula, free_ns, hold_ns, tries[-1]):
            return
    pytest.fail(f"{formula(free_ns, hold_ns)} expected, {tries} found")


@pytest.mark.parametrize("kind", SPINNING)
@pytest.mark.parametrize(("free_ns", "hold_ns"), TIMES)
def test_two_threads_in_step_wait_for_what_a_hold_is_longer_than_the_time_between(
    free_ns: int, hold_ns: int, kind: LockKind
) -> None:
    assert_is_as(lambda free, hold: in_step(free, hold, 2), free_ns, hold_ns, kind, "nothing")


@pytest.mark.parametrize("kind", SPINNING)
@pytest.mark.parametrize(("free_ns", "hold_ns"), TIMES)
def test_threads_that_are_free_for_random_times_wait_as_the_queue_of_two_says(
    free_ns: int, hold_ns: int, kind: LockKind
) -> None:
    assert_is_as(random_free, free_ns, hold_ns, kind, "free")


@pytest.mark.parametrize("kind", SPINNING)
@pytest.mark.parametrize(("free_ns", "hold_ns"), TIMES)
def test_threads_that_hold_for_random_times_too_wait_as_machines_for_their_repairman(
    free_ns: int, hold_ns: int, kind: LockKind
) -> None:
    assert_is_as(lambda free, hold: machine_repair(free, hold, 2), free_ns, hold_ns, kind, "both")


@pytest.mark.parametrize("kind", ["none", "read"])
def test_nobody_waits_without_a_lock_nor_readers_for_each_other(kind: LockKind) -> None:
    tries = [lock_speed(4_000, 20_000, kind) for _ in range(TRIES)]
    assert min(one.wait_ns for one in tries) < OVERHEAD_NS
    assert max(one.ops_per_s for one in tries) > 0.95 * 2e9 / 24_000
    assert min(one.contended for one in tries) < 0.01


def test_a_mutex_whose_waiters_may_sleep_lets_one_in_at_a_time_and_no_sooner_than_one_that_spins() -> None:
    found = lock_speed(4_000, 20_000, "mutex")
    most, wait = in_step(4_000, 20_000, 2)
    assert 0 < found.ops_per_s <= 1.02 * most
    assert found.wait_ns > 0.9 * wait


def test_a_thread_alone_never_waits() -> None:
    for kind in SPINNING:
        found = lock_speed(4_000, 4_000, kind, threads=1)
        assert found.contended == 0
        assert found.wait_ns < OVERHEAD_NS


def test_there_are_no_more_threads_than_cpus() -> None:
    with pytest.raises(ValueError, match="cannot be on a CPU each"):
        lock_speed(1000, 1000, "mcs", threads=cpus() + 1)
