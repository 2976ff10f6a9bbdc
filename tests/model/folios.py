"""Large folios, told slowly: a folio is an object with a list of pages, which stands on lists where a page would.

A retelling of zswapbench.sim.reclaim.folios, and of what the ways of choosing make of a folio, for comparison; the
rules' sources are named there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.model.machine import OverZram
from tests.model.reclaim import ExactLRU, Memory, TwoLists, Window
from tests.model.swap_slots import Page
from tests.model.zram import ZramModel
from tests.model.zsmalloc import FrameLimiter
from zswapbench.traces.event import Op


class Folio:
    """Pages that come, stay and leave together."""

    def __init__(self, pages: list[Page]) -> None:
        self.pages = pages
        self.referenced, self.generation = False, 0
        self.shadow, self.workingset = pages[0].shadow, pages[0].workingset

    @property
    def slot(self) -> int | None:
        return self.pages[0].slot

    @property
    def accessed(self) -> bool:
        return any(page.accessed for page in self.pages)

    @accessed.setter
    def accessed(self, value: bool) -> None:
        for page in self.pages:
            page.accessed = value


Unit = Any
"""A Page or a Folio."""


def size(unit: Unit) -> int:
    return len(unit.pages) if isinstance(unit, Folio) else 1


def total(units: Sequence[Unit]) -> int:
    return sum(map(size, units))


def take(units: list[Unit], pages: int) -> list[Unit]:
    """The first of ``units`` that are ``pages`` pages or a little more; they are gone from there."""
    taken: list[Unit] = []
    while total(taken) < pages and units:
        taken.append(units.pop(0))
    return taken


class WithFolios(Memory):
    """To be put before a way of choosing. ``allow`` has to be called before the first touch."""

    refusals = 0

    def allow(self, folio: int, *, reads_whole: bool) -> None:
        self.folio, self.reads_whole = folio, reads_whole
        self.whole: dict[Page, Folio] = {}
        self.blocks: dict[int, list[Page]] = {}
        for page in sorted(self.pages.values(), key=lambda one: one.number):
            self.blocks.setdefault(page.number // folio, []).append(page)
        self.blocks = {
            block: pages
            for block, pages in self.blocks.items()
            if len(pages) == folio and len({page.vma for page in pages}) == 1
        }
        self.counts = dict.fromkeys(("alloc", "fallback", "out", "split", "in", "in_fallback"), 0)

    def touched(self, page: Page) -> None:
        super().touched(self.whole.get(page, page))  # type: ignore[arg-type]

    def fault(self, page: Page, *, write: bool) -> None:
        block = self.blocks.get(page.number // self.folio)
        found = page.resident
        if block is not None and not found:
            (self.first_touch if page.slot is None else self.come_back)(block)
        folio = self.whole.get(page)
        if folio is None:
            super().fault(page, write=write)
            return
        if found:
            self.windows.setdefault(page.vma, Window()).address = page.number
        for one in folio.pages:
            one.mapped = one.accessed = True
        if self.slots.given_up(page, write=write, found=found):
            self.give_back(folio)

    @property
    def frames_for_one(self) -> bool:
        free = self.frames - self.resident - self.held_frames
        return free - self.folio >= self.reserve

    def first_touch(self, block: list[Page]) -> None:
        if any(page.resident or page.slot is not None for page in block):
            return
        if not self.frames_for_one:
            self.counts["fallback"] += 1
            return
        self.counts["alloc"] += 1
        for page in block:
            page.dirty, page.workingset = True, False
        self.enter_whole(block, refault=False)

    def come_back(self, block: list[Page]) -> None:
        first = block[0].slot
        if not self.reads_whole or first is None:
            return
        area = self.slots.area_of(first)
        if not area.synchronous or (first - area.base) % self.folio:
            return
        if any(page.resident or page.slot != first + place for place, page in enumerate(block)):
            return
        if not self.frames_for_one:
            self.counts["in_fallback"] += 1
            if self.is_one_object(first):
                self.come_apart(block)
            return
        self.counts["in"] += 1
        self.faults += 1
        for page in block:
            self.resident += 1
            self.slots.events.append((Op.LOAD, page.slot or 0, 0))
            self.resident -= 1
        self.enter_whole(block, refault=True)

    def enter_whole(self, block: list[Page], *, refault: bool) -> None:
        self.resident += len(block)
        folio = Folio(block)
        for page in block:
            page.resident, page.referenced = True, False
            self.whole[page] = folio
        self.enter(folio, refault=refault)  # type: ignore[arg-type]

    def give_back(self, unit: Unit) -> None:
        for page in unit.pages if isinstance(unit, Folio) else [unit]:
            self.slots.give_back(page)

    def activated(self, page: Unit) -> None:
        if page.slot is not None and self.slots.over_half:
            self.give_back(page)

    def leave(self, unit: Unit) -> list[Page] | None:
        """``unit`` is to leave. None: it did; else what did not: itself, or the pages that it was split into."""
        if not isinstance(unit, Folio):
            return None if self.swap_out(unit) else [unit]
        if unit.slot is None:
            first = self.slots.take_run(unit.pages)
            if first is None:
                return self.split(unit)
            for place, page in enumerate(unit.pages):
                page.slot = first + place
        if not self.write_whole(unit):
            for page in unit.pages:
                page.mapped = False
            return [unit]  # type: ignore[list-item]
        self.counts["out"] += 1
        shadow = self.remembered(unit)  # type: ignore[arg-type]
        for page in unit.pages:
            page.resident = page.mapped = page.accessed = page.dirty = page.referenced = False
            page.shadow, page.workingset = shadow, unit.workingset
            del self.whole[page]
        self.resident -= len(unit.pages)
        return None

    def write_whole(self, folio: Folio) -> bool:
        """``folio`` goes to its slots. False: it cannot."""
        for place, page in enumerate(folio.pages):
            if not self.write(page):
                self.refusals += place
                return False
        return True

    def is_one_object(self, slot: int) -> bool:
        return False

    def come_apart(self, block: list[Page]) -> None:
        for _ in block:
            self.take_frame()
        self.faults += 1
        for page in block:
            self.slots.give_back(page)
            page.resident = True
            self.enter(page, refault=True)

    def split(self, folio: Folio) -> list[Page]:
        self.counts["split"] += 1
        for page in folio.pages:
            page.referenced, page.workingset = folio.referenced, folio.workingset
            page.generation = folio.generation
            del self.whole[page]
        return list(folio.pages)


class FolioLRU(WithFolios, ExactLRU):
    def reclaim(self) -> int:
        order: list[Unit] = self.order
        for _ in range(self.resident):
            if not order:
                return 0
            unit = order.pop(0)
            some = size(unit)
            stayed = self.leave(unit)
            if stayed is None:
                return some
            if len(stayed) > 1:
                order[:0] = stayed
            elif unit.slot is None:
                order.insert(0, unit)
                return 0
            else:
                order.append(unit)
        return 0


class FolioLists(WithFolios, TwoLists):
    inactive: list[Unit]
    active: list[Unit]

    def enter(self, page: Unit, *, refault: bool) -> None:
        if refault and self.age - page.shadow <= (total(self.active) if self.slots.left else 0):
            self.age += size(page)
            self.activations += size(page)
            self.active.append(page)
            return
        page.workingset = False
        self.inactive.append(page)

    def remembered(self, page: Unit) -> int:
        self.age += size(page)
        return self.age - size(page)

    def low(self) -> bool:
        return total(self.inactive) < total(self.active)

    def count(self, some: Sequence[Any]) -> int:
        return total(some)

    def shrink_inactive(self, count: int) -> int:
        freed = 0
        for unit in take(self.inactive, count):
            pages = unit.pages if isinstance(unit, Folio) else [unit]
            young = sum(page.accessed for page in pages)
            again, unit.referenced = unit.referenced, young > 0
            if young:
                unit.accessed = False
                if again or young > 1:
                    self.activated(unit)
                    self.active.append(unit)
                else:
                    self.inactive.append(unit)
                continue
            some, stayed = size(unit), self.leave(unit)
            freed += some if stayed is None else self.one_by_one(unit, stayed)
        return freed

    def one_by_one(self, unit: Unit, stayed: list[Page]) -> int:
        freed = 0
        for page in stayed:
            if page is not unit and self.swap_out(page):
                freed += 1
            else:
                (self.active if page.slot is None else self.inactive).append(page)
        return freed

    def shrink_active(self, count: int) -> None:
        batch = take(self.active, min(count, total(self.active)))
        for unit in batch:
            unit.accessed, unit.workingset = False, True
        self.inactive += batch


class OverWholeZram(OverZram):
    """A zram that stores folios as one object. ``frames_of``: what that takes, by number of the first page."""

    frames_of: dict[int, int]

    def settle(self, zram: ZramModel, limiter: FrameLimiter, reserve: int) -> None:
        super().settle(zram, limiter, reserve)
        self.objects: dict[int, tuple[int, set[int]]] = {}

    def write_whole(self, folio: Folio) -> bool:
        frames, count = self.frames_of[folio.pages[0].number], len(folio.pages)
        self.stores += count
        fits = self.limiter.used + frames <= self.room
        if fits:
            self.limiter.used += frames
            slots = {page.slot or 0 for page in folio.pages}
            self.objects |= dict.fromkeys(slots, (frames, slots))
        else:
            self.refusals += count
        self.most_used = max(self.most_used, self.resident + self.limiter.used)
        return fits

    def is_one_object(self, slot: int) -> bool:
        return slot in self.objects

    def hear(self, op: Op, slot: int, page: int) -> None:
        if slot not in self.objects:
            super().hear(op, slot, page)
        elif op == Op.INVALIDATE:
            frames, slots = self.objects.pop(slot)
            slots.remove(slot)
            self.limiter.used -= 0 if slots else frames


class LruMachine(OverZram, FolioLRU): ...


class ListsMachine(OverZram, FolioLists): ...


class WholeLru(OverWholeZram, FolioLRU): ...


class WholeLists(OverWholeZram, FolioLists): ...


WHOLE: dict[str, Any] = {"lru": WholeLru, "lists": WholeLists}
"""Over a zram that stores folios as one object."""

MACHINES: dict[str, Any] = {"lru": LruMachine, "lists": ListsMachine}
