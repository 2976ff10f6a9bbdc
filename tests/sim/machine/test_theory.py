"""What is known of a machine without running it: stack distances, conservation, and that RAM is never exceeded."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.sim.machine.building import COMPRESS_NS, CONTENTS, DECOMPRESS_NS, disk, memory_over, zram, zswap
from tests.sim.reclaim.streams import Setting, memory, references, stream
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.reclaim import ROWS
from zswapbench.rules.work_costs import WORK_COSTS
from zswapbench.traces.event import Op

WAYS = ("lists", "mglru", "lru")
KERNELS = [row.name for row in ROWS]
NVME = DEVICES["nvme"]

INCOMPRESSIBLE = np.full(CONTENTS, 4096, np.uint32)
NO_PAGE_SAME, ALL_SAME = np.zeros(CONTENTS, np.uint8), np.ones(CONTENTS, np.uint8)


def mixed(seed: int) -> NDArray[np.uint32]:
    """Sizes of which some are refused by every pool."""
    return (
        np.random.default_rng(seed).choice([90, 700, 1_400, 2_100, 3_300, 4_096], CONTENTS).astype(np.uint32)
    )


def lru_faults(touches: NDArray[np.void], frames: int) -> int:
    """Faults of pages that were there before, in a plain list of ``frames`` pages: Mattson's stack distances."""
    stack: OrderedDict[int, None] = OrderedDict()
    faults = 0
    for page in touches["page"].tolist():
        if page in stack:
            distance = [*reversed(stack)].index(page) + 1
            faults += distance > frames
        stack[page] = None
        stack.move_to_end(page)
    return faults


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_disk_sees_the_events_that_from_refs_writes_down(
    way: str, kernel: str, data: st.DataObject
) -> None:
    pages = data.draw(st.integers(2, 900))
    frames, reserve = data.draw(st.integers(1, pages)), data.draw(st.integers(0, 90))
    cluster = data.draw(st.integers(0, 4))
    open_loop = Setting(way, kernel, pages, frames, 0, cluster)
    closed = Setting(way, kernel, pages, frames + reserve, 0, cluster)
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 3000)), open_loop)
    written = memory(open_loop)
    events = written.feed(touches)
    side = disk(closed)
    one = memory_over(side, closed, reserve)
    one.feed(touches)
    assert (one.faults, one.read_ahead, one.resident) == (
        written.faults,
        written.read_ahead,
        written.resident,
    )
    counts = {op: int((events["op"] == int(op)).sum()) for op in (Op.STORE, Op.LOAD, Op.INVALIDATE)}
    assert (side.stores, side.loads, side.invalidates) == (*counts.values(),)
    assert (side.device.writes, side.device.reads) == (side.stores, side.loads)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1 << 20),
    pages=st.integers(2, 120),
    count=st.integers(1, 1200),
    share=st.floats(0.01, 1),
)
def test_one_list_faults_as_the_stack_distances_say_whatever_takes_no_ram(
    seed: int, pages: int, count: int, share: float
) -> None:
    frames = max(1, int(pages * share))
    setting = Setting("lru", pages=pages, frames=frames)
    touches = stream(seed, count, setting)
    wanted = lru_faults(touches, frames)
    sides = (
        disk(setting),
        zswap(setting, INCOMPRESSIBLE),  # which rejects every page
        zram(setting, INCOMPRESSIBLE, ALL_SAME),  # whose pages take no object
    )
    for side in sides:
        one = memory_over(side, setting)
        one.feed(touches)
        assert one.faults == wanted
        assert one.first_touches == len(set(touches["page"].tolist()))


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1 << 20), pages=st.integers(2, 300), reserve=st.integers(1, 40))
def test_zram_of_incompressible_pages_is_out_of_memory_at_the_first_page_beyond_ram(
    way: str, seed: int, pages: int, reserve: int
) -> None:
    room = pages // 2 or 1
    setting = Setting(way, pages=pages, frames=room + reserve)
    touches = stream(seed, 1500, setting)
    seen: set[int] = set()
    wanted = None
    for number, page in enumerate(touches["page"].tolist(), 1):
        seen.add(page)
        if len(seen) > room:
            wanted = number
            break
    one = memory_over(zram(setting, INCOMPRESSIBLE, NO_PAGE_SAME), setting, reserve)
    one.feed(touches)
    assert (one.touches if one.stuck else None) == wanted


@pytest.mark.parametrize("era", ["zswap-2013", "3.11", "5.7", "6.2", "6.5", "6.8", "6.12", "7.3"])
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_zswap_never_takes_more_than_there_is_and_loses_no_page(
    way: str, era: str, data: st.DataObject
) -> None:
    pages = data.draw(st.integers(20, 400))
    reserve = data.draw(st.integers(0, 40))
    frames = reserve + data.draw(st.integers(8, pages))
    setting = Setting(way, pages=pages, frames=frames, page_cluster=data.draw(st.integers(0, 3)))
    side = zswap(
        setting, mixed(data.draw(st.integers(0, 99))), era=era, percent=data.draw(st.integers(10, 100))
    )
    one = memory_over(side, setting, reserve)
    touches = stream(data.draw(st.integers(0, 1 << 20)), 900, setting)
    for some in np.array_split(touches, len(touches)):
        one.feed(some)
        assert one.resident + side.held <= frames
        if one.stuck:
            break
    assert side.most_used <= frames
    counted = side.zswap.counters()
    assert counted["stores"] == side.stores == counted["zswpout"] + counted["rejected"]
    assert side.loads == counted["zswpin"] + counted["refaults"]
    assert counted["load_unknown"] == counted["loads_of_kept"] == side.refusals == 0
    # A window that is larger than memory has a page of its own read twice.
    assert side.loads >= one.faults + one.read_ahead - one.stuck
    assert side.held == side.zswap.pool.frames
    assert side.device.writes == counted["rejected"] + counted["written_back_pages"]
    assert side.device.reads == counted["refaults"]


@pytest.mark.parametrize("kind", ["disk", "zswap", "zram"])
def test_time_is_what_was_touched_and_what_was_waited_for(kind: str) -> None:
    setting = Setting("lists", pages=500, frames=320)
    sizes = mixed(3)
    side = {
        "disk": lambda: disk(setting),
        "zswap": lambda: zswap(setting, sizes, percent=60),
        "zram": lambda: zram(setting, sizes, NO_PAGE_SAME),
    }[kind]()
    touches = stream(4, 20_000, setting)
    one = memory_over(side, setting, 20)
    one.feed(touches)
    assert not one.stuck
    assert side.now_ns() == 1000 * int(touches["delta_us"].sum()) + side.waited
    assert side.waited == sum(side.spent_by_task().values()) > 0
    faults = one.first_touches + one.cache_hits + one.faults
    assert sum(side.fault_waits()) == faults
    assert side.longest_fault <= side.waited


@pytest.mark.parametrize("cpus", [1, 2, 3])
@pytest.mark.parametrize("kind", ["disk", "zswap", "zram"])
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_the_time_of_each_cpu_is_what_was_done_on_it_and_waited_for(
    kind: str, cpus: int, data: st.DataObject
) -> None:
    pages = data.draw(st.integers(60, 500))
    step = data.draw(st.integers(0, 20))
    setting = Setting(data.draw(st.sampled_from(WAYS)), pages=pages, frames=2 * step + pages // 2 + 12)
    sizes = mixed(data.draw(st.integers(0, 99)))
    device = data.draw(st.sampled_from(["instant", "nvme", "emmc"]))
    side = {
        "disk": lambda: disk(setting, device),
        "zswap": lambda: zswap(setting, sizes, percent=60, device=device),
        "zram": lambda: zram(setting, sizes, NO_PAGE_SAME),
    }[kind]()
    side.settle(cpus, WORK_COSTS[data.draw(st.sampled_from(list(WORK_COSTS)))].by_kind)
    touches = stream(data.draw(st.integers(0, 1 << 20)), 2_000, setting)
    touches["delta_us"] = data.draw(st.sampled_from([0, 1, 30, 400]))
    one = memory_over(side, setting, 12, step)
    for some in np.array_split(touches, 40):
        one.feed(some)
        assert one.resident + one.in_flight + side.held <= setting.frames
    done = touches[: one.touches]
    task, kswapd = side.spent_by_task(), side.spent_by_kswapd()
    assert side.waited == sum(task.values())
    if not one.stuck:
        assert side.now_ns() == 1000 * int(done["delta_us"].sum()) + side.waited
        assert sum(side.fault_waits()) == one.first_touches + one.cache_hits + one.faults
    # The worker has a CPU of its own, or is on that of kswapd, or on that of the task.
    beside = side.worker_ns - kswapd["worker"] if cpus == 2 else 0
    assert side.kswapd_at == side.kswapd_idle + sum(kswapd.values()) + beside
    by_kswapd = sum(kswapd.values()) - kswapd["device"]
    if cpus == 1:
        assert task["worker"] + kswapd["worker"] == side.worker_ns
        assert task["kswapd"] >= by_kswapd
    else:
        assert task["worker"] == kswapd["worker"] == 0
    assert (one.kswapd_woken > 0) >= (by_kswapd > 0)


def test_each_fault_waits_for_its_read_and_for_the_reads_before_it() -> None:
    setting = Setting("lru", pages=3, frames=1)
    side = disk(setting)
    one = memory_over(side, setting)
    one.feed(references(np.array([0, 1, 0]), np.zeros(3, np.bool_), setting))
    # Page 0 left before page 1 came, 1 us earlier; page 1 left just before page 0 was read: its write comes first.
    assert (
        side.spent_by_task()["device"]
        == side.waited
        == NVME.write_interval_ns + (NVME.write_interval_ns - 1_000) + (NVME.read_latency_ns)
    )


def test_a_page_costs_a_compression_to_leave_and_a_decompression_to_come_back() -> None:
    setting = Setting("lru", pages=3, frames=40)
    sizes = np.full(CONTENTS, 1_000, np.uint32)
    for side in (zram(setting, sizes, NO_PAGE_SAME), zswap(setting, sizes)):
        one = memory_over(side, setting, 38)
        one.feed(references(np.array([0, 1, 2, 0]), np.zeros(4, np.bool_), setting))
        assert side.spent_by_task()["compress"] == side.stores * COMPRESS_NS > 0
        assert side.spent_by_task()["decompress"] == side.loads * DECOMPRESS_NS > 0


def test_a_full_queue_holds_up_who_writes() -> None:
    setting = Setting("lru", pages=600, frames=1)
    side = disk(setting, "hdd")
    one = memory_over(side, setting)
    one.feed(references(np.arange(600), np.ones(600, np.bool_), setting))
    hdd = DEVICES["hdd"]
    behind = 599 * hdd.write_interval_ns - 128 * max(hdd.write_interval_ns, hdd.read_interval_ns)
    assert 0 < side.waited <= behind
    assert side.waited >= behind - 600_000 - hdd.write_interval_ns


def test_a_page_that_zswap_let_go_of_is_stored_again_though_nobody_wrote_to_it() -> None:
    setting = Setting("lru", pages=40, frames=24, slots=1_000)
    sizes = np.full(CONTENTS, 1_000, np.uint32)
    reads = references(np.tile(np.arange(40), 20), np.zeros(800, np.bool_), setting)
    stores = {}
    for era in ("6.5", "6.12"):
        side = zswap(setting, sizes, era=era)
        one = memory_over(side, setting, 4)
        one.feed(reads)
        stores[era] = side.stores, side.zswap.counters()["loaded_away"]
    assert stores["6.5"][1] == 0
    assert stores["6.12"][0] > 5 * stores["6.5"][0]


def test_zram_gives_up_a_slot_at_once_and_reads_nothing_ahead() -> None:
    setting = Setting("lru", pages=60, frames=40)
    side = zram(setting, np.full(CONTENTS, 500, np.uint32), NO_PAGE_SAME)
    one = memory_over(side, setting, 9)
    one.feed(references(np.tile(np.arange(60), 9), np.zeros(540, np.bool_), setting))
    assert one.read_ahead == 0
    assert side.invalidates == side.loads == one.faults > 0
    assert side.zram.stats()["pages_stored"] == 60 - one.resident


def test_a_page_that_zram_refused_is_found_in_the_swap_cache() -> None:
    setting = Setting("lists", pages=80, frames=60)
    side = zram(setting, np.full(CONTENTS, 500, np.uint32), NO_PAGE_SAME, limit_pages=1)
    one = memory_over(side, setting, 4)
    one.feed(references(np.tile(np.arange(80), 3), np.zeros(240, np.bool_), setting))
    assert side.refusals > 0
    assert one.cache_hits > 0 or one.stuck
    assert side.held <= 1


@pytest.mark.parametrize("kind", ["disk", "zswap", "zram"])
def test_the_same_machine_does_the_same_whatever_pieces_the_references_come_in(kind: str) -> None:
    setting = Setting("mglru", pages=500, frames=300)
    touches = stream(8, 20_000, setting)

    def done(pieces: int) -> tuple[Any, ...]:
        side = {
            "disk": lambda: disk(setting),
            "zswap": lambda: zswap(setting, mixed(1), percent=40),
            "zram": lambda: zram(setting, mixed(1), NO_PAGE_SAME),
        }[kind]()
        side.settle(2, WORK_COSTS["usual"].by_kind)
        one = memory_over(side, setting, 16, 12)
        for some in np.array_split(touches, pieces):
            one.feed(some)
        assert one.kswapd_woken
        return (
            one.faults,
            one.touches,
            one.resident,
            side.held,
            side.waited,
            side.fault_waits(),
            side.now_ns(),
            side.kswapd_at,
            one.scanned_by_kswapd,
        )

    assert done(1) == done(1) == done(7)
