"""The simulation against theory, and its own books."""

from __future__ import annotations

from math import exp, lgamma, log

import numpy as np
import pytest

from tests.sim.locks.queues import NO_COSTS, queue
from zswapbench.rules.lock_steps import Kind

US = 1000


def drawn(mean_ns: float, count: int, seed: int) -> np.ndarray:
    """Exponential times."""
    return np.random.default_rng(seed).exponential(mean_ns, count).astype(np.int64)


def machine_repair(cpus: int, think_ns: float, hold_ns: float) -> float:
    """Operations a second of M/M/1//N: exponential thinking and holding. Erlang; see any book on queues."""
    logs = [
        lgamma(cpus + 1) - lgamma(cpus - k + 1) + k * (log(hold_ns) - log(think_ns)) for k in range(cpus + 1)
    ]
    most = max(logs)
    idle = exp(logs[0] - most) / sum(exp(one - most) for one in logs)
    return (1 - idle) / hold_ns * 1e9


@pytest.mark.parametrize("cpus", [1, 2, 4, 16, 64])
@pytest.mark.parametrize("hold", [1, 5, 20])
def test_the_closed_system_is_that_of_theory(cpus: int, hold: int) -> None:
    count = 1_500_000
    seen = queue(cpus, drawn(20 * US, count, 1), drawn(hold * US, count, 2))
    assert seen.each_s == pytest.approx(machine_repair(cpus, 20 * US, hold * US), rel=0.01)


@pytest.mark.parametrize("load", [0.3, 0.6])
@pytest.mark.parametrize("form", ["M/D/1", "M/G/1"])
def test_where_many_cpus_come_seldom_it_is_an_open_queue(load: float, form: str) -> None:
    """Pollaczek and Khinchine: the mean wait is rate * E[hold^2] / (2 * (1 - load))."""
    cpus, count = 4000, 2_000_000
    hold = np.full(count, US)
    if form == "M/G/1":
        hold = np.where(np.random.default_rng(3).random(count) < 0.1, 5 * US, 500)
    think = drawn(cpus * hold.mean() / load, count, 4)
    seen = queue(cpus, think, hold, until=0.8)  # before the first CPU has no more to do
    rate = cpus / (think.mean() + seen.mean_wait + hold.mean())
    square = (hold.astype(float) ** 2).mean()
    assert seen.mean_wait == pytest.approx(rate * square / (2 * (1 - rate * hold.mean())), rel=0.01)


def test_deterministic_cpus_fall_into_step() -> None:
    """Two that think for D and hold for S > D: each waits for S - D in each round, once they are in step."""
    seen = queue(2, np.full(20_000, 2 * US), np.full(20_000, 5 * US))
    assert seen.mean_wait == pytest.approx(3 * US, rel=0.001)
    assert seen.each_s == pytest.approx(1e9 / (5 * US), rel=0.001)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("shared", [False, True])
def test_no_time_is_lost_or_made(kind: Kind, shared: bool) -> None:
    costs = {"atomic": 11, "line": 57, "far_line": 131, "line_per_waiter": 23}
    seen = queue(7, drawn(3 * US, 21_000, 5), drawn(US, 21_000, 6), kind, costs, shared=shared)
    ran = np.array(seen.times["ran"] + seen.times["waited"] + seen.times["lined"])
    assert (ran == seen.times["ended"]).all()
    assert seen.counted["acquisitions"] == 7 * 3000
    assert seen.times["waited"].sum() == seen.counted["waittime_total"]


def test_readers_hold_a_lock_together() -> None:
    alone = queue(1, np.full(16_000, US), np.full(16_000, 10 * US), Kind.READ_WRITE, shared=True)
    seen = queue(8, np.full(16_000, US), np.full(16_000, 10 * US), Kind.READ_WRITE, shared=True)
    assert seen.each_s == pytest.approx(8 * alone.each_s, rel=0.001)
    assert seen.counted["contentions"] == 0


def test_readers_take_turns_at_the_cache_line() -> None:
    """Each comes and goes with a change of the one line: 8 readers that do nothing else are no faster than it."""
    costs = {"atomic": 10, "line": 100, "far_line": 100, "line_per_waiter": 0}
    seen = queue(8, np.full(16_000, 0), np.full(16_000, 50), Kind.READ_WRITE, costs, shared=True)
    assert seen.each_s == pytest.approx(1e9 / 200, rel=0.05)


def test_one_cpu_never_waits_and_takes_the_sum_of_its_steps() -> None:
    costs = {"atomic": 11, "line": 57, "far_line": 131, "line_per_waiter": 23}
    think, hold = drawn(3 * US, 3000, 5), drawn(US, 3000, 6)
    seen = queue(1, think, hold, costs=costs)
    assert seen.times["ended"][0] == think.sum() + hold.sum() + 3000 * 11
    assert seen.counted["contentions"] == 0


def test_the_more_wait_the_longer_a_ticket_lock_takes() -> None:
    costs = {"atomic": 10, "line": 50, "far_line": 50, "line_per_waiter": 25}
    think, hold = np.full(32_000, 0), np.full(32_000, 200)
    ticket = {cpus: queue(cpus, think, hold, Kind.TICKET, costs).each_s for cpus in (2, 4, 16)}
    queued = {cpus: queue(cpus, think, hold, Kind.QUEUED, costs).each_s for cpus in (2, 4, 16)}
    for cpus in (4, 16):
        assert queued[cpus] == pytest.approx(1e9 / 300, rel=0.01)
        assert ticket[cpus] == pytest.approx(1e9 / (300 + 25 * (cpus - 2)), rel=0.01)


def test_the_same_again_is_the_same() -> None:
    costs = {"atomic": 11, "line": 57, "far_line": 131, "line_per_waiter": 23}
    one, other = (
        queue(9, drawn(2 * US, 18_000, 5), drawn(US, 18_000, 6), Kind.TICKET, costs) for _ in range(2)
    )
    assert one.counted == other.counted
    assert all((one.times[name] == other.times[name]).all() for name in one.times)


@pytest.mark.parametrize("kind", [Kind.TICKET, Kind.MUTEX])
def test_more_time_than_there_is_room_for_is_an_error(kind: Kind) -> None:
    """A day for a hand-over, 40 times."""
    with pytest.raises(OverflowError, match="26 days"):
        queue(2, np.full(40, US), np.full(40, US), kind, {**NO_COSTS, "line": 86_400 * 10**9})


def test_the_longest_times_are_right() -> None:
    """A hold of 4 s for 2,000 times is 2 hours: far more than 32 bits have, and less than 26 days."""
    seen = queue(2, np.full(2000, US), np.full(2000, 4 * 10**9))
    assert seen.times["ended"].max() == 2000 * 4 * 10**9 + US
