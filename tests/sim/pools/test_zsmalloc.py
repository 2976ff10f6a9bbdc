"""The compiled zsmalloc against its slow retelling, and through a small zram against running kernels."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.zram_sequences import KERNELS, MEASURED, SEED, check, xorshift64
from tests.model.zsmalloc import FrameLimiter as ModelLimiter
from tests.model.zsmalloc import ZsmallocModel
from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import POOLS
from zswapbench.rules.size_classes import RULES
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.pools.zsmalloc import Zsmalloc

PAGE_SIZE = 4096
GENERATIONS = [
    ("2012", None, 1),
    ("3.19", None, 1),
    ("4.2", None, 1),
    ("6.4", 4, 1),
    ("6.4", 8, 1),
    ("6.4", 16, 1),
    ("6.4", 8, 4),
]
"""Rules, chain and number of pools."""


# ---- against the model


@dataclass(frozen=True)
class Fill:
    """Place ``count`` objects, whose sizes go round over ``sizes``."""

    count: int
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Drain:
    """Free ``count`` objects: every ``stride``-th of those held, oldest first, beginning with ``start``."""

    count: int
    start: int
    stride: int


@dataclass(frozen=True)
class Compact:
    """Compact."""


# 30 and 400 fill zspages of many objects, 3300 one of its own, 1600 and 2700 several frames; 4093 has a whole
# frame because there its handle is not inside.
SIZES = st.one_of(st.sampled_from([30, 400, 1600, 2700, 3300, 4093]), st.integers(0, PAGE_SIZE + 1))
STEPS = st.lists(
    st.one_of(
        st.builds(Fill, st.integers(1, 60), st.lists(SIZES, min_size=1, max_size=3).map(tuple)),
        st.builds(Drain, st.integers(1, 60), st.integers(0, 40), st.integers(1, 9)),
        st.just(Compact()),
    ),
    max_size=16,
)


def pool_of(entry: int, pools: int) -> int:
    """Which of several pools takes an entry: the kernel's hash_ptr() of an address that is a multiple of 80."""
    return (entry * 80 * 0x61C8864680B583EB % 2**64) * pools >> 64


def debugfs_rows(pool: Zsmalloc) -> list[list[int]]:
    counted = ("obj_allocated", "obj_used", "pages_used", "pages_per_zspage", "freeable")
    return [
        [row["class"], row["size"], *row["fullness"], *(row[name] for name in counted)]
        for row in pool.describe()
    ]


class Models:
    """As many models as there are pools, below one limit."""

    def __init__(self, rules: str, chain: int | None, pools: int, limit: int | None) -> None:
        self.limiter = ModelLimiter(limit)
        self.pools = [ZsmallocModel(rules, PAGE_SIZE, chain, self.limiter) for _ in range(pools)]
        self.class_of = self.pools[0].class_of

    def of(self, entry: int) -> ZsmallocModel:
        return self.pools[pool_of(entry, len(self.pools))]

    def location(self, entry: int) -> tuple[tuple[int, int], int]:
        """The zspage, as number of the pool and serial number in it, and the byte offset."""
        serial, offset = self.of(entry).location(entry)
        return (pool_of(entry, len(self.pools)), serial), offset

    def compact(self) -> int:
        return sum(pool.compact() for pool in self.pools)

    def debugfs_rows(self) -> list[list[int]]:
        """The rows of all pools added up. Only the rules 6.3 have several."""
        if len(self.pools) == 1:
            return self.pools[0].debugfs_rows()
        same = {0, 1, 16}  # class, size, pages_per_zspage
        return [
            [
                values[0] if column in same else sum(values)
                for column, values in enumerate(zip(*rows, strict=True))
            ]
            for rows in zip(*(pool.debugfs_rows() for pool in self.pools), strict=True)
        ]


class Pair:
    """A compiled pool and its model, given the same operations and compared after each one."""

    def __init__(self, rules: str, chain: int | None, pools: int, limit: int | None) -> None:
        limiter = FrameLimiter(-1 if limit is None else limit)
        self.pool = Zsmalloc(1024, limiter, PAGE_SIZE, rules, chain, pools)
        self.model = Models(rules, chain, pools, limit)
        self.held: list[int] = []
        self.placed = 0
        self.freed = 0

    def alloc(self, size: int) -> None:
        entry = self.placed
        self.placed += 1
        code = self.pool.try_alloc(entry, size)
        assert code == self.model.of(entry).alloc(entry, size)
        assert self.pool.class_for(size) == self.model.class_of(size)
        if code == 0:
            self.held.append(entry)
            assert self.pool.place(entry)[1] == self.model.location(entry)[1]
        self.compare_frames()

    def free(self, entry: int) -> None:
        self.held.remove(entry)
        self.pool.release(entry)
        self.model.of(entry).free(entry)
        self.compare_frames()

    def compact(self) -> None:
        """Nothing new is made, so a zspage that is left is the one it was; all that can come free does."""
        rows, zspages, frames = self.pool.describe(), self.zspages(), self.pool.frames
        freed = self.pool.squeeze()
        assert freed == self.model.compact() == frames - self.pool.frames
        assert freed == sum(row["freeable"] for row in rows)
        assert self.zspages() <= zspages
        self.freed += freed

    def compare_frames(self) -> None:
        assert self.pool.frames == sum(model.frames for model in self.model.pools)
        assert self.pool.limiter.frames == self.model.limiter.used
        assert self.pool.limiter.hits == self.model.limiter.refused

    def zspages(self) -> set[tuple[int, tuple[int, int]]]:
        """Zspages that hold something, by their number here and by that of the model's."""
        return {(self.pool.place(entry)[0], self.model.location(entry)[0]) for entry in self.held}

    def compare_all(self) -> None:
        """Places up to the numbering of zspages, and every column of every class."""
        for entry in self.held:
            assert self.pool.place(entry)[1] == self.model.location(entry)[1]
        zspages = self.zspages()
        assert len(zspages) == len({here for here, _ in zspages}) == len({there for _, there in zspages})
        assert debugfs_rows(self.pool) == self.model.debugfs_rows()

    def take(self, step: Fill | Drain | Compact) -> None:
        if isinstance(step, Compact):
            self.compact()
        elif isinstance(step, Fill):
            for index in range(step.count):
                self.alloc(step.sizes[index % len(step.sizes)])
        else:
            for entry in self.held[step.start :: step.stride][: step.count]:
                self.free(entry)


@pytest.mark.parametrize("limit", [None, 10, 40])
@pytest.mark.parametrize(("rules", "chain", "pools"), GENERATIONS)
@settings(max_examples=50, deadline=None)
@given(steps=STEPS)
def test_pool_does_what_the_model_does(
    rules: str, chain: int | None, pools: int, limit: int | None, steps: list[Fill | Drain | Compact]
) -> None:
    pair = Pair(rules, chain, pools, limit)
    for step in steps:
        pair.take(step)
        pair.compare_all()
    for entry in list(pair.held):
        pair.free(entry)
    pair.compare_all()


@pytest.mark.parametrize(("rules", "chain", "pools"), GENERATIONS)
def test_pool_does_what_the_model_does_through_a_long_churn(
    rules: str, chain: int | None, pools: int
) -> None:
    """Deep enough that zspages of all fullness groups stand in lists of several."""
    pair = Pair(rules, chain, pools, None)
    random, sizes = SEED, (40, 200, 1000, 2700)
    while pair.placed < 1024:
        random = xorshift64(random)
        if random % 100 < (60 if pair.placed % 500 < 250 else 40) or not pair.held:
            pair.alloc(sizes[random // 100 % len(sizes)])
        else:
            pair.free(pair.held[random // 100 % len(pair.held)])
        if random % 97 == 0:
            pair.compact()
        if random % 7 == 0:
            pair.compare_all()
    for entry in [entry for index, entry in enumerate(pair.held) if index % 4]:
        pair.free(entry)
    pair.compact()
    pair.compare_all()
    assert (pair.freed > 0) == (rules not in ("2012", "3.19"))


@pytest.mark.parametrize("rules", RULES)
def test_reclaim_of_a_zspage_begins_with_its_lowest_object(rules: str) -> None:
    pool = Zsmalloc(16, FrameLimiter(), PAGE_SIZE, rules)
    for entry in range(8):
        assert pool.try_alloc(entry, 500) == 0
    zspage = pool.place(0)[0]
    for entry in (0, 5, 1):
        pool.release(entry)
    assert pool.first_in(zspage) == 2
    assert pool.try_alloc(9, 500) == 0  # in the place of the last that was freed
    assert (pool.first_in(zspage), pool.entries_of(zspage)) == (9, [9, 2, 3, 4, 6, 7])


# ---- against running kernels


class UnderZram:
    """A compiled pool as zram asks for one: an owner is an entry."""

    def __init__(self, rules: str) -> None:
        self.pool = Zsmalloc(60_000, FrameLimiter(), PAGE_SIZE, rules)
        self.alloc = self.pool.try_alloc
        self.free = self.pool.release
        self.compact = self.pool.squeeze
        self.class_of = self.pool.class_for

    @property
    def frames(self) -> int:
        frames: int = self.pool.frames
        return frames

    def debugfs_rows(self) -> list[list[int]]:
        return debugfs_rows(self.pool)


@pytest.mark.parametrize(("kernel", "file", "algorithm", "sequence"), MEASURED)
def test_pool_does_what_running_kernels_did(kernel: str, file: str, algorithm: str, sequence: str) -> None:
    check(kernel, file, algorithm, sequence, UnderZram(KERNELS[kernel].rules))


# ---- several pools


def test_entries_are_spread_by_the_top_bits_of_their_hashed_address() -> None:
    pool = Zsmalloc(1000, FrameLimiter(), PAGE_SIZE, "6.4", pools=32)
    for entry in range(1000):
        assert pool.try_alloc(entry, 100) == 0
    zspages = {pool.place(entry)[0] for entry in range(1000)}
    spread = [{pool_of(entry, 32) for entry in pool.entries_of(zspage)} for zspage in zspages]
    assert all(len(one) == 1 for one in spread)
    assert set().union(*spread) == set(range(32))


def test_several_pools_take_more_frames_for_the_same_objects() -> None:
    frames = {}
    for pools in (1, 32):
        pool = Zsmalloc(1000, FrameLimiter(), PAGE_SIZE, "6.4", pools=pools)
        for entry in range(1000):
            assert pool.try_alloc(entry, 40 + entry % 2000) == 0
        frames[pools] = pool.frames
    assert frames[32] > 2 * frames[1]


@pytest.mark.parametrize("rules", ["2012", "4.2"])
def test_only_the_newest_rules_have_several_pools(rules: str) -> None:
    choice = POOLS.choose(f"zsmalloc:{rules}:pools=32")
    with pytest.raises(UsageError, match=f"pools 32 with rules {rules}"):
        choice.make(1, FrameLimiter())


@pytest.mark.parametrize(
    ("pools", "told"), [(0, "from 1 to 64"), (3, "power of two"), (48, "power of two"), (65, "from 1 to 64")]
)
def test_number_of_pools_is_a_power_of_two_up_to_64(pools: int, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        POOLS.choose(f"zsmalloc:6.4:pools={pools}").make(1, FrameLimiter())


# ---- what can be asked for


@pytest.mark.parametrize("rules", ["2012", "4.2"])
def test_chain_is_a_choice_of_the_newest_rules_only(rules: str) -> None:
    choice = POOLS.choose(f"zsmalloc:{rules}:chain=4")
    with pytest.raises(UsageError, match=f"chain 4 with rules {rules}"):
        choice.make(1, FrameLimiter())


@pytest.mark.parametrize("chain", [0, 3, 17])
def test_chain_is_from_four_to_sixteen_frames(chain: int) -> None:
    with pytest.raises(UsageError, match="a number from 4 to 16"):
        POOLS.choose(f"zsmalloc:6.4:chain={chain}")
