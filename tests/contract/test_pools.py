"""What every pool promises, asked of every pool that the registry finds."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zswapbench.plugins.registry import POOLS
from zswapbench.rules.size_classes import RULES
from zswapbench.sim.pools.base import FrameLimiter, Pool

CAPACITY = 48
PAGE_SIZES = (4096, 16384, 65536)
VARIANTS = {
    # Not with work when-told: a pool whose worker nobody calls keeps frames that are empty.
    "z3fold": ["z3fold:4.8", "z3fold:4.11", "z3fold:5.10"],
    "zsmalloc": [
        *(f"zsmalloc:{rules}" for rules in RULES),
        *(f"zsmalloc:6.4:chain={chain}" for chain in (4, 5, 16)),
        *(f"zsmalloc:6.4:pools={pools}" for pools in (4, 32)),
    ],
}
"""Leaves that are to be asked in more than their default form."""


def asked_for() -> list[str]:
    return [text for leaf in POOLS.leaves() for text in VARIANTS.get(leaf.name, [leaf.name])]


pytestmark = [
    pytest.mark.parametrize("page_size", PAGE_SIZES),
    pytest.mark.parametrize("pool_name", asked_for()),
]

few_examples = settings(max_examples=12, deadline=None)

STEPS = st.lists(
    st.tuples(
        st.integers(0, CAPACITY - 1),
        # Tenths of permille of a page, so that one list means the same for every page size; some sizes recur.
        st.one_of(st.sampled_from([80, 500, 1250, 5000, 9900]), st.integers(1, 10_000)),
    ),
    max_size=120,
)
LIMITS = st.sampled_from([0, 1, 5, 17, -1])


def with_holes(sizes: list[int], gone: set[int]) -> list[tuple[int, int]]:
    """Steps that place all entries, with sizes that go round over ``sizes``, and free those in ``gone``."""
    placed = [(entry, sizes[entry % len(sizes)]) for entry in range(CAPACITY)]
    return placed + [(entry, 0) for entry in sorted(gone)]


HOLES = st.builds(
    with_holes,
    st.lists(st.sampled_from([80, 1250, 2500, 5000]), min_size=1, max_size=2),
    st.sets(st.integers(0, CAPACITY - 1), min_size=CAPACITY // 4),
)
"""Little in many frames: work for compaction."""


@dataclass
class Driven:
    """A pool with the sizes of the objects it holds, and all its answers."""

    pool: Pool
    sizes: dict[int, int] = field(default_factory=dict)
    answers: list[tuple[int, tuple[int, int]]] = field(default_factory=list)

    def step(self, entry: int, share: int) -> None:
        """Free ``entry`` if it is placed, else place it with ``share`` ten-thousandths of a page."""
        if entry in self.sizes:
            self.pool.release(entry)
            del self.sizes[entry]
            return
        size = max(1, share * self.pool.page_size // 10_000)
        code = self.pool.try_alloc(entry, size)
        if code == 0:
            self.sizes[entry] = size
            self.answers.append((code, self.pool.place(entry)))
        else:
            self.answers.append((code, (-1, -1)))

    def places(self) -> dict[int, tuple[int, int]]:
        return {entry: self.pool.place(entry) for entry in self.sizes}

    def owners(self) -> dict[int, list[int]]:
        """The entries in each zspage, in the order of their places."""
        found: dict[int, list[int]] = {}
        for entry, (zspage, _) in sorted(self.places().items(), key=lambda item: item[1]):
            found.setdefault(zspage, []).append(entry)
        return found

    def state(self) -> tuple[Any, ...]:
        """All that can be seen of the pool."""
        pool = self.pool
        contents = {zspage: pool.entries_of(zspage) for zspage in self.owners()}
        return pool.frames, pool.limiter.frames, pool.describe(), self.places(), contents

    def free_all(self) -> None:
        for entry in list(self.sizes):
            self.step(entry, 0)


@dataclass
class Mover:
    """Hears of moves, and looks where the object lies then."""

    driven: Driven
    told: list[tuple[str, int, tuple[int, int]]] = field(default_factory=list)

    def moving(self, entry: int) -> None:
        self.told.append(("moving", entry, self.driven.pool.place(entry)))

    def moved(self, entry: int) -> None:
        self.told.append(("moved", entry, self.driven.pool.place(entry)))


class FrameOrder:
    """The held zspages in the order of the last store to each, kept from what can be seen of the pool."""

    def __init__(self, driven: Driven) -> None:
        self.driven = driven
        self.order: list[int] = []

    def step(self, entry: int, share: int) -> None:
        placed = len(self.driven.sizes)
        self.driven.step(entry, share)
        if len(self.driven.sizes) > placed:
            stored_to = self.driven.pool.place(entry)[0]
            self.order = [zspage for zspage in self.order if zspage != stored_to] + [stored_to]
        self.drop_freed()

    def drop_freed(self) -> None:
        held = {zspage for zspage, _ in self.driven.places().values()}
        self.order = [zspage for zspage in self.order if zspage in held]

    def oldest(self) -> int:
        """Of those that reclaim could take: z3fold passes over frames with an object from another one."""
        takes = self.driven.pool.oldest_first()
        assert self.driven.pool.name == "z3fold" or takes == self.order
        return next((zspage for zspage in self.order if zspage in takes), -1)


def assert_apart(driven: Driven) -> None:
    """Every object lies inside its zspage, and no two overlap."""
    pool = driven.pool
    rows = {row["class"]: row for row in pool.describe()}
    for zspage, entries in driven.owners().items():
        row = rows[pool.class_for(driven.sizes[entries[0]])]
        # The handle of an object that has its frame for itself lies in struct page.
        handle = pool.handle_bytes if row["objs_per_zspage"] * row["pages_per_zspage"] > 1 else 0
        taken = 0
        for entry in entries:
            start = pool.place(entry)[1]
            assert start >= taken, (zspage, entry)
            taken = start + handle + driven.sizes[entry]
        assert taken <= row["pages_per_zspage"] * pool.page_size, zspage


def fresh(pool_name: str, page_size: int, limit: int | FrameLimiter = -1) -> Driven:
    limiter = limit if isinstance(limit, FrameLimiter) else FrameLimiter(limit)
    pool: Pool = POOLS.choose(pool_name).make(CAPACITY, limiter, page_size)
    return Driven(pool)


@few_examples
@given(steps=STEPS, limit=LIMITS)
def test_objects_stay_inside_their_zspage_and_never_overlap(
    pool_name: str, page_size: int, steps: list[tuple[int, int]], limit: int
) -> None:
    driven = fresh(pool_name, page_size, limit)
    for step in steps:
        driven.step(*step)
        assert_apart(driven)


@few_examples
@given(steps=STEPS, limit=LIMITS)
def test_frames_are_those_described_and_those_the_limiter_counts(
    pool_name: str, page_size: int, steps: list[tuple[int, int]], limit: int
) -> None:
    driven = fresh(pool_name, page_size, limit)
    pool = driven.pool
    for step in steps:
        driven.step(*step)
        rows = pool.describe()
        assert pool.frames == pool.limiter.frames == sum(row["pages_used"] for row in rows)
        assert sum(row["obj_used"] for row in rows) == len(driven.sizes)
        assert all(row["obj_used"] <= row["obj_allocated"] for row in rows)
        assert pool.limiter.frames <= pool.limiter.peak
        assert limit < 0 or pool.limiter.peak <= limit


@few_examples
@given(steps=STEPS)
def test_freeing_everything_gives_back_every_frame(
    pool_name: str, page_size: int, steps: list[tuple[int, int]]
) -> None:
    driven = fresh(pool_name, page_size)
    for step in steps:
        driven.step(*step)
    driven.free_all()
    assert driven.pool.frames == driven.pool.limiter.frames == 0
    assert all(row["obj_used"] == row["pages_used"] == 0 for row in driven.pool.describe())


@few_examples
@given(steps=STEPS, limit=st.integers(0, 12))
def test_refused_allocation_changes_nothing_then_or_later(
    pool_name: str, page_size: int, steps: list[tuple[int, int]], limit: int
) -> None:
    """A twin is never asked for what was refused, and answers the same from then on."""
    driven, twin = fresh(pool_name, page_size, limit), fresh(pool_name, page_size, limit)
    for step in steps:
        before, held = driven.state(), len(driven.sizes)
        driven.step(*step)
        if len(driven.sizes) == held:
            assert driven.state() == before
        else:
            twin.step(*step)
    assert driven.state() == twin.state()


@few_examples
@given(steps=STEPS)
def test_entries_of_a_zspage_are_its_owners_in_the_order_of_their_places(
    pool_name: str, page_size: int, steps: list[tuple[int, int]]
) -> None:
    driven = fresh(pool_name, page_size)
    for step in steps:
        driven.step(*step)
        owners = driven.owners()
        assert {zspage: driven.pool.entries_of(zspage) for zspage in owners} == owners


@few_examples
@given(steps=STEPS, limit=LIMITS)
def test_same_operations_give_the_same_places(
    pool_name: str, page_size: int, steps: list[tuple[int, int]], limit: int
) -> None:
    one, other = fresh(pool_name, page_size, limit), fresh(pool_name, page_size, limit)
    for step in steps:
        one.step(*step)
    for step in steps:
        other.step(*step)
    assert one.answers == other.answers
    assert one.state() == other.state()


@few_examples
@given(first=HOLES, then=STEPS)
def test_compaction_loses_no_object_and_takes_no_frame(
    pool_name: str, page_size: int, first: list[tuple[int, int]], then: list[tuple[int, int]]
) -> None:
    driven = fresh(pool_name, page_size)
    pool = driven.pool
    for steps in (first, then):
        for step in steps:
            driven.step(*step)
        held, rows, frames = set(driven.sizes), pool.describe(), pool.frames
        freed = pool.squeeze()
        assert 0 <= freed == frames - pool.frames
        assert pool.frames == pool.limiter.frames == sum(row["pages_used"] for row in pool.describe())
        assert [row["obj_used"] for row in pool.describe()] == [row["obj_used"] for row in rows]
        owners = driven.owners()
        assert {zspage: pool.entries_of(zspage) for zspage in owners} == owners
        assert {entry for entries in owners.values() for entry in entries} == held
        assert_apart(driven)
    driven.free_all()
    assert pool.frames == pool.limiter.frames == 0


@few_examples
@given(steps=HOLES)
def test_compaction_frees_nothing_right_after_another(
    pool_name: str, page_size: int, steps: list[tuple[int, int]]
) -> None:
    """It may put zspages in another order: it looks before it asks whether that is worth it."""
    driven = fresh(pool_name, page_size)
    for step in steps:
        driven.step(*step)
    driven.pool.squeeze()
    places = driven.places()
    assert driven.pool.squeeze() == 0
    assert driven.places() == places


@few_examples
@given(first=HOLES, then=STEPS)
def test_mover_is_told_of_every_object_that_moves_before_and_after(
    pool_name: str, page_size: int, first: list[tuple[int, int]], then: list[tuple[int, int]]
) -> None:
    driven = fresh(pool_name, page_size)
    mover = Mover(driven)
    driven.pool.watch_moves(mover)
    for steps in (first, then):
        for step in steps:
            places = driven.places()
            driven.step(*step)
            assert_told(mover, places)
        places = driven.places()
        driven.pool.squeeze()
        assert_told(mover, places)
    assert driven.pool.failure is None


def assert_told(mover: Mover, places: dict[int, tuple[int, int]]) -> None:
    """What the mover was told since all objects lay in ``places`` leads from there to where they lie now."""
    now = mover.driven.places()
    followed = {entry: place for entry, place in places.items() if entry in now}
    for moving, moved in zip(mover.told[::2], mover.told[1::2], strict=True):
        entry = moving[1]
        assert (moving, moved[:2]) == (("moving", entry, followed[entry]), ("moved", entry))
        assert moved[2] != moving[2]
        followed[entry] = moved[2]
    assert followed == {entry: now[entry] for entry in followed}
    mover.told.clear()


@few_examples
@given(first=HOLES, then=STEPS)
def test_oldest_zspage_is_the_one_stored_to_longest_ago(
    pool_name: str, page_size: int, first: list[tuple[int, int]], then: list[tuple[int, int]]
) -> None:
    driven = fresh(pool_name, page_size)
    pool, frames = driven.pool, FrameOrder(driven)
    pool.keep_lru()
    assert pool.oldest() == -1
    for steps in (first, then):
        for step in steps:
            frames.step(*step)
            assert pool.oldest() == frames.oldest()
        pool.squeeze()
        frames.drop_freed()
        assert pool.oldest() == frames.oldest()


@few_examples
@given(steps=HOLES)
def test_evicting_the_first_of_the_oldest_zspage_frees_one_after_the_other(
    pool_name: str, page_size: int, steps: list[tuple[int, int]]
) -> None:
    driven = fresh(pool_name, page_size)
    pool, frames = driven.pool, FrameOrder(driven)
    pool.keep_lru()
    for step in steps:
        frames.step(*step)
    while (zspage := pool.oldest()) >= 0:
        assert zspage == frames.oldest()
        before, left = pool.frames, set(pool.entries_of(zspage))
        pool.seize(zspage)
        while left:
            entry = pool.first_in(zspage)
            left.remove(entry)
            pool.release(entry)
            del driven.sizes[entry]
        # ideal's "zspages" are single entries, which share frames.
        assert (pool.first_in(zspage), pool.frames < before) == (-1, True) or pool.name == "ideal"
        frames.drop_freed()
    assert pool.frames == 0 or pool.name == "z3fold"


@few_examples
@given(steps=HOLES)
def test_a_zspage_that_reclaim_lets_go_is_the_newest(
    pool_name: str, page_size: int, steps: list[tuple[int, int]]
) -> None:
    driven = fresh(pool_name, page_size)
    pool = driven.pool
    pool.keep_lru()
    for step in steps:
        driven.step(*step)
    if (zspage := pool.oldest()) >= 0:
        before = pool.oldest_first()
        pool.seize(zspage)
        entry = pool.first_in(zspage)
        pool.release(entry)
        del driven.sizes[entry]
        if zspage in driven.owners():
            pool.let_go(zspage)
            assert pool.oldest_first() == [*before[1:], zspage]
        else:
            assert pool.oldest_first() == before[1:]


def test_order_of_zspages_is_there_only_for_those_who_asked(pool_name: str, page_size: int) -> None:
    with pytest.raises(ValueError, match="not asked to keep"):
        fresh(pool_name, page_size).pool.oldest()


def test_mover_that_fails_is_remembered_and_the_pool_is_whole(pool_name: str, page_size: int) -> None:
    driven, plain = fresh(pool_name, page_size), fresh(pool_name, page_size)
    for step in with_holes([1250], set(range(0, CAPACITY, 2))):
        driven.step(*step)
        plain.step(*step)
    places = plain.places()
    driven.pool.watch_moves(object())
    assert driven.pool.squeeze() == plain.pool.squeeze()
    assert driven.state() == plain.state()
    assert isinstance(driven.pool.failure, AttributeError) == (plain.places() != places)


@few_examples
@given(steps=st.lists(st.tuples(st.booleans(), STEPS.filter(bool)), max_size=4), limit=st.integers(0, 12))
def test_pools_that_share_a_limiter_stay_below_it_together(
    pool_name: str, page_size: int, steps: list[tuple[bool, list[tuple[int, int]]]], limit: int
) -> None:
    limiter = FrameLimiter(limit)
    pools = fresh(pool_name, page_size, limiter), fresh(pool_name, page_size, limiter)
    for which, operations in steps:
        for step in operations:
            pools[which].step(*step)
            assert limiter.frames == pools[0].pool.frames + pools[1].pool.frames <= limit
    for driven in pools:
        driven.free_all()
    assert limiter.frames == 0


def test_frames_that_one_pool_gives_back_are_there_for_another(pool_name: str, page_size: int) -> None:
    size = page_size // 2
    alone = fresh(pool_name, page_size).pool
    assert alone.try_alloc(0, size) == 0
    limiter = FrameLimiter(alone.frames)
    one, other = fresh(pool_name, page_size, limiter), fresh(pool_name, page_size, limiter)
    assert one.pool.try_alloc(0, size) == 0
    assert (other.pool.try_alloc(0, size), limiter.hits) == (-errno.ENOMEM, 1)
    one.pool.release(0)
    assert other.pool.try_alloc(0, size) == 0


def test_sizes_of_zero_and_above_a_page_are_refused_without_asking_for_frames(
    pool_name: str, page_size: int
) -> None:
    driven = fresh(pool_name, page_size, limit=0)
    for size in (-1, 0, page_size + 1, 2 * page_size):
        assert driven.pool.class_for(size) == -1
        assert driven.pool.try_alloc(0, size) == -errno.ENOSPC
    assert driven.pool.limiter.hits == 0


def test_every_size_is_either_placed_in_its_class_or_has_none(pool_name: str, page_size: int) -> None:
    pool = fresh(pool_name, page_size).pool
    for size in range(1, page_size + 1, page_size // 512 - 1):
        klass = pool.class_for(size)
        assert -1 <= klass < pool.classes
        before = {row["class"]: row["obj_used"] for row in pool.describe()}
        if pool.try_alloc(0, size) == 0:
            used = {row["class"] for row in pool.describe() if row["obj_used"] != before.get(row["class"], 0)}
            assert used == {klass}
            pool.release(0)
        else:
            assert klass == -1


def test_entry_is_placed_once_and_released_once(pool_name: str, page_size: int) -> None:
    pool = fresh(pool_name, page_size).pool
    assert pool.try_alloc(3, 100) == 0
    for wrong in (-1, 3, CAPACITY):
        with pytest.raises(ValueError, match=f"entry {wrong} "):
            pool.try_alloc(wrong, 100)
    pool.release(3)
    for wrong in (-1, 3, CAPACITY):
        with pytest.raises(ValueError, match=f"entry {wrong} "):
            pool.release(wrong)
