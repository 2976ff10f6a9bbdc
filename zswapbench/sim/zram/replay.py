"""Replays a trace over zram, a device for each swap type, and counts what zswapbench.sim.replay counts of zswap.

The devices share the count of page frames, and the backing device, as all pools of zswap do. Page frames and what is
held are noted at the same places of the trace, so that results of either can stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import InternalError
from zswapbench.common.progress import Told
from zswapbench.plugins.registry import Choice
from zswapbench.rules.devices import Device
from zswapbench.rules.zram_kernels import Rules
from zswapbench.sim.adding import classes_of, total_of, without_end, work_of
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.replay import Outcome, happen, shared_counters, swap_device
from zswapbench.sim.series import Block, Recorder
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.metered import Metered
from zswapbench.sim.zram.slots import Clock
from zswapbench.sim.zswap.table import Tally


@dataclass(frozen=True)
class ZramSetting:
    """What is replayed with. ``limit_pages``: mem_limit of each device in page frames, 0 for none.

    ``backing``: the times of the backing device; ``bd_pages``: its pages, -1 for as many as are wanted.
    """

    rules: Rules
    pool: Choice[Pool]
    backing: Device
    limit_pages: int
    bd_pages: int
    page_size: int


@dataclass(frozen=True)
class Pages:
    """By corpus page: ``sizes`` uint32[n], compressed bytes; ``same`` uint8[n], 1 for those that take no object.

    ``groups`` uint8[n]: see zswapbench.corpus.cost_groups.
    """

    sizes: NDArray[np.uint32]
    same: NDArray[np.uint8]
    groups: NDArray[np.uint8]


def replay_zram(
    events: NDArray[np.void],
    keys: dict[int, int],
    pages: Pages,
    setting: ZramSetting,
    afterwards: Callable[[dict[int, Metered]], None],
    told: Told,
) -> Outcome:
    """Let ``events`` happen, then ``afterwards`` to the devices, by swap type. ``keys``: see traces.scan.

    Series, blocks and work are of the events alone. Raises InternalError if pages were lost or made.
    """
    limiter, clock, tally = FrameLimiter(), Clock(), Tally()
    backing = swap_device(setting.backing, 0)
    devices = {
        swap_type: Metered(
            swap_type,
            count,
            pages.sizes,
            pages.same,
            pages.groups,
            setting.pool.make(count + 1, limiter, setting.page_size),
            clock,
            setting.rules,
            setting.limit_pages,
            setting.bd_pages,
            backing,
            tally,
        )
        for swap_type, count in sorted(keys.items())
    }

    def totals() -> Block:
        counted = total_of([device.counters() for device in devices.values()])
        work = work_of([device.codec_work() for device in devices.values()], backing)
        return Block(counted | shared_counters(limiter, backing), work)

    recorder = Recorder(events, [*devices.values()], limiter, backing, with_drops=False, totals=totals)

    def noted(count: int) -> None:
        recorder.note(count)
        told(count)

    happen(events, devices, noted, recorder.step)
    afterwards(devices)
    for device in devices.values():
        check_conservation(device)
    classes = classes_of([device.describe() for device in devices.values()])
    at_the_end = totals()
    return Outcome(
        counters=at_the_end.counters,
        classes=[row for row in classes if row["obj_allocated"] or row["pages_used"]],
        class_sizes=[row["size"] for row in classes],
        barren_runs=[],
        series=recorder.series,
        work={**at_the_end.work, "read_queues": without_end(at_the_end.work["read_queues"])},
        checked=0,
        blocks=recorder.blocks(),
    )


def name_of(device: Zram) -> str:
    """What the device is called."""
    return f"zram{device.swap_type}"


def check_conservation(device: Zram) -> None:
    """Counters, slots and pool must agree on what is held. Raises InternalError."""
    stats, found, rows = device.stats(), device.recount(), device.pool.describe()
    found["pool objects"] = sum(row["obj_used"] for row in rows)
    found["pool frames"] = sum(row["pages_used"] for row in rows)
    wanted = {
        **stats,
        "objects": stats["pages_stored"] - stats["same_pages"] - stats["bd_count"],
        "pool objects": found["objects"],
        "pool frames": device.pool.frames,
    }
    wrong = [
        f"{name} {wanted[name]}, found {count}" for name, count in found.items() if wanted[name] != count
    ]
    if wrong:
        raise InternalError(f"{name_of(device)} has lost count: {'; '.join(wrong)}")
