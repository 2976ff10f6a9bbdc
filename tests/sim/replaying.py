"""Drives the compiled core as a replay does, and its slow retelling beside it, event by event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.model.future import NEVER, next_load
from tests.model.zswap import Counters, DeviceTimes, Zswap2013Model
from tests.model.zswap import Event as ModelEvent
from tests.model.zswap import Op as ModelOp
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.era_cells import Era, pool_bounds
from zswapbench.rules.eras import ERAS
from zswapbench.rules.overflow import entry_bytes, never_raw, overflow_of, zswap_fates
from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.policies.base import FlushPolicy
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.replay import Costs
from zswapbench.sim.zswap.cache import Zswap
from zswapbench.sim.zswap.table import Tally
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.future import next_loads

ERA = ERAS["zswap-2013"]
ONE_MICROSECOND = DeviceTimes()
PAGE_SIZE = 4096

# Corpus pages, by the size of object they get under the 2012 rules: 8, 4, 2 objects a frame, five in four
# frames, a whole frame; more than 80 % of a page. The last two are ordinary sizes, same-filled.
SMALL, QUARTER, HALF, FIVE_IN_FOUR, LARGEST, POOR, ZERO, PATTERN = range(8)
SIZES = (512, 1024, 2048, 3264, 3317, 3318, 40, 512)
SAME_FILLED = (0, 0, 0, 0, 0, 0, 1, 1)

Events = NDArray[np.void]


def events(rows: Iterable[tuple[int, Op, int, int, int, int]]) -> Events:
    """A trace of (delta_us, op, swap type, cpu, offset, page)."""
    return np.array(list(rows), EVENT)


def costs_of(
    sizes: Sequence[int] = SIZES,
    kinds: Sequence[int] = SAME_FILLED,
    era: Era = ERA,
    pool: str = "zsmalloc",
    codec: str = "lzo",
) -> Costs:
    """What pages of ``sizes`` bytes cost under the rules of ``era``."""
    compressed = np.array(sizes, np.uint32)
    rules = overflow_of(era.overflow)
    fates = zswap_fates(codec, compressed, PAGE_SIZE, rules if era.writeback else never_raw(rules), pool)
    return Costs(compressed, np.array(kinds, np.uint8), fates)


@dataclass(frozen=True)
class Machine:
    """What a replay is made of. ``limit``: page frames, None for any number; ``keys``: offsets of a type.

    ``pool``: zsmalloc with ``rules`` unless said otherwise.
    """

    limit: int | None = None
    policy: str = "lru"
    rules: str = "2012"
    device: DeviceTimes = ONE_MICROSECOND
    types: int = 1
    keys: int = 64
    sizes: Sequence[int] = SIZES
    same_filled: Sequence[int] = SAME_FILLED
    era: Era = ERA
    codec: str = "lzo"
    pool: str = ""


def random_trace(seed: int, length: int, machine: Machine, cpus: int = 40, loads: float = 0.2) -> Events:
    """A trace that keeps a small pool full: mostly stores, in bursts without time between them.

    ``loads``: their share of the events, at the cost of stores.
    """
    random = np.random.default_rng(seed)
    trace = np.zeros(length, EVENT)
    stores_share = round(0.9 - loads, 6)
    chances = {
        Op.STORE: stores_share,
        Op.LOAD: loads,
        Op.INVALIDATE: 0.09,
        Op.INVALIDATE_AREA: 0.002,
        Op.FLUSH: 0.008,
    }
    ops = random.choice(list(chances), length, p=list(chances.values()))
    hooks = ops <= Op.INVALIDATE
    trace["op"] = ops
    trace["delta_us"] = random.choice([0, 1, 60], length, p=[0.9, 0.08, 0.02])
    trace["swap_type"] = random.integers(machine.types, size=length)
    trace["cpu"] = random.integers(cpus, size=length)
    trace["offset"][hooks] = random.integers(machine.keys, size=hooks.sum())
    stores, flushes = ops == Op.STORE, ops == Op.FLUSH
    trace["page"][stores] = random.integers(len(machine.sizes), size=stores.sum())
    trace["page"][flushes] = random.integers(1, 9, size=flushes.sum())
    return trace


class Core:
    """The compiled core: ``Zswap`` over one limiter and one device, for each swap type or for all."""

    def __init__(self, machine: Machine, verifier: Any = None) -> None:
        times, era = machine.device, machine.era
        limit = -1 if machine.limit is None else machine.limit
        self.limiter = FrameLimiter(limit if era.full == "provider" else -1)
        self.device = SwapDevice(
            times.write_interval_ns,
            times.write_latency_ns,
            times.read_interval_ns,
            times.read_latency_ns,
            era.outstanding_writes,
        )
        self.temporary = TemporaryBuffers(era.tmp_buffers)
        self.tally = Tally()
        self.caches = []
        every = range(machine.types)
        for types in [[one] for one in every] if era.pool_per_type else [list(every)]:
            # A store that replaces an entry holds both for a moment.
            capacity = len(types) * machine.keys + 1
            choice = POOLS.choose(machine.pool or f"zsmalloc:{machine.rules}")
            pool: Pool = choice.make(capacity, self.limiter, PAGE_SIZE)
            policy: FlushPolicy = POLICIES.choose(machine.policy).make(capacity, pool)
            cache = Zswap(
                dict.fromkeys(types, machine.keys),
                costs_of(machine.sizes, machine.same_filled, era, pool.name, machine.codec),
                pool,
                policy,
                self.device,
                self.temporary,
                era,
                pool_bounds(era, limit, None),
                entry_bytes(overflow_of(era.overflow), pool.name),
                verifier,
                self.tally,
            )
            self.caches.append(cache)
        self.keys = dict.fromkeys(range(machine.types), machine.keys)
        self.cache_of = {swap_type: cache for cache in self.caches for swap_type in cache.types()}

    def replay(self, trace: Events, start: int = 0, stop: int | None = None) -> None:
        """Let events ``start`` to ``stop`` happen, each in the cache of its swap type."""
        index, end = start, len(trace) if stop is None else stop
        for cache in self.caches:
            if cache.policy.foresees:
                cache.policy.foresee(next_loads(trace, self.keys))
        while index < end:
            reached = self.cache_of[int(trace[index]["swap_type"])].replay(trace, index, end)
            assert index < reached <= end
            index = reached

    def counters(self) -> dict[str, float]:
        """Counters of all swap types together."""
        total: dict[str, float] = {}
        for cache in self.caches:
            for name, value in cache.counters().items():
                both = total.get(name, 0), value
                total[name] = max(both) if name == "barren_longest" else sum(both)
        total["pool_limit_hit"] += self.limiter.hits
        return total

    def state(self) -> tuple[Any, ...]:
        """All that can be seen of it."""
        device = self.device
        return (
            self.counters(),
            (self.limiter.frames, self.limiter.peak, self.limiter.hits),
            (device.now, device.busy_until, device.reads, device.writes, device.waited),
            [(cache.held(), cache.lru_offsets(), cache.pool.describe()) for cache in self.caches],
        )


def by_bits(lengths: list[int]) -> list[int]:
    """How many ``lengths`` take each number of bits."""
    found = Counter(length.bit_length() for length in lengths)
    return [found[bits] for bits in range(64)]


class Recorder:
    """Hears of what is flushed, as the verifier of a replay."""

    def __init__(self) -> None:
        self.flushed_offsets: list[int] = []

    def stored(self, offset: int, page: int, entry: int) -> None: ...

    def rejected(self, offset: int, page: int) -> None: ...

    def loaded(self, offset: int, entry: int) -> None: ...

    def flushed(self, offset: int, entry: int) -> None:
        self.flushed_offsets.append(offset)


RENAMED = {"stores_accepted": "zswpout"}
OF_THE_DEVICE = {"device_writes", "invalidated_by_reject"}


class Twins:
    """The compiled core and its model, given the same events and compared after each one.

    ``seen`` counts the situations that the comparison has gone through, so that a test can say that it
    was not empty.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.flushes = Recorder()
        self.core = Core(machine, self.flushes)
        self.model = Zswap2013Model(
            machine.sizes, machine.limit, machine.policy, machine.rules, device=machine.device
        )
        self.seen: Counter[str] = Counter()
        self.now_us = 0
        self.kept: Counter[str] = Counter()  # what the model does not count

    def follow(self, trace: Events) -> None:
        """Replay ``trace`` in both."""
        foresees = any(cache.policy.foresees for cache in self.core.caches)
        about = [(Op(row["op"]).name, int(row["swap_type"]), int(row["offset"])) for row in trace]
        for index, row in enumerate(trace):
            delta_us, op, swap_type, cpu, offset, page = (int(value) for value in row)
            self.now_us += delta_us
            event = ModelEvent(self.now_us, ModelOp[Op(op).name], swap_type, cpu, offset, page)
            before = _Before(self.model, event)
            self.flushes.flushed_offsets.clear()
            self.core.replay(trace, index, index + 1)
            future = next_load(about, index) if foresees else NEVER
            self.model.handle(event, future, self.flushes.flushed_offsets)
            self.seen.update(before.situations(self.model))
            self._count(event, before)
            self.compare(event)

    def _count(self, event: ModelEvent, before: _Before) -> None:
        match event.op:
            case ModelOp.LOAD:
                self.kept["loads"] += 1
            case ModelOp.INVALIDATE | ModelOp.INVALIDATE_AREA:
                self.kept["invalidates"] += 1
            case ModelOp.STORE:
                same_filled, page = self.machine.same_filled, event.page_or_count
                if before.rose(self.model, "stores_accepted"):
                    size = self.machine.sizes[page]
                    self.kept["stored_bytes"] += size
                    self.kept["stored_same_filled"] += same_filled[page]
                    self.kept["stored_same_filled_bytes"] += size * same_filled[page]
                for swap_type in range(self.machine.types):
                    held = self.model.held(swap_type)
                    self.kept["held_sum"] += len(held)
                    self.kept["held_same_filled_sum"] += sum(same_filled[page] for page in held.values())
                    self.kept["frames_sum"] += self.model.pool(swap_type).frames

    def compare(self, event: ModelEvent) -> None:
        """Counters, contents and LRU order of both, after ``event``."""
        told, core, device = self.model.counters(), self.core.counters(), self.core.device
        wanted = {RENAMED.get(name, name): value for name, value in told.items() if name not in OF_THE_DEVICE}
        wanted["invalidated"] += told["invalidated_by_reject"]
        names = ("loads", "invalidates", "stored_bytes", "stored_same_filled", "stored_same_filled_bytes")
        sums = ("held_sum", "held_same_filled_sum", "frames_sum")
        wanted |= {name: self.kept[name] for name in (*names, *sums)}
        wanted["rejected"] = told["device_writes"]
        wanted["pool_total_size"] = told["pool_pages"] * PAGE_SIZE
        held = [self.model.held(swap_type) for swap_type in range(self.machine.types)]
        wanted["held_bytes"] = sum(self.machine.sizes[page] for pages in held for page in pages.values())
        del core["same_filled_share_sum"], core["fewest_flushes"]
        # What the series had not, and its model does not count, must not happen.
        core = {name: value for name, value in core.items() if value or name in wanted}
        assert core == wanted, event
        assert self.core.limiter.frames == told["pool_pages"], event
        assert device.now == self.now_us * 1_000, event
        assert device.writes == told["device_writes"] + told["written_back_pages"], event
        assert device.reads == told["refaults"], event
        assert device.busy_until == self.model.device.busy_until, event
        for swap_type, cache in enumerate(self.core.caches):
            assert cache.held() == self.model.held(swap_type), event
            assert cache.runs() == by_bits(self.model.runs(swap_type)), event
            order = cache.lru_offsets()
            assert order == self.model.lru_order(swap_type, advice=order), event


class _Before:
    """The model as it was when ``event`` came, to tell afterwards what the event met."""

    def __init__(self, model: Zswap2013Model, event: ModelEvent) -> None:
        self.event = event
        self.counts = Counters(**vars(model.count))
        self.held = model.held(event.swap_type)
        self.congested = model.device.outstanding(event.time_us * 1_000) > 64
        pool = model.pool(event.swap_type)
        self.classes = {pool.class_of(model.sizes[page]) for page in self.held.values()}

    def rose(self, model: Zswap2013Model, name: str) -> int:
        """By how much counter ``name`` has risen."""
        return int(getattr(model.count, name) - getattr(self.counts, name))

    def situations(self, model: Zswap2013Model) -> set[str]:
        """The names of those that were met."""
        event = self.event
        found = {field.name for field in fields(Counters) if self.rose(model, field.name)}
        if event.op is ModelOp.STORE:
            stalled = self.rose(model, "flush_attempted") and not self.rose(model, "reject_tmppage_fail")
            flushes = self.rose(model, "stall_flushes")
            needed = model.pool(event.swap_type).class_of(model.sizes[event.page_or_count])
            told = {
                "stalled on a congested device": stalled and self.congested,
                "flushed less than a batch for congestion": stalled and self.held and 0 < flushes < 16
                and model.device.outstanding(event.time_us * 1_000) > 64,
                "flushed another class for want of its own": flushes and needed not in self.classes,
                "flushed by its own store": event.offset in self.held and flushes
                and self.rose(model, "stores_accepted") and not self.rose(model, "duplicate_entry"),
            }  # fmt: skip
            found |= {name for name, met in told.items() if met}
        if event.op is ModelOp.FLUSH and self.congested and self.held:
            found.add("waited for a congested device")
        if event.op is ModelOp.INVALIDATE_AREA and self.rose(model, "invalidated") > 1:
            found.add("switched off")
        return found
