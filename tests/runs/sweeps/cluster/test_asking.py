"""What can be asked of a cluster."""

from __future__ import annotations

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.runs.sweeps.asking import grid_of
from zswapbench.runs.sweeps.cluster.asking import check
from zswapbench.runs.sweeps.cluster.connection import LOCAL

GRID = grid_of([], [], ["policy=lru,fifo"], [], [])


@pytest.mark.parametrize("address", ["tcp://host:8786", "tls://[::1]:8786", "tcp://10.0.0.1:1", LOCAL])
def test_an_address_is_one_of_a_scheduler_or_of_this_machine(address: str) -> None:
    check(address, None, GRID)


@pytest.mark.parametrize(
    "address", ["host:8786", "tcp://host", "http://host:8787", "", "local", "tcp://ho st:1"]
)
def test_what_is_no_address_is_told_with_what_is_one(address: str) -> None:
    with pytest.raises(UsageError, match="say tcp://HOST:PORT, tls://HOST:PORT or local-cluster"):
        check(address, None, GRID)


def test_workers_are_asked_for_on_this_machine_only() -> None:
    check(LOCAL, 2, GRID)
    with pytest.raises(UsageError, match="--workers"):
        check("tcp://host:8786", 2, GRID)


@pytest.mark.parametrize("policy", ["./mine.py:MyPolicy", "mine.py", "/a/mine.py:MyPolicy:depth=3"])
def test_code_of_the_user_is_not_taken(policy: str) -> None:
    grid = grid_of([], [], [f"policy=lru,{policy}"], [], [])
    with pytest.raises(UsageError, match=f"policy={policy}: is in a file of yours"):
        check(LOCAL, None, grid)
