"""z3fold: each rule in a case small enough to follow by hand, any sequence beside the model, and real kernels."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.z3fold import FrameModel, Z3foldModel
from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import POOLS
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.pools.z3fold import Z3fold

PAGE_SIZE = 4096
CHUNK = PAGE_SIZE // 64
FIRST = 2 * CHUNK  # where a first object begins: behind the header
CAPACITY = 256


def fresh(rules: str = "5.10", work: str | None = None, limit: int = -1) -> Z3fold:
    pool = Z3fold(CAPACITY, FrameLimiter(limit), PAGE_SIZE, rules, work)
    pool.keep_lru()
    return pool


def place(pool: Z3fold, *chunks: int, at: int = 0) -> None:
    """Place entries ``at``, ``at`` + 1, ... of these sizes."""
    for entry, count in enumerate(chunks, at):
        assert pool.try_alloc(entry, count * CHUNK) == 0


def frame(pool: Pool, entry: int) -> int:
    return pool.place(entry)[0]


def offset(pool: Pool, entry: int) -> int:
    return pool.place(entry)[1]


# ---- where objects go


def test_z3fold_fills_a_frame_first_then_last_then_middle() -> None:
    pool = fresh()
    place(pool, 10, 20, 30)
    assert pool.frames == 1
    assert [offset(pool, entry) for entry in range(3)] == [FIRST, PAGE_SIZE - 20 * CHUNK, FIRST + 10 * CHUNK]


def test_z3fold_takes_the_tightest_fit_and_of_equals_the_newest() -> None:
    pool = fresh()
    place(pool, 40, 42, 40, 30)  # rooms 22, 20, 22; then a frame of its own
    place(pool, 20, at=10)
    assert frame(pool, 10) == frame(pool, 1)
    place(pool, 21, at=11)
    assert frame(pool, 11) == frame(pool, 2)


def test_z3fold_does_not_add_up_the_room_before_and_behind_a_middle_object() -> None:
    pool = fresh(work="when-told")  # else the worker would close the gap
    place(pool, 20, 20, 12)  # middle in chunks 22 to 33
    pool.release(1)
    pool.squeeze()
    pool.release(0)
    assert pool.frames == 1
    place(pool, 31, at=10)  # 20 before and 30 behind are free, together 50
    assert pool.frames == 2


def test_z3fold_header_takes_whole_chunks() -> None:
    for page_size, header in [(4096, 128), (16384, 256), (65536, 1024)]:
        pool = Z3fold(1, FrameLimiter(), page_size)
        assert pool.try_alloc(0, 1) == 0
        assert offset(pool, 0) == header


def test_z3fold_gives_a_frame_without_header_to_an_object_that_leaves_no_chunk_free() -> None:
    pool = fresh()
    place(pool, 61)
    assert pool.try_alloc(1, 61 * CHUNK + 1) == 0
    assert [offset(pool, 0), offset(pool, 1)] == [FIRST, 0]
    assert pool.try_alloc(2, PAGE_SIZE) == 0
    assert pool.frames == 3
    place(pool, 1, at=3)  # joins the object of 61 chunks
    assert frame(pool, 3) == frame(pool, 0)


def test_z3fold_counts_a_frame_with_its_largest_object() -> None:
    pool = fresh()
    place(pool, 10, 30, 5)
    rows = {row["class"]: row for row in pool.describe() if row["obj_used"]}
    assert {klass: row["pages_used"] for klass, row in rows.items()} == {5: 0, 10: 0, 30: 1}


# ---- what a free sets going


def test_z3fold_merges_a_lone_object_into_another_frame() -> None:
    pool = fresh()
    place(pool, 30, 30, 20, 20)
    pool.release(1)  # 30 chunks alone; the other frame has 22 left
    assert pool.frames == 2
    pool.release(3)  # 20 alone; the first frame has 32 left
    assert pool.frames == 1
    assert pool.place(2) == (frame(pool, 0), PAGE_SIZE - 20 * CHUNK)


def test_z3fold_does_not_move_a_merged_object_on() -> None:
    pool = fresh()
    place(pool, 30, 30, 20, 20)
    pool.release(1)
    pool.release(3)
    place(pool, 40, at=10)  # a frame with room for 22
    pool.release(0)  # leaves the merged one alone
    assert pool.frames == 2


def test_z3fold_makes_a_lone_middle_object_the_first_when_no_frame_has_room() -> None:
    pool = fresh()
    place(pool, 10, 10, 10)
    pool.release(0)
    pool.release(1)
    assert offset(pool, 2) == FIRST


def test_z3fold_moves_a_middle_object_against_the_last_if_the_gap_is_three_chunks() -> None:
    for size, gap in [(20, 2), (19, 5)]:
        pool = fresh()
        place(pool, size, size, size)
        pool.release(0)
        at_last, stays = PAGE_SIZE - 2 * size * CHUNK, FIRST + size * CHUNK
        assert offset(pool, 2) == (at_last if gap >= 3 else stays)


def test_z3fold_moves_a_middle_object_against_the_first() -> None:
    pool = fresh()
    place(pool, 10, 10, 10)
    pool.release(0)  # the middle one moves against the last
    place(pool, 5, at=10)
    pool.release(1)
    assert (offset(pool, 10), offset(pool, 2)) == (FIRST, FIRST + 5 * CHUNK)


def test_z3fold_tells_of_an_object_that_moves_before_and_after() -> None:
    class Seen:
        def __init__(self) -> None:
            self.told: list[tuple[str, int, int]] = []

        def moving(self, entry: int) -> None:
            self.told.append(("from", entry, offset(pool, entry)))

        def moved(self, entry: int) -> None:
            self.told.append(("to", entry, offset(pool, entry)))

    pool, seen = fresh(), Seen()
    pool.watch_moves(seen)
    place(pool, 10, 10, 10)
    pool.release(0)
    pool.release(1)
    assert seen.told == [
        ("from", 2, FIRST + 10 * CHUNK),
        ("to", 2, PAGE_SIZE - 20 * CHUNK),
        ("from", 2, PAGE_SIZE - 20 * CHUNK),
        ("to", 2, FIRST),
    ]


class Carrier:
    """Carries the bytes of objects, each filled with its entry's number, as it is told of their moves."""

    def __init__(self, pool: Z3fold) -> None:
        self.pool = pool
        self.sizes: dict[int, int] = {}
        self.memory = bytearray(CAPACITY * PAGE_SIZE)
        self.lifted = b""
        pool.watch_moves(self)

    def span(self, entry: int) -> slice:
        number, at = self.pool.place(entry)
        start = number * PAGE_SIZE + at
        return slice(start, start + self.sizes[entry])

    def put(self, entry: int, size: int) -> None:
        self.sizes[entry] = size
        self.memory[self.span(entry)] = bytes([entry]) * size

    def moving(self, entry: int) -> None:
        self.lifted = bytes(self.memory[self.span(entry)])

    def moved(self, entry: int) -> None:
        self.memory[self.span(entry)] = self.lifted


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(1, PAGE_SIZE // 2)), max_size=150))
def test_z3fold_objects_keep_their_bytes_through_all_moves(steps: list[tuple[int, int]]) -> None:
    pool = fresh()
    carrier = Carrier(pool)
    for entry, size in steps:
        if entry in carrier.sizes:
            pool.release(entry)
            del carrier.sizes[entry]
        else:
            assert pool.try_alloc(entry, size) == 0
            carrier.put(entry, size)
        for held, length in carrier.sizes.items():
            assert carrier.memory[carrier.span(held)] == bytes([held]) * length
    assert pool.failure is None


# ---- when it happens


def test_z3fold_worker_waits_until_it_is_told() -> None:
    pool = fresh(work="when-told")
    place(pool, 30, 30, 20, 20)
    pool.release(1)
    pool.release(3)
    assert pool.frames == 2
    assert pool.squeeze() == 1
    assert pool.frames == 1


def test_z3fold_gives_no_allocation_a_frame_that_waits() -> None:
    pool = fresh(work="when-told")
    place(pool, 30, 30)
    pool.release(0)
    place(pool, 10, at=10)
    assert frame(pool, 10) != frame(pool, 1)
    pool.squeeze()
    place(pool, 11, at=11)
    assert frame(pool, 11) == frame(pool, 10)


def test_z3fold_keeps_an_empty_frame_that_waits() -> None:
    pool = fresh(work="when-told")
    place(pool, 30, 30)
    pool.release(0)
    pool.release(1)
    assert (pool.frames, sum(row["pages_used"] for row in pool.describe())) == (1, 1)
    assert pool.squeeze() == 1
    assert pool.frames == 0


def test_z3fold_tidies_a_full_frame_without_the_worker() -> None:
    pool = fresh(work="when-told")
    place(pool, 10, 10, 10)
    pool.release(0)
    assert offset(pool, 2) == PAGE_SIZE - 20 * CHUNK


def test_z3fold_that_has_as_many_frames_waiting_as_entries_has_the_worker_run() -> None:
    pool = Z3fold(2, FrameLimiter(), PAGE_SIZE, "5.10", "when-told")
    for _ in range(3):
        place(pool, 30, 30)
        pool.release(0)
        pool.release(1)
    assert pool.frames <= 2


# ---- reclaim


def test_z3fold_reclaims_middle_first_last() -> None:
    pool = fresh()
    place(pool, 10, 10, 10)
    assert pool.entries_of(frame(pool, 0)) == [0, 2, 1]
    assert pool.eviction_order(frame(pool, 0)) == [2, 0, 1]


def test_z3fold_reclaim_passes_over_a_frame_with_an_object_from_another_one() -> None:
    pool = fresh()
    place(pool, 30, 30, 20, 20)
    pool.release(1)
    pool.release(3)
    assert pool.oldest_first() == []
    pool.release(2)
    assert pool.oldest_first() == [frame(pool, 0)]


def test_z3fold_leaves_a_frame_in_place_while_it_is_reclaimed() -> None:
    pool = fresh()
    place(pool, 10, 10, 10, 40)  # a full frame, whose objects would fit into the other one
    taken = frame(pool, 0)
    pool.seize(taken)
    for entry in (2, 0):
        pool.release(entry)
        assert frame(pool, 1) == taken
    pool.release(1)
    assert pool.frames == 1


def test_z3fold_that_could_not_be_reclaimed_is_the_newest_and_has_room() -> None:
    pool = fresh()
    place(pool, 30, 30, 40)
    given_up, other = frame(pool, 0), frame(pool, 2)
    pool.seize(given_up)
    pool.release(0)
    pool.let_go(given_up)
    assert pool.oldest_first() == [other, given_up]
    place(pool, 30, at=10)
    assert frame(pool, 10) == given_up


# ---- the earliest rules


def test_z3fold_had_a_header_of_one_chunk_and_neither_merging_nor_closing_of_gaps() -> None:
    pool = fresh("4.8")
    place(pool, 10, 10, 10, 40)
    pool.release(0)
    assert offset(pool, 2) == 11 * CHUNK
    pool.release(1)
    assert (pool.frames, offset(pool, 2)) == (2, CHUNK)


def test_z3fold_had_no_worker_to_wait_for() -> None:
    with pytest.raises(UsageError, match=r"work when-told with rules 4\.8"):
        POOLS.choose("z3fold:4.8:when-told").make(1, FrameLimiter())


# ---- against the model


@dataclass
class Pair:
    """A compiled pool and its model, given the same operations and compared after each one."""

    pool: Z3fold
    model: Z3foldModel
    held: list[int] = field(default_factory=list)
    placed: int = 0

    def alloc(self, size: int) -> None:
        if self.placed < CAPACITY:
            code = self.pool.try_alloc(self.placed, size)
            assert code == self.model.alloc(self.placed, size)
            if code == 0:
                self.held.append(self.placed)
            self.placed += 1

    def free(self, at: int) -> None:
        if self.held:
            entry = self.held.pop(at % len(self.held))
            self.pool.release(entry)
            self.model.free(entry)

    def work(self, _: int) -> None:
        assert self.pool.squeeze() == self.model.compact()

    def reclaim(self, most: int) -> None:
        """Evict up to ``most`` % 4 entries of the oldest frame, then give it up if it holds more."""
        frame = self.model.oldest()
        if frame is None:
            assert self.pool.oldest_first() == []
            return
        entries = self.model.reclaim_order(frame)
        number = self.pool.place(entries[0])[0]
        assert (self.pool.oldest_first()[0], self.pool.eviction_order(number)) == (number, entries)
        self.pool.seize(number)
        self.model.begin_reclaim(frame)
        for entry in entries[: most % 4]:
            self.free(self.held.index(entry))
        if frame.held:
            self.pool.let_go(number)
            self.model.end_reclaim(frame)

    def compare(self) -> None:
        assert (self.pool.frames, self.pool.limiter.frames) == (self.model.frames, self.model.limiter.used)
        here = {entry: self.pool.place(entry) for entry in self.held}
        there = {entry: self.model.location(entry) for entry in self.held}
        assert {entry: place[1] for entry, place in here.items()} == {
            entry: place[1] for entry, place in there.items()
        }
        pairs = {(here[entry][0], there[entry][0]) for entry in self.held}
        assert len(pairs) == len({number for number, _ in pairs}) == len({serial for _, serial in pairs})
        assert [self.model_of(number) for number in self.pool.oldest_first()] == self.reclaimable()

    def model_of(self, number: int) -> int:
        return self.model.location(self.pool.entries_of(number)[0])[0]

    def reclaimable(self) -> list[int]:
        def able(frame: FrameModel) -> bool:
            return bool(frame.held) and not any(held.foreign for held in frame.held.values())

        return [frame.serial for frame in self.model.by_age if able(frame)]


SIZES = st.one_of(st.sampled_from([600, 1300, 2000, 3904, 3905]), st.integers(0, PAGE_SIZE + 1))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just(Pair.alloc), SIZES),
        st.tuples(st.sampled_from([Pair.free, Pair.free, Pair.work, Pair.reclaim]), st.integers(0, 40)),
    ),
    max_size=150,
)


@pytest.mark.parametrize("limit", [None, 12])
@pytest.mark.parametrize(
    ("rules", "work"), [("4.8", None), ("4.11", None), ("5.10", "each-free"), ("5.10", "when-told")]
)
@settings(max_examples=80, deadline=None)
@given(steps=STEPS)
def test_pool_does_what_the_model_does(
    rules: str, work: str | None, limit: int | None, steps: list[tuple[Callable[[Pair, int], None], int]]
) -> None:
    pool = fresh(rules, work, -1 if limit is None else limit)
    pair = Pair(pool, Z3foldModel(rules, PAGE_SIZE, limit, defer=work == "when-told"))
    for step, argument in steps:
        step(pair, argument)
        pair.compare()


def test_z3fold_refuses_when_the_limiter_does() -> None:
    pool = fresh(limit=1)
    place(pool, 40)
    assert pool.try_alloc(1, 40 * CHUNK) == -errno.ENOMEM
