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
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.pools.base import ENOMEM, ENOSPC, FrameLimiter, Pool
from cython.cimports.zswapbench.sim.pools.occupancy import Occupancy
from cython.cimports.zswapbench.sim.slabs import Slabs
from cython.cimports.zswapbench.structures.blocks import Blocks
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.memory import Memory
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
        self.step_shift = page_size.bit_length() - 9
        slots = slots or class_slots(generation, page_size)
        self._make_classes(slots)
        self.most_objects = max([row.objs_per_zspage for row in slots])
        self.occupancy = Occupancy(max([row.pages_per_zspage for row in slots]), self.most_objects)
        self.unused = self.pools * self.classes * self.groups
        self.lists = Lists(self.unused + 1, capacity)
        self.blocks = Blocks(cython.sizeof(Zspage) + (self.most_objects - 1) * cython.sizeof(cython.int))
        objects = f"{capacity} objects"
        self.zspages_memory = Memory(capacity, cython.sizeof(cython.int), objects)
        self.block_of = cython.cast(cython.p_int, self.zspages_memory.at)
        self.places_memory = Memory(capacity, cython.sizeof(Place), objects)
        self.places = cython.cast(cython.pointer(Place), self.places_memory.at)

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
        free(self.class_table)
        free(self.class_of_slot)

    def alloc(self, entry: cython.int, size: cython.int) -> cython.int:
        klass: cython.int = self.class_of(size)
        if klass < 0:
            return -ENOSPC
        shelf: cython.int = klass if self.pools == 1 else self._pool_of(entry) * self.classes + klass
        if self.noted and not self.handles.take():
            return -ENOMEM
        number: cython.int = self._fullest(shelf)
        if number < 0:
            number = self._grow(shelf)
            if number < 0:
                if self.noted:
                    self.handles.give()
                return -ENOMEM
            self.lru_add(number)
        else:
            self.lru_touch(number)
        zspage: cython.pointer(Zspage) = self.at(number)
        self._take_object(zspage, entry)
        self.class_table[shelf].used += 1
        self._regroup(zspage)
        return 0

    def free(self, entry: cython.int) -> cython.void:
        place: Place = self.places[entry]
        zspage: cython.pointer(Zspage) = self.zspage_with(entry)
        self._drop_object(zspage, place.object)
        if self.noted:
            self.handles.give()
        self.places[entry].block = 0
        self.class_table[zspage.shelf].used -= 1
        if zspage.used == 0:
            self.lists.remove(zspage.number)
            self._give_back(zspage)
        else:
            self._regroup(zspage)

    def class_of(self, size: cython.int) -> cython.int:
        if size <= 0 or size > self.page_size:
            return -1
        want: cython.int = size + self.handle_bytes
        slot: cython.int = 0 if want <= self.smallest else (want - self.smallest - 1 >> self.step_shift) + 1
        if slot >= self.slots:
            if self.handle_bytes == 0:
                return -1
            slot = self.slots - 1
        return self.class_of_slot[slot]

    def share(self, size: cython.int) -> cython.double:
        row: Class = self.class_table[self.class_of(size)]
        return cython.cast(cython.double, row.pages) * self.page_size / row.objects

    def zspage_of(self, entry: cython.int) -> cython.int:
        return self.zspage_with(entry).number if self.places[entry].block else _NONE

    def offset_of(self, entry: cython.int) -> cython.int:
        return self.places[entry].object * self.class_table[self.zspage_with(entry).shelf].size

    def data_place(self, entry: int) -> tuple[int, int]:
        # An object that has a frame for itself keeps its handle in the struct page, so that 4096 bytes fit.
        zspage: cython.pointer(Zspage) = self.zspage_with(entry)
        row: Class = self.class_table[zspage.shelf]
        huge: cython.bint = row.pages == 1 and row.objects == 1
        return zspage.number, 0 if huge else self.offset_of(entry) + self.handle_bytes

    def entries_of(self, zspage: int) -> list[int]:
        if not 0 <= zspage < self.issued or not self.block_of[zspage]:
            return []
        page: cython.pointer(Zspage) = self.at(zspage)
        return [page.slots[index] for index in range(page.fresh) if page.slots[index] >= 0]

    def prefetch(self, entries: cython.pointer(cython.const[cython.int]), count: cython.int) -> cython.void:
        at: cython.int
        for at in range(count):
            fetch(cython.address(self.places[entries[at]]))

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            zspage: cython.pointer(Zspage) = self.zspage_with(entries[at])
            fetch(zspage)
            fetch(cython.address(zspage.slots[self.places[entries[at]].object]))

    def prefetch_room(self, klass: cython.int) -> cython.void:
        # Of several pools one is chosen by the entry, which has no number yet.
        number: cython.int = self._fullest(klass) if self.pools == 1 else _NONE
        if number >= 0:
            fetch(self.at(number))

    @cython.final
    def _bytes_of(self, shelf: cython.int) -> cython.int:
        """Bytes of the record of a zspage of ``shelf``."""
        return cython.sizeof(Zspage) + (self.class_table[shelf].objects - 1) * cython.sizeof(cython.int)

    @cython.final
    def _pool_of(self, entry: cython.int) -> cython.int:
        """Which of several pools takes ``entry``: the top bits of its address times the golden ratio.

        Source: include/linux/hash.h hash_ptr(); mm/zswap.c zswap_find_zpool(), 6.6.
        """
        return cython.cast(cython.int, entry * _ENTRY_BYTES * _GOLDEN_RATIO_64 >> self.hash_shift)

    @cython.final
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

    @cython.final
    def _grow(self, shelf: cython.int) -> cython.int:
        """A new zspage for ``shelf``, on no list yet; -1 if the limiter refused any one of its frames."""
        row: cython.pointer(Class) = cython.address(self.class_table[shelf])
        if self.noted and not self.descriptors.take():
            return -1
        taken: cython.int = 0
        while taken < row.pages and self.limiter.take():
            taken += 1
        block: cython.int = 0
        if taken == row.pages:
            block = self.blocks.take(self._bytes_of(shelf))
        if not block:
            self.limiter.give(taken)
            if self.noted:
                self.descriptors.give()
            return -1
        number: cython.int = self.lists.first(self.unused)
        if number >= 0:
            self.lists.remove(number)
        else:
            number = self.issued
            self.issued += 1
        self.block_of[number] = block
        zspage: cython.pointer(Zspage) = self.at(number)
        zspage.number, zspage.shelf, zspage.group = number, shelf, 0
        zspage.used, zspage.free, zspage.fresh = 0, _NONE, 0
        self.frames += row.pages
        row.zspages += 1
        return number

    @cython.final
    def _take_object(self, zspage: cython.pointer(Zspage), entry: cython.int) -> cython.void:
        """Give ``entry`` the head of the free list: the last freed object, else the next fresh one."""
        index: cython.int = zspage.free
        if index >= 0:
            zspage.free = -2 - zspage.slots[index]
        else:
            index = zspage.fresh
            zspage.fresh += 1
        zspage.slots[index] = entry
        zspage.used += 1
        self.occupancy.change(self.class_table[zspage.shelf].pages, zspage.used - 1, zspage.used)
        self.places[entry] = Place(self.block_of[zspage.number], index)

    @cython.final
    def _drop_object(self, zspage: cython.pointer(Zspage), index: cython.int) -> cython.void:
        """Make object ``index`` the head of the free list."""
        zspage.slots[index] = -2 - zspage.free
        zspage.free = index
        zspage.used -= 1
        self.occupancy.change(self.class_table[zspage.shelf].pages, zspage.used + 1, zspage.used)

    @cython.final
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

    @cython.final
    def _regroup(self, zspage: cython.pointer(Zspage)) -> cython.void:
        """Put the zspage on the list of its fullness group, if that has changed."""
        group: cython.int = self._group(zspage.used, self.class_table[zspage.shelf].objects)
        if group == zspage.group:
            return
        if zspage.group:
            self.lists.remove(zspage.number)
        self._insert(zspage, group)

    @cython.final
    def _insert(self, zspage: cython.pointer(Zspage), group: cython.int) -> cython.void:
        """Put the zspage, which is on no list, on that of ``group``."""
        zspage.group = group
        head: cython.int = zspage.shelf * self.groups + group
        first: cython.int = self.lists.first(head)
        if self.second_place and first >= 0 and self.at(first).used > zspage.used:
            self.lists.add_second(head, zspage.number)
        else:
            self.lists.add_head(head, zspage.number)

    def _isolate(self, number: cython.int) -> cython.int:
        """Take the zspage off its list, if there is one: ``number`` as it is."""
        if number >= 0:
            self.lists.remove(number)
        return number

    def _put_back(self, number: cython.int) -> cython.void:
        """Put an isolated zspage on the list that it belongs on now, or return its frames."""
        zspage: cython.pointer(Zspage) = self.at(number)
        if zspage.used == 0:
            self._give_back(zspage)
        else:
            self._insert(zspage, self._group(zspage.used, self.class_table[zspage.shelf].objects))

    @cython.final
    def _give_back(self, zspage: cython.pointer(Zspage)) -> cython.void:
        """Return the frames of an empty zspage that is on no list."""
        number: cython.int = zspage.number
        row: cython.pointer(Class) = cython.address(self.class_table[zspage.shelf])
        self.lru_del(number)
        self.limiter.give(row.pages)
        if self.noted:
            self.descriptors.give()
        self.frames -= row.pages
        row.zspages -= 1
        self.blocks.give(self.block_of[number], self._bytes_of(zspage.shelf))
        self.block_of[number] = 0
        self.lists.add_head(self.unused, number)

    def entry_in(self, zspage: cython.int, index: cython.int) -> cython.int:
        page: cython.pointer(Zspage) = self.at(zspage)
        return max(page.slots[index], _NONE) if index < page.fresh else _NONE

    def pages_of_class(self, klass: cython.int) -> cython.int:
        return self.class_table[klass].pages

    def objs_of_class(self, klass: cython.int) -> cython.int:
        return self.class_table[klass].objects

    def pages_per(self, zspage: cython.int) -> cython.int:
        return self.class_table[self.at(zspage).shelf].pages

    def objs_per(self, zspage: cython.int) -> cython.int:
        return self.class_table[self.at(zspage).shelf].objects

    def first_of(self, zspage: cython.int) -> cython.int:
        """The entry of the lowest object in use. Source: mm/zsmalloc.c zs_reclaim_page(), 6.2."""
        page: cython.pointer(Zspage) = self.at(zspage)
        index: cython.int
        for index in range(page.fresh):
            if page.slots[index] >= 0:
                return page.slots[index]
        return -1
