# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""zsmalloc: groups of page frames ("zspages") cut into equal objects, one kind of zspage for each size class.

Objects may straddle two frames of a zspage, so even a class of 3264 bytes wastes little (five objects in
four frames), and pages of any compressed size pack densely. The price is paid on the way back: a zspage
gives its frames up only when its last object goes, and neighbours in a zspage have nothing in common but
their size. Flushing the 100 oldest entries may therefore free no frame at all. The bound that one can rely
on is about space, not about reclaim: while nothing is freed, a class wastes less than one zspage.

A class keeps its zspages in lists by fullness. An allocation takes the head of the fullest list that has a
free object, the most recently freed object first; a zspage changes lists only when its fullness group
does. The generations differ in the class table (size_classes.py), in the groups, and in where a zspage
enters a list:

* ``2012``: almost empty up to a quarter full, else almost full; enters at the head.
* ``4.2``: almost empty up to three quarters; enters at the head, or right behind a head that is fuller.
* ``6.3``: a group for every ten percent; enters at the head.

Here groups are numbered by fullness, 0 for empty to the last for full, whatever the kernel's order was.

Source: mm/zsmalloc.c zs_malloc(), zs_free(), find_get_zspage(), insert_zspage(), fix_fullness_group(),
obj_malloc(), obj_free() in 5.10, 6.1 and 6.12; drivers/staging/zsmalloc/zsmalloc-main.c of January 2012.
Left out: locks, highmem, page migration, freeing deferred because a page lock was taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.zswapbench.lists import Lists
from cython.cimports.zswapbench.prefetch import prefetch as fetch
from cython.cimports.zswapbench.sim.pools.base import ENOMEM, ENOSPC, FrameLimiter, Pool

from zswapbench.errors import UsageError
from zswapbench.registry import Parameter
from zswapbench.sim.pools.size_classes import MIN_SIZE, RULES, class_slots

_NONE = cython.declare(cython.int, -1)

Class = cython.struct(
    size=cython.int, pages=cython.int, objects=cython.int, zspages=cython.int, used=cython.int
)
"""A size class; ``used`` counts its live objects. ``size`` 0: the slot is merged into a larger one."""

Zspage = cython.struct(
    slots=cython.p_int,  # by object: the entry that owns it, or the next free object as -2 - object
    klass=cython.int,  # of a zspage that is not in use: the next such
    used=cython.int,
    group=cython.int,
    free=cython.int,  # most recently freed object, or _NONE
    fresh=cython.int,  # objects from here on were never used: the tail of the free list, in address order
)

Place = cython.struct(zspage=cython.int, object=cython.int)


@cython.cclass
class Zsmalloc(Pool):
    """A zsmalloc pool of one generation of rules. ``chain`` (6.3 only): most page frames of a zspage."""

    name = "zsmalloc"
    help = "dense, any size; gives frames back only zspage by zspage"
    parameters = (
        Parameter("rules", str, "2012", "kernel generation", choices=tuple(RULES)),
        Parameter(
            "chain", int, None, "most page frames of a zspage, with rules 6.3; 8 there", low=4, high=16
        ),
    )

    groups: cython.int
    slots: cython.int
    smallest: cython.int
    step: cython.int
    class_of_slot: cython.p_int
    class_table: cython.pointer(Class)
    zspages: cython.pointer(Zspage)
    places: cython.pointer(Place)
    lists: Lists
    unused: cython.int  # zspage numbers given back, a stack threaded through klass
    issued: cython.int  # zspage numbers ever used
    second_place: cython.bint

    def __init__(
        self,
        capacity: cython.int,
        limiter: FrameLimiter,
        page_size: cython.int = 4096,
        rules: str = "2012",
        chain: int | None = None,
    ) -> None:
        Pool.__init__(self, capacity, limiter, page_size)
        generation = RULES[rules]
        if chain is not None:
            if not generation.least_waste:
                raise UsageError(f"zsmalloc: chain {chain} with rules {rules}: only 6.3 has a chain to set")
            generation = replace(generation, pages_max=chain)
        self.handle_bytes = generation.handle_bytes
        self.groups = 12 if generation.least_waste else 4
        self.second_place = rules == "4.2"
        self.smallest = MIN_SIZE
        self.step = page_size >> 8
        self.unused = _NONE
        self._make_classes(class_slots(generation, page_size))
        self.lists = Lists(self.classes * self.groups, capacity)
        self.zspages = cython.cast(cython.pointer(Zspage), malloc(capacity * cython.sizeof(Zspage)))
        self.places = cython.cast(cython.pointer(Place), malloc(capacity * cython.sizeof(Place)))
        if self.zspages is cython.NULL or self.places is cython.NULL:
            raise MemoryError(f"no memory for {capacity} objects")
        entry: cython.int
        for entry in range(capacity):
            self.places[entry].zspage = _NONE

    def _make_classes(self, slots: list[Any]) -> None:
        self.slots = self.classes = len(slots)
        self.class_of_slot = cython.cast(cython.p_int, calloc(self.slots, cython.sizeof(cython.int)))
        self.class_table = cython.cast(cython.pointer(Class), calloc(self.slots, cython.sizeof(Class)))
        if self.class_of_slot is cython.NULL or self.class_table is cython.NULL:
            raise MemoryError("no memory for size classes")
        slot: cython.int
        for slot in range(self.slots):
            row = slots[slot]
            self.class_of_slot[slot] = row.index
            self.class_table[row.index] = Class(row.size, row.pages_per_zspage, row.objs_per_zspage, 0, 0)

    def __dealloc__(self) -> None:
        number: cython.int
        for number in range(self.issued):
            free(self.zspages[number].slots)
        free(self.zspages)
        free(self.places)
        free(self.class_table)
        free(self.class_of_slot)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def class_of(self, size: cython.int) -> cython.int:
        if size <= 0 or size > self.page_size:
            return -1
        want: cython.int = size + self.handle_bytes
        slot: cython.int = 0 if want <= self.smallest else (want - self.smallest + self.step - 1) // self.step
        if slot >= self.slots:
            if self.handle_bytes == 0:
                return -1
            slot = self.slots - 1
        return self.class_of_slot[slot]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def share(self, size: cython.int) -> cython.double:
        row: Class = self.class_table[self.class_of(size)]
        return cython.cast(cython.double, row.pages) * self.page_size / row.objects

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def zspage_of(self, entry: cython.int) -> cython.int:
        return self.places[entry].zspage

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def offset_of(self, entry: cython.int) -> cython.int:
        place: Place = self.places[entry]
        return place.object * self.class_table[self.zspages[place.zspage].klass].size

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def prefetch(self, entry: cython.int) -> cython.void:
        fetch(cython.address(self.places[entry]))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def prefetch_neighbours(self, entry: cython.int) -> cython.void:
        fetch(cython.address(self.zspages[self.places[entry].zspage]))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def alloc(self, entry: cython.int, size: cython.int) -> cython.int:
        klass: cython.int = self.class_of(size)
        if klass < 0:
            return -ENOSPC
        number: cython.int = self._find(klass)
        if number < 0:
            number = self._grow(klass)
            if number < 0:
                return -ENOMEM
            self.lru_add(number)
        else:
            self.lru_touch(number)
        self._take_object(number, entry)
        self.class_table[klass].used += 1
        self._regroup(number)
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def free(self, entry: cython.int) -> cython.void:
        place: Place = self.places[entry]
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[place.zspage])
        zspage.slots[place.object] = -2 - zspage.free
        zspage.free = place.object
        zspage.used -= 1
        self.places[entry].zspage = _NONE
        self.class_table[zspage.klass].used -= 1
        if zspage.used == 0:
            self._give_back(place.zspage)
        else:
            self._regroup(place.zspage)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _find(self, klass: cython.int) -> cython.int:
        """The zspage that the next object of ``klass`` comes from; -1 if none has room."""
        group: cython.int
        for group in range(self.groups - 2, 0, -1):
            number: cython.int = self.lists.first(klass * self.groups + group)
            if number >= 0:
                return number
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _grow(self, klass: cython.int) -> cython.int:
        """A new zspage of ``klass``, on no list yet; -1 if the limiter refused any one of its frames."""
        row: cython.pointer(Class) = cython.address(self.class_table[klass])
        taken: cython.int
        for taken in range(row.pages):
            if not self.limiter.take():
                self.limiter.give(taken)
                return -1
        slots: cython.p_int = cython.cast(cython.p_int, malloc(row.objects * cython.sizeof(cython.int)))
        if slots is cython.NULL:
            self.limiter.give(row.pages)
            return -1
        number: cython.int = self.unused
        if number >= 0:
            self.unused = self.zspages[number].klass
        else:
            number = self.issued
            self.issued += 1
        self.zspages[number] = Zspage(slots, klass, 0, 0, _NONE, 0)
        self.frames += row.pages
        row.zspages += 1
        return number

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _take_object(self, number: cython.int, entry: cython.int) -> cython.void:
        """Give ``entry`` the head of the free list: the last freed object, else the next fresh one."""
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[number])
        index: cython.int = zspage.free
        if index >= 0:
            zspage.free = -2 - zspage.slots[index]
        else:
            index = zspage.fresh
            zspage.fresh += 1
        zspage.slots[index] = entry
        zspage.used += 1
        self.places[entry].zspage = number
        self.places[entry].object = index

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _group(self, used: cython.int, objects: cython.int) -> cython.int:
        """The fullness group of a zspage with ``used`` of ``objects`` objects taken."""
        if used == 0:
            return 0
        if used == objects:
            return self.groups - 1
        if self.groups == 12:
            return 100 * used // objects // 10 + 1
        if self.second_place:
            return 1 if used <= 3 * objects // 4 else 2
        return 1 if used <= objects // 4 else 2

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _regroup(self, number: cython.int) -> cython.void:
        """Put the zspage on the list of its fullness group, if that has changed."""
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[number])
        group: cython.int = self._group(zspage.used, self.class_table[zspage.klass].objects)
        if group == zspage.group:
            return
        if zspage.group:
            self.lists.remove(number)
        zspage.group = group
        head: cython.int = zspage.klass * self.groups + group
        first: cython.int = self.lists.first(head)
        if self.second_place and first >= 0 and self.zspages[first].used > zspage.used:
            self.lists.add_second(head, number)
        else:
            self.lists.add_head(head, number)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _give_back(self, number: cython.int) -> cython.void:
        """Return the frames of an empty zspage."""
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[number])
        row: cython.pointer(Class) = cython.address(self.class_table[zspage.klass])
        self.lists.remove(number)
        self.lru_del(number)
        self.limiter.give(row.pages)
        self.frames -= row.pages
        row.zspages -= 1
        free(zspage.slots)
        zspage.slots = cython.NULL
        zspage.klass = self.unused
        self.unused = number

    def describe(self) -> list[dict[str, Any]]:
        rows = []
        klass: cython.int
        for klass in range(self.classes):
            row: Class = self.class_table[klass]
            if row.size:
                rows.append(
                    {
                        "class": klass,
                        "size": row.size,
                        "obj_allocated": row.zspages * row.objects,
                        "obj_used": row.used,
                        "pages_used": row.zspages * row.pages,
                        "pages_per_zspage": row.pages,
                        "objs_per_zspage": row.objects,
                    }
                )
        return rows

    def data_place(self, entry: int) -> tuple[int, int]:
        # An object that has a frame for itself keeps its handle in the struct page, so that 4096 bytes fit.
        place: Place = self.places[entry]
        row: Class = self.class_table[self.zspages[place.zspage].klass]
        huge: cython.bint = row.pages == 1 and row.objects == 1
        return place.zspage, 0 if huge else self.offset_of(entry) + self.handle_bytes

    def entries_of(self, zspage: int) -> list[int]:
        page: Zspage = self.zspages[zspage]
        return [page.slots[index] for index in range(page.fresh) if page.slots[index] >= 0]
