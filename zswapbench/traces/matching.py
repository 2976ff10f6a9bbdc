# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What belongs together: the records of one thread on one swap slot, a swap-out or a swap-in.

A probe sees one function. That a page was stored, how that ended and that it was written then are up to four records
of the same thread. Thousands of other threads' may lie between: a store that was interrupted waits until the worker has
written back what it wants. A page that zswap was not asked about was all zeros (6.12 and later), or its slot was given
up, or there is no zswap; what the thread did next tells which.

Source: mm/page_io.c swap_writepage() 6.1 and 6.12, swap_writeout() 7.3; swap_readpage(), swap_read_folio().
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free, realloc
from cython.cimports.libc.string import memset
from cython.cimports.zswapbench.traces.matching import Call, Thread
from cython.cimports.zswapbench.traces.records import (
    DIRECT,
    FREED,
    IN,
    INVALIDATE,
    LOAD,
    LOADED,
    OUT,
    PART,
    REACHED,
    REFUSED,
    STORE,
    STORED,
    TAKEN,
    TURNED_AWAY,
    WRITE,
    Record,
)

from zswapbench.traces.records import THREADS


@cython.cclass
class Matching:
    """Sets the marks of records, which are counted from 1 on."""

    def __cinit__(self) -> None:
        self.room = 1 << 10
        self.first = 1
        self.rows = cython.cast(cython.p_int, calloc(THREADS, cython.sizeof(cython.int)))
        self.threads = cython.cast(cython.pointer(Thread), calloc(self.room, cython.sizeof(Thread)))
        if self.rows is cython.NULL or self.threads is cython.NULL:
            raise MemoryError("no memory for a table of threads")

    def __dealloc__(self) -> None:
        free(self.rows)
        free(self.threads)

    def mark(self, records: Any, new: int) -> None:
        """Set the marks of ``records`` (zswapbench.traces.records.RECORD), in the order of time.

        They go on from those of the call before: the last of these may come first again, and ``new`` is the index of
        the first that does not. What is told of a record that is not among them any more is lost.
        """
        view: Record[::1] = records
        index: cython.Py_ssize_t
        begin: cython.Py_ssize_t = new
        for index in range(begin, len(records)):
            if self.rows[view[index].thread] == 0:
                self.add(view[index].thread)
        with cython.nogil:
            for index in range(begin, view.shape[0]):
                self.follow(view, index)

    def drop(self, count: int) -> None:
        """The first ``count`` records of those marked last will not come again."""
        self.first += count

    def add(self, number: cython.uint) -> cython.void:
        """A row for the thread ``number``."""
        if self.used == self.room:
            grown: cython.pointer(Thread) = cython.cast(
                cython.pointer(Thread), realloc(self.threads, 2 * self.room * cython.sizeof(Thread))
            )
            if grown is cython.NULL:
                raise MemoryError(f"no memory for {2 * self.room} threads")
            memset(grown + self.room, 0, self.room * cython.sizeof(Thread))
            self.threads, self.room = grown, 2 * self.room
        self.used += 1
        self.rows[number] = self.used

    def thread_of(self, number: cython.uint) -> cython.pointer(Thread):
        """What is known of the thread ``number``, which has a row."""
        return self.threads + self.rows[number] - 1

    def follow(self, records: Record[::1], index: cython.Py_ssize_t) -> cython.void:
        """Hold the record ``index`` against what its thread did before."""
        one: cython.pointer(Record) = cython.address(records[index])
        thread: cython.pointer(Thread) = self.thread_of(one.thread)
        none: Call = Call(0, 0, 0)
        slot: cython.ulonglong = cython.cast(cython.ulonglong, one.swap_type) << 32 | one.offset
        call: Call = Call(self.first + index, slot, one.order)
        if one.kind == OUT:
            thread.out, thread.store, thread.asked, thread.written = call, none, none, none
        elif one.kind == STORE:
            thread.asked = call
            if thread.out.number and thread.out.slot == slot:
                self.set_mark(records, cython.address(thread.out), REACHED)
                one.mark, thread.asked = PART, thread.out
            thread.out, thread.store, thread.written = none, call, call
        elif one.kind == STORED:
            if thread.store.number:
                self.set_mark(records, cython.address(thread.asked), TAKEN)
            tell(one, cython.address(thread.store))
        elif one.kind == WRITE:
            if thread.written.number and thread.written.slot == slot:
                one.mark, thread.written = REFUSED, none
                if thread.store.number == 0:  # whether zswap took it was told
                    self.set_mark(records, cython.address(thread.asked), TURNED_AWAY)
            elif thread.out.number and thread.out.slot == slot:
                self.set_mark(records, cython.address(thread.out), DIRECT)
                one.mark, thread.out = REFUSED, none
        elif one.kind == IN:
            thread.swap_in = call
        elif one.kind == LOAD:
            if thread.swap_in.number and thread.swap_in.slot == slot:
                self.set_mark(records, cython.address(thread.swap_in), REACHED)
                one.mark = PART
            thread.swap_in, thread.load = none, call
        elif one.kind == LOADED:
            tell(one, cython.address(thread.load))
        elif one.kind == INVALIDATE and thread.out.number and thread.out.slot == slot:
            self.set_mark(records, cython.address(thread.out), FREED)
            thread.out = none

    def set_mark(
        self, records: Record[::1], call: cython.pointer(cython.const[Call]), mark: cython.uchar
    ) -> cython.void:
        """Mark the record that ``call`` is of, if it is at hand."""
        if call.number >= self.first:
            records[call.number - self.first].mark = mark


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def tell(one: cython.pointer(Record), call: cython.pointer(Call)) -> cython.void:
    """A return, ``one``, ends ``call`` and is of its slot and order."""
    if call.number:
        one.offset = cython.cast(cython.uint, call.slot)
        one.swap_type = cython.cast(cython.uchar, call.slot >> 32)
        one.order, one.mark = call.order, PART
        call.number = 0
