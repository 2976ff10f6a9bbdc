"""What changed pages hold: near in size, never far from home, and all in all what the corpus has."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.sim.reclaim.changes import DISTANCES, Changes
from zswapbench.sim.reclaim.ways import Area, Program, make_memory
from zswapbench.traces.event import Op
from zswapbench.traces.touches import TOUCH, Kind

COUNT = 1_000
INDEX = np.random.default_rng(1).permutation(COUNT).astype(np.uint32)
SIZES = np.arange(COUNT, dtype=np.uint32)  # so that a page's number is its rank


def stored(index: NDArray[np.uint32], rounds: int, change: float = 1.0) -> NDArray[np.int64]:
    """What each page is stored with in each of so many rounds of writing to all, int64[rounds, n]."""
    changes = Changes(index, SIZES, COUNT, change, 0)
    program = Program(np.arange(COUNT, dtype=np.uint64), changes.first(), np.zeros(COUNT, np.uint32))
    rules = reclaim_rules("6.12")
    memory = make_memory(
        program, "lru", rules, frames=1, areas=(Area(4 * COUNT),), page_cluster=0, changes=changes
    )
    touches = np.zeros(rounds * COUNT + 1, TOUCH)
    touches["number"] = np.arange(len(touches)) % COUNT
    touches["kind"] = Kind.WRITE
    events = memory.follow(touches)
    pages: NDArray[np.uint32] = events["page"][events["op"] == Op.STORE]
    return pages.astype(np.int64).reshape(rounds, COUNT)


def test_a_page_is_stored_first_with_what_the_corpus_has_at_its_address() -> None:
    assert np.array_equal(stored(INDEX, 2)[0], INDEX)


def test_successive_contents_are_as_far_apart_as_was_measured() -> None:
    """But for the ends, where a change turns back."""
    contents = stored(INDEX, 12)
    inner = (INDEX > 300) & (INDEX < 700)
    apart = np.abs(np.diff(contents[1:, inner], axis=0)).ravel() / COUNT
    for share, distance in DISTANCES[2:-2]:
        assert np.quantile(apart, share) == pytest.approx(distance, rel=0.3, abs=0.012)


def test_a_page_does_not_wander_off_and_the_mix_of_sizes_stays() -> None:
    contents = stored(INDEX, 40)
    off = np.abs(contents[1:] - INDEX)
    assert off[-10:].mean() == pytest.approx(off[:10].mean(), rel=0.1)
    thirds = np.bincount(contents[-10:].ravel() * 3 // COUNT) / (10 * COUNT)
    assert thirds == pytest.approx([1 / 3] * 3, abs=0.01)


@pytest.mark.parametrize("change", [0.0, 0.3, 1.0])
def test_so_many_of_the_pages_written_to_change(change: float) -> None:
    contents = stored(INDEX, 2, change)
    assert (contents[1] != contents[0]).mean() == pytest.approx(change, abs=0.04)


def test_pages_that_several_addresses_share_are_drawn_as_often_as_they_stand_there() -> None:
    contents = stored(np.where(INDEX < 300, 7, INDEX).astype(np.uint32), 20)
    assert (contents[-5:] == 7).mean() == pytest.approx(0.3, abs=0.02)


def test_a_corpus_of_one_page_has_nothing_else_to_draw() -> None:
    assert set(stored(np.full(COUNT, 5, np.uint32), 3).ravel()) == {5}
