# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Compaction: zsmalloc moves the objects of a size class together, so that zspages become empty.

The generations differ in who is emptied. Up to 6.3 one zspage at a time is emptied into as many others as it
takes. 6.4 fills one zspage at a time from as many others as it takes. In 2012 there was no compaction.

Source: mm/zsmalloc.c zs_compact(), __zs_compact(), migrate_zspage(), isolate_zspage() in 5.10 and 6.1,
isolate_src_zspage(), isolate_dst_zspage() in 6.12. Left out: giving way to those who wait for locks.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.pools.zspages import Class, Zspage, Zspages

_NONE = cython.declare(cython.int, -1)


@cython.cclass
class Compaction(Zspages):
    """Zspages that can be compacted."""

    def compact(self) -> cython.longlong:
        """Move objects together in every class, the largest first, pool by pool. There is none before 4.1.

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

    def _freeable(self, shelf: cython.int) -> cython.int:
        """Page frames that compaction of ``shelf`` can free at most. Source: zs_can_compact(), 6.1."""
        row: Class = self.class_table[shelf]
        if row.zspages == 0 or self.handle_bytes == 0:
            return 0
        return (row.zspages * row.objects - row.used) // row.objects * row.pages

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
            drained = self.at(source).used == 0
            self._put_back(source)

    def _drain(self, source: cython.int) -> cython.void:
        """Move the objects of ``source`` to the fullest zspages that have room."""
        while self.at(source).used:
            destination: cython.int = self._isolate(self._fullest(self.at(source).shelf))
            if destination < 0:
                return
            self._move_objects(source, destination)
            self._put_back(destination)

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
            if self.at(destination).used == self.class_table[shelf].objects:
                self._put_back(destination)
                destination = _NONE
        if destination >= 0:
            self._put_back(destination)

    def _move_objects(self, source: cython.int, destination: cython.int) -> cython.void:
        """Move the lowest objects of ``source``, until it is empty or ``destination`` is full."""
        giver: cython.pointer(Zspage) = self.at(source)
        taker: cython.pointer(Zspage) = self.at(destination)
        objects: cython.int = self.class_table[giver.shelf].objects
        index: cython.int = 0
        while giver.used and taker.used < objects:
            entry: cython.int = giver.slots[index]
            if entry >= 0:
                self.tell_moving(entry)
                self._take_object(taker, entry)
                self._drop_object(giver, index)
                self.tell_moved(entry)
            index += 1
