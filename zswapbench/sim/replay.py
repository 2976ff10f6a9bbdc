"""Replays a trace: one cache for each swap type, over one pool limit and one swap device.

Each swap type has its own tree, pool and policy, as in the zswap series; what they share is the page
provider, whose limit counts the frames of all of them, the device with its outstanding writes, and the
temporary buffers of stalled stores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.devices import Device
from zswapbench.eras import Era
from zswapbench.errors import InternalError
from zswapbench.progress import Told, nobody
from zswapbench.registry import Choice
from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.policies.base import FlushPolicy
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.zswap import Tally, Zswap

EVENTS_AT_A_TIME = 1 << 20
"""Between two of these progress is told and an interrupt is heard."""

VERIFIED_AT_A_TIME = 1 << 15
"""As above, where every page is compressed and compared: that is slower by far."""


@dataclass(frozen=True)
class Setting:
    """What is replayed with. ``limit``: page frames, negative for none. ``page_size``: bytes."""

    era: Era
    pool: Choice[Pool]
    policy: Choice[FlushPolicy]
    device: Device
    limit: int
    page_size: int


@dataclass(frozen=True)
class Costs:
    """By corpus page: ``sizes`` uint32[n], compressed bytes; ``kinds`` uint8[n], zswapbench.pages.Kind."""

    sizes: NDArray[np.uint32]
    kinds: NDArray[np.uint8]


@dataclass(frozen=True)
class Outcome:
    """What came of it. ``classes``: the pools' class tables at the end, added up; ``checked``: see verify."""

    counters: dict[str, int]
    classes: list[dict[str, Any]]
    checked: int


def replay(
    events: NDArray[np.void],
    keys: dict[int, int],
    stores: dict[int, int],
    costs: Costs,
    setting: Setting,
    carrier: Callable[[Pool], Any] | None = None,
    told: Told = nobody,
) -> Outcome:
    """Let ``events`` happen. ``keys``, ``stores``: offsets and stores by swap type (see traces.scan).

    ``carrier``: makes a verify.ByteCarrier for a pool. The same input gives the same outcome. Raises
    InternalError if pages were lost or made.
    """
    limiter = FrameLimiter(setting.limit)
    queue = (
        setting.device.write_interval_ns,
        setting.device.write_latency_ns,
        setting.device.read_interval_ns,
        setting.device.read_latency_ns,
    )
    device = SwapDevice(*queue, setting.era.outstanding_writes)
    temporary = TemporaryBuffers(setting.era.tmp_buffers)
    same_filled = (costs.kinds > 0).astype(np.uint8)
    caches: dict[int, Zswap] = {}
    carriers = []
    tally = Tally()
    for swap_type, count in keys.items():
        capacity = min(count, stores[swap_type]) + 2
        pool = setting.pool.make(capacity, limiter, setting.page_size)
        policy = setting.policy.make(capacity, pool)
        bytes_of = None if carrier is None else carrier(pool)
        carriers.append(bytes_of)
        caches[swap_type] = Zswap(
            swap_type,
            count,
            costs.sizes,
            same_filled,
            pool,
            policy,
            device,
            temporary,
            setting.era,
            bytes_of,
            tally,
        )
    _run(events, caches, told, EVENTS_AT_A_TIME if carrier is None else VERIFIED_AT_A_TIME)
    for cache in caches.values():
        check_conservation(cache.counters(), cache.pool)
    counters = _total([cache.counters() for cache in caches.values()])
    counters |= {
        "pool_limit_hit": limiter.hits,
        "pool_pages_peak": limiter.peak,
        "device_reads": device.reads,
        "device_writes": device.writes,
        "device_wait_ns": device.waited,
    }
    classes = _classes([cache.describe() for cache in caches.values()])
    counters["held_bytes"] = sum(row["compressed_bytes"] for row in classes)
    return Outcome(counters, classes, sum(one.checked for one in carriers if one is not None))


def _run(events: NDArray[np.void], caches: dict[int, Zswap], told: Told, step: int) -> None:
    """Each event goes to the cache of its swap type, runs of one type at a time."""
    index = 0
    while index < len(events):
        first, until = index, min(index + step, len(events))
        while index < until:
            index = caches[int(events[index]["swap_type"])].replay(events, index, until)
        told(index - first)


def check_conservation(counters: dict[str, int], pool: Pool) -> None:
    """No page may be lost or made, and the pool must agree on what is held. Raises InternalError."""
    c = counters
    rejected = c["reject_compress_poor"] + c["reject_alloc_fail"] + c["reject_tmppage_fail"]
    gone = c["invalidated"] + c["duplicate_entry"] + c["written_back_pages"]
    if c["stores"] != c["zswpout"] + rejected or c["zswpout"] != c["stored_pages"] + gone:
        raise InternalError(
            f"pages are not conserved: {c['stores']} stores, {rejected} rejected, {c['stored_pages']} held, "
            f"{c['invalidated']} invalidated, {c['duplicate_entry']} replaced, "
            f"{c['written_back_pages']} written back"
        )
    rows = pool.describe()
    objects = sum(row["obj_used"] for row in rows)
    frames = sum(row["pages_used"] for row in rows)
    if objects != c["stored_pages"] or frames != pool.frames:
        raise InternalError(
            f"the pool holds {objects} objects in {frames} page frames and has counted "
            f"{c['stored_pages']} entries and {pool.frames} frames"
        )


def _total(counters: list[dict[str, Any]]) -> dict[str, Any]:
    """Counters added up over swap types; of barren runs the longest."""
    total = {name: sum(one[name] for one in counters) for name in (counters[0] if counters else {})}
    if counters:
        total["barren_longest"] = max(one["barren_longest"] for one in counters)
    return total


def _classes(tables: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Class tables added up over pools, row by row; without the classes that are empty in all of them."""
    added = ("obj_allocated", "obj_used", "pages_used", "compressed_bytes")
    rows = [
        {**parts[0], **{name: sum(part[name] for part in parts) for name in added}}
        for parts in zip(*tables, strict=True)
    ]
    return [row for row in rows if row["obj_allocated"]]
