# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What all importers of references share.

**Touches that say nothing new.** Touches of one page that follow each other directly become one, which writes if any of
them did. That changes nothing for any model of reclaim here: the page is in memory after the first, reclaim runs only
when another page needs a frame, and the accessed and dirty bits do not count. (A read and a write of a page that is
swapped out become a write: the same two events, LOAD and INVALIDATE or a later STORE, a moment apart.) Touches of other
pages between them do matter: one of them may need a frame, and reclaim may clear the bits.

**Time.** A form without a clock gets ``interval_ps`` for each line or reference.

**Reads or writes.** Where a form does not say, a share of the references, ``writes``, is taken for writes: which ones
follows from their number alone, so the same file gives the same stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, realloc
from cython.cimports.libc.string import memchr, memcpy
from cython.cimports.zswapbench.traces.refs import Reference

from zswapbench.common.units import format_count
from zswapbench.traces.refs import REFERENCE

_MOST_BYTES = cython.declare(cython.ulonglong, 1 << 20)
_LONGEST_US = cython.declare(cython.ulonglong, 0xFFFFFFFF)
_FIRST_ROOM = cython.declare(cython.Py_ssize_t, 1 << 16)
_LONGEST_LINE = 1 << 16


@dataclass(frozen=True)
class Wish:
    """How to read references. ``process``: the number of the one that is wanted, None if the text has one only.

    ``asked``: the options of these that somebody gave, such as ``--interval``: what cannot heed them refuses them.
    """

    page_size: int = 4096
    interval_ps: int = 1000
    writes: float = 0.4
    process: int | None = None
    asked: tuple[str, ...] = ()


@cython.cclass
class Importer:
    """A form of text. A subclass has ``name``, ``recognises()``, and ``line()`` or, if it has no lines, ``feed()``.

    ``help``: what makes such text. ``says_writes``, ``has_clock``, ``says_process``: does it?
    ``tells_waits``: without a clock, does it tell how long the program waits? ``drawn``: which touches were made up.
    """

    parameters = ()
    says_writes = True
    has_clock = True
    tells_waits = False
    says_process = True
    drawn = ""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.shift = wish.page_size.bit_length() - 1
        self.write_below = int(wish.writes * ((1 << 32) - 1))
        self.interval_ns, self.interval_ps = divmod(wish.interval_ps, 1000)
        self.rest = b""

    def __dealloc__(self) -> None:
        free(self.room)

    @staticmethod
    def recognises(start: bytes) -> bool:
        """Is ``start`` the beginning of such a text?"""
        raise NotImplementedError

    @staticmethod
    def unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The text that ``pieces`` of a file hold, where the form has a packing of its own. Raises ValueError."""
        return pieces

    def line(self, at: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
        """Take the line from ``at`` to ``end``, without its newline; False if it is none of this form."""
        return False

    def feed(self, data: bytes) -> Any:
        """The references of the next bytes of the text: an array of REFERENCE. Raises ValueError, MemoryError."""
        data = self.rest + data
        at: cython.p_const_char = data
        end: cython.p_const_char = at + len(data)
        newline: cython.p_const_char
        while True:
            newline = cython.cast(cython.p_const_char, memchr(at, 10, end - at))
            if newline is cython.NULL:
                break
            self._take(at, newline)
            at = newline + 1
        self.rest = at[: end - at]
        if len(self.rest) > _LONGEST_LINE:
            raise ValueError(f"line {self.lines + 1} is longer than {_LONGEST_LINE} bytes")
        return self._taken()

    def finish(self) -> Any:
        """The last references, after all bytes were fed."""
        rest: bytes = self.rest
        at: cython.p_const_char = rest
        if rest:
            self._take(at, at + len(rest))
        self.rest = b""
        if self.pending:
            self._append()
        self.pending = False
        return self._taken()

    def remarks(self) -> list[str]:
        """What is to be told of the text after ``finish``, in lines."""
        told: list[str] = []
        if self.foreign:
            told.append(
                f"{format_count(self.foreign, 'line')} of {self.lines:,} with no touch of {self.name}"
            )
        if self.times_back:
            told.append(
                f"its clock goes back {format_count(self.times_back, 'time')}, and stands still there"
            )
        return told

    def is_wanted(self, process: int) -> bool:
        """Is ``process`` the one that is wanted? Raises ValueError for a second one where none is named."""
        if self.wish.process is not None:
            return process == self.wish.process
        if self.process is None:
            self.process = process
        if process != self.process:
            raise ValueError(
                f"line {self.lines} is of process {process}, and lines before are of {self.process}; "
                "name one with --process"
            )
        return True

    def _take(self, at: cython.p_const_char, end: cython.p_const_char) -> object:
        self.lines += 1
        if not self.line(at, end):
            self.foreign += 1

    def _taken(self) -> object:
        if self.short_of_memory:
            raise MemoryError("no memory for references")
        found = np.empty(self.used, REFERENCE)
        if self.used:
            room: Reference[::1] = found
            memcpy(cython.address(room[0]), self.room, self.used * cython.sizeof(Reference))
        self.used = 0
        return found

    def touch(self, address: cython.ulonglong, size: cython.ulonglong, write: cython.bint) -> cython.void:
        """The program touches ``size`` bytes from ``address`` on."""
        page: cython.ulonglong = address >> self.shift
        last: cython.ulonglong = (address + min(max(size, 1), _MOST_BYTES) - 1) >> self.shift
        self.seen += 1
        while page <= last:
            self._page(page, write)
            page += 1

    def advance_to(self, now_ns: cython.ulonglong) -> cython.void:
        """It is ``now_ns`` on the clock of the text. A clock that goes back stands still, and is counted."""
        if now_ns >= self.now_ns:
            self.now_ns = now_ns
        else:
            self.times_back += 1

    def tick(self) -> cython.void:
        """A line or reference of a text without a clock takes its time."""
        self.now_ns += self.interval_ns
        self.part_ps += self.interval_ps
        if self.part_ps >= 1000:
            self.part_ps -= 1000
            self.now_ns += 1

    def drawn_write(self) -> cython.bint:
        """Is the next reference taken for a write? Source of the mixing: Steele and others, SplitMix (2014)."""
        self.draws += 1
        mixed: cython.ulonglong = self.draws * cython.cast(cython.ulonglong, 0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> 30)) * cython.cast(cython.ulonglong, 0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> 27)) * cython.cast(cython.ulonglong, 0x94D049BB133111EB)
        return (mixed >> 32) < self.write_below

    def _page(self, page: cython.ulonglong, write: cython.bint) -> cython.void:
        if self.pending:
            if self.last.page == page:
                self.last.write |= write
                return
            self._append()
        now_us: cython.ulonglong = self.now_ns // 1000
        if self.told_us == 0 and not self.pending:
            self.told_us = now_us  # the stream begins with its first reference
        self.last.page = page
        self.last.delta_us = cython.cast(cython.uint, min(now_us - self.told_us, _LONGEST_US))
        self.last.write = write
        self.told_us = now_us
        self.pending = True

    def _append(self) -> cython.void:
        if self.used == self.capacity:
            capacity: cython.Py_ssize_t = 2 * self.capacity if self.capacity else _FIRST_ROOM
            room: cython.pointer(Reference) = cython.cast(
                cython.pointer(Reference), realloc(self.room, capacity * cython.sizeof(Reference))
            )
            if room is cython.NULL:
                self.short_of_memory = True
                return
            self.room, self.capacity = room, capacity
        self.room[self.used] = self.last
        self.used += 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def hexadecimal(
    at: cython.p_const_char, end: cython.p_const_char, value: cython.pointer(cython.ulonglong)
) -> cython.p_const_char:
    """Read a number of base 16 into ``value``; where it ends, or NULL if there is none."""
    first: cython.p_const_char = at
    found: cython.ulonglong = 0
    digit: cython.uint
    while at < end:
        digit = at[0]
        if 48 <= digit <= 57:
            digit -= 48
        elif 97 <= digit <= 102:
            digit -= 87
        elif 65 <= digit <= 70:
            digit -= 55
        else:
            break
        found = (found << 4) | digit
        at += 1
    value[0] = found
    return cython.NULL if at == first or at - first > 16 else at


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def decimal(
    at: cython.p_const_char, end: cython.p_const_char, value: cython.pointer(cython.ulonglong)
) -> cython.p_const_char:
    """The same of base 10."""
    first: cython.p_const_char = at
    found: cython.ulonglong = 0
    while at < end and 48 <= at[0] <= 57:
        found = found * 10 + (at[0] - 48)
        at += 1
    value[0] = found
    return cython.NULL if at == first or at - first > 19 else at


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def blanks(at: cython.p_const_char, end: cython.p_const_char) -> cython.p_const_char:
    """Behind the blanks and tabs at ``at``."""
    while at < end and (at[0] == b" " or at[0] == b"\t"):
        at += 1
    return at
