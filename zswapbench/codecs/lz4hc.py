# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = --param=max-inline-insns-auto=300
# mypy: ignore-errors
# ruff: noqa: F821
"""lz4hc: lz4's format, searched for thoroughly, as LZ4 1.7 did and the kernel still does.

A chain links every position to the one before it with the same hash of four bytes; a search walks it, and
takes the longest match it meets, the nearest of equals. Before a match is written, the positions near its
end are searched too, for one that begins later (or reaches back further) and is longer; and behind that
once more. Of up to three such matches, which overlap, the middle one is shortened at its start, or
dropped, and the first written. ``level`` bounds the walk: 2^(level-1) steps.

liblz4 has since learned to see repeated patterns, and from level 10 on parses optimally. At level 9 a
quarter to nine tenths of all pages come out at the same size there, and sums within a quarter of a percent.

A dictionary comes before the page: but for the last three, its positions are in the chains.

Source: lib/lz4/lz4hc_compress.c LZ4HC_compress_generic(), LZ4_loadDictHC(), LZ4_compress_HC_continue(), 6.1 and 6.12;
with a dictionary measured on 6.12 and 7.3.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdint import uint32_t
from cython.cimports.libc.string import memcpy, memset
from cython.cimports.zswapbench.codecs.kernel import KernelCodec
from cython.cimports.zswapbench.codecs.lz4 import (
    END_OF_MATCHES,
    END_OF_SEARCH,
    LARGEST_DICTIONARY,
    MIN_MATCH,
    Lz4,
    Sink,
    Window,
    at_position,
    common_in_window,
    hash_of,
    write_literals,
    write_match,
)
from cython.cimports.zswapbench.codecs.memory import Bytes, read32

from zswapbench.plugins.dictionary import DICTIONARY, Dictionary
from zswapbench.plugins.registry import Parameter

TABLE_BITS = cython.declare(cython.int, 15)
TABLE = cython.declare(cython.int, 1 << 15)
LARGEST_PAGE = cython.declare(cython.int, 1 << 16)
FARTHEST = cython.declare(cython.int, 65535)
ESCAPE = cython.declare(cython.int, 15)
OPTIMAL = cython.declare(cython.int, 18)
"""The longest match whose length needs no byte besides the token."""


@cython.cclass
class Lz4Hc(Lz4):
    """``level`` 9 is what the crypto API and zram use unless told otherwise.

    ``dictionary``: of 65,536 bytes at most; None for none. Raises InputError for a larger one.
    """

    name = "lz4hc"
    kernel_name = "lz4hc"
    source = "lib/lz4/lz4hc_compress.c, 6.1 to 6.12"
    help = "LZ4 high compression"
    parameters = (Parameter("level", int, 9, "search effort", low=1, high=16), DICTIONARY)

    def __init__(self, level: cython.int = 9, dictionary: Dictionary | None = None) -> None:
        KernelCodec.__init__(self, 4 * (TABLE + LARGEST_PAGE))
        self.level = level
        self.dictionary = dictionary
        if dictionary is not None:
            dictionary.refuse_outside(1, LARGEST_DICTIONARY, self.name)
            self.set_dictionary(dictionary.content, 4 * (TABLE + LARGEST_DICTIONARY))
            position: cython.int
            for position in range(self.before_size - MIN_MATCH + 1):
                place: cython.uint = hash_of(self.before + position, TABLE_BITS)
                self.known[TABLE + position] = self.known[place]
                self.known[place] = position + 1

    def pack(self, page: Bytes, size: cython.int, out: cython.p_uchar, work: cython.p_void) -> cython.int:
        sink: Sink
        sink.at = sink.token = out
        end: Bytes = page + size
        chains: Chains
        chains.window.before = self.before
        chains.window.before_size = self.before_size
        chains.window.page = page
        chains.match_end = end - END_OF_MATCHES
        chains.search_end = end - END_OF_SEARCH
        chains.newest = cython.cast(cython.pointer(uint32_t), work)
        chains.older = chains.newest + TABLE
        chains.first = cython.NULL
        chains.entered = 0
        chains.attempts = 1 << (self.level - 1)
        if self.before_size:
            memcpy(chains.newest, self.known, 4 * TABLE)
            chains.first = self.known + TABLE
        else:
            memset(chains.newest, 0, 4 * TABLE)
        anchor: Bytes = page
        at: Bytes = page + 1
        while at < chains.search_end:
            first: Match = search(cython.address(chains), at, at, 0)
            if first.length == 0:
                at += 1
            else:
                at = write_overlapping(cython.address(sink), cython.address(chains), anchor, first, end)
                anchor = at
        write_literals(cython.address(sink), anchor, end - anchor, end)
        return sink.at - out


def write_overlapping(
    sink: cython.pointer(Sink), chains: cython.pointer(Chains), anchor: Bytes, first: Match, end: Bytes
) -> Bytes:
    """Write ``first``, or the better ones that overlap it, up to one that none behind it beats.

    Literals begin at ``anchor``. Returns where the last match written ends.
    """
    # What ``first`` was before a later match took its place: it comes back if that leaves room for it.
    kept: Match = first
    second: Match
    third: Match
    while True:
        second = longer_behind(chains, first, 2)
        if second.length == 0:
            return write(sink, anchor, first, end)
        if kept.at < first.at and second.at < first.at + kept.length:
            first = kept
        if second.at - first.at < 3:
            first = second
            continue
        beside: cython.bint = False
        while not beside:
            if second.at - first.at < OPTIMAL:
                begin_later(cython.address(second), shortened(first, second) - (second.at - first.at))
            third = longer_behind(chains, second, 3)
            if third.length == 0:
                first.length = min(first.length, second.at - first.at)
                anchor = write(sink, anchor, first, end)
                return write(sink, anchor, second, end)
            if third.at < first.at + first.length:
                second = third
                continue
            beside = third.at < first.at + first.length + 3
            overlap: cython.Py_ssize_t = first.at + first.length - second.at
            if beside:
                # No room for the second between the two, other than as what ``kept`` is.
                begin_later(cython.address(second), overlap)
                if second.length < MIN_MATCH:
                    second = third
            elif overlap > 0 and second.at - first.at < ESCAPE:
                first.length = shortened(first, second)
                begin_later(cython.address(second), first.length - (second.at - first.at))
            elif overlap > 0:
                first.length = second.at - first.at
            anchor = write(sink, anchor, first, end)
            if beside:
                first = third
                kept = second
            else:
                first = second
                second = third


def write(sink: cython.pointer(Sink), anchor: Bytes, match: Match, end: Bytes) -> Bytes:
    """Write the literals from ``anchor`` on and ``match``: where it ends."""
    write_literals(sink, anchor, match.at - anchor, end)
    write_match(sink, match.distance, match.length)
    return match.at + match.length


def shortened(first: Match, second: Match) -> cython.Py_ssize_t:
    """Length of ``first`` that costs nothing and leaves ``second`` its least."""
    return min(first.length, OPTIMAL, second.at - first.at + second.length - MIN_MATCH)


def begin_later(match: cython.pointer(Match), count: cython.Py_ssize_t) -> cython.void:
    """Cut ``count`` bytes, if more than none, off the start of ``match``."""
    if count > 0:
        match.at += count
        match.length -= count


def longer_behind(chains: cython.pointer(Chains), match: Match, back: cython.int) -> Match:
    """A match longer than ``match``, for bytes from ``back`` before its end on, that begins in or behind it.

    It may begin earlier, but not before ``match`` does. Of length 0 if there is none.
    """
    none: Match
    none.length = 0
    match_end: Bytes = match.at + match.length
    return search(chains, match_end - back, match.at, match.length) if match_end < chains.search_end else none


def search(chains: cython.pointer(Chains), at: Bytes, start: Bytes, longest: cython.Py_ssize_t) -> Match:
    """The longest match of the bytes at ``at``, extended back to ``start`` at most, if above ``longest``."""
    best: Match
    best.length = 0
    enter(chains, at)
    ahead: cython.Py_ssize_t = at - start
    attempts: cython.int = chains.attempts
    window: cython.pointer(Window) = cython.address(chains.window)
    here: cython.Py_ssize_t = at - window.page + window.before_size
    lowest: cython.Py_ssize_t = max(0, here - FARTHEST)
    position: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, chains.newest[hash_of(at, TABLE_BITS)]) - 1
    while position >= lowest and attempts:
        attempts -= 1
        in_page: cython.bint = position >= window.before_size
        match: Bytes = at_position(window, position)
        # What differs one byte beyond the longest so far is no longer; in the page, where that byte is, this is quick.
        if (not in_page or start[longest] == match[longest - ahead]) and read32(match) == read32(at):
            length: cython.Py_ssize_t = MIN_MATCH + common_in_window(
                window, at + MIN_MATCH, position + MIN_MATCH, chains.match_end
            )
            back: cython.Py_ssize_t = 0
            most: cython.Py_ssize_t = min(ahead, position - (window.before_size if in_page else lowest))
            while back < most and at[-back - 1] == match[-back - 1]:
                back += 1
            if length + back > longest:
                longest = best.length = length + back
                best.at = at - back
                best.distance = here - position
        older: cython.uint = (
            chains.older[position - window.before_size] if in_page else chains.first[position]
        )
        position = cython.cast(cython.Py_ssize_t, older) - 1
    return best


def enter(chains: cython.pointer(Chains), until: Bytes) -> cython.void:
    """Enter the positions before ``until`` into the chains, those that are not there yet."""
    position: cython.Py_ssize_t
    page: Bytes = chains.window.page
    for position in range(chains.entered, until - page):
        place: cython.uint = hash_of(page + position, TABLE_BITS)
        chains.older[position] = chains.newest[place]
        chains.newest[place] = chains.window.before_size + position + 1
    chains.entered = max(chains.entered, until - page)
