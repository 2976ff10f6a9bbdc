"""What a metered zram counts under zswap's names, by hand; and that metering changes nothing of the device."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from zswapbench.common.progress import nobody
from zswapbench.corpus.cost_groups import GROUPS, INCOMPRESSIBLE
from zswapbench.plugins.registry import POOLS
from zswapbench.rules.devices import choose_device
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import Outcome, happen
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.metered import Metered
from zswapbench.sim.zram.replay import Pages, ZramSetting, replay_zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import EVENT, Op

PAGE_SIZE = 4096
SAME, SMALL, LARGE, RANDOM = range(4)
SIZES = np.array([60, 500, 3000, 4118], np.uint32)
IS_SAME = np.array([1, 0, 0, 0], np.uint8)
OF_GROUP = np.array([0, 2, 12, INCOMPRESSIBLE], np.uint8)
RULES = rules_of("6.12", PAGE_SIZE)

Row = tuple[Op, int, int, int]
"""Event, swap type, offset, page."""


def trace(rows: list[Row]) -> NDArray[np.void]:
    return np.array([(1000, op, kind, 0, offset, page) for op, kind, offset, page in rows], EVENT)


def replayed(
    rows: list[Row],
    *,
    keys: dict[int, int] | None = None,
    limit: int = 0,
    afterwards: Callable[[dict[int, Metered]], None] = lambda _: None,
) -> Outcome:
    setting = ZramSetting(
        RULES, POOLS.choose("zsmalloc:6.4"), choose_device("ssd"), limit, bd_pages=-1, page_size=PAGE_SIZE
    )
    pages = Pages(SIZES, IS_SAME, OF_GROUP)
    return replay_zram(trace(rows), keys or {0: 16}, pages, setting, afterwards, nobody)


def store(*pages: int, swap_type: int = 0) -> list[Row]:
    """One page into each slot from 0 on."""
    return [(Op.STORE, swap_type, offset, page) for offset, page in enumerate(pages)]


def loads(*offsets: int) -> list[Row]:
    return [(Op.LOAD, 0, offset, 0) for offset in offsets]


def group(*pages: int) -> list[int]:
    """Work that each of ``pages`` makes once."""
    return [sum(OF_GROUP[page] == number for page in pages) for number in range(GROUPS)]


def test_what_is_held_is_summed_up_after_each_store() -> None:
    # Each page that is kept raw has a page frame of its own; a same-filled one has none.
    found = replayed(store(RANDOM, SAME, RANDOM)).counters
    assert (found["stores"], found["zswpout"], found["stored_pages"]) == (3, 3, 3)
    assert found["held_sum"] == 1 + 2 + 3
    assert found["held_same_filled_sum"] == 0 + 1 + 1
    assert found["frames_sum"] == 1 + 1 + 2
    assert (found["pool_pages"], found["pool_pages_peak"]) == (2, 2)
    assert found["stored_bytes"] == 2 * PAGE_SIZE == found["held_bytes"]
    assert (found["stored_same_filled"], found["stored_incompressible_pages"]) == (1, 2)


def test_page_frames_of_all_devices_are_counted_together() -> None:
    found = replayed([*store(RANDOM), *store(RANDOM, swap_type=3)], keys={0: 4, 3: 4}).counters
    assert (found["frames_sum"], found["held_sum"]) == (1 + 2, 1 + 2)
    assert (found["pool_pages"], found["pool_pages_peak"]) == (2, 2)


def test_what_is_same_filled_costs_no_compression_and_what_is_raw_no_decompression() -> None:
    found = replayed([*store(SAME, SMALL, LARGE, RANDOM), *loads(0, 1, 1, 3)])
    assert found.work["compressed"] == group(SMALL, LARGE, RANDOM)
    assert found.work["hits"] == group(SMALL, SMALL)
    assert found.work["read_queues"] == []
    assert found.counters["zswpin"] == 4


def test_a_store_over_a_page_replaces_it_and_an_invalidate_ends_it() -> None:
    rows = [*store(SMALL, SMALL), (Op.STORE, 0, 0, LARGE), (Op.INVALIDATE, 0, 0, 0), (Op.INVALIDATE, 0, 9, 0)]
    found = replayed([*rows, *loads(0)]).counters
    assert (found["duplicate_entry"], found["invalidated"], found["invalidates"]) == (1, 1, 2)
    assert (found["stored_pages"], found["load_unknown"], found["zswpin"]) == (1, 1, 0)


def test_a_page_that_mem_limit_refuses_is_kept_in_memory_and_is_no_write() -> None:
    found = replayed([*store(RANDOM, RANDOM, LARGE), *loads(0, 1, 2)], limit=1)
    assert found.counters["rejected"] == found.counters["kept_in_memory"] == 2
    assert (found.counters["zswpin"], found.counters["loads_of_kept"]) == (1, 2)
    assert (found.counters["device_writes"], found.counters["device_reads"]) == (0, 0)
    assert found.counters["stored_bytes"] == PAGE_SIZE
    assert found.work["compressed"] == group(RANDOM, RANDOM, LARGE)
    assert found.counters["frames_sum"] == 3


def test_a_refused_page_hides_the_older_one_in_its_slot() -> None:
    rows = [*store(RANDOM), (Op.STORE, 0, 0, LARGE), *loads(0)]
    found = replayed(rows, limit=1).counters
    assert (found["loads_of_kept"], found["zswpin"], found["stored_pages"]) == (1, 0, 1)


@pytest.mark.parametrize("op", [Op.INVALIDATE, Op.INVALIDATE_AREA])
def test_a_slot_that_is_freed_forgets_that_it_refused_a_page(op: Op) -> None:
    rows = [*store(RANDOM, LARGE), (op, 0, 1, 0), *loads(1)]
    found = replayed(rows, limit=1).counters
    assert (found["loads_of_kept"], found["load_unknown"]) == (0, 1)
    # Once more, after which slots in use are noted one by one.
    found = replayed([*rows, *store(RANDOM, LARGE), (op, 0, 1, 0), *loads(1)], limit=1).counters
    assert (found["loads_of_kept"], found["load_unknown"]) == (0, 2)


def test_a_slot_that_takes_a_page_again_forgets_that_it_refused_one() -> None:
    rows = [*store(RANDOM, LARGE), (Op.INVALIDATE, 0, 0, 0), (Op.STORE, 0, 1, RANDOM), *loads(1)]
    found = replayed(rows, limit=1).counters
    assert (found["loads_of_kept"], found["zswpin"]) == (0, 1)


def test_pages_on_the_backing_device_are_written_to_it_and_read_from_it() -> None:
    def afterwards(devices: dict[int, Metered]) -> None:
        assert devices[0].writeback() == (2, "")
        happen(trace(loads(1)), devices, nobody)

    found = replayed(store(SAME, SMALL, RANDOM), afterwards=afterwards).counters
    assert (found["device_writes"], found["device_reads"], found["refaults"]) == (2, 1, 1)
    assert (found["zswpin"], found["stored_pages"], found["pool_pages"]) == (0, 3, 0)


def test_a_request_for_frames_gets_what_compaction_gives() -> None:
    rows = store(*[LARGE] * 12)
    rows += [(Op.INVALIDATE, 0, offset, 0) for offset in range(0, 12, 2)]
    found = replayed([*rows, (Op.FLUSH, 0, 0, 5)]).counters
    assert (found["flush_requests"], found["frames_asked"]) == (1, 5)
    assert found["frames_given"] == found["frames_compacted"] > 0


def test_classes_say_what_bytes_lie_in_them() -> None:
    found = replayed(store(SMALL, SMALL, RANDOM, SAME))
    assert [(row["size"], row["compressed_bytes"]) for row in found.classes] == [
        (512, 1000),
        (PAGE_SIZE, PAGE_SIZE),
    ]


def test_series_end_at_the_counters_and_blocks_add_up_to_them() -> None:
    found = replayed(drawn(7))
    assert found.series["stored_pages"][-1] == found.counters["stored_pages"]
    assert found.series["pool_pages"][-1] == found.counters["pool_pages"]
    assert max(found.series["pool_pages"]) <= found.counters["pool_pages_peak"]
    assert found.series["time_us"][-1] == 1000 * 2_000
    for name in ("held_sum", "frames_sum", "zswpin", "stores"):
        assert sum(block.counters[name] for block in found.blocks) == found.counters[name]


def drawn(seed: int) -> list[Row]:
    """Events at random."""
    random = Random(seed)
    ops = [Op.STORE] * 6 + [Op.LOAD] * 4 + [Op.INVALIDATE] * 3 + [Op.FLUSH]
    rows = [(random.choice(ops), 0, random.randrange(16), random.randrange(4)) for _ in range(2_000)]
    return [*rows[:1_000], (Op.INVALIDATE_AREA, 0, 0, 0), *rows[1_001:]]


@pytest.mark.parametrize("limit", [0, 3])
def test_metering_changes_nothing_and_loses_nothing(limit: int) -> None:
    rows = drawn(limit)
    pool = POOLS.choose("zsmalloc:6.4").make(17, FrameLimiter(), PAGE_SIZE)
    plain = Zram(0, 16, SIZES, IS_SAME, pool, Clock(), RULES, limit)
    happen(trace(rows), {0: plain}, nobody)
    seen: list[dict[str, int]] = []
    found = replayed(rows, limit=limit, afterwards=lambda devices: seen.append(devices[0].stats()))
    assert seen == [plain.stats()]
    c = found.counters
    assert c["pool_pages_peak"] == plain.stats()["max_used_pages"]
    assert c["stores"] == c["zswpout"] + c["rejected"]
    assert c["zswpout"] == c["stored_pages"] + c["invalidated"] + c["duplicate_entry"]
    assert c["loads"] == c["zswpin"] + c["load_unknown"] + c["loads_of_kept"] + c["refaults"]
    assert (c["rejected"] > 0) == (limit > 0)
