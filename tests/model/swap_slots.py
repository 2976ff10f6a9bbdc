"""Pages of a program and the swap slots that they get, told slowly: plain objects, no numbers packed into bits.

A retelling of zswapbench.sim.reclaim.area and slots for comparison; the rules' sources are named there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from zswapbench.traces.event import Op

EventRow = tuple[Op, int, int]
"""What happens, slot, page of the corpus."""

CLUSTER = 512


@dataclass(eq=False)
class Page:
    """A page of the program; ``shadow`` is what was remembered when it left."""

    number: int
    content: int
    vma: int
    resident: bool = False
    mapped: bool = False
    accessed: bool = False
    dirty: bool = False
    referenced: bool = False
    twice: bool = False
    active: bool = False
    workingset: bool = False
    read_ahead: bool = False
    slot: int | None = None
    shadow: int = 0
    generation: int = 0


@dataclass(eq=False)
class Cluster:
    """Slots ``first`` to ``last``; ``taken`` of them are in use."""

    slots: list[int]
    unusable: int
    taken: set[int] = field(default_factory=set)
    for_runs: bool = False

    @property
    def full(self) -> bool:
        return len(self.taken) == len(self.slots)

    @property
    def empty(self) -> bool:
        return not self.taken and not self.unusable


class Area:
    """Slots 1 to ``usable`` of one area; ``base`` is the number of its slot 0 among those of all areas."""

    def __init__(self, usable: int, *, synchronous: bool = False) -> None:
        self.usable, self.synchronous, self.base = usable, synchronous, 0
        self.holes_first = False
        self.clusters = []
        for first in range(0, usable + 1, CLUSTER):
            slots = [slot for slot in range(first, first + CLUSTER) if 1 <= slot <= usable]
            self.clusters.append(Cluster(slots, CLUSTER - len(slots)))
        self.free = list(self.clusters)
        self.with_holes: list[Cluster] = []
        self.full: list[Cluster] = []
        self.current: Cluster | None = None
        self.ahead: list[int] = []
        self.run = 1
        self.runs_with_holes: list[Cluster] = []
        self.fragments: list[Cluster] = []
        self.current_of_runs: Cluster | None = None
        self.runs_ahead: list[int] = []
        self.found_run = False

    @property
    def used(self) -> int:
        return sum(len(cluster.taken) for cluster in self.clusters)

    def has(self, number: int) -> bool:
        return 0 < number - self.base <= self.usable

    def release(self, number: int) -> None:
        slot = number - self.base
        cluster = self.clusters[slot // CLUSTER]
        cluster.taken.remove(slot)
        if cluster in (self.current, self.current_of_runs):
            return
        here = next(some for some in self.all_lists() if cluster in some)
        holes = self.runs_with_holes if cluster.for_runs else self.with_holes
        if cluster.empty or here is self.full or here is self.fragments:
            here.remove(cluster)
            (self.free if cluster.empty else holes).append(cluster)

    def all_lists(self) -> list[list[Cluster]]:
        return [self.free, self.with_holes, self.full, self.runs_with_holes, self.fragments]

    def allocate_run(self, slots: Slots) -> int | None:
        """The first of ``run`` slots side by side."""
        if (slot := self.next_run()) is not None:
            return slot
        if self.holes_first and (slot := self.run_among_holes()) is not None:
            return slot
        if self.free:
            self.begin_run(self.free.pop(0))
            return self.next_run()
        if slots.over_half:
            self.reclaim_full(slots)
        return None if self.holes_first else self.run_among_holes()

    def run_among_holes(self) -> int | None:
        while self.runs_with_holes:
            self.begin_run(self.runs_with_holes.pop(0))
            if (slot := self.next_run()) is not None:
                return slot
        return None

    def begin_run(self, cluster: Cluster) -> None:
        self.current_of_runs, cluster.for_runs, self.found_run = cluster, True, False
        first = self.clusters.index(cluster) * CLUSTER
        self.runs_ahead = list(range(first, first + CLUSTER, self.run))

    def next_run(self) -> int | None:
        cluster = self.current_of_runs
        while cluster and self.runs_ahead:
            first = self.runs_ahead.pop(0)
            wanted = set(range(first, first + self.run))
            if wanted <= set(cluster.slots) - cluster.taken:
                cluster.taken |= wanted
                self.found_run = True
                return self.base + first
        self.leave_run()
        return None

    def leave_run(self) -> None:
        if cluster := self.current_of_runs:
            here = self.runs_with_holes if self.found_run else self.fragments
            (self.full if cluster.full else here).append(cluster)
        self.current_of_runs = None

    def allocate(self, slots: Slots) -> int | None:
        if (slot := self.next_of_current()) is not None:
            return slot
        first, second = (self.with_holes, self.free) if self.holes_first else (self.free, self.with_holes)
        if not (first or (self.holes_first and second)) and slots.over_half:
            self.reclaim_full(slots)
        for some in (first, second) if first or self.holes_first else (self.with_holes, self.free):
            if some:
                return self.begin(some)
        self.leave_run()
        for some in (self.fragments, self.runs_with_holes):
            if some:
                return self.begin(some)
        return None

    def begin(self, some: list[Cluster]) -> int | None:
        self.current = some.pop(0)
        if some is self.free:
            self.current.for_runs = False
        self.ahead = list(self.current.slots)
        return self.next_of_current()

    def next_of_current(self) -> int | None:
        while self.current and self.ahead:
            slot = self.ahead.pop(0)
            if slot not in self.current.taken:
                self.current.taken.add(slot)
                return self.base + slot
        if self.current:
            holes = self.runs_with_holes if self.current.for_runs else self.with_holes
            (self.full if self.current.full else holes).append(self.current)
        self.current = None
        return None

    def reclaim_full(self, slots: Slots) -> None:
        if not self.full:
            return
        cluster = self.full.pop(0)
        self.full.append(cluster)
        for slot in cluster.slots:
            page = slots.owner.get(self.base + slot)
            if page and page.mapped:
                self.release(slots.disown(page))


class Slots:
    """The slots of all areas, the highest priority first."""

    def __init__(
        self, *areas: Area, holes_first: bool, batch: int, keeps_found: bool = True, run: int = 1
    ) -> None:
        self.areas, self.batch, self.keeps_found = areas, batch, keeps_found
        base = 0
        for area in areas:
            area.base, area.holes_first, area.run = base, holes_first, run
            base += area.usable + 1
        self.usable = sum(area.usable for area in areas)
        self.at: Area | None = None
        self.at_for_runs: Area | None = None
        self.fetched: list[int] = []
        self.freed: list[int] = []
        self.owner: dict[int, Page] = {}
        self.events: list[EventRow] = []

    @property
    def used(self) -> int:
        return sum(area.used for area in self.areas)

    @property
    def over_half(self) -> bool:
        return (self.usable - self.used) * 2 < self.usable

    @property
    def left(self) -> bool:
        return self.used < self.usable or bool(self.fetched)

    def area_of(self, slot: int) -> Area:
        return next(area for area in self.areas if area.has(slot))

    def given_up(self, page: Page, *, write: bool, found: bool) -> bool:
        """Does a fault free the slot of ``page``?"""
        if page.slot is None:
            return False
        at_once = self.area_of(page.slot).synchronous and not (found and self.keeps_found)
        return write or at_once or self.over_half

    def take(self, page: Page) -> int | None:
        if self.batch == 1:
            slot = self.allocate()
        else:
            if not self.fetched:
                self.fetch()
            if not self.fetched and self.freed:
                self.flush()
                slot = self.allocate()
                assert slot is not None
                self.fetched.append(slot)
            slot = self.fetched.pop(0) if self.fetched else None
        if slot is not None:
            self.owner[slot] = page
        return slot

    def take_run(self, pages: list[Page]) -> int | None:
        """The first of as many slots, side by side, as there are ``pages``."""
        slot = self.at_for_runs.next_run() if self.batch == 1 and self.at_for_runs else None
        if slot is None and (area := next((one for one in self.areas if one.used < one.usable), None)):
            slot, self.at_for_runs = area.allocate_run(self), area
        for place, page in enumerate(pages if slot is not None else []):
            assert slot is not None
            self.owner[slot + place] = page
        return slot

    def fetch(self) -> None:
        for area in self.areas:
            while len(self.fetched) < self.batch and (slot := area.allocate(self)) is not None:
                self.fetched.append(slot)
            if self.fetched:
                return

    def allocate(self) -> int | None:
        if self.batch == 1 and self.at and (slot := self.at.next_of_current()) is not None:
            return slot
        for area in self.areas:
            if (slot := area.allocate(self)) is not None:
                self.at = area
                return slot
        return None

    def give_back(self, page: Page) -> None:
        assert page.slot is not None
        slot = self.disown(page)
        if self.batch == 1:
            self.area_of(slot).release(slot)
            return
        self.freed.append(slot)
        if len(self.freed) == self.batch:
            self.flush()

    def disown(self, page: Page) -> int:
        assert page.slot is not None
        slot = page.slot
        self.events.append((Op.INVALIDATE, slot, 0))
        del self.owner[slot]
        page.slot, page.dirty = None, True
        return slot

    def flush(self) -> None:
        for slot in self.freed:
            self.area_of(slot).release(slot)
        self.freed = []
