"""Every policy against its slow retelling: counters, contents and the order of victims, after every event."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.policies import MODELS
from tests.model.zswap import DeviceTimes
from tests.sim.replaying import Machine, Twins, random_trace
from zswapbench.plugins.registry import POLICIES

INSTANT = DeviceTimes(0, 0, 0, 0)
SIZES = (512, 700, 1024, 1500, 2048, 2600, 3264, 3317)
"""Classes whose zspages have one to four page frames, and one to eight objects."""

ASKED = [leaf.name for leaf in POLICIES.leaves()]
TUNED = [
    "random:0",
    "random:77",
    "class-lru-frames:20",
    "class-lru-frames:1000",
    "class-lru-frames:200:2",
    "class-lru-frames:50:16",
]

every_policy = pytest.mark.parametrize("policy", [*ASKED, *TUNED])


def machine(policy: str, types: int = 1, limit: int = 15) -> Machine:
    return Machine(
        limit, policy, device=INSTANT, types=types, keys=60, sizes=SIZES, same_filled=[0] * len(SIZES)
    )


def test_every_policy_has_a_model_and_every_model_a_policy() -> None:
    assert sorted(MODELS) == ASKED


@every_policy
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), types=st.integers(1, 3))
def test_core_does_what_the_model_does_after_any_trace(policy: str, seed: int, types: int) -> None:
    of = machine(policy, types)
    Twins(of).follow(random_trace(seed, 250, of, loads=0.5))


@every_policy
def test_core_does_what_the_model_does_through_a_long_trace(policy: str) -> None:
    """Long enough for several measures of the half-life, and for numbers of zspages to be used many times."""
    of = machine(policy)
    twins = Twins(of)
    twins.follow(random_trace(1, 3000, of, loads=0.5))
    told = twins.model.counters()
    assert min(told["refaults"], told["stall_flushes"], told["flushes_for_frames"], told["zswpin"]) > 30
