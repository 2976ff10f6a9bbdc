# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The page tables of a program, for MGLRU: which neighbours are looked at, and which tables are worth a walk.

A page table has 512 entries. A page that reclaim finds accessed has neighbours: the 64 entries around it, of its VMA
and its page table. An eighth of those looked at is to be accessed, one in each cache line, for the table to be worth a
walk. The next walk leaves out all tables that neither the one before it nor a look around has found worth one. (The
kernel notes these in Bloom filters, whose rare false positives are left out, as is the accessed bit of a whole table.)

Source: mm/vmscan.c lru_gen_look_around(), walk_pmd_range(), walk_pte_range(), suitable_to_scan(), iterate_mm_list();
6.12 to 7.3.
"""

from __future__ import annotations

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free

TABLE = 512
"""Entries of a page table."""

_AROUND = cython.declare(cython.ulonglong, 64)  # MIN_LRU_BATCH
_A_CACHE_LINE = cython.declare(cython.uint, 8)


@cython.cclass
class PageTables:
    """``page_numbers``: uint64[n], ascending; ``vmas``: uint32[n]. A VMA reaches from its first page to its last."""

    def __init__(self, page_numbers: object, vmas: object) -> None:
        self.page_numbers = page_numbers
        numbers, regions = np.asarray(page_numbers, np.uint64), np.asarray(vmas)
        tables = numbers // np.uint64(TABLE)
        new_table, new_vma = (
            np.append(np.ones(1, np.bool_), some[1:] != some[:-1]) for some in (tables, regions)
        )
        begins = np.flatnonzero((new_table | new_vma)[: len(numbers)])
        ends = np.append(begins[1:], len(numbers)) if len(begins) else begins
        # A VMA that comes from the table before, or goes on in the next one, has all entries on that side.
        goes_on = ~np.append(new_vma, True)[ends]
        start = np.where(new_vma[begins], numbers[begins], tables[begins] * np.uint64(TABLE))
        stop = np.where(
            goes_on, (tables[begins] + np.uint64(1)) * np.uint64(TABLE), numbers[ends - 1] + np.uint64(1)
        )
        self.part_of = (np.cumsum(new_table | new_vma)[: len(numbers)] - 1).astype(np.uint32)
        self.starts, self.stops = start, stop
        self.firsts, self.lasts = begins.astype(np.uint32), ends.astype(np.uint32)
        self.table_of = (np.cumsum(new_table)[begins] - 1).astype(np.uint32)
        self.tables = int(new_table[: len(numbers)].sum())

    def around(self, place: cython.uint) -> cython.void:
        """The neighbours of the page at ``place``, itself among them: places ``first`` to ``last``, exclusive.

        ``entries``: of the ``table``, so many are looked at.
        """
        part: cython.uint = self.part_of[place]
        address: cython.ulonglong = self.page_numbers[place]
        start: cython.ulonglong = self.starts[part]
        stop: cython.ulonglong = self.stops[part]
        if stop - start > _AROUND:
            if address - start < _AROUND // 2:
                stop = start + _AROUND
            elif stop - address < _AROUND // 2:
                start = stop - _AROUND
            else:
                start, stop = address - _AROUND // 2, address + _AROUND // 2
        self.table, self.entries = self.table_of[part], cython.cast(cython.uint, stop - start)
        self.first, self.last = place, place + 1
        while self.first > self.firsts[part] and self.page_numbers[self.first - 1] >= start:
            self.first -= 1
        while self.last < self.lasts[part] and self.page_numbers[self.last] < stop:
            self.last += 1


@cython.cclass
class Walks:
    """Which of ``tables`` the walks of one memory cgroup go over. Raises MemoryError."""

    def __init__(self, tables: PageTables) -> None:
        self.tables = tables.tables
        self.worth = cython.cast(cython.pointer(cython.uchar), calloc(self.tables + 1, 2))
        if self.worth is cython.NULL:
            raise MemoryError(f"no memory for {self.tables} page tables")

    def __dealloc__(self) -> None:
        free(self.worth)

    def is_worth(self, table: cython.uint) -> cython.bint:
        """Is ``table`` part of the next walk? Of the first one, all are."""
        return not self.walked or self.worth[2 * table + self.now]

    def found(
        self, table: cython.uint, entries: cython.uint, young: cython.uint, by_walk: cython.bint
    ) -> cython.void:
        """Of so many ``entries`` of ``table``, ``young`` were accessed: is it worth the next walk, or the one after?"""
        if young * _A_CACHE_LINE >= entries:
            self.worth[2 * table + (self.now ^ by_walk)] = 1

    def walk_over(self) -> cython.void:
        """The next walk begins with what this one found, and forgets what it was told itself."""
        table: cython.uint
        for table in range(self.tables):
            self.worth[2 * table + self.now] = 0
        self.now ^= 1
        self.walked = True
