# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = --param=max-inline-insns-auto=300
# mypy: ignore-errors
# ruff: noqa: F821
"""lz4: LZ4's fast compressor as the kernel has it.

A compressed page is a row of *sequences*: a token, literals, and a match, that is, how far back and how long.
The token's halves are the number of literals and the length of the match less 4; 15 in either means that
bytes to be added follow, up to the first that is not 255. The last sequence has literals only, 5 at least, and
no match begins in the last 12 bytes.

The compressor looks each position up in one table of 8192 places by a hash of its four bytes, and takes
what was put there last if it has the same four. The longer it finds nothing, the larger its steps. The
kernel has kept the hash of LZ4 1.7 for inputs below 64 KiB; liblz4 has hashed five bytes into half as many
places since 1.8.2, so that single pages differ by hundreds of bytes.

With a dictionary, matches may lie in it, too, up to 65,535 bytes back. Every third of its positions is in the table,
which then holds positions of the whole, of four bytes each, and is hashed by five bytes into 4096 places.

Source: lib/lz4/lz4_compress.c LZ4_compress_generic(), LZ4_loadDict(), LZ4_compress_fast_continue(),
lib/lz4/lz4_decompress.c, 6.1 and 6.12, and measured on 6.18; with a dictionary on 6.12 and 7.3.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdint import uint32_t
from cython.cimports.libc.string import memcpy, memset
from cython.cimports.zswapbench.codecs.kernel import KernelCodec, _start
from cython.cimports.zswapbench.codecs.memory import (
    STRIDE,
    Bytes,
    common_bytes,
    copy_literals,
    copy_match,
    read16,
    read32,
)

from zswapbench.plugins.dictionary import DICTIONARY, Dictionary
from zswapbench.plugins.registry import Parameter

TABLE_BITS = cython.declare(cython.int, 13)
TABLE_BYTES = cython.declare(cython.int, 2 << 13)
SKIP_BITS = cython.declare(cython.int, 6)
ESCAPE = cython.declare(cython.int, 15)
WIDE_TABLE_BITS = cython.declare(cython.int, 12)
FARTHEST = cython.declare(cython.int, 65535)
HASHED = cython.declare(cython.int, 8)
"""Bytes that are read of a position, to hash five of them."""
UNLIMITED = cython.declare(cython.Py_ssize_t, 1 << 30)
NEAR_END = cython.declare(cython.Py_ssize_t, 64)
"""More bytes than a sequence without bytes of length has, or makes, or than copying it in strides touches."""


@cython.cclass
class Lz4(KernelCodec):
    """``acceleration``: zram's level; zswap has 1. More is faster and compresses less.

    ``dictionary``: of 8 to 65,536 bytes; None for none. Raises InputError for one of another size.
    """

    name = "lz4"
    kernel_name = "lz4"
    source = "lib/lz4/lz4_compress.c, 6.1 to 6.18"
    help = "LZ4 fast"
    parameters = (
        Parameter("acceleration", int, 1, "higher is faster and less dense", low=1, high=65537),
        DICTIONARY,
    )

    def __init__(self, acceleration: cython.int = 1, dictionary: Dictionary | None = None) -> None:
        KernelCodec.__init__(self, TABLE_BYTES)
        self.acceleration = acceleration
        self.dictionary = dictionary
        if dictionary is not None:
            dictionary.refuse_outside(HASHED, LARGEST_DICTIONARY, self.name)
            self.set_dictionary(dictionary.content, TABLE_BYTES)
            position: cython.int
            for position in range(0, self.before_size - HASHED + 1, 3):
                self.known[hash5_of(self.before + position, WIDE_TABLE_BITS)] = position + 1

    def set_dictionary(self, content: bytes, table_bytes: cython.Py_ssize_t) -> cython.void:
        """Have ``content`` before each page, and ``table_bytes`` of zeros for its positions."""
        self.before = _start(content)
        self.before_size = len(content)
        self.tables = bytes(table_bytes)
        self.known = cython.cast(cython.pointer(uint32_t), _start(self.tables))

    def pack(self, page: Bytes, size: cython.int, out: cython.p_uchar, work: cython.p_void) -> cython.int:
        if self.before_size:
            return self.pack_behind(page, size, out, work)
        table: cython.p_ushort = cython.cast(cython.p_ushort, work)
        sink: Sink
        sink.at = sink.token = out
        end: Bytes = page + size
        last: Bytes = end - END_OF_SEARCH
        anchor: Bytes = page
        at: Bytes = page + 1
        match: Bytes = page
        memset(table, 0, TABLE_BYTES)
        while at <= last and search(
            page, last, table, self.acceleration, cython.address(at), cython.address(match)
        ):
            while at > anchor and match > page and at[-1] == match[-1]:
                at -= 1
                match -= 1
            write_literals(cython.address(sink), anchor, at - anchor, end)
            found: cython.bint = True
            while found:
                length: cython.Py_ssize_t = MIN_MATCH + common_bytes(
                    at + MIN_MATCH, match + MIN_MATCH, end - END_OF_MATCHES
                )
                write_match(cython.address(sink), at - match, length)
                at += length
                anchor = at
                found = False
                if at <= last:
                    table[hash_of(at - 2, TABLE_BITS)] = at - 2 - page
                    place: cython.uint = hash_of(at, TABLE_BITS)
                    match = page + table[place]
                    table[place] = at - page
                    found = read32(match) == read32(at)
                if found:
                    begin_sequence(cython.address(sink))
            at += 1
        write_literals(cython.address(sink), anchor, end - anchor, end)
        return sink.at - out

    def pack_behind(
        self, page: Bytes, size: cython.int, out: cython.p_uchar, work: cython.p_void
    ) -> cython.int:
        """The same with what comes before the page."""
        table: cython.p_uint = cython.cast(cython.p_uint, work)
        sink: Sink
        sink.at = sink.token = out
        window: Window
        window.before = self.before
        window.before_size = self.before_size
        window.page = page
        end: Bytes = page + size
        last: Bytes = end - END_OF_SEARCH
        anchor: Bytes = page
        at: Bytes = page + 1
        memcpy(table, self.known, TABLE_BYTES)
        if size > END_OF_SEARCH:
            table[hash5_of(page, WIDE_TABLE_BITS)] = self.before_size + 1
        while at <= last:
            position: cython.Py_ssize_t = search_behind(
                cython.address(window), last, table, self.acceleration, cython.address(at)
            )
            if position < 0:
                break
            # A match in the page does not reach back into the dictionary.
            lowest: cython.Py_ssize_t = 0 if position < self.before_size else self.before_size
            while (
                at > anchor
                and position > lowest
                and at[-1] == at_position(cython.address(window), position - 1)[0]
            ):
                at -= 1
                position -= 1
            write_literals(cython.address(sink), anchor, at - anchor, end)
            while position >= 0:
                length: cython.Py_ssize_t = MIN_MATCH + common_in_window(
                    cython.address(window), at + MIN_MATCH, position + MIN_MATCH, end - END_OF_MATCHES
                )
                write_match(cython.address(sink), at - page + self.before_size - position, length)
                at += length
                anchor = at
                position = -1
                if at <= last:
                    enter(cython.address(window), table, at - 2)
                    position = known_before(cython.address(window), table, at)
                    enter(cython.address(window), table, at)
                if position >= 0:
                    begin_sequence(cython.address(sink))
            at += 1
        write_literals(cython.address(sink), anchor, end - anchor, end)
        return sink.at - out

    def unpack(self, data: Bytes, length: cython.int, page: cython.p_uchar, size: cython.int) -> cython.bint:
        at: Bytes = data
        end: Bytes = data + length
        to: cython.p_uchar = page
        page_end: cython.p_uchar = page + size
        while at < end:
            token: cython.int = at[0]
            at += 1
            count: cython.Py_ssize_t = token >> 4
            # Most sequences are short and far from both ends: whole strides, and no length to be read.
            if count < ESCAPE and end - at >= NEAR_END and page_end - to >= NEAR_END:
                memcpy(to, at, STRIDE)
                at += count
                to += count
                back: cython.Py_ssize_t = read16(at)
                count = token & ESCAPE
                if count < ESCAPE and back >= 8 and back <= to - page:
                    memcpy(to, to - back, 8)
                    memcpy(to + 8, to - back + 8, 8)
                    memcpy(to + 16, to - back + 16, 2)
                    at += 2
                    to += count + MIN_MATCH
                    continue
                count = 0
            if count == ESCAPE:
                count += read_length(cython.address(at), end)
            if count > end - at or count > page_end - to:
                return False
            copy_literals(to, page_end - to, at, end, count)
            at += count
            to += count
            if at == end:
                return to == page_end
            if end - at < 2 or page_end - to < END_OF_SEARCH:
                return False
            distance: cython.Py_ssize_t = read16(at)
            at += 2
            count = token & ESCAPE
            if count == ESCAPE:
                count += read_length(cython.address(at), end)
            count += MIN_MATCH
            beyond: cython.Py_ssize_t = distance - (to - page)
            if distance == 0 or beyond > self.before_size or count > page_end - to - END_OF_MATCHES:
                return False
            if beyond > 0:
                some: cython.Py_ssize_t = min(beyond, count)
                memcpy(to, self.before + self.before_size - beyond, some)
                to += some
                count -= some
            copy_match(to, distance, count, page_end)
            to += count
        return False


def search(
    page: Bytes,
    last: Bytes,
    table: cython.p_ushort,
    acceleration: cython.int,
    at: cython.pointer(Bytes),
    match: cython.pointer(Bytes),
) -> cython.bint:
    """From ``at`` on, the first position whose four bytes the table knows: sets it and its ``match``."""
    ahead: Bytes = at[0]
    step: cython.Py_ssize_t = 1
    tries: cython.uint = acceleration << SKIP_BITS
    following: cython.uint = hash_of(ahead, TABLE_BITS)
    while True:
        here: Bytes = ahead
        place: cython.uint = following
        ahead += step
        step = tries >> SKIP_BITS
        tries += 1
        if ahead > last:
            return False
        candidate: Bytes = page + table[place]
        following = hash_of(ahead, TABLE_BITS)
        table[place] = here - page
        if read32(candidate) == read32(here):
            at[0] = here
            match[0] = candidate
            return True


def search_behind(
    window: cython.pointer(Window),
    last: Bytes,
    table: cython.pointer(uint32_t),
    acceleration: cython.int,
    at: cython.pointer(Bytes),
) -> cython.Py_ssize_t:
    """The same with a dictionary: sets ``at``, and returns the position of the match; -1 if there is none."""
    ahead: Bytes = at[0]
    step: cython.Py_ssize_t = 1
    tries: cython.uint = acceleration << SKIP_BITS
    while True:
        here: Bytes = ahead
        ahead += step
        step = tries >> SKIP_BITS
        tries += 1
        if ahead > last:
            return -1
        position: cython.Py_ssize_t = known_before(window, table, here)
        enter(window, table, here)
        if position >= 0:
            at[0] = here
            return position


def known_before(
    window: cython.pointer(Window), table: cython.pointer(uint32_t), at: Bytes
) -> cython.Py_ssize_t:
    """The position that the table has for the bytes at ``at``, if it begins with the same four; else -1."""
    position: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, table[hash5_of(at, WIDE_TABLE_BITS)]) - 1
    if position < 0 or at - window.page + window.before_size - position > FARTHEST:
        return -1
    return position if read32(at_position(window, position)) == read32(at) else -1


def enter(window: cython.pointer(Window), table: cython.pointer(uint32_t), at: Bytes) -> cython.void:
    """Put the position of ``at`` in the table."""
    table[hash5_of(at, WIDE_TABLE_BITS)] = at - window.page + window.before_size + 1


def begin_sequence(sink: cython.pointer(Sink)) -> cython.void:
    """A token for a sequence without literals."""
    sink.token = sink.at
    sink.token[0] = 0
    sink.at += 1


def write_literals(
    sink: cython.pointer(Sink), literals: Bytes, count: cython.Py_ssize_t, end: Bytes
) -> cython.void:
    """Begin a sequence with ``count`` literals; ``end``: of what may be read. The last has nothing more."""
    begin_sequence(sink)
    if count < ESCAPE:
        sink.token[0] = count << 4
    else:
        sink.token[0] = ESCAPE << 4
        write_length(sink, count - ESCAPE)
    copy_literals(sink.at, UNLIMITED, literals, end, count)
    sink.at += count


def write_match(
    sink: cython.pointer(Sink), distance: cython.Py_ssize_t, length: cython.Py_ssize_t
) -> cython.void:
    """End a sequence with a match."""
    sink.at[0] = distance & 255
    sink.at[1] = distance >> 8
    sink.at += 2
    length -= MIN_MATCH
    if length < ESCAPE:
        sink.token[0] |= length
    else:
        sink.token[0] |= ESCAPE
        write_length(sink, length - ESCAPE)


def write_length(sink: cython.pointer(Sink), rest: cython.Py_ssize_t) -> cython.void:
    """What a half of the token cannot say of a length."""
    while rest >= 255:
        sink.at[0] = 255
        sink.at += 1
        rest -= 255
    sink.at[0] = rest
    sink.at += 1


def read_length(at: cython.pointer(Bytes), end: Bytes) -> cython.Py_ssize_t:
    """The same read; of bytes that end within it, as far as they go: what comes next is then missing."""
    total: cython.Py_ssize_t = 0
    more: cython.int = 255
    while more == 255 and at[0] < end:
        more = at[0][0]
        at[0] += 1
        total += more
    return total
