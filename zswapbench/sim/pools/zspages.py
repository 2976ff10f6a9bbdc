# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Zspages: the groups of page frames that zsmalloc cuts into objects, their size classes, and the lists that
they are on.

A size class keeps its zspages in lists by fullness. An allocation takes the head of the fullest list that has a
free object; in a zspage it takes the object that was freed last. A zspage changes lists only when its fullness
group does. Groups are numbered by fullness, 0 for empty to the last for full, whatever the kernel's order was.

Several pools may share the frames (``pools``). A class of one of the pools is called a *shelf* here.

Source: mm/zsmalloc.c find_get_zspage(), insert_zspage(), fix_fullness_group(), obj_malloc(), obj_free() in
5.10, 6.1 and 6.12; mm/zswap.c zswap_find_zpool() in 6.6.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.zswapbench.sim.pools.base import FrameLimiter, Pool
from cython.cimports.zswapbench.sim.pools.occupancy import Occupancy
from cython.cimports.zswapbench.sim.slabs import Slabs
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch

from zswapbench.rules.size_classes import MIN_SIZE, class_slots

_NONE = cython.declare(cython.int, -1)
_GOLDEN_RATIO_64 = cython.declare(cython.ulonglong, 0x61C8864680B583EB)
_ENTRY_BYTES = cython.declare(cython.ulonglong, 80)  # struct zswap_entry in 6.6, 64-bit


@cython.cclass
class Zspages(Pool):
    """Size classes and zspages of one generation of zsmalloc (zswapbench.rules.size_classes), ``pools`` times.

    ``slots``: the class of every slot, where these are not the generation's own, see zswapbench.rules.fewer_classes.
    With handles, but not yet grouped by tenths, a zspage that is emptier than the head of its list enters right
    behind it.
    """

    packed_in = "zspages"

    def __init__(
        self,
        capacity: cython.int,
        limiter: FrameLimiter,
        page_size: cython.int,
        generation: Any,
        pools: cython.int,
        slots: Any = None,
    ) -> None:
        Pool.__init__(self, capacity, limiter, page_size)
        self.pools = pools
        self.hash_shift = 64 - (pools.bit_length() - 1)
        self.handle_bytes = generation.handle_bytes
        self.groups = 12 if generation.tenths else 4
        self.second_place = generation.handle_bytes > 0 and not generation.tenths
        self.smallest = MIN_SIZE
        self.step = page_size >> 8
        self.unused = _NONE
        slots = slots or class_slots(generation, page_size)
        self._make_classes(slots)
        self.most_objects = max([row.objs_per_zspage for row in slots])
        self.occupancy = Occupancy(max([row.pages_per_zspage for row in slots]), self.most_objects)
        self.lists = Lists(self.pools * self.classes * self.groups, capacity)
        self.zspages = cython.cast(cython.pointer(Zspage), malloc(capacity * cython.sizeof(Zspage)))
        self.places = cython.cast(cython.pointer(Place), malloc(capacity * cython.sizeof(Place)))
        if self.zspages is cython.NULL or self.places is cython.NULL:
            raise MemoryError(f"no memory for {capacity} objects")
        entry: cython.int
        for entry in range(capacity):
            self.places[entry].zspage = _NONE

    def note(self, handle: int, zspage: int) -> None:
        """Before the first object: count what the kernel notes of each, and of each zspage, in so many bytes."""
        self.noted = True
        self.handles = Slabs(self.limiter, handle if self.handle_bytes else 0, self.page_size)
        self.descriptors = Slabs(self.limiter, zspage, self.page_size)

    def _make_classes(self, slots: tuple[Any, ...]) -> None:
        self.slots = self.classes = len(slots)
        shelves: cython.int = self.pools * self.classes
        self.class_of_slot = cython.cast(cython.p_int, calloc(self.slots, cython.sizeof(cython.int)))
        self.class_table = cython.cast(cython.pointer(Class), calloc(shelves, cython.sizeof(Class)))
        if self.class_of_slot is cython.NULL or self.class_table is cython.NULL:
            raise MemoryError("no memory for size classes")
        slot: cython.int
        for slot in range(self.slots):
            row = slots[slot]
            self.class_of_slot[slot] = row.index
            made: Class = Class(row.size, row.pages_per_zspage, row.objs_per_zspage, 0, 0)
            shelf: cython.int
            for shelf in range(row.index, shelves, self.classes):
                self.class_table[shelf] = made

    def __dealloc__(self) -> None:
        number: cython.int
        for number in range(self.issued):
            free(self.zspages[number].slots)
        free(self.zspages)
        free(self.places)
        free(self.class_table)
        free(self.class_of_slot)

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

    def share(self, size: cython.int) -> cython.double:
        row: Class = self.class_table[self.class_of(size)]
        return cython.cast(cython.double, row.pages) * self.page_size / row.objects

    def zspage_of(self, entry: cython.int) -> cython.int:
        return self.places[entry].zspage

    def offset_of(self, entry: cython.int) -> cython.int:
        place: Place = self.places[entry]
        return place.object * self.class_table[self.zspages[place.zspage].shelf].size

    def data_place(self, entry: int) -> tuple[int, int]:
        # An object that has a frame for itself keeps its handle in the struct page, so that 4096 bytes fit.
        place: Place = self.places[entry]
        row: Class = self.class_table[self.zspages[place.zspage].shelf]
        huge: cython.bint = row.pages == 1 and row.objects == 1
        return place.zspage, 0 if huge else self.offset_of(entry) + self.handle_bytes

    def entries_of(self, zspage: int) -> list[int]:
        if not 0 <= zspage < self.issued:
            return []
        page: Zspage = self.zspages[zspage]
        return [page.slots[index] for index in range(page.fresh) if page.slots[index] >= 0]

    def prefetch(self, entry: cython.int) -> cython.void:
        fetch(cython.address(self.places[entry]))

    def prefetch_neighbours(self, entry: cython.int) -> cython.void:
        fetch(cython.address(self.zspages[self.places[entry].zspage]))

    def _pool_of(self, entry: cython.int) -> cython.int:
        """Which of several pools takes ``entry``: the top bits of its address times the golden ratio.

        Source: include/linux/hash.h hash_ptr(); mm/zswap.c zswap_find_zpool(), 6.6.
        """
        return cython.cast(cython.int, entry * _ENTRY_BYTES * _GOLDEN_RATIO_64 >> self.hash_shift)

    def _fullest(self, shelf: cython.int) -> cython.int:
        """The zspage of ``shelf`` that the next object comes from; -1 if none has room."""
        group: cython.int
        for group in range(self.groups - 2, 0, -1):
            number: cython.int = self.lists.first(shelf * self.groups + group)
            if number >= 0:
                return number
        return -1

    def _emptiest(self, shelf: cython.int) -> cython.int:
        """The zspage of ``shelf`` that compaction empties next; -1 if none has room."""
        group: cython.int
        for group in range(1, self.groups - 1):
            number: cython.int = self.lists.first(shelf * self.groups + group)
            if number >= 0:
                return number
        return -1

    def _grow(self, shelf: cython.int) -> cython.int:
        """A new zspage for ``shelf``, on no list yet; -1 if the limiter refused any one of its frames."""
        row: cython.pointer(Class) = cython.address(self.class_table[shelf])
        if self.noted and not self.descriptors.take():
            return -1
        taken: cython.int = 0
        while taken < row.pages and self.limiter.take():
            taken += 1
        slots: cython.p_int = cython.NULL
        if taken == row.pages:
            slots = cython.cast(cython.p_int, malloc(row.objects * cython.sizeof(cython.int)))
        if slots is cython.NULL:
            self.limiter.give(taken)
            if self.noted:
                self.descriptors.give()
            return -1
        number: cython.int = self.unused
        if number >= 0:
            self.unused = self.zspages[number].shelf
        else:
            number = self.issued
            self.issued += 1
        self.zspages[number] = Zspage(slots, shelf, 0, 0, _NONE, 0)
        self.frames += row.pages
        row.zspages += 1
        return number

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
        self.occupancy.change(self.class_table[zspage.shelf].pages, zspage.used - 1, zspage.used)
        self.places[entry].zspage = number
        self.places[entry].object = index

    def _drop_object(self, zspage: cython.pointer(Zspage), index: cython.int) -> cython.void:
        """Make object ``index`` the head of the free list."""
        zspage.slots[index] = -2 - zspage.free
        zspage.free = index
        zspage.used -= 1
        self.occupancy.change(self.class_table[zspage.shelf].pages, zspage.used + 1, zspage.used)

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

    def _regroup(self, number: cython.int) -> cython.void:
        """Put the zspage on the list of its fullness group, if that has changed."""
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[number])
        group: cython.int = self._group(zspage.used, self.class_table[zspage.shelf].objects)
        if group == zspage.group:
            return
        if zspage.group:
            self.lists.remove(number)
        self._insert(number, group)

    def _insert(self, number: cython.int, group: cython.int) -> cython.void:
        """Put the zspage, which is on no list, on that of ``group``."""
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[number])
        zspage.group = group
        head: cython.int = zspage.shelf * self.groups + group
        first: cython.int = self.lists.first(head)
        if self.second_place and first >= 0 and self.zspages[first].used > zspage.used:
            self.lists.add_second(head, number)
        else:
            self.lists.add_head(head, number)

    def _isolate(self, number: cython.int) -> cython.int:
        """Take the zspage off its list, if there is one: ``number`` as it is."""
        if number >= 0:
            self.lists.remove(number)
        return number

    def _put_back(self, number: cython.int) -> cython.void:
        """Put an isolated zspage on the list that it belongs on now, or return its frames."""
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[number])
        if zspage.used == 0:
            self._give_back(number)
        else:
            self._insert(number, self._group(zspage.used, self.class_table[zspage.shelf].objects))

    def _give_back(self, number: cython.int) -> cython.void:
        """Return the frames of an empty zspage that is on no list."""
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[number])
        row: cython.pointer(Class) = cython.address(self.class_table[zspage.shelf])
        self.lru_del(number)
        self.limiter.give(row.pages)
        if self.noted:
            self.descriptors.give()
        self.frames -= row.pages
        row.zspages -= 1
        free(zspage.slots)
        zspage.slots = cython.NULL
        zspage.fresh = 0
        zspage.shelf = self.unused
        self.unused = number

    def entry_in(self, zspage: cython.int, index: cython.int) -> cython.int:
        page: cython.pointer(Zspage) = cython.address(self.zspages[zspage])
        return max(page.slots[index], _NONE) if index < page.fresh else _NONE

    def pages_of_class(self, klass: cython.int) -> cython.int:
        return self.class_table[klass].pages

    def objs_of_class(self, klass: cython.int) -> cython.int:
        return self.class_table[klass].objects

    def pages_per(self, zspage: cython.int) -> cython.int:
        return self.class_table[self.zspages[zspage].shelf].pages

    def objs_per(self, zspage: cython.int) -> cython.int:
        return self.class_table[self.zspages[zspage].shelf].objects

    def first_of(self, zspage: cython.int) -> cython.int:
        """The entry of the lowest object in use. Source: mm/zsmalloc.c zs_reclaim_page(), 6.2."""
        page: cython.pointer(Zspage) = cython.address(self.zspages[zspage])
        index: cython.int
        for index in range(page.fresh):
            if page.slots[index] >= 0:
                return page.slots[index]
        return -1
