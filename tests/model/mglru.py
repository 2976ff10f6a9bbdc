"""MGLRU, told slowly: a list of pages for each generation.

A retelling of zswapbench.sim.reclaim.mglru, page_tables and tiers for comparison; the rules' sources are named there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.model.reclaim import Memory
from tests.model.swap_slots import Page

TABLE = 512


class MultiGenLRU(Memory):
    """``held[g]``: pages on the list of generation g, which may say of themselves that they are of another.

    ``off``: pages that say nothing of the kind, since they are on no list.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.oldest, self.newest = 0, 3
        self.held: dict[int, list[Page]] = {g: [] for g in range(4)}
        self.back, self.gone = Counter[int](), Counter[int]()
        self.back_before, self.gone_before = Counter[int](), Counter[int]()
        self.coming: list[Page] = []
        self.off: set[Page] = set()
        self.worth: set[int] | None = None
        self.in_order = sorted(self.pages.values(), key=lambda page: page.number)
        self.extents: dict[int, tuple[int, int]] = {}
        for page in self.in_order:
            first, _ = self.extents.get(page.vma, (page.number, 0))
            self.extents[page.vma] = first, page.number + 1

    # ---- where a page is

    def tier(self, page: Page) -> int:
        return 3 if page.workingset else int(page.twice)

    def enter(self, page: Page, *, refault: bool) -> None:
        if not refault:
            page.workingset = page.twice = False
        elif self.form != (6, 12):
            if self.newest - page.shadow >= 4:
                page.workingset = False
            else:
                self.back[self.tier(page)] += 1
            page.twice = False
        page.active = self.form != (7, 3) or page.workingset
        page.referenced = not page.active
        self.off.add(page)
        self.coming.append(page)
        if len(self.coming) == 31:
            self.drain()

    def drain(self) -> None:
        for page in self.coming:
            self.put(page)
        self.coming = []

    def put(self, page: Page) -> None:
        """On the list where it belongs."""
        self.to(page, self.place(page))

    def to(self, page: Page, generation: int) -> None:
        page.generation, page.active = generation, False
        self.off.discard(page)
        self.held[generation].append(page)

    def place(self, page: Page) -> int:
        if self.form == (6, 12):
            return self.newest
        if page.active and page.workingset:
            return self.newest
        if page.active or page.slot is None:
            return self.newest - 1
        if page.workingset or (self.form == (7, 3) and page.referenced):
            return max(self.newest - 2, self.oldest)
        return self.oldest

    def take(self, page: Page) -> None:
        next(some for some in self.held.values() if page in some).remove(page)

    def forget(self, page: Page) -> None:
        if page in self.off:
            self.off.remove(page)
            self.coming.remove(page)
        else:
            self.take(page)

    def remembered(self, page: Page) -> int:
        return self.oldest

    @property
    def listed(self) -> list[Page]:
        return [page for some in self.held.values() for page in some]

    @property
    def generations(self) -> int:
        return self.newest - self.oldest + 1

    # ---- reclaim

    def reclaim(self) -> int:
        freed = 0
        self.drain()
        for priority in range(12, -1, -1):
            for some in self.one_pass(priority, freed):
                freed += some or 0
            self.pass_over(priority)
            if freed >= 32:
                break
        return freed

    def one_pass(
        self, priority: int, freed: int, wanted: int = 32, *, kswapd: bool = False
    ) -> Iterator[int | None]:
        """One pass: of each batch, how many pages left; then None, if it goes on."""
        share = len(self.listed) >> priority
        aged, looked_at = False, 0
        in_cgroup = self.is_in_cgroup
        while True:
            if self.form == (7, 3):
                if looked_at >= share:
                    return
                if self.should_age(priority):
                    self.make_generation()
                    aged = True
                some, gone = self.evict(min(64, share - looked_at), by_walk=kswapd or aged)
            else:
                if self.should_age(priority) and priority < 12:
                    self.make_generation()
                    return
                share = len(self.listed) >> priority
                if not share or self.generations == 2:
                    return
                most = 4096 if self.form == (6, 12) else min(share, 4096)
                some, gone = self.evict(most, by_walk=kswapd)
            looked_at += some
            freed += gone
            yield gone
            enough = freed >= wanted or (kswapd and self.has_plenty)
            if not some:
                return
            if self.form == (7, 3):
                if enough or (aged and not in_cgroup):
                    return
            elif looked_at >= share or (enough and not in_cgroup):
                return
            yield None

    is_in_cgroup = True
    has_plenty = False

    def should_age(self, priority: int) -> bool:
        if self.generations == 2:
            return True
        if self.generations == 4 or priority == 12:
            return False
        if self.form == (6, 12):
            of = Counter(page.generation for page in self.listed)
            return of[self.newest] * 2 > of.total() or of[self.oldest] * 4 < of.total()
        return True

    def make_generation(self) -> None:
        found: set[int] = set()
        for table in sorted({page.number // TABLE for page in self.in_order}):
            if self.worth is not None and table not in self.worth:
                continue
            start, stop = table * TABLE, (table + 1) * TABLE
            entries = sum(
                max(0, min(stop, last) - max(start, first)) for first, last in self.extents.values()
            )
            young = 0
            for page in self.in_order:
                if start <= page.number < stop and self.cleared(page):
                    young += 1
                    self.promote(page)
            if young * 8 >= entries:
                found.add(table)
        self.worth = found
        self.newest += 1
        self.held[self.newest] = []

    def evict(self, most: int, *, by_walk: bool) -> tuple[int, int]:
        if self.form == (7, 3):
            self.end_empty()
            looked_at, isolated = self.isolate(most)
            if looked_at and not isolated:
                more, isolated = self.isolate(most)
                looked_at += more
            if looked_at:
                self.end_empty()
        else:
            looked_at, isolated = self.isolate(most)
            if not isolated and looked_at < most:
                looked_at = 0
            looked_at += self.end_empty()
            if self.generations == 2:
                looked_at = 0
        return looked_at, sum([self.leave(page, by_walk=by_walk) for page in isolated])

    def isolate(self, most: int) -> tuple[int, list[Page]]:
        isolated: list[Page] = []
        if self.generations == 2:
            return 0, isolated
        allowed = self.allowed_tiers()
        tail = self.held[self.oldest]
        looked_at = 0
        while tail and looked_at < most and len(isolated) < 64:
            page = tail.pop(0)
            looked_at += 1
            if page.generation != self.oldest:
                self.to(page, page.generation)
            elif self.tier(page) not in allowed:
                self.gone[self.tier(page)] += 1
                page.referenced = page.twice = False
                self.to(page, self.oldest + 1)
            else:
                self.off.add(page)
                isolated.append(page)
        return looked_at, isolated

    def allowed_tiers(self) -> range:
        back = [self.back_before[tier] + self.back[tier] for tier in range(4)]
        gone = [self.gone_before[tier] + self.gone[tier] for tier in range(4)]
        for tier in (1, 2, 3):
            if back[tier] >= 64 and 2 * back[tier] * (gone[0] + 64) > 3 * (back[0] + 1) * gone[tier]:
                return range(tier)
        return range(4)

    def end_empty(self) -> bool:
        ended = False
        while self.generations > 2 and not self.held[self.oldest]:
            del self.held[self.oldest]
            self.oldest += 1
            ended = True
        if ended:
            for before, now in ((self.back_before, self.back), (self.gone_before, self.gone)):
                for tier in range(4):
                    before[tier] = (before[tier] + now[tier]) // 2
                now.clear()
        return ended

    def leave(self, page: Page, *, by_walk: bool) -> bool:
        tier = self.tier(page)
        if page.referenced and self.form == (6, 12):
            page.referenced = False
        elif page.accessed and page.mapped:
            page.accessed = False
            self.look_around(page, by_walk=by_walk)
            if self.form != (6, 12) and self.seen(page):
                page.active = True
                self.activated(page)
        elif self.swap_out(page):
            self.off.remove(page)
            self.gone[tier] += 1
            return True
        elif self.is_activated(page):
            page.active = True
        if self.place(page) == self.oldest:
            page.active, page.referenced, page.twice = True, False, False
        self.put(page)
        return False

    # ---- accessed bits

    def look_around(self, page: Page, *, by_walk: bool) -> None:
        table = page.number // TABLE
        first, last = self.extents[page.vma]
        start, stop = max(first, table * TABLE), min(last, (table + 1) * TABLE)
        if stop - start == 1:
            return
        if stop - start > 64:
            middle = min(max(page.number, start + 32), stop - 32)
            start, stop = middle - 32, middle + 32
        young = 1
        for number in range(start, stop):
            other = self.pages.get(number)
            if other is None or not self.cleared(other):
                continue
            young += 1
            if by_walk:
                self.promote(other)
            elif other not in self.off and self.seen(other) and other.generation != self.newest:
                self.take(other)
                other.active = True
                self.put(other)
        if young * 8 >= stop - start and self.worth is not None:
            self.worth.add(table)

    def cleared(self, page: Page) -> bool:
        if not page.mapped or not page.accessed:
            return False
        if page in self.off:
            if self.form != (6, 12):
                return False
            page.referenced = page not in self.coming
        page.accessed = False
        return True

    def promote(self, page: Page) -> None:
        if self.form == (6, 12):
            if page not in self.off:
                page.generation = self.newest
        elif page.referenced or page.workingset:
            page.referenced, page.twice, page.workingset = False, False, True
            page.generation = self.newest
        else:
            page.referenced = True

    def seen(self, page: Page) -> bool:
        """Reclaim found ``page`` accessed. Is it to be active?"""
        if self.form == (6, 12):
            return True
        if not page.referenced and not page.workingset:
            page.referenced = True
            return False
        if self.form == (6, 18) or page.twice:
            page.referenced, page.twice, page.workingset = False, False, True
        elif page.referenced:
            page.twice = True
        else:
            page.referenced = True
        return True
