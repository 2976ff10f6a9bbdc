"""Replays a trace: over one pool for all swap types, or one for each, one pool limit and one swap device.

In the zswap series each swap type had its own pool and policy, later there is one for the machine. Shared in
any case are the limit, which counts the frames of all pools, the device with its outstanding writes, and
the temporary buffers of stalled stores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import InternalError, OwnCodeError, PolicyFault, ZswapbenchError
from zswapbench.common.progress import Told, nobody
from zswapbench.plugins import user_file
from zswapbench.plugins.pool_view import PoolView
from zswapbench.plugins.registry import Choice
from zswapbench.plugins.watchdog import Calls, NeverReturns, watching
from zswapbench.rules.devices import Device
from zswapbench.rules.era_cells import Era
from zswapbench.sim.adding import classes_of, total_of, without_end, work_of
from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.policies.base import FlushPolicy
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.series import Block, Recorder
from zswapbench.sim.zswap.cache import Zswap
from zswapbench.sim.zswap.table import Tally
from zswapbench.traces.event import Op

EVENTS_AT_A_TIME = 1 << 20
"""Between two of these progress is told and an interrupt is heard, if it took no longer than PATIENCE_S."""

PATIENCE_S = 0.1
"""As PATIENCE_MS of sim/pauses.pxd."""


@dataclass(frozen=True)
class Setting:
    """What is replayed with. ``limit``: page frames, negative for none. ``page_size``: bytes.

    ``bounds``: see zswapbench.rules.era_cells.pool_bounds. ``header``: bytes that zswap puts in front of an object.
    """

    era: Era
    pool: Choice[Pool]
    policy: Choice[FlushPolicy]
    device: Device
    limit: int
    page_size: int
    bounds: tuple[int, int] = (-1, -1)
    header: int = 0


@dataclass(frozen=True)
class Costs:
    """By corpus page: ``sizes`` uint32[n], bytes as stored; ``kinds`` and ``fates`` uint8[n].

    See zswapbench.corpus.pages.Kind and zswapbench.rules.overflow.Fate; a page that is kept raw has its full size.
    """

    sizes: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    fates: NDArray[np.uint8]


@dataclass(frozen=True)
class Outcome:
    """What came of it, and on the way there (``series``: see sim.series).

    ``classes``: the pools' class tables at the end, added up, ``class_sizes``: bytes of all classes, the empty ones
    too. ``barren_runs``: runs of flushes without a page frame, see Flushing.runs. ``work``: what codec and device did,
    see Table.codec_work and SwapDevice.read_queues. ``checked``: see verify. ``blocks``: of the trace, see
    sim.series.BLOCKS.
    """

    counters: dict[str, int]
    classes: list[dict[str, Any]]
    class_sizes: list[int]
    barren_runs: list[int]
    series: dict[str, list[int]]
    work: dict[str, list[int]]
    checked: int
    blocks: list[Block]


def replay(
    events: NDArray[np.void],
    keys: dict[int, int],
    stores: dict[int, int],
    costs: Costs,
    setting: Setting,
    carrier: Callable[[Pool], Any] | None = None,
    told: Told = nobody,
    next_loads: NDArray[np.uint32] | None = None,
    cache: Callable[..., Zswap] = Zswap,
) -> Outcome:
    """Let ``events`` happen. ``keys``, ``stores``: offsets and stores by swap type (see traces.scan).

    ``next_loads``: see traces.future; for a policy that foresees. ``cache``: makes the caches, with Zswap's parameters.
    ``carrier``: makes a verify.ByteCarrier for a pool. The same input gives the same outcome. Raises
    InternalError if pages were lost or made, OwnCodeError, with the event, if a policy of the user's own broke its
    contract.
    """
    calls = Calls()
    policies: list[FlushPolicy] = []

    def stuck() -> OwnCodeError:
        where = _where(events, max(one.event for one in policies)) if policies else "cannot be made"
        return OwnCodeError(
            f"policy {setting.policy}: {where}: a call does not return and cannot be interrupted"
        )

    patience = _patience(setting.policy)
    with (
        user_file.streams_kept(),
        _held_to_contract(setting.policy, events),
        watching(calls, patience, stuck, told),
    ):
        return _replay(
            events, keys, stores, costs, setting, carrier, told, next_loads, cache, calls, policies
        )


def _patience(policy: Choice[FlushPolicy]) -> float | None:
    """The seconds that one call into ``policy`` may take. Raises OwnCodeError if the class says no such thing."""
    patience: Any = policy.leaf.patience_s
    if patience is not None and not (isinstance(patience, (int, float)) and patience > 0):
        raise OwnCodeError(f"policy {policy}: patience_s={patience!r} is neither seconds nor None")
    return patience


@contextmanager
def _held_to_contract(policy: Choice[FlushPolicy], events: NDArray[np.void]) -> Iterator[None]:
    """Tell what ``policy`` did wrong, and at which event of the trace."""
    try:
        yield
    except PolicyFault as fault:
        if isinstance(fault.problem, KeyboardInterrupt):
            raise fault.problem from None
        problem = f"policy {policy}: {_where(events, fault.index)}: {fault.problem}"
        ours = policy.leaf.__module__.startswith("zswapbench.sim.")
        raise (InternalError if ours else OwnCodeError)(problem) from None


def _where(events: NDArray[np.void], replayed: int) -> str:
    """The event of the trace that number ``replayed`` of those replayed is."""
    # A trace has no DROP, these were put in: it is named by the event that it was put before.
    index = int((events["op"][:replayed] != int(Op.DROP)).sum())
    op = Op(events[replayed]["op"])
    return f"event {index} ({op.name})" if op != Op.DROP else f"before event {index} (a page is stored again)"


def _policy(
    choice: Choice[FlushPolicy],
    capacity: int,
    pool: Pool,
    next_loads: NDArray[np.uint32] | None,
    calls: Calls,
) -> FlushPolicy:
    """The policy of a cache. Raises OwnCodeError if one of the user's own cannot be made."""
    try:
        policy: Any = calls.run(choice.make, capacity, PoolView(pool) if choice.leaf.views_pool else pool)
        if next_loads is not None:
            calls.run(policy.foresee, next_loads)
    except NeverReturns as error:
        raise OwnCodeError(f"{choice}: cannot be made: {error}") from None
    except Exception as error:
        if isinstance(error, ZswapbenchError) or not choice.leaf.views_pool:
            raise
        raise OwnCodeError(
            f"{choice}: foresee raises {user_file.told(error, choice.leaf.__module__)}"
        ) from None
    if not isinstance(policy, FlushPolicy):
        raise OwnCodeError(f"{choice}: cannot be made: __new__ gives a {type(policy).__name__}")
    policy.count_calls(calls)
    return policy


def _replay(
    events: NDArray[np.void],
    keys: dict[int, int],
    stores: dict[int, int],
    costs: Costs,
    setting: Setting,
    carrier: Callable[[Pool], Any] | None,
    told: Told,
    next_loads: NDArray[np.uint32] | None,
    cache: Callable[..., Zswap],
    calls: Calls,
    policies: list[FlushPolicy],
) -> Outcome:
    """``replay``, in which ``calls`` counts those into a policy in Python; ``policies``: to put them into."""
    # Where the rules look at the total themselves, no frame is refused.
    limiter = FrameLimiter(setting.limit if setting.era.full == "provider" else -1)
    device = swap_device(setting.device, setting.era.outstanding_writes)
    shared = (device, TemporaryBuffers(setting.era.tmp_buffers), setting.era, setting.bounds, setting.header)
    tally = Tally()
    caches: list[Zswap] = []
    carriers = []
    for types in [[one] for one in keys] if setting.era.pool_per_type else [list(keys)]:
        capacity = sum(min(keys[one], stores[one]) for one in types) + 2
        pool = setting.pool.make(capacity, limiter, setting.page_size)
        policy = _policy(setting.policy, capacity, pool, next_loads, calls)
        policies.append(policy)
        bytes_of = None if carrier is None else carrier(pool)
        carriers.append(bytes_of)
        held = {one: keys[one] for one in types}
        caches.append(cache(held, costs, pool, policy, *shared, bytes_of, tally))
    for each in caches:
        each.stand_beside(caches)
    recorder = Recorder(
        events,
        caches,
        limiter,
        device,
        with_drops=bool(setting.era.exclusive_loads),
        totals=lambda: Block(
            _counters(caches, limiter, device), work_of([cache.codec_work() for cache in caches], device)
        ),
    )

    def noted(count: int) -> None:
        recorder.note(count)
        told(count)

    happen(
        events,
        {one: owner for owner in caches for one in owner.types()},
        noted,
        recorder.step,
    )
    for one in caches:
        check_conservation(one.counters(), one.pool)
    checked = sum(one.checked for one in carriers if one is not None)
    return _outcome(caches, limiter, device, recorder, checked)


def swap_device(times: Device, outstanding_writes: int) -> SwapDevice:
    """A swap device of these times, with so many writes under way at most; 0: no limit."""
    return SwapDevice(
        times.write_interval_ns,
        times.write_latency_ns,
        times.read_interval_ns,
        times.read_latency_ns,
        outstanding_writes,
    )


def _counters(caches: list[Zswap], limiter: FrameLimiter, device: SwapDevice) -> dict[str, int]:
    """What all ``caches`` together have come to, and what they share."""
    counters = total_of([cache.counters() for cache in caches])
    counters["pool_limit_hit"] = counters.get("pool_limit_hit", 0) + limiter.hits
    return counters | shared_counters(limiter, device)


def _work(caches: list[Zswap], device: SwapDevice) -> dict[str, list[int]]:
    return work_of([cache.codec_work() for cache in caches], device)


def shared_counters(limiter: FrameLimiter, device: SwapDevice) -> dict[str, int]:
    """The counters of what all caches, or devices, of a trace share."""
    return {
        "pool_pages_peak": limiter.peak,
        "device_reads": device.reads,
        "device_writes": device.writes,
        "device_wait_ns": device.waited,
        "device_queue_ns": device.queued,
        "device_reads_held_up": device.held_up,
    }


def _outcome(
    caches: list[Zswap],
    limiter: FrameLimiter,
    device: SwapDevice,
    recorder: Recorder,
    checked: int,
) -> Outcome:
    """The end of a replay."""
    classes = classes_of([cache.describe() for cache in caches])
    work = _work(caches, device)
    return Outcome(
        _counters(caches, limiter, device),
        [row for row in classes if row["obj_allocated"] or row["pages_used"]],
        [row["size"] for row in classes],
        without_end([sum(place) for place in zip(*[cache.runs() for cache in caches], strict=True)]),
        recorder.series,
        {**work, "read_queues": without_end(work["read_queues"])},
        checked,
        recorder.blocks(),
    )


class Happening(Protocol):
    """What events happen to: replays one or more, and returns the index of the first that it did not."""

    def replay(self, events: NDArray[np.void], start: int, stop: int) -> int: ...


def happen(
    events: NDArray[np.void],
    by_type: Mapping[int, Happening],
    told: Told,
    halt: int = EVENTS_AT_A_TIME,
) -> None:
    """Each event goes where those of its swap type go, runs of one type at a time.

    ``told`` is told at each multiple of ``halt``, and a few times a second. What happens does not depend on when.
    """
    index = 0
    while index < len(events):
        first, until = index, min(index + EVENTS_AT_A_TIME, index - index % halt + halt, len(events))
        pause_at = time.monotonic() + PATIENCE_S
        while index == first or (index < until and time.monotonic() < pause_at):
            index = by_type[int(events[index]["swap_type"])].replay(events, index, until)
        told(index - first)


def check_conservation(counters: dict[str, int], pool: Pool) -> None:
    """No page may be lost or made, and the pool must agree on what is held. Raises InternalError."""
    c = counters
    gone = c["invalidated"] + c["duplicate_entry"] + c["written_back_pages"] + c["loaded_away"]
    taken = c["zswpout"] + c["rejected"] + c["swpout_zero"]
    if c["stores"] != taken or c["zswpout"] != c["stored_pages"] + gone:
        raise InternalError(
            f"pages are not conserved: {c['stores']} stores, {c['rejected']} rejected, {c['swpout_zero']} in the "
            f"zeromap, {c['stored_pages']} held, {c['invalidated']} invalidated, {c['loaded_away']} loaded away, "
            f"{c['duplicate_entry']} replaced, {c['written_back_pages']} written back"
        )
    rows = pool.describe()
    objects = sum(row["obj_used"] for row in rows)
    frames = sum(row["pages_used"] for row in rows)
    if objects != c["stored_pages"] - c["same_filled_pages"] or frames != pool.frames:
        raise InternalError(
            f"the pool holds {objects} objects in {frames} page frames and has counted "
            f"{c['stored_pages']} entries, {c['same_filled_pages']} of them same-filled, and {pool.frames} frames"
        )
