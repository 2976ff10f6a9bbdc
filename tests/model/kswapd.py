"""kswapd beside a task, told slowly: a machine of model/machine.py with two clocks, of which each goes its own way.

What kswapd does is a generator: it stops after each batch of pages, and goes on when the task's clock has come as far.
A retelling of zswapbench.sim.reclaim.frames and sim.machine.paid for comparison; the rules' sources are named there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.model.machine import GenerationsMachine, ListsMachine, LruMachine, OverZram
from tests.model.mglru import TABLE
from tests.model.reclaim import Stuck
from tests.model.swap_slots import Page
from zswapbench.rules.watermarks import Watermarks
from zswapbench.rules.work_costs import WorkCosts

COMPRESS_NS, DECOMPRESS_NS = 2_000, 700


class WithKswapd(OverZram):
    """To be put before a way of reclaim, in place of OverZram. ``manage`` has to be called before the first touch."""

    def manage(self, marks: Watermarks, cpus: int, costs: WorkCosts) -> None:
        self.marks, self.cpus, self.costs = marks, cpus, costs
        self.clock = {"task": 0, "kswapd": 0}
        self.spent: dict[str, Counter[str]] = {"task": Counter(), "kswapd": Counter()}
        self.who, self.kswapd = "task", self.turns()
        self.awake, self.in_flight = False, 0
        self.failures = self.woken = self.direct = 0
        self.stolen: Counter[str] = Counter()
        self.scanned: Counter[str] = Counter()

    def spend(self, cause: str, ns: int) -> None:
        self.spent[self.who][cause] += ns
        self.clock[self.who] += ns

    @property
    def room(self) -> int:
        return self.frames - self.resident - self.in_flight

    @property
    def free(self) -> int:
        return self.room - self.limiter.used

    @property
    def balanced(self) -> bool:
        return self.free + self.in_flight > self.marks.high

    def pass_time(self, ns: int) -> None:
        self.clock["task"] += ns

    def touch(self, number: int, *, write: bool) -> None:
        self.let_kswapd()
        super().touch(number, write=write)

    def take_frame(self) -> None:
        tries = 0
        while True:
            self.let_kswapd()
            free = self.free
            sleeps = self.marks.high > self.marks.min and not self.awake and self.failures < 16
            if free <= self.marks.low and sleeps:
                self.awake = True
                self.woken += 1
                self.clock["kswapd"] = max(self.clock["kswapd"], self.clock["task"])
            if free > self.marks.min:
                self.resident += 1
                return
            self.direct += 1
            freed = self.reclaim()
            self.stolen["task"] += freed
            if freed:
                self.failures = 0
            elif self.in_flight:
                self.spend("kswapd", max(self.clock["kswapd"] - self.clock["task"], 0))
            else:
                tries += 1
                if tries == 16:
                    raise Stuck

    # ---- kswapd

    def let_kswapd(self) -> None:
        while (self.awake or self.in_flight) and self.clock["kswapd"] <= self.clock["task"]:
            self.in_flight = 0
            if self.awake:
                self.batch()

    def batch(self) -> None:
        if self.cpus == 1:
            self.clock["kswapd"] = self.clock["task"]
        before, free = self.clock["kswapd"], self.free
        self.who = "kswapd"
        next(self.kswapd)
        self.who = "task"
        self.in_flight = max(self.free - free, 0)
        if self.cpus == 1:
            self.spend("kswapd", self.clock["kswapd"] - before)

    def turns(self) -> Iterator[None]:
        """Turn after turn; each time that kswapd sleeps the next one begins when it is woken."""
        while True:
            in_turn = self.stolen["kswapd"]
            priority = 12
            while priority:
                scanned, stolen = self.scanned["kswapd"], self.stolen["kswapd"]
                priority = self.first_priority(priority)
                yield from self.batches(priority)
                freed = self.stolen["kswapd"] - stolen
                if freed:
                    self.failures = 0
                if self.scanned["kswapd"] - scanned < max(self.marks.high, 32) or not freed:
                    priority -= 1
                if self.balanced:
                    self.awake = False
                    break
                if priority:
                    yield
            else:
                if self.stolen["kswapd"] == in_turn:
                    self.failures += 1
                self.awake = self.failures < 16
            self.turn_over()
            yield

    def first_priority(self, priority: int) -> int:
        return priority

    def batches(self, priority: int) -> Iterator[None]:
        raise NotImplementedError

    def turn_over(self) -> None: ...

    # ---- what takes time

    def look_at(self, pages: int) -> None:
        self.spend("lists", pages * self.costs.look_ns)

    def swap_out(self, page: Page) -> bool:
        same = self.zram.same_filled[page.content]
        stores = self.stores
        gone = super().swap_out(page)
        if page.slot is not None:
            self.spend("lists", self.costs.unmap_ns)
        if self.stores > stores and not same:
            self.spend("compress", COMPRESS_NS)
        return gone

    def swap_in(self, page: Page) -> None:
        assert page.slot is not None
        super().swap_in(page)
        self.spend("faults", self.costs.swap_in_ns)
        before = self.zram.decompressions
        self.zram.read(page.slot)
        self.spend("decompress", DECOMPRESS_NS * (self.zram.decompressions - before))

    def fault(self, page: Page, *, write: bool) -> None:
        known, new = page.resident, page.slot is None
        super().fault(page, write=write)
        if known:
            self.spend("faults", self.costs.cache_hit_ns)
        elif new:
            self.spend("faults", self.costs.first_touch_ns)


class Lru(WithKswapd, LruMachine):
    def swap_out(self, page: Page) -> bool:
        self.scanned[self.who] += 1
        self.look_at(1)
        return super().swap_out(page)

    def batches(self, priority: int) -> Iterator[None]:
        for _ in range(32):
            if self.balanced or not self.reclaim():
                break
            self.stolen["kswapd"] += 1
        yield from ()


class Lists(WithKswapd, ListsMachine):
    def shrink_inactive(self, count: int) -> int:
        looked_at = min(count, len(self.inactive))
        self.scanned[self.who] += looked_at
        self.look_at(looked_at)
        return super().shrink_inactive(count)

    def shrink_active(self, count: int) -> None:
        self.look_at(min(count, len(self.active)))
        super().shrink_active(count)

    def batches(self, priority: int) -> Iterator[None]:
        if self.low():
            self.shrink_active(32)
        deactivate = self.activations > self.activations_before or self.low()
        inactive, active = len(self.inactive) // 2**priority, len(self.active) // 2**priority
        freed = 0
        while inactive and freed < max(self.marks.high, 32):
            some = self.shrink_inactive(min(inactive, 32))
            inactive -= min(inactive, 32)
            freed += some
            self.stolen["kswapd"] += some
            if active and deactivate:
                self.shrink_active(min(active, 32))
            active -= min(active, 32)
            yield
        if self.low():
            self.shrink_active(32)

    def turn_over(self) -> None:
        self.activations_before = self.activations


class Generations(WithKswapd, GenerationsMachine):
    @property
    def is_in_cgroup(self) -> bool:  # type: ignore[override]
        return self.marks.high <= self.marks.min

    @property
    def has_plenty(self) -> bool:  # type: ignore[override]
        return self.free > self.marks.high + 64

    def isolate(self, most: int) -> tuple[int, list[Page]]:
        looked_at, isolated = super().isolate(most)
        self.scanned[self.who] += len(isolated)
        self.look_at(len(isolated))
        return looked_at, isolated

    def make_generation(self) -> None:
        there = [page for page in self.in_order if page.resident or page.slot is not None]
        tables = {page.number // TABLE for page in there}
        if self.worth is not None:
            tables &= self.worth
        spans = [
            range(max(table * TABLE, first), min((table + 1) * TABLE, last))
            for table in tables
            for first, last in self.extents.values()
        ]
        self.spend("lists", self.costs.walk_ns * sum(map(len, spans)))
        super().make_generation()

    def first_priority(self, priority: int) -> int:
        wanted = max(self.marks.high, 32)
        if priority < 12 or wanted < 64:
            return priority
        old = sum(page.generation < self.newest - 1 for page in self.listed)
        return max(6, min(12, old.bit_length() - 1 - (wanted - 1).bit_length()))

    def batches(self, priority: int) -> Iterator[None]:
        for gone in self.one_pass(priority, 0, max(self.marks.high, 32), kswapd=True):
            if gone is None:
                yield
            else:
                self.stolen["kswapd"] += gone


MACHINES: dict[str, Any] = {"lru": Lru, "lists": Lists, "mglru": Generations}
