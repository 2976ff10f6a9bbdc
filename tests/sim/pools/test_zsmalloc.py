"""The compiled zsmalloc against its slow retelling, and through a small zram against running kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.test_zsmalloc_model import KERNELS, measured, numbers, xorshift64
from tests.model.zram import ZramModel
from tests.model.zsmalloc import ZsmallocModel
from zswapbench.errors import UsageError
from zswapbench.registry import POOLS
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.pools.zsmalloc import Zsmalloc

PAGE_SIZE = 4096
GENERATIONS = [("2012", None), ("4.2", None), ("6.3", 4), ("6.3", 8), ("6.3", 16)]


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


# 30 and 400 fill zspages of many objects, 3300 one of its own, 1600 and 2700 several frames; 4093 has a whole
# frame because there its handle is not inside.
SIZES = st.one_of(st.sampled_from([30, 400, 1600, 2700, 3300, 4093]), st.integers(0, PAGE_SIZE + 1))
STEPS = st.lists(
    st.one_of(
        st.builds(Fill, st.integers(1, 60), st.lists(SIZES, min_size=1, max_size=3).map(tuple)),
        st.builds(Drain, st.integers(1, 60), st.integers(0, 40), st.integers(1, 9)),
    ),
    max_size=16,
)


class Pair:
    """A compiled pool and its model, given the same operations and compared after each one."""

    def __init__(self, rules: str, chain: int | None, limit: int | None) -> None:
        self.pool = Zsmalloc(1024, FrameLimiter(-1 if limit is None else limit), PAGE_SIZE, rules, chain)
        self.model = ZsmallocModel(rules, PAGE_SIZE, chain, limit)
        self.held: list[int] = []
        self.placed = 0

    def alloc(self, size: int) -> None:
        entry = self.placed
        self.placed += 1
        code = self.pool.try_alloc(entry, size)
        assert code == self.model.alloc(entry, size)
        assert self.pool.class_for(size) == self.model.class_of(size)
        if code == 0:
            self.held.append(entry)
            assert self.pool.place(entry)[1] == self.model.location(entry)[1]
        self.compare_frames()

    def free(self, entry: int) -> None:
        self.held.remove(entry)
        self.pool.release(entry)
        self.model.free(entry)
        self.compare_frames()

    def compare_frames(self) -> None:
        assert self.pool.frames == self.model.frames
        assert self.pool.limiter.frames == self.model.limiter.used
        assert self.pool.limiter.hits == self.model.limiter.refused

    def compare_all(self) -> None:
        """Places up to the numbering of zspages, and the occupancy of every class."""
        here = {entry: self.pool.place(entry) for entry in self.held}
        there = {entry: self.model.location(entry) for entry in self.held}
        assert {entry: place[1] for entry, place in here.items()} == {
            entry: place[1] for entry, place in there.items()
        }
        pairs = {(here[entry][0], there[entry][0]) for entry in self.held}
        assert len(pairs) == len({number for number, _ in pairs}) == len({serial for _, serial in pairs})
        rows = self.pool.describe()
        zspages = {row["class"]: row["pages_used"] // row["pages_per_zspage"] for row in rows}
        assert self.model.occupancy() == {
            row["class"]: (zspages[row["class"]], row["obj_allocated"], row["obj_used"]) for row in rows
        }

    def take(self, step: Fill | Drain) -> None:
        if isinstance(step, Fill):
            for index in range(step.count):
                self.alloc(step.sizes[index % len(step.sizes)])
        else:
            for entry in self.held[step.start :: step.stride][: step.count]:
                self.free(entry)


@pytest.mark.parametrize("limit", [None, 10, 40])
@pytest.mark.parametrize(("rules", "chain"), GENERATIONS)
@settings(max_examples=50, deadline=None)
@given(steps=STEPS)
def test_pool_does_what_the_model_does(
    rules: str, chain: int | None, limit: int | None, steps: list[Fill | Drain]
) -> None:
    pair = Pair(rules, chain, limit)
    for step in steps:
        pair.take(step)
        pair.compare_all()
    for entry in list(pair.held):
        pair.free(entry)
    pair.compare_all()


@pytest.mark.parametrize(("rules", "chain"), GENERATIONS)
def test_pool_does_what_the_model_does_through_a_long_churn(rules: str, chain: int | None) -> None:
    """Deep enough that zspages of all fullness groups stand in lists of several."""
    pair = Pair(rules, chain, None)
    random, sizes = 88172645463325252, (40, 200, 1000, 1600)
    while pair.placed < 1024:
        random = xorshift64(random)
        if random % 100 < (60 if pair.placed % 500 < 250 else 40) or not pair.held:
            pair.alloc(sizes[random // 100 % len(sizes)])
        else:
            pair.free(pair.held[random // 100 % len(pair.held)])
        pair.compare_all()


# ---- against running kernels


class Owners:
    """A compiled pool as zram asks for one: ``owner`` is an entry. It has no compaction."""

    def __init__(self, rules: str) -> None:
        self.pool = Zsmalloc(60_000, FrameLimiter(), PAGE_SIZE, rules)
        self.alloc = self.pool.try_alloc
        self.free = self.pool.release
        self.class_of = self.pool.class_for

    @property
    def frames(self) -> int:
        return int(self.pool.frames)

    def compact(self) -> int:
        raise NotImplementedError("these sequences end before the first compaction")


def fresh_zram(kernel: str, file: str, algorithm: str) -> tuple[ZramModel, Zsmalloc]:
    column = KERNELS[kernel].zstd_column if algorithm == "zstd" else algorithm
    sizes = numbers(f"{file}.sizes.npz", column)
    same_filled = numbers(f"{file}.sizes.npz", "same_filled")
    owners = Owners(KERNELS[kernel].rules)
    return ZramModel(owners, sizes, same_filled, KERNELS[kernel].huge_class_size), owners.pool


def assert_as_measured(step: Any, zram: ZramModel, pool: Zsmalloc) -> None:
    statistics, columns = step["mm_stat"], step["classes"]["columns"]
    assert pool.frames * PAGE_SIZE == statistics["mem_used_total"], step["step"]
    assert zram.same_pages() == statistics["same_pages"], step["step"]
    assert zram.compr_data_size() == statistics["compr_data_size"], step["step"]
    told = ("class", "size", "obj_allocated", "obj_used", "pages_used", "pages_per_zspage")
    kernels = [dict(zip(columns, values, strict=True)) for values in step["classes"]["rows"]]
    assert [[row[name] for name in told] for row in pool.describe()] == [
        [row[name] for name in told] for row in kernels
    ], step["step"]


@pytest.mark.parametrize("algorithm", ["lzo", "lz4", "zstd"])
@pytest.mark.parametrize("file", ["node", "redis"])
@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
class TestZram:
    def test_pool_is_as_measured_while_three_quarters_go(
        self, kernel: str, file: str, algorithm: str
    ) -> None:
        zram, pool = fresh_zram(kernel, file, algorithm)
        every = range(len(zram.sizes))
        pool_pages = numbers(f"zram-{kernel}-{file}-pool_pages.npz", algorithm)
        compared = []
        for step in measured(kernel, file)[algorithm]["E"]["steps"]:
            match step["step"]:
                case "written":
                    for page in every:
                        zram.write(page)
                        assert pool.frames == pool_pages[page], page
                case "discard_odd":
                    for page in every[1::2]:
                        zram.discard(page)
                case "discard_3of4_nocompact":
                    for page in every[2::4]:
                        zram.discard(page)
                case "discard_3of4_then_compact":
                    break
            assert_as_measured(step, zram, pool)
            compared.append(step["step"])
        assert compared[-3:] == ["written", "discard_odd", "discard_3of4_nocompact"]

    def test_pool_is_as_measured_while_random_pages_come_and_go(
        self, kernel: str, file: str, algorithm: str
    ) -> None:
        zram, pool = fresh_zram(kernel, file, algorithm)
        n = len(zram.sizes)
        random = 88172645463325252
        compared = []
        for step in measured(kernel, file)[algorithm]["R"]["steps"]:
            if step["step"] == "churn_compact":
                break
            if step["step"] == "written":
                for page in range(n):
                    zram.write(page)
            elif step["step"].startswith("churn_"):
                for _ in range(n // 2):
                    random = xorshift64(random)
                    page = random % n
                    if zram.holds(page):
                        zram.discard(page)
                    else:
                        zram.write(page)
            assert_as_measured(step, zram, pool)
            compared.append(step["step"])
        assert len([name for name in compared if name.startswith("churn_")]) == 4


# ---- what can be asked for


@pytest.mark.parametrize("rules", ["2012", "4.2"])
def test_chain_is_a_choice_of_the_newest_rules_only(rules: str) -> None:
    choice = POOLS.choose(f"zsmalloc:{rules}:chain=4")
    with pytest.raises(UsageError, match=f"chain 4 with rules {rules}"):
        choice.make(1, FrameLimiter())


@pytest.mark.parametrize("chain", [0, 3, 17])
def test_chain_is_from_four_to_sixteen_frames(chain: int) -> None:
    with pytest.raises(UsageError, match="a number from 4 to 16"):
        POOLS.choose(f"zsmalloc:6.3:chain={chain}")
