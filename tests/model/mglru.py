"""MGLRU, told slowly: a list of pages for each generation.

A retelling of zswapbench.sim.reclaim.mglru for comparison; the rules' sources are named there.
"""

from __future__ import annotations

from tests.model.reclaim import Memory
from tests.model.swap_slots import Page


class MultiGenLRU(Memory):
    """``held[g]``: pages on the list of generation g, which may say of themselves that they are of another."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.oldest, self.newest = 0, 3
        self.held: dict[int, list[Page]] = {g: [] for g in range(4)}
        self.refaulted, self.gone = [0, 0], [0, 0]
        self.refaulted_before, self.gone_before = [0, 0], [0, 0]
        self.in_order = sorted(self.pages.values(), key=lambda page: page.number)

    @property
    def is_old_form(self) -> bool:
        return self.form == (6, 12)

    def put(self, page: Page, generation: int) -> None:
        page.generation = generation
        self.held[generation].append(page)

    def enter(self, page: Page, *, refault: bool) -> None:
        if not refault:
            self.put(page, self.newest if self.is_old_form else self.newest - 1)
            return
        if self.is_old_form:
            recent = page.shadow == self.oldest
            self.refaulted[page.workingset] += recent
            page.workingset = recent
            self.put(page, self.newest)
            return
        recent = self.newest - page.shadow < 4
        self.refaulted[page.workingset] += recent
        page.workingset = page.workingset and recent
        if page.workingset:
            self.put(page, self.newest)
        else:
            self.put(page, self.newest - 1 if self.form == (6, 18) else max(self.newest - 2, self.oldest))

    def forget(self, page: Page) -> None:
        next(some for some in self.held.values() if page in some).remove(page)

    def remembered(self, page: Page) -> int:
        return self.oldest

    def reclaim(self) -> int:
        freed = 0
        for priority in range(12, -1, -1):
            freed += self.look(priority)
            self.pass_over(priority)
            if freed >= 32:
                break
        return freed

    def look(self, priority: int) -> int:
        freed = scanned = 0
        wanted = self.resident >> priority
        while freed < 32:
            if self.should_age(priority):
                self.make_generation()
                if self.form != (7, 3):
                    break
            if self.form != (7, 3):
                wanted = self.resident >> priority
            if scanned >= wanted:
                break
            looked_at, gone = self.evict(min(64, wanted - scanned))
            freed += gone
            scanned += looked_at
            if not looked_at:
                break
        return freed

    def should_age(self, priority: int) -> bool:
        generations = self.newest - self.oldest + 1
        if self.form == (7, 3):
            return generations == 2 or (generations == 3 and priority < 12)
        if priority == 12:
            return False
        if generations == 3 and self.is_old_form:
            of = [page.generation for some in self.held.values() for page in some]
            return of.count(self.newest) * 2 > len(of) or of.count(self.oldest) * 4 < len(of)
        return generations <= 3

    def make_generation(self) -> None:
        for page in self.in_order:
            if page.mapped and page.accessed:
                page.accessed = False
                if self.is_old_form:
                    page.generation = self.newest
                elif page.referenced or page.workingset:
                    page.referenced, page.workingset, page.generation = False, True, self.newest
                else:
                    page.referenced = True
        if self.newest - self.oldest == 3:
            for page in self.held.pop(self.oldest):
                self.put(page, max(page.generation, self.oldest + 1))
            self.oldest += 1
            self.halve()
        self.newest += 1
        self.held[self.newest] = []

    def halve(self) -> None:
        for tier in (0, 1):
            self.refaulted_before[tier] = (self.refaulted_before[tier] + self.refaulted[tier]) // 2
            self.gone_before[tier] = (self.gone_before[tier] + self.gone[tier]) // 2
        self.refaulted, self.gone = [0, 0], [0, 0]

    def keeps_workingset(self) -> bool:
        back = [self.refaulted_before[tier] + self.refaulted[tier] for tier in (0, 1)]
        gone = [self.gone_before[tier] + self.gone[tier] for tier in (0, 1)]
        return back[1] >= 64 and back[1] * (gone[0] + 64) * 2 > (back[0] + 1) * gone[1] * 3

    def evict(self, most: int) -> tuple[int, int]:
        if self.newest - self.oldest == 1:
            return 0, 0
        looked_at = chosen = freed = 0
        keeps = self.keeps_workingset()
        tail = self.held[self.oldest]
        while tail and chosen < most and looked_at < 4096:
            page = tail.pop(0)
            looked_at += 1
            if page.generation != self.oldest:
                self.put(page, page.generation)
            elif keeps and page.workingset:
                self.gone[1] += 1
                self.put(page, self.oldest + 1)
            else:
                chosen += 1
                tier = page.workingset
                if not page.accessed and self.swap_out(page):
                    self.gone[tier] += 1
                    freed += 1
                else:
                    self.put_back(page)
        while not self.held[self.oldest] and self.newest - self.oldest >= 2:
            del self.held[self.oldest]
            self.oldest += 1
            self.halve()
        enough = self.newest - self.oldest >= 2
        return (looked_at if enough and (chosen or looked_at == 4096) else 0), freed

    def put_back(self, page: Page) -> None:
        accessed, page.accessed = page.accessed, False
        if self.is_old_form or not accessed:
            self.put(page, self.newest)
        elif page.referenced or page.workingset:
            page.referenced, page.workingset = False, True
            self.put(page, self.newest)
        else:
            page.referenced = True
            self.put(page, self.newest - 1 if page.slot is None else self.oldest)
        self.activated(page)
