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

* ``2012``: almost empty up to a quarter full, else almost full; enters at the head. No compaction.
* ``4.2``: almost empty up to three quarters; enters at the head, or right behind a head that is fuller.
  Compaction empties one zspage at a time into as many others as it takes.
* ``6.3``: a group for every ten percent; enters at the head. Compaction fills one zspage at a time from as
  many others as it takes.

Here groups are numbered by fullness, 0 for empty to the last for full, whatever the kernel's order was.

zswap of 6.6 to 6.10 spread its entries over 32 zsmalloc pools, so that CPUs would not wait for one lock;
``pools`` does the same. Each pool has a partly used zspage or two in every class, so frames go to waste 32
times over. A class of one of the pools is called a *shelf* here.

Source: mm/zsmalloc.c zs_malloc(), zs_free(), find_get_zspage(), insert_zspage(), fix_fullness_group(),
obj_malloc(), obj_free() in 5.10, 6.1 and 6.12; zs_compact(), __zs_compact(), migrate_zspage(),
isolate_zspage() in 5.10 and 6.1, isolate_src_zspage(), isolate_dst_zspage() in 6.12; zs_reclaim_page() in
6.2; mm/zswap.c zswap_find_zpool() in 6.6; drivers/staging/zsmalloc/zsmalloc-main.c of January 2012.
Left out: locks and giving way to those who wait for them, highmem, page migration, freeing deferred because
a page lock was taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.zswapbench.sim.pools.base import ENOMEM, ENOSPC, FrameLimiter, Pool
from cython.cimports.zswapbench.sim.pools.occupancy import Occupancy
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import Parameter
from zswapbench.rules.size_classes import MIN_SIZE, RULES, class_slots

_NONE = cython.declare(cython.int, -1)
_GOLDEN_RATIO_64 = cython.declare(cython.ulonglong, 0x61C8864680B583EB)
_ENTRY_BYTES = cython.declare(cython.ulonglong, 80)  # struct zswap_entry in 6.6, 64-bit

Class = cython.struct(
    size=cython.int, pages=cython.int, objects=cython.int, zspages=cython.int, used=cython.int
)
"""A size class of one pool; ``used`` counts its live objects. ``size`` 0: merged into a larger class."""

Zspage = cython.struct(
    slots=cython.p_int,  # by object: the entry that owns it, or the next free object as -2 - object
    shelf=cython.int,  # of a zspage that is not in use: the next such
    used=cython.int,
    group=cython.int,
    free=cython.int,  # most recently freed object, or _NONE
    fresh=cython.int,  # objects from here on were never used: the tail of the free list, in address order
)

Place = cython.struct(zspage=cython.int, object=cython.int)


@cython.final  # so that its methods call one another directly
@cython.cclass
class Zsmalloc(Pool):
    """A zsmalloc pool of one generation of rules. ``chain`` (6.3 only): most page frames of a zspage.

    ``pools`` (6.3 only), a power of two: the entries are spread over so many pools by a hash of their
    addresses, taken to be multiples of the size of an entry. Where slabs lie in memory is not modelled.
    """

    name = "zsmalloc"
    packed_in = "zspages"
    help = "dense, for any size; frees page frames only by whole zspages"
    parameters = (
        Parameter("rules", str, "2012", "kernel generation", choices=tuple(RULES)),
        Parameter(
            "chain",
            int,
            None,
            "most page frames of a zspage, only with rules 6.3: 8 if not given",
            low=4,
            high=16,
        ),
        Parameter(
            "pools",
            int,
            None,
            "pools that share the entries, only with rules 6.3: 1 if not given; 32 in 6.6 to 6.10",
            low=1,
            high=64,
        ),
    )

    groups: cython.int
    slots: cython.int
    pools: cython.int
    hash_shift: cython.int
    smallest: cython.int
    step: cython.int
    class_of_slot: cython.p_int
    class_table: cython.pointer(Class)
    zspages: cython.pointer(Zspage)
    places: cython.pointer(Place)
    lists: Lists
    unused: cython.int  # zspage numbers given back, a stack threaded through shelf
    issued: cython.int  # zspage numbers ever used
    second_place: cython.bint

    def __init__(
        self,
        capacity: cython.int,
        limiter: FrameLimiter,
        page_size: cython.int = 4096,
        rules: str = "2012",
        chain: int | None = None,
        pools: int | None = None,
    ) -> None:
        Pool.__init__(self, capacity, limiter, page_size)
        generation = RULES[rules]
        if chain is not None:
            if not generation.least_waste:
                raise UsageError(f"zsmalloc: chain {chain} with rules {rules}: only 6.3 has a chain to set")
            generation = replace(generation, pages_max=chain)
        self._set_pools(1 if pools is None else pools, generation)
        self.handle_bytes = generation.handle_bytes
        self.groups = 12 if generation.least_waste else 4
        self.second_place = rules == "4.2"
        self.smallest = MIN_SIZE
        self.step = page_size >> 8
        self.unused = _NONE
        slots = class_slots(generation, page_size)
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

    def _set_pools(self, pools: int, generation: Any) -> None:
        if pools > 1 and not generation.least_waste:
            raise UsageError(f"zsmalloc: pools {pools} with rules {generation.name}: only 6.3 had several")
        if pools & (pools - 1):
            raise UsageError(f"zsmalloc: pools {pools}: a hash picks among a power of two")
        self.pools = pools
        self.hash_shift = 64 - (pools.bit_length() - 1)

    def _make_classes(self, slots: list[Any]) -> None:
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
        return place.object * self.class_table[self.zspages[place.zspage].shelf].size

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
        shelf: cython.int = klass if self.pools == 1 else self._pool_of(entry) * self.classes + klass
        number: cython.int = self._fullest(shelf)
        if number < 0:
            number = self._grow(shelf)
            if number < 0:
                return -ENOMEM
            self.lru_add(number)
        else:
            self.lru_touch(number)
        self._take_object(number, entry)
        self.class_table[shelf].used += 1
        self._regroup(number)
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def free(self, entry: cython.int) -> cython.void:
        place: Place = self.places[entry]
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[place.zspage])
        self._drop_object(zspage, place.object)
        self.places[entry].zspage = _NONE
        self.class_table[zspage.shelf].used -= 1
        if zspage.used == 0:
            self.lists.remove(place.zspage)
            self._give_back(place.zspage)
        else:
            self._regroup(place.zspage)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _pool_of(self, entry: cython.int) -> cython.int:
        """Which of several pools takes ``entry``: the top bits of its address times the golden ratio.

        Source: include/linux/hash.h hash_ptr(); mm/zswap.c zswap_find_zpool(), 6.6.
        """
        return cython.cast(cython.int, entry * _ENTRY_BYTES * _GOLDEN_RATIO_64 >> self.hash_shift)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _fullest(self, shelf: cython.int) -> cython.int:
        """The zspage of ``shelf`` that the next object comes from; -1 if none has room."""
        group: cython.int
        for group in range(self.groups - 2, 0, -1):
            number: cython.int = self.lists.first(shelf * self.groups + group)
            if number >= 0:
                return number
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _emptiest(self, shelf: cython.int) -> cython.int:
        """The zspage of ``shelf`` that compaction empties next; -1 if none has room."""
        group: cython.int
        for group in range(1, self.groups - 1):
            number: cython.int = self.lists.first(shelf * self.groups + group)
            if number >= 0:
                return number
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _grow(self, shelf: cython.int) -> cython.int:
        """A new zspage for ``shelf``, on no list yet; -1 if the limiter refused any one of its frames."""
        row: cython.pointer(Class) = cython.address(self.class_table[shelf])
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
            self.unused = self.zspages[number].shelf
        else:
            number = self.issued
            self.issued += 1
        self.zspages[number] = Zspage(slots, shelf, 0, 0, _NONE, 0)
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
        self.occupancy.change(self.class_table[zspage.shelf].pages, zspage.used - 1, zspage.used)
        self.places[entry].zspage = number
        self.places[entry].object = index

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _drop_object(self, zspage: cython.pointer(Zspage), index: cython.int) -> cython.void:
        """Make object ``index`` the head of the free list."""
        zspage.slots[index] = -2 - zspage.free
        zspage.free = index
        zspage.used -= 1
        self.occupancy.change(self.class_table[zspage.shelf].pages, zspage.used + 1, zspage.used)

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
        group: cython.int = self._group(zspage.used, self.class_table[zspage.shelf].objects)
        if group == zspage.group:
            return
        if zspage.group:
            self.lists.remove(number)
        self._insert(number, group)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
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

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _give_back(self, number: cython.int) -> cython.void:
        """Return the frames of an empty zspage that is on no list."""
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[number])
        row: cython.pointer(Class) = cython.address(self.class_table[zspage.shelf])
        self.lru_del(number)
        self.limiter.give(row.pages)
        self.frames -= row.pages
        row.zspages -= 1
        free(zspage.slots)
        zspage.slots = cython.NULL
        zspage.fresh = 0
        zspage.shelf = self.unused
        self.unused = number

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def entry_in(self, zspage: cython.int, index: cython.int) -> cython.int:
        page: cython.pointer(Zspage) = cython.address(self.zspages[zspage])
        return max(page.slots[index], _NONE) if index < page.fresh else _NONE

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def pages_of_class(self, klass: cython.int) -> cython.int:
        return self.class_table[klass].pages

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def objs_of_class(self, klass: cython.int) -> cython.int:
        return self.class_table[klass].objects

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def pages_per(self, zspage: cython.int) -> cython.int:
        return self.class_table[self.zspages[zspage].shelf].pages

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def objs_per(self, zspage: cython.int) -> cython.int:
        return self.class_table[self.zspages[zspage].shelf].objects

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def first_of(self, zspage: cython.int) -> cython.int:
        """The entry of the lowest object in use. Source: mm/zsmalloc.c zs_reclaim_page(), 6.2."""
        page: cython.pointer(Zspage) = cython.address(self.zspages[zspage])
        index: cython.int
        for index in range(page.fresh):
            if page.slots[index] >= 0:
                return page.slots[index]
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def compact(self) -> cython.longlong:
        """Move objects together in every class, the largest first, pool by pool. There is none in 2012.

        Source: mm/zsmalloc.c zs_compact(), 6.1 and 6.12.
        """
        before: cython.longlong = self.frames
        shelf: cython.int
        for shelf in range(self.pools * self.classes - 1, -1, -1):
            if self.groups == 12:
                self._fill_destinations(shelf)
            elif self.second_place:
                self._drain_sources(shelf)
        return before - self.frames

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _freeable(self, shelf: cython.int) -> cython.int:
        """Page frames that compaction of ``shelf`` can free at most. Source: zs_can_compact(), 6.1."""
        row: Class = self.class_table[shelf]
        if row.zspages == 0 or self.handle_bytes == 0:
            return 0
        return (row.zspages * row.objects - row.used) // row.objects * row.pages

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _drain_sources(self, shelf: cython.int) -> cython.void:
        """Empty one zspage after the other. Source: __zs_compact(), 5.10 and 6.1.

        The source leaves its list before the question whether compaction is worth it. When it is not, it
        may come back behind another.
        """
        drained: cython.bint = True
        while drained:
            source: cython.int = self._isolate(self._emptiest(shelf))
            if source < 0:
                return
            if self._freeable(shelf):
                self._drain(source)
            drained = self.zspages[source].used == 0
            self._put_back(source)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _drain(self, source: cython.int) -> cython.void:
        """Move the objects of ``source`` to the fullest zspages that have room."""
        while self.zspages[source].used:
            destination: cython.int = self._isolate(self._fullest(self.zspages[source].shelf))
            if destination < 0:
                return
            self._move_objects(source, destination)
            self._put_back(destination)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _fill_destinations(self, shelf: cython.int) -> cython.void:
        """Fill one zspage after the other. Source: __zs_compact(), 6.12."""
        destination: cython.int = _NONE
        while self._freeable(shelf):
            if destination < 0:
                destination = self._isolate(self._fullest(shelf))
                if destination < 0:
                    return
            source: cython.int = self._isolate(self._emptiest(shelf))
            if source < 0:
                break
            self._move_objects(source, destination)
            self._put_back(source)
            if self.zspages[destination].used == self.class_table[shelf].objects:
                self._put_back(destination)
                destination = _NONE
        if destination >= 0:
            self._put_back(destination)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _isolate(self, number: cython.int) -> cython.int:
        """Take the zspage off its list, if there is one: ``number`` as it is."""
        if number >= 0:
            self.lists.remove(number)
        return number

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _put_back(self, number: cython.int) -> cython.void:
        """Put an isolated zspage on the list that it belongs on now, or return its frames."""
        zspage: cython.pointer(Zspage) = cython.address(self.zspages[number])
        if zspage.used == 0:
            self._give_back(number)
        else:
            self._insert(number, self._group(zspage.used, self.class_table[zspage.shelf].objects))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _move_objects(self, source: cython.int, destination: cython.int) -> cython.void:
        """Move the lowest objects of ``source``, until it is empty or ``destination`` is full."""
        giver: cython.pointer(Zspage) = cython.address(self.zspages[source])
        taker: cython.pointer(Zspage) = cython.address(self.zspages[destination])
        objects: cython.int = self.class_table[giver.shelf].objects
        index: cython.int = 0
        while giver.used and taker.used < objects:
            entry: cython.int = giver.slots[index]
            if entry >= 0:
                self.tell_moving(entry)
                self._take_object(destination, entry)
                self._drop_object(giver, index)
                self.tell_moved(entry)
            index += 1

    def describe(self) -> list[dict[str, Any]]:
        """The columns of debugfs zsmalloc/POOL/classes, several pools added up.

        ``fullness`` counts zspages by group, in debugfs' order. ``freeable``: page frames that compaction
        could free at most. Source: mm/zsmalloc.c zs_stats_size_show(), 6.1 and 6.12.
        """
        rows = []
        klass: cython.int
        for klass in range(self.classes):
            row: Class = self._added_up(klass)
            if row.size:
                rows.append(
                    {
                        "class": klass,
                        "size": row.size,
                        "fullness": self._fullness(klass, row.zspages),
                        "obj_allocated": row.zspages * row.objects,
                        "obj_used": row.used,
                        "pages_used": row.zspages * row.pages,
                        "pages_per_zspage": row.pages,
                        "objs_per_zspage": row.objects,
                        "freeable": sum([self._freeable(shelf) for shelf in self._shelves(klass)]),
                    }
                )
        return rows

    def _shelves(self, klass: int) -> Any:
        return range(klass, self.pools * self.classes, self.classes)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _added_up(self, klass: cython.int) -> Class:
        """Class ``klass`` of all pools together."""
        total: Class = self.class_table[klass]
        pool: cython.int
        for pool in range(1, self.pools):
            total.zspages += self.class_table[pool * self.classes + klass].zspages
            total.used += self.class_table[pool * self.classes + klass].used
        return total

    def _fullness(self, klass: int, zspages: int) -> list[int]:
        shown = range(1, 12) if self.groups == 12 else (2, 1)  # almost_full comes before almost_empty
        if zspages == 0:
            return [0] * len(shown)
        return [sum([self._count(shelf, group) for shelf in self._shelves(klass)]) for group in shown]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _count(self, shelf: cython.int, group: cython.int) -> cython.int:
        """The number of zspages in ``group`` of ``shelf``."""
        count: cython.int = 0
        number: cython.int = self.lists.first(shelf * self.groups + group)
        while number >= 0:
            count += 1
            number = self.lists.after(number)
        return count

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
