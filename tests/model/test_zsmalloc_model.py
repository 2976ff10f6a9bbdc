"""The zsmalloc model against the truth: class tables from the specification, zram figures of real kernels."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .zram_sequences import ALL, GOLDEN, KERNELS, PROGRAMS, check
from .zsmalloc import ENOMEM, ENOSPC, NO_CLASS, FrameLimiter, ZsmallocModel

PAGE_SIZE = 4096
ALL_RULES = ["2012", "3.19", "4.2", "6.4"]


# ---- class tables


@pytest.mark.parametrize(
    ("rules", "file"),
    [("2012", "classes_2012_nomerge.json"), ("4.2", "classes_chain4.json"), ("6.4", "classes_chain8.json")],
)
def test_class_table_equals_the_specification(rules: str, file: str) -> None:
    table = json.loads((GOLDEN / "spec" / file).read_text())
    pool = ZsmallocModel(rules)
    columns = ("index", "size", "pages_per_zspage", "objs_per_zspage")
    assert pool.classes() == [tuple(row[column] for column in columns) for row in table["classes"]]
    size_of = {index: size for index, size, _, _ in pool.classes()}
    wanted = {int(request): size for request, size in table["request_to_class_size"].items()}
    assert {request: size_of[pool.class_of(request)] for request in wanted} == wanted
    assert list(wanted) == list(range(1, PAGE_SIZE + 1))


@pytest.mark.parametrize(("chain", "count", "watermark"), [(4, 69, 3257), (8, 119, 3625), (16, 192, 3833)])
def test_longer_chains_give_more_classes_and_a_higher_huge_watermark(
    chain: int, count: int, watermark: int
) -> None:
    pool = ZsmallocModel("6.4", chain=chain)
    assert len(pool.classes()) == count
    assert pool.class_of(watermark - 1) < pool.class_of(watermark) == pool.class_of(PAGE_SIZE) == 254


def test_chain_of_four_differs_from_the_percent_rule_in_one_class_only() -> None:
    old, new = ZsmallocModel("4.2").classes(), ZsmallocModel("6.4", chain=4).classes()
    differing = [(a[1:], b[1:]) for a, b in zip(old, new, strict=True) if a != b]
    assert differing == [((208, 2, 39), (208, 3, 59))]


def test_only_the_newer_rules_give_large_pages_a_class_of_a_whole_page() -> None:
    for page_size, last_size_2012 in [(16384, 16352), (65536, 65312)]:
        old, new = ZsmallocModel("2012", page_size), ZsmallocModel("4.2", page_size)
        assert (len(old.slots), len(new.slots)) == (256, 257)
        assert old.classes()[-1][1] == last_size_2012
        assert new.classes()[-1][1] == page_size
        assert old.alloc(1, last_size_2012) == 0
        assert old.alloc(2, last_size_2012 + 1) == ENOSPC
        assert new.alloc(1, page_size) == 0


def test_handle_takes_eight_bytes_of_every_object_but_in_2012() -> None:
    assert ZsmallocModel("2012").class_of(32) == 0
    assert ZsmallocModel("4.2").class_of(24) == 0
    assert ZsmallocModel("4.2").class_of(25) == 1
    assert ZsmallocModel("6.4").class_of(32) == 1


@pytest.mark.parametrize("rules", ALL_RULES)
def test_sizes_no_class_can_hold_are_refused_without_asking_for_frames(rules: str) -> None:
    pool = ZsmallocModel(rules, limit=0)
    for size in (0, PAGE_SIZE + 1):
        assert pool.alloc(1, size) == ENOSPC
        assert pool.class_of(size) == NO_CLASS
    assert pool.limiter.refused == 0
    assert pool.alloc(1, PAGE_SIZE) == ENOMEM


def test_chain_is_a_choice_of_the_newest_rules_only() -> None:
    for rules, chain in [("2012", 4), ("4.2", 4), ("6.4", 3), ("6.4", 17), ("5.0", None)]:
        with pytest.raises(ValueError, match=r"rules|chain"):
            ZsmallocModel(rules, chain=chain)


# ---- placement


def request_for(pool: ZsmallocModel, object_size: int) -> int:
    """The largest request that an object of this size holds."""
    return object_size - pool.handle_size


def filled(rules: str, object_size: int, zspages: int) -> tuple[ZsmallocModel, list[list[int]]]:
    """A pool with that many full zspages of a one-page class, and the owners in each, in address order."""
    pool = ZsmallocModel(rules)
    per_zspage = PAGE_SIZE // object_size
    for owner in range(zspages * per_zspage):
        assert pool.alloc(owner, request_for(pool, object_size)) == 0
        assert pool.location(owner) == (owner // per_zspage, owner % per_zspage * object_size)
    return pool, [list(range(i * per_zspage, (i + 1) * per_zspage)) for i in range(zspages)]


def free_down_to(pool: ZsmallocModel, owners: list[int], left: int) -> None:
    """Free the highest objects of a zspage."""
    while len(owners) > left:
        pool.free(owners.pop())


def zspage_of_next(pool: ZsmallocModel, object_size: int) -> int:
    assert pool.alloc(-1, request_for(pool, object_size)) == 0
    return pool.location(-1)[0]


@pytest.mark.parametrize("rules", ALL_RULES)
def test_object_freed_last_is_handed_out_first(rules: str) -> None:
    pool, _ = filled(rules, 512, 1)
    pool.free(2)
    pool.free(5)
    for owner in (100, 101, 102):
        pool.alloc(owner, request_for(pool, 512))
    assert [pool.location(owner) for owner in (100, 101, 102)] == [(0, 5 * 512), (0, 2 * 512), (1, 0)]


@pytest.mark.parametrize("rules", ALL_RULES)
def test_frames_come_back_with_the_last_object_of_a_zspage(rules: str) -> None:
    pool = ZsmallocModel(rules)
    request = request_for(pool, 48)  # three pages, 256 objects
    for owner in range(257):
        pool.alloc(owner, request)
    assert pool.frames == pool.limiter.used == 6
    for owner in range(255):
        pool.free(owner)
    assert pool.frames == 6
    pool.free(255)
    assert pool.frames == pool.limiter.used == 3
    assert pool.occupancy()[1] == (1, 256, 1)


@pytest.mark.parametrize(
    ("rules", "object_size", "fuller", "emptier"),
    [("2012", 128, 9, 8), ("4.2", 128, 25, 24), ("6.4", 128, 29, 28)],
)
def test_fuller_group_is_used_first_whoever_came_last(
    rules: str, object_size: int, fuller: int, emptier: int
) -> None:
    for last in (0, 1):
        pool, (first, second) = filled(rules, object_size, 2)
        if last == 0:
            free_down_to(pool, second, fuller)
            free_down_to(pool, first, emptier)
        else:
            free_down_to(pool, first, emptier)
            free_down_to(pool, second, fuller)
        assert zspage_of_next(pool, object_size) == 1


@pytest.mark.parametrize(("rules", "fuller", "emptier"), [("2012", 31, 9), ("4.2", 24, 1), ("6.4", 31, 29)])
def test_inside_a_group_the_newcomer_is_used_first_though_it_be_emptier(
    rules: str, fuller: int, emptier: int
) -> None:
    pool, (first, second) = filled(rules, 128, 2)
    free_down_to(pool, first, fuller)
    free_down_to(pool, second, emptier)
    assert zspage_of_next(pool, 128) == 1


# ---- the limit


@pytest.mark.parametrize("rules", ALL_RULES)
def test_refused_zspage_gives_the_frames_it_took_back_and_counts_once(rules: str) -> None:
    pool = ZsmallocModel(rules, limit=5)
    request = request_for(pool, 48)  # three pages at a time
    assert [pool.alloc(owner, request) for owner in range(256)] == [0] * 256
    assert pool.alloc(256, request) == ENOMEM
    assert (pool.frames, pool.limiter.used, pool.limiter.refused) == (3, 3, 1)
    pool.free(7)
    assert pool.alloc(256, request) == 0


def test_pools_may_share_one_limit() -> None:
    limiter = FrameLimiter(2)
    one, other = ZsmallocModel("2012", limit=limiter), ZsmallocModel("2012", limit=limiter)
    assert [one.alloc(0, 4096), other.alloc(0, 4096), one.alloc(1, 4096)] == [0, 0, ENOMEM]
    other.free(0)
    assert one.alloc(1, 4096) == 0
    assert (one.frames, other.frames, limiter.used, limiter.refused) == (2, 0, 2, 1)


# ---- compaction


@pytest.mark.parametrize("rules", ["4.2", "6.4"])
def test_compaction_moves_the_lowest_object_into_the_slot_freed_last(rules: str) -> None:
    pool, _ = filled(rules, 512, 2)
    for owner in (1, 3, 5):
        pool.free(owner)
    for owner in (8, 10, 11, 12, 13, 15):
        pool.free(owner)
    assert pool.compact() == 1
    assert (pool.frames, pool.limiter.used) == (1, 1)
    assert pool.location(9) == (0, 5 * 512)
    assert pool.location(14) == (0, 3 * 512)


def test_2012_has_no_compaction() -> None:
    pool, (first, second) = filled("2012", 512, 2)
    free_down_to(pool, first, 1)
    free_down_to(pool, second, 1)
    assert (pool.compact(), pool.frames) == (0, 2)


@pytest.mark.parametrize("rules", ["4.2", "6.4"])
def test_compaction_needs_a_whole_zspage_of_free_objects(rules: str) -> None:
    pool, (first, second) = filled(rules, 1024, 2)
    free_down_to(pool, first, 3)
    free_down_to(pool, second, 2)
    assert pool.compact() == 0
    free_down_to(pool, first, 2)
    assert pool.compact() == 1


def test_needless_compaction_can_still_change_which_zspage_is_used_next() -> None:
    """4.2: the source comes off its list first, and returns behind a fuller head."""
    for compact, expected in [(False, 1), (True, 0)]:
        pool, (first, second) = filled("4.2", 1024, 2)
        free_down_to(pool, first, 3)
        free_down_to(pool, second, 2)
        if compact:
            assert pool.compact() == 0
        assert zspage_of_next(pool, 1024) == expected


# ---- any sequence


@settings(max_examples=50, deadline=None)
@given(
    rules=st.sampled_from(ALL_RULES),
    limit=st.sampled_from([None, 12]),
    steps=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4097)), max_size=100),
)
def test_frames_limit_and_objects_agree_after_any_sequence(
    rules: str, limit: int | None, steps: list[tuple[int, int]]
) -> None:
    pool = ZsmallocModel(rules, limit=limit)
    shape = {index: (size, pages, objects) for index, size, pages, objects in pool.classes()}
    class_held: dict[int, int] = {}
    for owner, size in steps:
        if size == 0:
            pool.compact()
        elif owner in class_held:
            pool.free(owner)
            del class_held[owner]
        elif pool.alloc(owner, size) == 0:
            class_held[owner] = pool.class_of(size)
        occupancy, fullness = pool.occupancy(), pool.fullness()
        assert pool.frames == pool.limiter.used == sum(occupancy[i][0] * shape[i][1] for i in occupancy)
        assert limit is None or pool.frames <= limit
        held_in = Counter(class_held.values())
        for index, (zspages, allocated, used) in occupancy.items():
            assert allocated == zspages * shape[index][2]
            assert used == held_in[index]
            assert sum(fullness[index]) == zspages
            assert fullness[index][0] == 0
        places = [pool.location(owner) for owner in class_held]
        assert len(set(places)) == len(places)
        for (_, offset), index in zip(places, class_held.values(), strict=True):
            object_size, pages, _ = shape[index]
            assert offset % object_size == 0
            assert offset + object_size <= pages * PAGE_SIZE


# ---- zram on real kernels


@pytest.mark.parametrize("algorithm", ["lzo", "lz4", "zstd"])
@pytest.mark.parametrize("file", PROGRAMS)
@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
def test_model_does_what_running_kernels_did(kernel: str, file: str, algorithm: str) -> None:
    for sequence in ALL:
        check(kernel, file, algorithm, sequence, ZsmallocModel(KERNELS[kernel].rules))
