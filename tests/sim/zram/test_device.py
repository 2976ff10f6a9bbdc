"""zram's rules one by one, by hand; then any sequence of events and attribute writes against the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.zram import ZramModel
from tests.model.zsmalloc import ZsmallocModel
from zswapbench.common.progress import nobody
from zswapbench.plugins.registry import POOLS
from zswapbench.rules.overflow import kernel_version
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import happen
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.replay import check_conservation
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import EVENT, Op

PAGE_SIZE = 4096
KEYS = 24
KERNELS = ("6.12", "6.18", "7.1", "7.2", "7.3")
SECOND = 1_000_000

# Corpus pages. In class tables of 6.3: SMALL and TINY lie far below, MIDDLE and NEAR in one class, 60 bytes from
# MIDDLE lies another; RAW and RANDOM are kept raw, RANDOM has become longer than a page. ODD is one with 1490 bytes as
# long as the handle is not counted.
SAME, TINY, SMALL, MIDDLE, NEAR, LARGE, RAW, RANDOM, ODD = range(9)
SIZES = (60, 40, 500, 2000, 2030, 3000, 3625, 4118, 1500)
SAME_FILLED = (1, 0, 0, 0, 0, 0, 0, 0, 0)


class Bench:
    """A device and a few words for what happens to it."""

    def __init__(
        self, kernel: str = "6.12", *, limit_pages: int = 0, shrinker: bool = True, bd_pages: int = -1
    ) -> None:
        self.clock = Clock()
        self.zram = device(kernel, limit_pages, shrinker=shrinker, clock=self.clock, bd_pages=bd_pages)

    def happen(self, *rows: tuple[Op, int, int], delta_us: int = 0) -> None:
        trace = np.array([(delta_us, op, 0, 0, offset, page) for op, offset, page in rows], EVENT)
        happen(trace, {0: self.zram}, nobody)
        check_conservation(self.zram)

    def write(self, *pages: int) -> None:
        """One page into each slot from 0 on."""
        self.happen(*((Op.STORE, slot, page) for slot, page in enumerate(pages)))

    def flags(self) -> dict[int, list[str]]:
        return {slot: held["flags"] for slot, held in self.zram.slots_held().items()}

    def form(self, slot: int) -> tuple[int, int]:
        """Bytes of the slot's object, and the priority of what made it."""
        held = self.zram.slots_held()[slot]
        return held["size"], held["priority"]

    def blocks(self) -> dict[int, int]:
        """Slots on the backing device, and where there."""
        return {slot: held["block"] for slot, held in self.zram.slots_held().items() if "wb" in held["flags"]}

    def sizes(self) -> list[int]:
        return [held["size"] for held in self.zram.slots_held().values()]

    def recompress(self, *arguments: Any, **named: Any) -> int:
        done = self.zram.recompress(*arguments, **named)
        check_conservation(self.zram)
        return done

    def __getattr__(self, name: str) -> int:
        """A counter."""
        return self.zram.stats()[name]


def device(
    kernel: str = "6.12",
    limit_pages: int = 0,
    *,
    shrinker: bool = True,
    clock: Clock | None = None,
    bd_pages: int = -1,
    pool: str = "6.4",
) -> Zram:
    return Zram(
        0,
        KEYS,
        np.array(SIZES, np.uint32),
        np.array(SAME_FILLED, np.uint8),
        POOLS.choose(f"zsmalloc:{pool}").make(KEYS + 1, FrameLimiter(), PAGE_SIZE),
        clock or Clock(),
        replace(rules_of(kernel, PAGE_SIZE), shrinker=shrinker),
        limit_pages,
        bd_pages,
    )


def secondary(**changed: int) -> Any:
    """Sizes under a secondary algorithm: as under the primary, but for pages named in lower case."""
    sizes = list(SIZES)
    for name, size in changed.items():
        sizes[globals()[name.upper()]] = size
    return np.array(sizes, np.uint32)


# ---- reads, writes, notifications


def test_a_same_filled_page_takes_no_object() -> None:
    bench = Bench()
    bench.write(SAME, SAME)
    assert (bench.pages_stored, bench.same_pages, bench.compr_data_size) == (2, 2, 0)
    assert bench.zram.pool.frames == 0


def test_a_page_is_kept_raw_from_the_huge_class_size_on() -> None:
    bench = Bench()
    bench.write(LARGE, RAW, RANDOM)
    assert bench.sizes() == [3000, PAGE_SIZE, PAGE_SIZE]
    assert (bench.huge_pages, bench.huge_pages_since) == (2, 2)
    assert bench.compr_data_size == 3000 + 2 * PAGE_SIZE


def test_huge_pages_since_does_not_go_down() -> None:
    bench = Bench()
    bench.write(RAW)
    bench.write(SMALL)
    bench.write(RAW)
    assert (bench.huge_pages, bench.huge_pages_since) == (1, 2)


def test_the_old_object_is_freed_after_the_new_one_has_its_place() -> None:
    bench = Bench()
    bench.write(RAW)
    bench.write(RAW)
    assert (bench.zram.pool.frames, bench.max_used_pages) == (1, 2)


def test_writing_a_same_filled_page_frees_the_object() -> None:
    bench = Bench()
    bench.write(RAW)
    bench.write(SAME)
    assert (bench.pages_stored, bench.huge_pages, bench.same_pages, bench.zram.pool.frames) == (1, 0, 1, 0)


def test_a_read_leaves_the_page_where_it_is() -> None:
    bench = Bench()
    bench.write(SMALL)
    bench.happen((Op.LOAD, 0, 0), (Op.LOAD, 1, 0))
    assert (bench.num_reads, bench.load_unknown, bench.failed_reads, bench.pages_stored) == (2, 1, 0, 1)


def test_every_notification_counts_and_frees_what_is_there() -> None:
    bench = Bench()
    bench.write(SMALL)
    bench.happen((Op.INVALIDATE, 0, 0), (Op.INVALIDATE, 0, 0))
    assert (bench.notify_free, bench.pages_stored, bench.compr_data_size) == (2, 0, 0)
    assert bench.zram.pool.frames == 0


def test_switching_off_frees_every_slot_in_use_and_notifies_of_these() -> None:
    bench = Bench()
    bench.write(SMALL, SAME, RAW)
    bench.happen((Op.INVALIDATE_AREA, 0, 0))
    assert (bench.notify_free, bench.pages_stored, bench.same_pages, bench.huge_pages) == (3, 0, 0, 0)
    assert bench.max_used_pages == 2


def test_a_flush_only_asks_where_there_is_no_shrinker() -> None:
    bench = Bench(shrinker=False)
    bench.write(SMALL)
    bench.happen((Op.FLUSH, 0, 7))
    assert (bench.flush_requests, bench.frames_asked, bench.frames_given) == (1, 7, 0)
    assert bench.pages_compacted == 0


def scattered() -> Bench:
    """24 objects of 500 bytes, 8 to a frame; half of them freed."""
    bench = Bench()
    bench.write(*[SMALL] * 24)
    bench.happen(*((Op.INVALIDATE, slot, 0) for slot in range(0, 24, 2)))
    assert bench.zram.pool.frames == 3
    return bench


def test_a_flush_compacts_once_and_counts_what_that_gave() -> None:
    bench = scattered()
    bench.happen((Op.FLUSH, 0, 9))
    assert (bench.frames_asked, bench.frames_given, bench.pages_compacted) == (9, 1, 1)
    assert bench.zram.pool.frames == 2


def test_compact_tells_what_it_gave() -> None:
    bench = scattered()
    assert bench.zram.compact() == 1
    assert (bench.pages_compacted, bench.frames_given) == (1, 0)


def test_a_device_leaves_off_at_an_event_of_another_type() -> None:
    trace = np.array([(0, Op.STORE, 0, 0, 1, SMALL), (0, Op.STORE, 1, 0, 1, SMALL)], EVENT)
    assert device().replay(trace, 0, 2) == 1


def test_a_pool_must_have_an_entry_to_spare() -> None:
    pool = POOLS.choose("zsmalloc:6.4").make(4, FrameLimiter(), PAGE_SIZE)
    sizes = np.array(SIZES, np.uint32)
    with pytest.raises(ValueError, match="4 entries is too small for 4 slots"):
        Zram(0, 4, sizes, np.array(SAME_FILLED, np.uint8), pool, Clock(), rules_of("6.12", PAGE_SIZE))


# ---- mem_limit


def test_a_write_that_takes_the_pool_past_mem_limit_fails_and_gives_its_object_back() -> None:
    bench = Bench(limit_pages=2)
    bench.write(RAW, RAW, RAW, SAME)
    assert (bench.failed_writes, bench.pages_stored, bench.zram.pool.frames) == (1, 3, 2)


def test_mem_used_max_has_seen_the_frames_of_a_refused_write() -> None:
    bench = Bench(limit_pages=2)
    bench.write(RAW, RAW, RAW)
    assert bench.max_used_pages == 3


def test_a_failed_write_leaves_the_slot_as_it_was() -> None:
    bench = Bench(limit_pages=1)
    bench.write(SMALL)
    bench.zram.mark_idle()
    bench.happen((Op.STORE, 0, RAW))
    assert (bench.failed_writes, bench.form(0)) == (1, (500, 0))
    assert bench.flags() == {0: ["idle"]}


def test_a_write_within_frames_that_the_pool_has_needs_no_room_below_mem_limit() -> None:
    bench = Bench(limit_pages=1)
    bench.write(*[SMALL] * 8)
    assert (bench.failed_writes, bench.zram.pool.frames) == (0, 1)


# ---- idle


def test_idle_all_marks_what_has_an_object_and_access_clears_it() -> None:
    bench = Bench()
    bench.write(SMALL, SMALL, SMALL, SMALL, SAME, RAW)
    bench.zram.writeback(("huge",))
    bench.happen((Op.INVALIDATE, 3, 0))
    assert bench.zram.mark_idle() == 3
    bench.happen((Op.LOAD, 0, 0), (Op.STORE, 1, SMALL))
    assert bench.flags() == {0: [], 1: [], 2: ["idle"], 4: ["same"], 5: ["wb"]}


@pytest.mark.parametrize("kernel", KERNELS)
def test_idle_by_age_marks_what_was_not_accessed_for_so_long_and_nothing_else(kernel: str) -> None:
    bench = Bench(kernel)
    bench.write(SMALL, SMALL, SMALL)
    bench.happen((Op.LOAD, 1, 0), delta_us=3 * SECOND)
    bench.happen((Op.STORE, 2, SMALL), delta_us=2 * SECOND)
    bench.zram.mark_idle()
    assert bench.zram.mark_idle(4) == 1
    assert bench.flags() == {0: ["idle"], 1: [], 2: []}


@pytest.mark.parametrize(("kernel", "marked"), [("6.12", 1), ("6.19", 1), ("7.0", 0), ("7.3", 0)])
def test_from_7_0_on_an_age_counts_whole_seconds(kernel: str, marked: int) -> None:
    bench = Bench(kernel)
    bench.happen((Op.STORE, 0, SMALL), delta_us=10_500_000)
    bench.happen((Op.LOAD, 1, 0), delta_us=2_400_000)  # 2.4 seconds later, but 10 and 12 in whole ones
    assert bench.zram.mark_idle(2) == marked


@pytest.mark.parametrize(
    ("kernel", "marked"), [("6.12", 0), ("6.18", 0), ("7.0", 2), ("7.1", 2), ("7.2", 2), ("7.3", 1)]
)
def test_an_age_above_the_uptime_clears_all_then_marks_all_then_does_nothing(
    kernel: str, marked: int
) -> None:
    bench = Bench(kernel)
    bench.write(SMALL, SMALL)
    bench.zram.mark_idle()
    bench.happen((Op.LOAD, 1, 0), delta_us=5 * SECOND)
    assert bench.zram.mark_idle(6) == marked


@pytest.mark.parametrize(("kernel", "marked"), [("6.12", 1), ("7.0", 2), ("7.2", 2), ("7.3", 0)])
def test_an_age_that_is_the_uptime_counts_as_above_it_in_whole_seconds(kernel: str, marked: int) -> None:
    bench = Bench(kernel)
    bench.write(SMALL, SMALL)
    bench.happen((Op.LOAD, 1, 0), delta_us=5 * SECOND)
    assert bench.zram.mark_idle(5) == marked


def test_an_age_of_0_marks_all_but_what_was_accessed_in_this_second_from_7_0_on() -> None:
    for kernel, marked in (("6.12", 2), ("7.3", 1)):
        bench = Bench(kernel)
        bench.write(SMALL, SMALL)
        bench.happen((Op.LOAD, 1, 0), delta_us=5 * SECOND)
        assert bench.zram.mark_idle(0) == marked


def test_a_new_form_has_never_been_accessed() -> None:
    bench = Bench("7.3")
    bench.happen((Op.STORE, 0, LARGE), delta_us=50 * SECOND)
    bench.happen((Op.STORE, 1, LARGE), delta_us=50 * SECOND)
    bench.zram.add_algorithm(1, secondary(large=1000))
    assert (bench.zram.mark_idle(60), bench.recompress(), bench.zram.mark_idle(60)) == (0, 2, 2)


def test_events_of_other_devices_pass_time_here_too() -> None:
    clock = Clock()
    one, other = device(clock=clock), device(clock=clock)
    rows = [(0, Op.STORE, 0, 0, 0, SMALL)], [(5_000_000, Op.LOAD, 0, 0, 0, 0)]
    for zram, trace in zip((one, other), rows, strict=True):
        zram.replay(np.array(trace, EVENT), 0, 1)
    assert one.mark_idle(4) == 1


# ---- writeback


def filled(kernel: str = "6.12") -> Bench:
    """Slots 0 to 5: same-filled, small, raw, raw and idle, small and idle, same-filled."""
    bench = Bench(kernel)
    bench.write(SAME, SMALL, RAW, RANDOM, SMALL, SAME)
    bench.zram.mark_idle()
    bench.happen(*((Op.LOAD, slot, 0) for slot in range(3)))
    return bench


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    ("flags", "gone"), [(("huge",), {2, 3}), (("idle",), {3, 4}), (("huge", "idle"), {3}), ((), {1, 2, 3, 4})]
)
def test_writeback_takes_slots_with_all_flags_but_no_same_filled_ones(
    flags: tuple[str, ...], gone: set[int], kernel: str
) -> None:
    bench = filled(kernel)
    assert bench.zram.writeback(flags) == (len(gone), "")
    check_conservation(bench.zram)
    assert {slot for slot, found in bench.flags().items() if "wb" in found} == gone
    assert (bench.bd_count, bench.bd_writes, bench.pages_stored) == (len(gone), len(gone), 6)


def test_writeback_of_one_slot_takes_that_alone_if_it_can() -> None:
    bench = filled()
    assert [bench.zram.writeback((), [(only, only)]) for only in (1, 1, 0, 20)] == [
        (1, ""),
        (0, ""),
        (0, ""),
        (0, ""),
    ]
    assert bench.bd_count == 1


def test_ranges_are_taken_together_each_slot_once_and_the_last_found_first() -> None:
    bench = Bench("6.18")
    bench.write(*[SMALL] * 10, RAW)
    assert bench.zram.writeback((), [(5, 6), (0, 5), (9, 10)]) == (9, "")
    assert bench.blocks() == {10: 1, 9: 2, 4: 3, 3: 4, 2: 5, 1: 6, 0: 7, 6: 8, 5: 9}


@pytest.mark.parametrize("ranges", [[(KEYS, KEYS)], [(0, KEYS)], [(3, 2)], [(0, 1), (-1, 2)]])
def test_slots_that_the_device_has_not_are_refused(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match=r"slots .* of 24"):
        device().writeback((), ranges)


@pytest.mark.parametrize(
    ("kernel", "flags", "form"), [("7.0", ["wb"], (0, 0)), ("7.1", ["huge", "wb"], (4096, 0))]
)
def test_from_7_1_on_a_slot_that_was_written_back_keeps_what_it_was(
    kernel: str, flags: list[str], form: tuple[int, int]
) -> None:
    bench = Bench(kernel)
    bench.write(RAW)
    bench.zram.mark_idle()
    bench.zram.writeback(("huge",))
    check_conservation(bench.zram)
    assert (bench.flags()[0], bench.form(0)) == (flags, form)
    assert (bench.huge_pages, bench.compr_data_size) == (0, 0)


@pytest.mark.parametrize(("kernel", "room"), [("6.12", 2), ("6.18", 2), ("7.0", 2), ("7.1", 3)])
def test_a_backing_device_of_three_pages_has_room_for_two_and_from_7_1_on_for_three(
    kernel: str, room: int
) -> None:
    bench = Bench(kernel, bd_pages=3)
    bench.write(*[RAW] * 5)
    assert bench.zram.writeback(("huge",)) == (room, "ENOSPC")
    bench.happen((Op.STORE, 4, SMALL))
    assert bench.zram.writeback(("huge",)) == (int(kernel != "6.12"), "ENOSPC")


def test_the_lowest_free_block_is_taken() -> None:
    bench = Bench("7.3")
    bench.write(*[RAW] * 4)
    bench.zram.writeback(("huge",))
    assert bench.blocks() == {3: 0, 2: 1, 1: 2, 0: 3}
    bench.happen((Op.STORE, 0, RAW), (Op.STORE, 2, RAW))
    bench.zram.writeback((), [(0, 0)])
    assert bench.blocks() == {3: 0, 0: 1, 1: 2}


@pytest.mark.parametrize("kernel", ["7.0", "7.3"])
@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_written_back_compressed_is_decompressed_when_it_is_read(
    compressed: bool, kernel: str
) -> None:
    bench = Bench(kernel)
    bench.zram.write_back_compressed(compressed)
    bench.write(SMALL, RAW)
    bench.zram.writeback()
    assert bench.decompressions == (0 if compressed else 1)
    bench.happen(*[(Op.LOAD, slot, 0) for slot in (0, 0, 1)])
    assert bench.decompressions == (2 if compressed else 1)
    assert (bench.bd_count, bench.bd_reads, bench.bd_writes) == (2, 3, 2)


def test_what_is_written_back_holds_no_memory_and_is_read_from_the_device() -> None:
    bench = Bench()
    bench.write(RAW)
    bench.zram.writeback(("huge",))
    bench.happen((Op.LOAD, 0, 0), (Op.LOAD, 0, 0))
    assert (bench.zram.pool.frames, bench.compr_data_size, bench.huge_pages) == (0, 0, 0)
    assert (bench.bd_count, bench.bd_reads) == (1, 2)


@pytest.mark.parametrize("op", [Op.INVALIDATE, Op.STORE, Op.INVALIDATE_AREA])
def test_freeing_or_writing_the_slot_gives_the_block_back(op: Op) -> None:
    bench = Bench()
    bench.write(RAW)
    bench.zram.writeback(("huge",))
    bench.happen((op, 0, SMALL if op is Op.STORE else 0))
    assert (bench.bd_count, bench.bd_writes) == (0, 1)


def test_writeback_ends_with_an_error_when_the_limit_is_used_up() -> None:
    bench = Bench()
    bench.write(RAW, RAW, RAW)
    bench.zram.limit_writeback(2)
    assert bench.zram.writeback(("huge",)) == (2, "EIO")
    assert bench.zram.writeback(("huge",)) == (0, "EIO")
    bench.zram.limit_writeback(1)
    assert bench.zram.writeback(("huge",)) == (1, "EIO")
    assert bench.bd_count == 3


def test_by_index_a_used_up_limit_is_an_error_though_nothing_is_left() -> None:
    for kernel, error in (("6.12", "EIO"), ("6.13", "")):
        bench = Bench(kernel)
        bench.write(RAW, RAW)
        bench.zram.limit_writeback(2)
        assert bench.zram.writeback(("huge",)) == (2, error)


def test_the_last_slot_may_use_the_limit_up() -> None:
    bench = Bench()
    bench.happen((Op.STORE, KEYS - 1, RAW))
    bench.zram.limit_writeback(1)
    assert bench.zram.writeback(("huge",)) == (1, "")
    bench.happen((Op.STORE, 3, RAW))
    bench.zram.limit_writeback(1)
    assert bench.zram.writeback((), [(3, 3)]) == (1, "")
    assert bench.zram.writeback((), [(3, 3)]) == (0, "EIO")


def test_up_to_6_12_writeback_goes_by_index() -> None:
    bench = Bench()
    bench.write(SMALL, LARGE, TINY, RAW)
    bench.zram.limit_writeback(2)
    bench.zram.writeback()
    assert [slot for slot, flags in bench.flags().items() if flags] == [0, 1, 3]
    assert bench.flags()[3] == ["huge"]


def test_from_6_13_on_writeback_takes_the_largest_first_and_the_last_first_within_64_bytes() -> None:
    bench = Bench("6.13")
    bench.write(TINY, MIDDLE, NEAR, MIDDLE, RAW)  # 2000 and 2030 lie in one range, 1984 to 2047
    bench.zram.limit_writeback(3)
    assert bench.zram.writeback() == (3, "EIO")
    assert bench.blocks() == {4: 1, 3: 2, 2: 3}


# ---- recompression


def test_a_form_of_a_lower_class_is_taken() -> None:
    bench = Bench()
    bench.write(LARGE, RAW)
    bench.zram.add_algorithm(1, secondary(large=1000, raw=2000))
    assert bench.recompress() == 2
    assert [bench.form(0), bench.form(1)] == [(1000, 1), (2000, 1)]
    assert (bench.compr_data_size, bench.huge_pages, bench.huge_pages_since) == (3000, 0, 1)


def test_a_smaller_form_of_the_same_class_is_not() -> None:
    bench = Bench()
    bench.write(MIDDLE)
    bench.zram.add_algorithm(1, secondary(middle=1990))
    assert bench.zram.pool.class_for(1990) == bench.zram.pool.class_for(2000)
    assert bench.recompress() == 0
    assert (bench.form(0), bench.flags()) == ((2000, 0), {0: ["incompressible"]})


def test_a_form_longer_than_a_page_is_no_form() -> None:
    bench = Bench()
    bench.write(RANDOM)
    bench.zram.add_algorithm(1, secondary(random=4106))
    assert bench.recompress() == 0
    assert bench.flags() == {0: ["huge", "incompressible"]}


def test_same_filled_written_back_and_incompressible_slots_are_skipped() -> None:
    bench = Bench()
    bench.write(SAME, RAW, MIDDLE, LARGE)
    bench.zram.writeback(("huge",))
    bench.zram.add_algorithm(1, secondary(same=30, raw=30, large=30))
    assert bench.recompress() == 1
    assert bench.flags() == {0: ["same"], 1: ["wb"], 2: ["incompressible"], 3: []}
    bench.zram.add_algorithm(2, secondary(middle=30))
    assert bench.recompress() == 0


def test_objects_below_the_threshold_are_skipped() -> None:
    bench = Bench()
    bench.write(MIDDLE, LARGE)
    bench.zram.add_algorithm(1, secondary(middle=100, large=100))
    assert bench.recompress((), 2001) == 1
    assert bench.sizes() == [2000, 100]


def test_a_form_that_is_not_below_the_threshold_is_not_taken() -> None:
    bench = Bench()
    bench.write(LARGE)
    bench.zram.add_algorithm(1, secondary(large=1500))
    assert bench.recompress((), 1500) == 0
    assert bench.recompress((), 1501) == 1


@pytest.mark.parametrize(
    ("flags", "done"), [(("huge",), [2, 3]), (("idle",), [3, 4]), (("huge", "idle"), [3])]
)
def test_recompression_takes_slots_with_all_flags(flags: tuple[str, ...], done: list[int]) -> None:
    bench = filled()
    bench.zram.add_algorithm(1, secondary(small=30, raw=30, random=30))
    assert bench.recompress(flags) == len(done)
    assert [slot for slot in range(6) if bench.form(slot)[1] == 1] == done


def test_max_pages_ends_it_counting_what_was_tried_in_vain_but_not_what_was_skipped() -> None:
    bench = Bench()
    bench.write(SAME, MIDDLE, RAW, LARGE, LARGE)
    bench.zram.add_algorithm(1, secondary(large=1000))
    assert bench.recompress((), 2500, 2) == 1
    assert bench.sizes() == [0, 2000, PAGE_SIZE, 1000, 3000]
    assert bench.recompress((), 0, 0) == 0


def test_up_to_6_12_algorithms_are_tried_in_turn_until_one_is_good_enough() -> None:
    bench = Bench()
    bench.write(LARGE, MIDDLE)
    bench.zram.add_algorithm(1, secondary(middle=900))
    bench.zram.add_algorithm(2, secondary(large=800, middle=10))
    assert bench.recompress() == 2
    assert [bench.form(0), bench.form(1)] == [(800, 2), (900, 1)]


@pytest.mark.parametrize("kernel", ["6.13", "6.18", "7.0"])
def test_up_to_7_0_algorithms_are_tried_in_turn_below_their_number(kernel: str) -> None:
    bench = Bench(kernel)
    bench.write(LARGE, MIDDLE)
    bench.zram.add_algorithm(1, secondary(middle=900))
    bench.zram.add_algorithm(3, secondary(large=800, middle=10))
    assert bench.recompress() == 1  # 3 is not below 3, the number of algorithms with the primary one
    assert [bench.form(0), bench.form(1)] == [(3000, 0), (900, 1)]
    assert bench.flags() == {0: ["incompressible"], 1: []}
    bench.zram.add_algorithm(2, secondary(middle=300))
    assert bench.recompress() == 1
    assert bench.form(1) == (300, 2)


def test_from_7_1_on_one_algorithm_is_tried_for_a_call() -> None:
    bench = Bench("7.1")
    bench.write(LARGE, MIDDLE)
    bench.zram.add_algorithm(1, secondary(middle=900))
    bench.zram.add_algorithm(2, secondary(large=800, middle=10))
    assert bench.recompress() == 1
    assert bench.flags() == {0: [], 1: []}
    assert bench.recompress((), 0, -1, 2) == 2
    assert [bench.form(0), bench.form(1)] == [(800, 2), (10, 2)]


def test_what_an_algorithm_has_made_is_not_tried_with_it_or_a_lower_one_again() -> None:
    bench = Bench()
    bench.write(LARGE)
    bench.zram.add_algorithm(2, secondary(large=1000))
    assert bench.recompress() == 1
    bench.zram.add_algorithm(1, secondary(large=30))
    assert bench.recompress() == 0
    assert bench.form(0) == (1000, 2)


def test_up_to_6_12_a_slot_is_incompressible_once_all_algorithms_failed_in_one_call() -> None:
    bench = Bench()
    bench.write(MIDDLE)
    bench.zram.add_algorithm(1, secondary())
    bench.zram.add_algorithm(3, secondary())
    assert bench.recompress((), 0, -1, 3, 4) == 0
    assert bench.flags() == {0: []}
    assert bench.recompress() == 0
    assert bench.flags() == {0: ["incompressible"]}


def test_from_6_13_on_a_slot_is_incompressible_once_a_call_got_to_the_end_though_nothing_was_there_to_try() -> (
    None
):
    bench = Bench("6.13")
    bench.write(MIDDLE, SMALL)
    bench.zram.add_algorithm(2, secondary())
    assert bench.recompress((), 1000) == 0
    assert bench.flags() == {0: ["incompressible"], 1: []}


def test_from_7_1_on_a_slot_is_incompressible_once_the_highest_algorithm_failed() -> None:
    bench = Bench("7.1")
    bench.write(MIDDLE)
    bench.zram.add_algorithm(1, secondary())
    bench.zram.add_algorithm(3, secondary())
    bench.recompress()
    assert bench.flags() == {0: []}
    bench.recompress((), 0, -1, 3)
    assert bench.flags() == {0: ["incompressible"]}


@pytest.mark.parametrize(
    ("kernel", "flags"), [("6.12", []), ("6.13", ["incompressible"]), ("7.3", ["incompressible"])]
)
def test_from_6_13_on_a_slot_is_incompressible_too_if_its_form_only_missed_the_threshold(
    kernel: str, flags: list[str]
) -> None:
    bench = Bench(kernel)
    bench.write(LARGE)
    bench.zram.add_algorithm(1, secondary(large=1500))
    assert bench.recompress((), 1500) == 0
    assert bench.flags() == {0: flags}


@pytest.mark.parametrize(("kernel", "done"), [("6.12", 1), ("7.1", 1), ("7.2", 0)])
def test_up_to_7_1_a_class_is_compared_without_the_handle_that_the_pool_adds(kernel: str, done: int) -> None:
    bench = Bench(kernel)
    bench.write(RAW, SMALL)
    bench.zram.add_algorithm(1, secondary(raw=3631))
    assert bench.recompress(("huge",)) == done
    assert bench.form(0) == ((3631, 1) if done else (PAGE_SIZE, 0))
    assert bench.flags()[0] == ([] if done else ["huge", "incompressible"])
    assert (bench.zram.pool.frames, bench.huge_pages) == (2, 1 - done)


def test_from_7_2_on_a_class_that_only_the_handle_makes_lower_counts() -> None:
    for kernel, done in (("7.1", 0), ("7.2", 1)):
        bench = Bench(kernel)
        bench.happen((Op.STORE, 0, ODD))
        bench.zram.add_algorithm(1, secondary(odd=1490))
        assert bench.recompress() == done


def test_incompressible_slots_can_be_written_back_and_a_write_clears_the_mark() -> None:
    bench = Bench()
    bench.write(MIDDLE, MIDDLE, LARGE)
    bench.zram.add_algorithm(1, secondary(large=30))
    bench.recompress()
    bench.happen((Op.STORE, 1, MIDDLE))
    assert bench.zram.writeback(("incompressible",)) == (1, "")
    assert bench.flags() == {0: ["wb"], 1: [], 2: []}


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_slot_that_reaches_the_threshold_loses_its_idle_mark_whatever_comes_of_it(kernel: str) -> None:
    bench = Bench(kernel)
    bench.write(MIDDLE, LARGE, SMALL)
    bench.zram.mark_idle()
    bench.zram.add_algorithm(1, secondary(large=30))
    bench.recompress((), 1000)
    assert bench.flags() == {0: ["incompressible"], 1: [], 2: ["idle"]}


def test_max_pages_counts_from_6_13_on_slots_that_nothing_was_tried_on_too() -> None:
    for kernel, left in (("6.12", []), ("6.13", [0, 1])):
        bench = Bench(kernel)
        bench.write(MIDDLE, MIDDLE, MIDDLE)
        bench.zram.mark_idle()
        bench.zram.add_algorithm(2, secondary())
        bench.recompress((), 0, 1, 1, 2)
        assert [slot for slot, flags in bench.flags().items() if "idle" in flags] == left


def test_recompression_neither_minds_mem_limit_nor_moves_mem_used_max() -> None:
    bench = Bench(limit_pages=1)
    bench.write(RAW)
    bench.zram.add_algorithm(1, secondary(raw=500))
    assert bench.recompress() == 1
    assert (bench.zram.pool.frames, bench.max_used_pages) == (1, 1)


def test_from_6_13_on_the_largest_are_recompressed_first_and_of_these_the_last() -> None:
    for kernel, first in (("6.12", 0), ("6.13", 2)):
        bench = Bench(kernel)
        bench.write(MIDDLE, LARGE, LARGE, NEAR)
        bench.zram.add_algorithm(1, secondary(middle=30, near=30, large=30))
        assert bench.recompress((), 0, 1) == 1
        assert [slot for slot in range(3) if bench.form(slot)[1]] == [first]


# ---- against the model


@dataclass(frozen=True)
class Do:
    """A method of both, with the same arguments."""

    name: str
    arguments: tuple[Any, ...] = ()


PAGES = 9
SLOT = st.integers(0, KEYS - 1)
RANGE = st.tuples(SLOT, SLOT).map(lambda ends: (min(ends), max(ends)))
FLAGS = st.sampled_from([(), ("huge",), ("idle",), ("huge", "idle"), ("incompressible",)])
EVENTS = st.tuples(
    st.sampled_from([Op.STORE] * 6 + [Op.LOAD, Op.LOAD, Op.INVALIDATE, Op.INVALIDATE]),
    SLOT,
    st.integers(0, PAGES - 1),
    st.sampled_from([0, 0, 400_000, 3 * SECOND]),
)
WRITES = st.one_of(
    st.builds(Do, st.just("mark_idle"), st.tuples(st.sampled_from([-1, 0, 2, 5, 99]))),
    st.builds(Do, st.just("limit_writeback"), st.tuples(st.integers(0, 4))),
    st.builds(Do, st.just("writeback"), st.tuples(FLAGS, st.just([]))),
    st.builds(Do, st.just("writeback"), st.tuples(FLAGS, st.lists(RANGE, min_size=1, max_size=3))),
    st.builds(
        Do,
        st.just("recompress"),
        st.tuples(
            FLAGS,
            st.sampled_from([0, 0, 400, 2010]),
            st.sampled_from([-1, -1, 0, 1, 3]),
            st.integers(1, 3),
            st.integers(2, 4),
        ),
    ),
)
ROWS = st.lists(
    st.lists(st.sampled_from([30, 400, 1990, 2040, 2990, 3700, 4100]), min_size=PAGES, max_size=PAGES),
    max_size=3,
)
STEPS = st.lists(EVENTS | WRITES, max_size=80)


class Pair:
    """The compiled device and its model, given the same and compared after each step."""

    def __init__(
        self,
        pool: str,
        kernel: str,
        algorithms: list[list[int]],
        limit_pages: int = 0,
        bd_pages: int = -1,
        compressed: bool = False,
    ) -> None:
        self.zram = device(kernel, limit_pages, pool=pool, bd_pages=bd_pages)
        self.zram.write_back_compressed(compressed)
        zsmalloc = ZsmallocModel(pool)
        self.model = ZramModel(
            zsmalloc,
            SIZES,
            SAME_FILLED,
            rules_of(kernel, PAGE_SIZE).huge_from,
            keys=KEYS,
            limit_pages=limit_pages,
            kernel=kernel_version(kernel),
            bd_pages=None if bd_pages < 0 else bd_pages,
            handle_size=zsmalloc.handle_size,
        )
        self.model.compressed_writeback = compressed
        for number, sizes in enumerate(algorithms):
            # Priorities 3, 2, 1: a lower one comes later than a higher one.
            self.zram.add_algorithm(3 - number, np.array(sizes, np.uint32))
            self.model.secondary = {3 - number: sizes, **self.model.secondary}

    def event(self, op: Op, slot: int, page: int, delta_us: int) -> None:
        row = (delta_us, op, 0, 0, slot, page if op in (Op.STORE, Op.FLUSH) else 0)
        self.zram.replay(np.array([row], EVENT), 0, 1)
        self.model.now += delta_us
        match op:
            case Op.STORE:
                self.model.write(slot, page)
            case Op.LOAD:
                self.model.read(slot)
            case Op.INVALIDATE:
                self.model.notify(slot)
            case Op.INVALIDATE_AREA:
                self.model.notify_all()
            case Op.FLUSH:
                self.model.compact()

    def do(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "writeback" and self.model.kernel < (6, 16):
            flags, ranges = arguments
            arguments = flags, ranges[:1]
        found = getattr(self.zram, name)(*arguments)
        match name:
            case "mark_idle":
                assert found == self.model.mark_idle(None if arguments[0] < 0 else arguments[0])
            case "limit_writeback":
                self.model.writeback_left = arguments[0]
            case "writeback":
                flags, ranges = arguments
                assert found == self.model.writeback(flags, ranges)
            case "recompress":
                flags, threshold, most, first, until = arguments
                limits = (threshold, None if most < 0 else most, first, until - 1)
                assert found == self.model.recompress(flags, *limits)

    def compare(self) -> None:
        check_conservation(self.zram)
        stats = self.model.stats()
        assert {name: self.zram.stats()[name] for name in stats} == stats
        assert self.zram.pool.frames == self.model.pool.frames
        assert self.zram.slots_held() == {
            key: {
                "page": slot.page,
                "size": slot.size,
                "priority": slot.priority,
                "block": slot.block,
                "flags": [
                    word for word in ("same", "huge", "wb", "idle", "incompressible") if word in slot.flags
                ],
            }
            for key, slot in sorted(self.model.slots.items())
        }

    def take(self, steps: list[Any]) -> None:
        for step in steps:
            if isinstance(step, Do):
                self.do(step.name, step.arguments)
            else:
                self.event(*step)
            self.compare()


@pytest.mark.parametrize("kernel", [*KERNELS, "6.13"])
@pytest.mark.parametrize("pool", ["2012", "4.2", "6.4"])
@settings(max_examples=30, deadline=None)
@given(
    limit_pages=st.sampled_from([0, 0, 3, 8]),
    bd_pages=st.sampled_from([-1, -1, 0, 1, 5]),
    compressed=st.booleans(),
    algorithms=ROWS,
    steps=STEPS,
)
def test_zram_does_what_the_model_does(
    pool: str,
    kernel: str,
    limit_pages: int,
    bd_pages: int,
    compressed: bool,
    algorithms: list[list[int]],
    steps: list[Any],
) -> None:
    Pair(pool, kernel, algorithms, limit_pages, bd_pages, compressed).take(steps)


def random_steps(seed: int, length: int) -> list[Any]:
    """Longer than hypothesis makes them: mostly writes, so that slots of all forms are there."""
    random = np.random.default_rng(seed)
    ops = random.choice([Op.STORE, Op.LOAD, Op.INVALIDATE], length, p=[0.6, 0.2, 0.2])
    modes = [(), ("huge",), ("idle",), ("huge", "idle"), ("incompressible",)]
    steps: list[Any] = []
    for op in ops:
        slot, page = int(random.integers(KEYS)), int(random.integers(PAGES))
        steps.append((Op(op), slot, page, int(random.integers(3)) * 700_000))
        if random.random() < 0.1:
            steps.append(Do("mark_idle", (int(random.choice([-1, 3, 20])),)))
        if random.random() < 0.05:
            first = int(random.integers(1, 4))
            steps.append(Do("recompress", (modes[random.integers(4)], 0, 3, first, 4)))
        if random.random() < 0.05:
            steps.append(Do("writeback", (modes[random.integers(1, 5)], [])))
    return steps


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("seed", range(2))
def test_zram_does_what_the_model_does_for_long(kernel: str, seed: int) -> None:
    algorithms = [
        [30, 40, 90, 1990, 800, 4100, 2000, 4106, 1490],
        [60, 40, 500, 900, 2030, 2990, 3700, 4118, 1500],
    ]
    pair = Pair("6.4", kernel, algorithms)
    pair.take(random_steps(seed, 2_000))
    stats = pair.zram.stats()
    assert min(stats["bd_reads"], stats["bd_writes"], stats["huge_pages_since"]) > 10


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rules", ["2012", "4.2", "6.4"])
def test_zram_does_what_the_model_does_while_its_pool_is_compacted(rules: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    pair = Pair(rules, "6.12", [])
    for number in range(1_500):
        op = random.choice([Op.STORE, Op.INVALIDATE, Op.FLUSH], p=[0.55, 0.4, 0.05])
        page = random.choice([SMALL, MIDDLE, NEAR, LARGE])
        pair.event(Op(op), int(random.integers(KEYS)), int(page), 0)
        if number % 500 == 499:
            pair.event(Op.INVALIDATE_AREA, 0, 0, 0)
        pair.compare()
    assert (pair.model.pages_compacted > 10) == (rules != "2012")
