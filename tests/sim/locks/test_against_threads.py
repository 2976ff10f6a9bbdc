"""The simulation against real threads with real locks: the same times free and under the lock, the same CPUs."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.sim.locks.queues import queue
from tests.sim.locks.threads import NEEDED, LockKind, Random, Speed, lock_speed
from zswapbench.common.machine import two_cores
from zswapbench.rules.lock_steps import Kind
from zswapbench.rules.step_costs import BY_RULE
from zswapbench.sim.locks.line_times import atomic_times, line_times

pytestmark = NEEDED

TRIES = 3
ROUNDS = 100_000
KINDS: dict[LockKind, Kind] = {"ticket": Kind.TICKET, "mcs": Kind.QUEUED, "write": Kind.READ_WRITE}

APART = 0.06
"""Real threads take longer for a round than a model that knows nothing of clocks being looked at."""

APART_NS = 1_000
"""For the mean wait: a few ways of a cache line."""


@cache
def costs() -> dict[str, int]:
    """Nanoseconds on this machine."""
    found = line_times(*(two_cores() or (0, 0)))
    assert found is not None
    line = round(float(np.median(found)))
    rules = {name: round(times * line) for name, times in BY_RULE.items()}
    return {"atomic": round(float(np.median(atomic_times()))), "line": line, **rules}


def drawn(mean_ns: int, seed: int, *, random: bool) -> NDArray[np.int64]:
    """Times of all rounds, exponential or each the mean."""
    if not random:
        return np.full(ROUNDS, mean_ns)
    return np.random.default_rng(seed).exponential(mean_ns, ROUNDS).astype(np.int64)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("random", ["nothing", "both"])
@pytest.mark.parametrize(("free_ns", "hold_ns"), [(20_000, 4_000), (10_000, 10_000), (4_000, 20_000)])
def test_two_cpus_get_as_much_done_as_two_threads(
    free_ns: int, hold_ns: int, random: Random, kind: LockKind
) -> None:
    think, hold = drawn(free_ns, 1, random=random != "nothing"), drawn(hold_ns, 2, random=random == "both")
    model = queue(2, think, hold, KINDS[kind], costs())
    tries: list[Speed] = []
    for _ in range(TRIES):
        tries.append(lock_speed(free_ns, hold_ns, kind, random=random))
        rate = tries[-1].ops_per_s == pytest.approx(model.each_s, rel=APART)
        if rate and tries[-1].wait_ns == pytest.approx(model.mean_wait, rel=APART, abs=APART_NS):
            return
    pytest.fail(f"simulated: {model.each_s} a second, {model.mean_wait} ns of waiting; real: {tries}")
