"""Policies that libCacheSim has, too: hit for hit and miss for miss the same, where every page is of one size."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.libcachesim_table import (
    ALGORITHMS,
    LEAST,
    SEQUENCES,
    SIZES,
    Requests,
    libcachesim_hits,
    our_hits,
)

every_policy = pytest.mark.parametrize("policy", ALGORITHMS)


@every_policy
@pytest.mark.parametrize("name", SEQUENCES)
def test_long_sequence_has_the_same_hits_and_misses(policy: str, name: str) -> None:
    requests = SEQUENCES[name]
    for size in (size for size in SIZES if size >= LEAST.get(policy, 1)):
        assert our_hits(policy, size, requests) == libcachesim_hits(policy, size, requests), size


@every_policy
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_sequence_has_the_same_hits_and_misses(policy: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 12)) + LEAST.get(policy, 1)
    pages = st.integers(0, data.draw(st.integers(1, 3 * size)))
    requests = data.draw(st.lists(pages, min_size=1, max_size=20 * size))
    assert our_hits(policy, size, requests) == libcachesim_hits(policy, size, requests)


def test_no_two_policies_have_as_many_misses_in_a_sequence_that_tells_them_apart() -> None:
    misses = {policy: our_hits(policy, 100, SEQUENCES["zipf 0.9"]).count(False) for policy in ALGORITHMS}
    assert len(set(misses.values())) == len(misses)
    assert misses["min"] == min(misses.values())


@settings(max_examples=60, deadline=None)
@given(requests=st.lists(st.integers(0, 6), min_size=1, max_size=40), frames=st.integers(1, 5))
def test_min_has_as_few_misses_as_any_choice_of_victims(requests: list[int], frames: int) -> None:
    assert our_hits("min", frames, requests).count(False) == fewest_misses(requests, frames)


def fewest_misses(requests: Requests, frames: int) -> int:
    """Misses of the best of all choices: from every set that can be held, on to every set that can follow."""
    misses = {frozenset[int](): 0}
    for page in requests:
        following: dict[frozenset[int], int] = {}
        for held, so_far in misses.items():
            for after in followers(held, page, frames):
                following[after] = min(following.get(after, len(requests)), so_far + (page not in held))
        misses = following
    return min(misses.values())


def followers(held: frozenset[int], page: int, frames: int) -> list[frozenset[int]]:
    """What may be held once ``page`` has been asked for."""
    if page in held or len(held) < frames:
        return [held | {page}]
    return [held - {victim} | {page} for victim in held]
