"""What a hand-over takes here."""

from __future__ import annotations

import os

import numpy as np
import pytest

from zswapbench.common.machine import two_cores
from zswapbench.sim.locks.line_times import ROUNDS, atomic_times, line_times

CORES = two_cores()
TWO = pytest.mark.skipif(CORES is None, reason="this process may run on one CPU only")


def test_a_lock_that_is_free_takes_less_than_a_microsecond() -> None:
    found = atomic_times()
    assert found.shape == (ROUNDS,)
    assert 0 < np.min(found) < 1000


@TWO
def test_a_line_takes_longer_to_another_cpu_than_a_lock_in_the_own_cache() -> None:
    assert CORES
    before = os.sched_getaffinity(0)
    found = line_times(*CORES)
    assert found is not None
    assert found.shape == (ROUNDS,)
    assert np.median(found) > np.min(atomic_times())
    assert os.sched_getaffinity(0) == before


def test_a_cpu_that_is_not_there_gives_no_time() -> None:
    assert line_times(min(os.sched_getaffinity(0)), 1 << 14, 1) is None
