"""Recompression and writeback while a program goes on: the same as the slow telling, and what is known without one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.machine import MACHINES
from tests.model.reclaim import Stuck
from tests.model.swap_slots import Page
from tests.model.upkeep import Queue, Script, TendedZram, tended
from tests.model.zsmalloc import FrameLimiter, ZsmallocModel
from tests.sim.machine.building import CONTENTS, memory_over, zram
from tests.sim.reclaim.streams import Setting, plain_slots, program, stream
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.reclaim import ROWS, reclaim_rules
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.reclaim.ways import Area
from zswapbench.sim.zram.replay import check_conservation

KERNELS = [row.name for row in ROWS]
WORTH_TRYING = (20, 300, 1_000, 1_500, 2_100, 3_000, 3_600, 4_096)
FLAGS = st.sampled_from([("idle",), ("huge",), ("huge", "idle")])


def slow(
    setting: Setting,
    sizes: Any,
    same: Any,
    second: Any,
    backing: str,
    bd_pages: int,
    script: Script,
    reserve: int,
) -> Any:
    """The plain machine."""
    rules = reclaim_rules(setting.kernel)
    limiter = FrameLimiter()
    its = program(setting)
    rows = zip(its.numbers.tolist(), its.contents.tolist(), its.vmas.tolist(), strict=True)
    one = MACHINES[setting.way](
        [Page(*row) for row in rows], setting.frames, plain_slots(setting), 0, rules.version
    )
    device = TendedZram(
        ZsmallocModel("6.4", limit=limiter),
        sizes.tolist(),
        same.tolist(),
        rules_of(setting.kernel, 4096).huge_from,
        keys=setting.swap_slots + 1,
        kernel=rules.version,
        bd_pages=None if bd_pages < 0 else bd_pages,
    )
    device.secondary = {1: second.tolist()}
    device.tend(script, Queue(DEVICES[backing]), limiter, reserve)
    one.settle(device, limiter, reserve)
    return tended(one)


@st.composite
def scripts(draw: st.DrawFn, delta_us: int) -> Script:
    """A round in so many touches, which are ``delta_us`` apart."""
    return Script(
        every=1000 * delta_us * draw(st.sampled_from([15, 100, 500])),
        age=draw(st.sampled_from([None, 0, 0, 1])),
        recompress=draw(st.none() | FLAGS),
        threshold=draw(st.sampled_from([0, 0, 400, 3_000])),
        writeback=draw(st.none() | FLAGS | st.just(("incompressible",))),
    )


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("way", ["lists", "mglru"])
@settings(max_examples=20, deadline=None)
@given(data=st.data(), delta_us=st.sampled_from([1, 300, 9_000]))
def test_a_zram_that_is_looked_after_is_the_slow_one(
    way: str, kernel: str, data: st.DataObject, delta_us: int
) -> None:
    script = data.draw(scripts(delta_us))
    pages = data.draw(st.integers(2, 150))
    reserve = data.draw(st.sampled_from([0, 6, 20]))
    slots = pages + 150
    areas = (Area(slots, synchronous=True),)
    setting = Setting(way, kernel, pages, reserve + data.draw(st.integers(1, pages)), slots, areas=areas)
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
    choice = data.draw(st.lists(st.sampled_from(WORTH_TRYING), min_size=1, max_size=6))
    sizes, second = (random.choice(choice, CONTENTS).astype(np.uint32) for _ in range(2))
    same = (random.random(CONTENTS) < data.draw(st.sampled_from([0, 0.2]))).astype(np.uint8)
    backing, bd_pages = data.draw(st.sampled_from(["nvme", "emmc"])), data.draw(st.sampled_from([-1, 2, 40]))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 600)), setting)
    touches["delta_us"] = delta_us

    plain = slow(setting, sizes, same, second, backing, bd_pages, script, reserve)
    side = zram(
        setting,
        sizes,
        same,
        backing=backing,
        bd_pages=bd_pages,
        second=second,
        every=script.every,
        age=-1 if script.age is None else script.age,
        recompress=script.recompress,
        threshold=script.threshold,
        writeback=script.writeback,
    )
    fast = memory_over(side, setting, reserve)
    stuck = False
    for touch in touches:
        fast.feed(np.array([touch]))
        plain.zram.clock += 1000 * int(touch["delta_us"])
        try:
            plain.touch(int(touch["page"]), write=bool(touch["write"]))
        except Stuck:
            stuck = True
        assert bool(fast.stuck) == stuck
        if stuck:
            break
        assert (fast.resident, side.held) == (plain.resident, plain.limiter.used)
        assert fast.resident + side.held <= setting.frames
        assert side.now_ns() == plain.zram.clock
    assert (fast.faults, side.waited) == (plain.faults, plain.zram.waited)
    assert side.upkeep.recompressed == plain.zram.recompressed
    assert side.cpu_recompress == plain.zram.recompress_ns
    assert side.worker_ns == plain.zram.recompress_ns + plain.zram.writeback_ns
    assert (side.device.reads, side.device.writes) == (plain.zram.queue.reads, len(plain.zram.queue.written))
    if not stuck:
        check_conservation(side.zram)
        found, wanted = side.zram.stats(), plain.zram.stats()
        del wanted["failed_writes"], wanted["max_used_pages"], wanted["load_unknown"]
        assert {name: found[name] for name in wanted} == wanted


def looked_after(seed: int, kernel: str = "6.12", **upkeep: Any) -> tuple[Any, Any, Any]:
    """A memory of 200 frames for 400 pages over zram, the side, and 6,000 touches, 1 ms apart."""
    setting = Setting("lists", kernel, 400, 200)
    random = np.random.default_rng(seed)
    sizes = random.choice([300, 900, 3_000, 4_096], CONTENTS, p=[0.5, 0.3, 0.1, 0.1]).astype(np.uint32)
    if upkeep:
        upkeep.setdefault("second", sizes // 2)
    side = zram(setting, sizes, np.zeros(CONTENTS, np.uint8), **upkeep)
    touches = stream(seed, 6_000, setting)
    touches["delta_us"] = 1_000
    return memory_over(side, setting, 20), side, touches


def outcome(memory: Any, side: Any) -> dict[str, Any]:
    """All that can be seen of a machine."""
    return {
        **side.zram.stats(),
        "faults": memory.faults,
        "waits": side.fault_waits(),
        "waited": side.waited,
        "resident": memory.resident_sum,
        "held": memory.held_sum,
        "now": side.now_ns(),
        "cpu": (side.spent_by_task(), side.cpu_recompress, side.worker_ns),
        "device": (side.device.reads, side.device.writes, side.device.busy_until),
    }


BUSY: dict[str, Any] = {
    "backing": "emmc",
    "every": 400_000_000,
    "age": 1,
    "recompress": ("huge",),
    "writeback": ("idle",),
}


def test_who_never_comes_changes_nothing() -> None:
    alone, its_side, touches = looked_after(3)
    alone.feed(touches)
    kept, side, touches = looked_after(3, **{**BUSY, "every": 10**18})
    kept.feed(touches)
    assert side.upkeep.rounds == 0
    assert outcome(kept, side) == outcome(alone, its_side)


@pytest.mark.parametrize("kernel", KERNELS)
def test_rounds_come_at_their_time_whatever_pieces_the_references_come_in(kernel: str) -> None:
    whole, side, touches = looked_after(4, kernel, **BUSY)
    whole.feed(touches)
    assert side.upkeep.recompressed > 20
    assert side.device.writes > 50 < side.device.reads
    pieces, other, touches = looked_after(4, kernel, **BUSY)
    for first in range(0, len(touches), 96):
        pieces.feed(touches[first : first + 96])
    assert outcome(pieces, other) == outcome(whole, side)


def test_the_task_waits_for_its_own_work_and_for_the_device_only() -> None:
    one, side, touches = looked_after(5, **BUSY)
    one.feed(touches)
    spent = side.spent_by_task()
    assert side.waited == spent["compress"] + spent["decompress"] + spent["device"]
    assert side.worker_ns > side.cpu_recompress > 0
    assert spent["device"] >= side.device.reads * DEVICES["emmc"].read_latency_ns
    assert side.zram.stats()["bd_reads"] == side.device.reads
    assert side.zram.stats()["bd_writes"] == side.device.writes


def test_what_is_written_back_leaves_its_frames_to_the_program() -> None:
    alone, _, touches = looked_after(6)
    alone.feed(touches)
    one, side, touches = looked_after(6, **{**BUSY, "recompress": None})
    one.feed(touches)
    assert one.held_sum < alone.held_sum
    assert one.resident_sum > alone.resident_sum
    assert side.most_used <= 200


def test_a_limit_of_writeback_holds_for_the_whole_run() -> None:
    one, side, touches = looked_after(7, **BUSY)
    side.zram.limit_writeback(30)
    one.feed(touches)
    assert side.device.writes == 30


def test_what_goes_wrong_while_slots_are_chosen_is_raised() -> None:
    one, _, touches = looked_after(8, **{**BUSY, "writeback": ("lost",)})
    with pytest.raises(KeyError, match="lost"):
        one.feed(touches)


def test_recompression_leaves_the_frames_below_min_to_who_reclaims() -> None:
    many = (
        np.random.default_rng(9).integers(40, 2_000, CONTENTS).astype(np.uint32)
    )  # classes, each with a new zspage
    one, side, touches = looked_after(9, every=100_000_000, age=0, recompress=("idle",), second=many)
    rounds = 0
    for touch in touches:
        stores, recompressed = side.stores, side.upkeep.recompressed
        one.feed(np.array([touch]))
        if side.upkeep.recompressed > recompressed and side.stores == stores:
            rounds += 1
            assert one.resident + side.held <= 200 - 20
    assert rounds > 10
