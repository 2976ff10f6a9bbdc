"""Reclaim of anonymous pages, told slowly: lists of pages, in the order in which they would leave.

A retelling of zswapbench.sim.reclaim for comparison; the rules' sources are named there. MGLRU is in mglru.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.model.swap_slots import Page, Slots
from zswapbench.traces.event import Op


@dataclass
class Window:
    address: int = 0
    pages: int = 0
    hits: int = 0


class Stuck(Exception):  # noqa: N818  what it is
    """No frame was to be had."""


class Memory:
    """A memory of ``frames``, of which a task gets all but ``reserve``. A subclass chooses who leaves."""

    reserve = 0

    def __init__(
        self, pages: list[Page], frames: int, slots: Slots, page_cluster: int, form: tuple[int, int]
    ) -> None:
        self.pages = {page.number: page for page in pages}
        self.frames, self.slots, self.form = frames, slots, form
        self.most = min(2**page_cluster, 32)
        self.windows: dict[int, Window] = {}
        self.resident = 0
        self.faults = self.read_ahead = 0

    def touch(self, number: int, *, write: bool) -> None:
        page = self.pages.get(number)
        if page is None:
            return
        if page.mapped:
            self.touched(page)
        else:
            self.fault(page, write=write)
        page.accessed = True
        page.dirty = page.dirty or write

    def give_up(self, number: int) -> None:
        page = self.pages[number]
        if page.slot is not None:
            self.slots.give_back(page)
        if page.resident:
            self.forget(page)
            self.resident -= 1
        page.resident = page.mapped = page.accessed = page.dirty = page.read_ahead = False

    def fault(self, page: Page, *, write: bool) -> None:
        window = self.windows.setdefault(page.vma, Window())
        found = page.resident
        if found:
            window.address = page.number
            window.hits = min(window.hits + page.read_ahead, 63)
        elif page.slot is None:
            self.take_frame()
            page.resident = page.dirty = page.accessed = True
            page.referenced = page.workingset = False
            self.enter(page, refault=False)
        else:
            self.faults += 1
            alone = self.slots.area_of(page.slot).synchronous
            for number in [] if alone else self.wanted(page, window):
                one = self.pages.get(number)
                if one and one.vma == page.vma and not one.resident and one.slot is not None:
                    self.swap_in(one)
                    one.read_ahead = True
                    self.read_ahead += one is not page
            if not page.resident:
                self.swap_in(page)
        page.read_ahead, page.mapped = False, True
        if self.slots.given_up(page, write=write, found=found):
            self.slots.give_back(page)

    def wanted(self, page: Page, window: Window) -> list[int]:
        if self.most == 1:
            return []
        here, last = page.number, window.address
        pages = 2 if abs(here - last) == 1 else 1
        if window.hits:
            pages = max(4, 2 ** math.ceil(math.log2(window.hits + 2)))
        pages = max(min(pages, self.most), window.pages // 2)
        window.address, window.pages, window.hits = here, pages, 0
        if pages == 1:
            return []
        if here == last + 1:
            around = range(here, here + pages)
        elif here == last - 1:
            around = range(here - pages + 1, here + 1)
        else:
            around = range(here - (pages - 1) // 2, here - (pages - 1) // 2 + pages)
        return [number for number in around if number // 512 == here // 512]

    def swap_in(self, page: Page) -> None:
        self.take_frame()
        assert page.slot is not None
        self.slots.events.append((Op.LOAD, page.slot, 0))
        page.resident = True
        self.enter(page, refault=True)

    def take_frame(self) -> None:
        tries = 0
        while self.resident + self.held_frames >= self.frames - self.reserve:
            if not self.reclaim():
                tries += 1
                if tries == 16:
                    raise Stuck
        self.resident += 1

    def swap_out(self, page: Page) -> bool:
        if page.slot is None:
            page.slot = self.slots.take(page)
            if page.slot is None:
                return False
            page.dirty = True
        if page.dirty and not self.write(page):
            return False
        page.shadow = self.remembered(page)
        page.resident = page.mapped = page.accessed = page.dirty = page.referenced = page.read_ahead = False
        self.resident -= 1
        return True

    @property
    def held_frames(self) -> int:
        """Page frames that what was swapped out takes."""
        return 0

    def write(self, page: Page) -> bool:
        """``page`` goes to its slot. False: it cannot."""
        assert page.slot is not None
        self.slots.events.append((Op.STORE, page.slot, page.content))
        return True

    def activated(self, page: Page) -> None:
        if page.slot is not None and self.slots.over_half:
            self.slots.give_back(page)

    def pass_over(self, priority: int) -> None: ...

    def is_activated(self, page: Page) -> bool:
        """Of one that was to leave and could not."""
        return page.slot is None

    def touched(self, page: Page) -> None: ...

    def enter(self, page: Page, *, refault: bool) -> None:
        raise NotImplementedError

    def forget(self, page: Page) -> None:
        raise NotImplementedError

    def reclaim(self) -> int:
        raise NotImplementedError

    def remembered(self, page: Page) -> int:
        return 0


class ExactLRU(Memory):
    """The pages in the order of their last touches."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.order: list[Page] = []

    def touched(self, page: Page) -> None:
        self.order.remove(page)
        self.order.append(page)

    def enter(self, page: Page, *, refault: bool) -> None:
        self.order.append(page)

    def forget(self, page: Page) -> None:
        self.order.remove(page)

    def reclaim(self) -> int:
        for page in list(self.order):
            self.order.remove(page)
            if self.swap_out(page):
                return 1
            if page.slot is None:
                self.order.insert(0, page)
                return 0
            self.order.append(page)
        return 0


class TwoLists(Memory):
    """``inactive`` and ``active``; index 0 is the tail."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.inactive: list[Page] = []
        self.active: list[Page] = []
        self.age = 0
        self.activations = self.activations_before = 0

    def enter(self, page: Page, *, refault: bool) -> None:
        if refault and self.age - page.shadow <= (len(self.active) if self.slots.left else 0):
            self.age += 1
            self.activations += 1
            self.active.append(page)
            return
        page.workingset = False
        self.inactive.append(page)

    def forget(self, page: Page) -> None:
        (self.active if page in self.active else self.inactive).remove(page)

    def remembered(self, page: Page) -> int:
        self.age += 1
        return self.age - 1

    def low(self) -> bool:
        pages = len(self.inactive) + len(self.active)
        gib = pages * 4096 // 2**30
        return len(self.inactive) * (math.isqrt(10 * gib) if gib else 1) < len(self.active)

    def count(self, some: Sequence[Any]) -> int:
        """How many pages a list has."""
        return len(some)

    def reclaim(self) -> int:
        for forced in (False, True):
            freed, skipped = 0, False
            for priority in range(12, -1, -1):
                deactivate = forced or self.activations > self.activations_before or self.low()
                skipped = skipped or (self.resident > 0 and not deactivate)
                freed += self.look(priority, deactivate=deactivate)
                self.pass_over(priority)
                if freed >= 32:
                    break
            self.activations_before = self.activations
            if freed or not skipped:
                break
        return freed

    def look(self, priority: int, *, deactivate: bool) -> int:
        freed = 0
        inactive, active = self.count(self.inactive) // 2**priority, self.count(self.active) // 2**priority
        while inactive and freed < 32:
            freed += self.shrink_inactive(min(inactive, 32))
            inactive -= min(inactive, 32)
            if active and deactivate:
                self.shrink_active(min(active, 32))
            active -= min(active, 32)
        if self.low():
            self.shrink_active(32)
        return freed

    def shrink_inactive(self, count: int) -> int:
        freed = 0
        batch, self.inactive = self.inactive[:count], self.inactive[count:]
        for page in batch:
            again, page.referenced = page.referenced, page.accessed
            if page.accessed:
                page.accessed = False
                if again:
                    self.activated(page)
                    self.active.append(page)
                else:
                    self.inactive.append(page)
            elif self.swap_out(page):
                freed += 1
            else:
                (self.active if self.is_activated(page) else self.inactive).append(page)
        return freed

    def shrink_active(self, count: int) -> None:
        batch, self.active = self.active[:count], self.active[count:]
        for page in batch:
            page.accessed, page.workingset = False, True
        self.inactive += batch
