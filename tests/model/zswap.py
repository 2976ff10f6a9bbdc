"""zswap as it was first proposed, retold slowly: an entry LRU over a zsmalloc pool, flushed by the storing task.

A stored page becomes an entry in the tree and the LRU of its swap type, and an object in that type's own pool.
All pools share one limit of page frames.  When the pool refuses an object, the storing task itself writes up to 16
old entries back to the swap device and asks again.  If that fails too, the page is *rejected*: it goes to the
device at once, while older pages stay in memory.

A policy (policies.py) says who is flushed: "lru", as proposed, takes the oldest entry whatever its size; "class-lru",
the cure discussed in review, takes the oldest entry of the size class that the store needs, and asks again after each.

Retold functions (zswap.c of the series "zswap: compressed swap caching", version 2, January 2013):
zswap_frontswap_store, zswap_frontswap_load, zswap_frontswap_invalidate_page, zswap_frontswap_invalidate_area,
zswap_flush_entries, zswap_flush_entry, zswap_tmppage_alloc.

Added to it: the FLUSH event (somebody wants page frames back), a swap device with a queue, and time in which a
stalled store holds its temporary buffer.

Left out: locks and reference counts, the mempool behind the pool, failures of the entry's own allocation, pages
found in the swap cache while being flushed.  Same-filled pages are ordinary pages here: these rules know none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import NamedTuple

from .future import NEVER
from .policies import Need, PolicyModel, make_policy
from .zsmalloc import FrameLimiter, ZsmallocModel

MAX_COMPRESSION_RATIO = 80  # percent of a page; more is poor
FLUSHES_PER_STALL = 16
TEMPORARY_BUFFERS = 16
MAX_OUTSTANDING = 64  # flushing goes on while no more write-backs than these are on their way


class Op(Enum):
    STORE = "STORE"
    LOAD = "LOAD"
    INVALIDATE = "INVALIDATE"
    INVALIDATE_AREA = "INVALIDATE_AREA"
    FLUSH = "FLUSH"


class Event(NamedTuple):
    """One swap event.  Times never go back.  `page_or_count`: the page of a STORE, the frames wanted by a FLUSH."""

    time_us: int
    op: Op
    swap_type: int
    cpu: int
    offset: int
    page_or_count: int


@dataclass(frozen=True)
class DeviceTimes:
    """Nanoseconds from the start of a request to the start of the next (interval) and to its end (latency)."""

    write_interval_ns: int = 1_000
    write_latency_ns: int = 1_000
    read_interval_ns: int = 1_000
    read_latency_ns: int = 1_000


class SwapDevice:
    """One queue for all swap types.  Only write-backs are outstanding; other requests merely keep it busy."""

    def __init__(self, times: DeviceTimes) -> None:
        self.times = times
        self.busy_until = 0
        self.completions: list[int] = []  # of all write-backs, ascending

    def _submit(self, now: int, interval: int) -> int:
        start = max(now, self.busy_until)
        self.busy_until = start + interval
        return start

    def write_rejected(self, now: int) -> None:
        self._submit(now, self.times.write_interval_ns)

    def read(self, now: int) -> None:
        self._submit(now, self.times.read_interval_ns)

    def write_back(self, now: int) -> None:
        start = self._submit(now, self.times.write_interval_ns)
        self.completions.append(start + self.times.write_latency_ns)

    def outstanding(self, now: int) -> int:
        return len(self.completions) - bisect_right(self.completions, now)

    def wait(self, now: int) -> int:
        """The time, not before now, at which no more than MAX_OUTSTANDING write-backs are outstanding."""
        if self.outstanding(now) <= MAX_OUTSTANDING:
            return now
        return self.completions[-MAX_OUTSTANDING - 1]


@dataclass
class Counters:
    stores: int = 0  # STORE events
    stores_accepted: int = 0  # ... that ended as an entry
    reject_compress_poor: int = 0  # ... refused because the page compresses to more than 80 %
    flush_attempted: int = 0  # ... whose first allocation failed: stalled stores
    reject_tmppage_fail: int = 0  # ... stalled, and no temporary buffer was free
    saved_by_flush: int = 0  # ... stalled, and accepted after flushing
    reject_alloc_fail: int = 0  # ... stalled, and refused after flushing
    device_writes: int = 0  # pages written to the device because their store was refused
    invalidated_by_reject: int = 0  # entries that a refused store at their offset made stale
    duplicate_entry: int = 0  # entries replaced by an accepted store at their offset
    written_back_pages: int = 0  # entries flushed, by whomever
    stall_flushes: int = 0  # entries flushed by stalled stores
    stall_frames_freed: int = 0  # page frames these set free
    zswpin: int = 0  # LOAD events that found an entry
    refaults: int = 0  # LOAD events that had to read the device
    load_unknown: int = 0  # LOAD events that found nothing anywhere
    invalidated: int = 0  # entries removed by INVALIDATE and INVALIDATE_AREA
    flush_requests: int = 0  # FLUSH events
    frames_asked: int = 0  # page frames these wanted
    frames_given: int = 0  # page frames these set free
    flushes_for_frames: int = 0  # entries these flushed
    barren_longest: int = (
        0  # the longest run of flushes, within one swap type, of which none set a frame free
    )


@dataclass
class Entry:
    offset: int
    page: int
    owner: int  # the name of its object in the pool
    class_index: int


@dataclass
class SwapType:
    """`entries` is the tree: by offset."""

    pool: ZsmallocModel
    policy: PolicyModel
    entries: dict[int, Entry] = field(default_factory=dict)
    on_device: set[int] = field(default_factory=set)
    barren_run: int = 0
    barren_runs: list[int] = field(default_factory=list)

    def runs(self) -> list[int]:
        """The length of every run of flushes that freed no frame, the one that still goes on included."""
        return self.barren_runs + [self.barren_run] * (self.barren_run > 0)


class Zswap2013Model:
    """All swap types of one machine.  sizes: compressed bytes of each corpus page; limit: page frames, or None."""

    def __init__(
        self,
        sizes: Sequence[int],
        limit: int | None,
        policy: str,
        rules: str = "2012",
        page_size: int = 4096,
        device: DeviceTimes | None = None,
        flush_hold_ns: int = 20_000,
    ) -> None:
        self.sizes = sizes
        self.limiter = FrameLimiter(limit)
        self.policy = policy
        self.rules = rules
        self.page_size = page_size
        self.device = SwapDevice(device or DeviceTimes())
        self.flush_hold_ns = flush_hold_ns
        self.count = Counters()
        self.types: dict[int, SwapType] = {}
        self.buffer_held_until: dict[int, int] = {}  # cpu -> ns
        self._next_owner = 0
        self._next_load = NEVER

    def run(self, events: Iterable[Event]) -> None:
        for event in events:
            self.handle(event)

    def handle(self, event: Event, next_load: int = NEVER, advice: Sequence[int] = ()) -> None:
        """Let ``event`` happen. ``next_load``: index of the event that loads next what it is about.

        ``advice``: offsets that somebody else flushed for it, for a policy that cannot decide.
        """
        self._next_load = next_load
        now = event.time_us * 1_000
        kind = self._type(event.swap_type)
        kind.policy.advice = advice
        match event.op:
            case Op.STORE:
                self._store(now, kind, event.cpu, event.offset, event.page_or_count)
            case Op.LOAD:
                self._load(now, kind, event.offset)
            case Op.INVALIDATE:
                self._invalidate(kind, event.offset)
            case Op.INVALIDATE_AREA:
                for offset in sorted([*kind.entries, *kind.on_device]):
                    self._invalidate(kind, offset)
            case Op.FLUSH:
                self._give_frames_back(now, kind, event.page_or_count)

    def _type(self, number: int) -> SwapType:
        if number not in self.types:
            pool = ZsmallocModel(self.rules, self.page_size, limit=self.limiter)
            self.types[number] = SwapType(pool, make_policy(self.policy))
        return self.types[number]

    # ---- store

    def _store(self, now: int, kind: SwapType, cpu: int, offset: int, page: int) -> None:
        self.count.stores += 1
        size = self.sizes[page]
        if size * 100 // self.page_size > MAX_COMPRESSION_RATIO:
            self.count.reject_compress_poor += 1
            self._reject(now, kind, offset)
            return
        owner = self._next_owner
        self._next_owner += 1
        stored = kind.pool.alloc(owner, size) == 0 or self._stalled_alloc(now, kind, cpu, owner, size)
        if not stored:
            self._reject(now, kind, offset)
            return
        if offset in kind.entries:
            self.count.duplicate_entry += 1
            self._remove(kind, offset)
        class_index = kind.pool.class_of(size)
        kind.entries[offset] = Entry(offset, page, owner, class_index)
        kind.policy.on_store(owner, class_index, offset, kind.pool.place(owner), self._next_load)
        kind.on_device.discard(offset)
        self.count.stores_accepted += 1

    def _reject(self, now: int, kind: SwapType, offset: int) -> None:
        """The page goes to the device; an entry at its offset is stale from now on."""
        self.device.write_rejected(now)
        self.count.device_writes += 1
        if offset in kind.entries:
            self.count.invalidated_by_reject += 1
            self._remove(kind, offset)
        kind.on_device.add(offset)

    def _stalled_alloc(self, now: int, kind: SwapType, cpu: int, owner: int, size: int) -> bool:
        """Flush and allocate again; whether that gave the object."""
        self.count.flush_attempted += 1
        held_by_others = [
            until for other, until in self.buffer_held_until.items() if other != cpu and until > now
        ]
        if len(held_by_others) >= TEMPORARY_BUFFERS:
            self.count.reject_tmppage_fail += 1
            return False
        flushes_before = self.count.stall_flushes
        fits = self._flush_until_it_fits(now, kind, owner, size)
        flushes = self.count.stall_flushes - flushes_before
        self.buffer_held_until[cpu] = now + flushes * self.flush_hold_ns
        if fits:
            self.count.saved_by_flush += 1
        else:
            self.count.reject_alloc_fail += 1
        return fits

    def _flush_until_it_fits(self, now: int, kind: SwapType, owner: int, size: int) -> bool:
        """Flush a batch, and allocate after each flush or once at the end, as the policy wants it."""
        needed = kind.pool.class_of(size)
        flushes = 0
        while flushes < FLUSHES_PER_STALL and self._may_flush(now, kind):
            self._flush_for_store(now, kind, self._choose(kind, Need.OBJECT, needed))
            flushes += 1
            if kind.policy.retries_each and kind.pool.alloc(owner, size) == 0:
                return True
        asked_already = kind.policy.retries_each and flushes > 0
        return not asked_already and kind.pool.alloc(owner, size) == 0

    # ---- flush

    def _may_flush(self, now: int, kind: SwapType) -> bool:
        return bool(kind.entries) and self.device.outstanding(now) <= MAX_OUTSTANDING

    def _choose(self, kind: SwapType, need: Need, class_index: int = -1) -> Entry:
        """Whom the policy gives up, which must be one of those held."""
        victim = kind.policy.choose(need, class_index)
        return next(entry for entry in kind.entries.values() if entry.owner == victim)

    def _flush_for_store(self, now: int, kind: SwapType, entry: Entry) -> None:
        self.count.stall_frames_freed += self._flush(now, kind, entry)
        self.count.stall_flushes += 1

    def _flush(self, now: int, kind: SwapType, entry: Entry) -> int:
        """Write one entry back and free its object at once; page frames that set free."""
        frames_before = kind.pool.frames
        self.device.write_back(now)
        self.count.written_back_pages += 1
        self._remove(kind, entry.offset)
        kind.on_device.add(entry.offset)
        freed = frames_before - kind.pool.frames
        if freed:
            kind.barren_runs.append(kind.barren_run)
        kind.barren_run = kind.barren_run + 1 if freed == 0 else 0
        self.count.barren_longest = max(self.count.barren_longest, kind.barren_run)
        return freed

    def _remove(self, kind: SwapType, offset: int) -> None:
        """Take the entry out of the tree and the policy's books, and free its object."""
        entry = kind.entries.pop(offset)
        kind.policy.on_remove(entry.owner)
        kind.pool.free(entry.owner)

    def _give_frames_back(self, now: int, kind: SwapType, wanted: int) -> None:
        """Flush until enough frames came free; who asks for frames waits for a crowded device."""
        self.count.flush_requests += 1
        self.count.frames_asked += wanted
        given = 0
        while given < wanted and kind.entries:
            now = self.device.wait(now)
            given += self._flush(now, kind, self._choose(kind, Need.FRAMES))
            self.count.flushes_for_frames += 1
        self.count.frames_given += given

    # ---- load and invalidate

    def _load(self, now: int, kind: SwapType, offset: int) -> None:
        if offset in kind.entries:
            self.count.zswpin += 1
            kind.policy.on_load(kind.entries[offset].owner, self._next_load)
        elif offset in kind.on_device:
            self.count.refaults += 1
            kind.policy.on_refault(offset)
            self.device.read(now)
        else:
            self.count.load_unknown += 1

    def _invalidate(self, kind: SwapType, offset: int) -> None:
        if offset in kind.entries:
            self.count.invalidated += 1
            self._remove(kind, offset)
        kind.on_device.discard(offset)

    # ---- what others may look at

    def counters(self) -> dict[str, int]:
        """All of Counters; spared: victims; pool_limit_hit: frames refused; held now: stored_pages, pool_pages."""
        return {
            **asdict(self.count),
            "spared": sum(kind.policy.spared for kind in self.types.values()),
            "pool_limit_hit": self.limiter.refused,
            "stored_pages": sum(len(kind.entries) for kind in self.types.values()),
            "pool_pages": self.limiter.used,
        }

    def runs(self, swap_type: int) -> list[int]:
        """See SwapType."""
        return self._type(swap_type).runs()

    def held(self, swap_type: int) -> dict[int, int]:
        """Offset -> corpus page of every entry of this type."""
        return {entry.offset: entry.page for entry in self._type(swap_type).entries.values()}

    def lru_order(self, swap_type: int, advice: Sequence[int] = ()) -> list[int]:
        """Offsets of all entries of this type, the next to be flushed for page frames first."""
        kind = self._type(swap_type)
        kind.policy.advice = advice
        offset_of = {entry.owner: entry.offset for entry in kind.entries.values()}
        return [offset_of[owner] for owner in kind.policy.order()]

    def on_device(self, swap_type: int) -> set[int]:
        """Offsets of this type whose valid copy is on the swap device."""
        return set(self._type(swap_type).on_device)

    def pool(self, swap_type: int) -> ZsmallocModel:
        """The pool of this type: frames, classes, occupancy."""
        return self._type(swap_type).pool

    def location(self, swap_type: int, offset: int) -> tuple[int, int]:
        """Zspage serial and byte offset of the object of a held offset."""
        kind = self._type(swap_type)
        return kind.pool.location(kind.entries[offset].owner)
