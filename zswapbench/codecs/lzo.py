# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = --param=max-inline-insns-auto=300
# mypy: ignore-errors
# ruff: noqa: F821
"""lzo: LZO1X-1 as the kernel has it, zswap's default compressor.

A compressed page is a row of instructions. Each copies a match, says in its last two bits how many literals
(0 to 3) follow it, and takes as many bytes as length and distance need:

    1LLDDDSS 01LDDDSS   + 1 byte    3 to 8 bytes from up to 2 KiB back
    001LLLLL            + 2 bytes   from up to 16 KiB back; length 0: more bytes of length follow first
    0001DLLL            + 2 bytes   from 16 to 48 KiB back; the same. Distance 16 KiB: the end
    0000LLLL                        4 literals or more; behind literals, a match of 2 or 3 bytes

The compressor looks each position up in one table of 8192 places, takes what was put there last if it has the
same four bytes, and extends that forwards only. It steps faster the longer it finds nothing. liblzo2
searches in another way: a fifth to a half of all pages come out at another size there, few of them larger.

The old compressor does not look at the room that it has. Since 2025 there is a safe one, which makes the same
bytes and fails instead of writing on.

Source: lib/lzo/lzo1x_compress.c, lib/lzo/lzo1x_decompress_safe.c, 6.1 and 6.12, and measured on 6.18;
Documentation/staging/lzo.rst.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.string import memset
from cython.cimports.zswapbench.codecs.kernel import KernelCodec
from cython.cimports.zswapbench.codecs.memory import (
    Bytes,
    copy_literals,
    copy_match,
    equal_bytes,
    read16,
    read32,
    read64,
)

TABLE_BITS = cython.declare(cython.int, 13)
TABLE_BYTES = cython.declare(cython.int, 2 << 13)
END_OF_SEARCH = cython.declare(cython.int, 20)
FAR = cython.declare(cython.int, 0x4000)
BLOCK = cython.declare(cython.int, 0xC000)
NEAR = cython.declare(cython.int, 0x800)
MIN_ZEROS = cython.declare(cython.int, 4)
MAX_ZEROS = cython.declare(cython.int, 2051)
LONG_RUN = cython.declare(cython.int, 4)
UNLIMITED = cython.declare(cython.Py_ssize_t, 1 << 30)


@cython.cclass
class Lzo(KernelCodec):
    """Has no level: the kernel knows LZO1X-1 alone."""

    name = "lzo"
    kernel_name = "lzo"
    source = "lib/lzo/lzo1x_compress.c, 6.1 to 6.18"
    help = "LZO1X-1"
    parameters = ()

    def __init__(self) -> None:
        KernelCodec.__init__(self, TABLE_BYTES)
        self.stream = 0

    def pack(self, page: Bytes, size: cython.int, out: cython.p_uchar, work: cython.p_void) -> cython.int:
        writer: Writer
        writer.at = writer.state = out
        if self.stream:
            out[0] = 17
            out[1] = self.stream
            writer.at += 2
        first: cython.p_uchar = writer.at
        block: Bytes = page
        left: cython.Py_ssize_t = size
        literals: cython.Py_ssize_t = 0
        # Distances reach over one block; a page of 64 KiB has two.
        while left > END_OF_SEARCH:
            length: cython.Py_ssize_t = min(left, BLOCK - self.stream)
            literals = pack_block(
                cython.address(writer),
                block,
                length,
                literals,
                page + size,
                self.stream,
                cython.cast(cython.p_ushort, work),
            )
            block += length
            left -= length
        literals += left
        # Few literals, and nothing before them, have a form of their own.
        if writer.at == first and literals <= 238:
            first[0] = 17 + literals
            writer.at += 1
            copy_literals(writer.at, UNLIMITED, page, page + size, literals)
            writer.at += literals
        else:
            write_literals(cython.address(writer), page + size - literals, literals, page + size)
        writer.at[0] = 17
        writer.at[1] = writer.at[2] = 0
        writer.at += 3
        return writer.at - out

    def unpack(self, data: Bytes, length: cython.int, page: cython.p_uchar, size: cython.int) -> cython.bint:
        reader: Reader
        reader.at = data
        reader.end = data + length
        reader.zeros = False
        reader.literals = 0
        to: cython.p_uchar = page
        page_end: cython.p_uchar = page + size
        if length >= 5 and data[0] == 17:
            if data[1] > 1:
                return False
            reader.zeros = data[1] == 1
            reader.at += 2
        if length > 0 and reader.at[0] > 17:
            reader.distance = reader.length = 0
            reader.literals = reader.at[0] - 17
            reader.at += 1
            to = carry_out(cython.address(reader), page, to, page_end)
        # Every stream ends with an instruction of three bytes, and none begins that has not so many.
        while to is not cython.NULL and reader.end - reader.at >= 3:
            if not read_instruction(cython.address(reader)):
                return reader.length == 3 and reader.at == reader.end and to == page_end
            to = carry_out(cython.address(reader), page, to, page_end)
        return False


def read_instruction(reader: cython.pointer(Reader)) -> cython.bint:
    """The next instruction, of three bytes or more: ``distance``, ``length`` and ``literals``. False at the end.

    One that its bytes do not complete is longer, or reaches back further, than any page.
    """
    code: cython.int = reader.at[0]
    reader.at += 1
    before: cython.Py_ssize_t = reader.literals
    if code >= 64:
        reader.distance = 1 + ((code >> 2) & 7) + (reader.at[0] << 3)
        reader.length = (code >> 5) + 1
        reader.literals = code & 3
        reader.at += 1
    elif code >= 32:
        reader.length = (code & 31) + 2 if code & 31 else read_length(reader, 31) + 2
        reader.distance = 1 + read_distance(reader)
    elif reader.zeros and code & 0xF8 == 0x18 and read16(reader.at) >= 0xFFFC:
        reader.literals = reader.at[0] & 3
        reader.distance = 0
        reader.length = UNLIMITED
        if reader.end - reader.at >= 3:
            reader.length = (reader.at[2] << 3 | code & 7) + MIN_ZEROS
            reader.at += 3
    elif code >= 16:
        reader.length = (code & 7) + 2 if code & 7 else read_length(reader, 7) + 2
        reader.distance = FAR + ((code & 8) << 11) + read_distance(reader)
        return reader.distance != FAR
    elif before == 0:
        reader.literals = code + 3 if code else read_length(reader, 15) + 3
        reader.distance = reader.length = 0
    else:
        near: cython.bint = before < LONG_RUN
        reader.distance = 1 + (code >> 2) + (reader.at[0] << 2) + (0 if near else NEAR)
        reader.length = 2 if near else 3
        reader.literals = code & 3
        reader.at += 1
    return True


def carry_out(
    reader: cython.pointer(Reader), page: cython.p_uchar, to: cython.p_uchar, page_end: cython.p_uchar
) -> cython.p_uchar:
    """Write a match, or zeros, and literals to ``to``: where they end; NULL if they cannot be."""
    length: cython.Py_ssize_t = reader.length
    literals: cython.Py_ssize_t = reader.literals
    if length + literals > page_end - to or literals > reader.end - reader.at:
        return cython.NULL
    if reader.distance:
        if reader.distance > to - page:
            return cython.NULL
        copy_match(to, reader.distance, length, page_end)
    elif length:
        memset(to, 0, length)
    to += length
    if literals:
        copy_literals(to, page_end - to, reader.at, reader.end, literals)
        reader.at += literals
        to += literals
    return to


def pack_block(
    writer: cython.pointer(Writer),
    block: Bytes,
    length: cython.Py_ssize_t,
    literals: cython.Py_ssize_t,
    page_end: Bytes,
    stream: cython.int,
    table: cython.p_ushort,
) -> cython.Py_ssize_t:
    """Compress ``length`` bytes; ``literals`` bytes before them are not written yet.

    Returns how many at the end are not.
    """
    search_end: Bytes = block + length - END_OF_SEARCH
    anchor: Bytes = block - literals
    since: Bytes = block
    at: Bytes = block + (4 - literals if literals < 4 else 0) + 1
    memset(table, 0, TABLE_BYTES)
    while at < search_end:
        run: cython.Py_ssize_t = 0
        match: Bytes = block
        word: cython.uint = read32(at)
        if word == 0 and stream:
            run = zeros_from(at, search_end)
        else:
            place: cython.uint = (word * cython.cast(cython.uint, 0x1824429D)) >> (32 - TABLE_BITS)
            match = block + table[place]
            table[place] = at - block
            if read32(match) != word:
                at += 1 + ((at - since) >> 5)
                continue
        write_literals(writer, anchor, at - anchor, page_end)
        if run:
            write_zeros(writer, run)
        else:
            run = write_match(writer, at - match, match_length(at, match, search_end), stream)
        at += run
        anchor = since = at
    return block + length - anchor


def zeros_from(at: Bytes, end: Bytes) -> cython.Py_ssize_t:
    """Zero bytes from ``at`` on, the first four of which are known to be; as many as one instruction takes."""
    most: cython.Py_ssize_t = min(end - at, MAX_ZEROS)
    run: cython.Py_ssize_t = MIN_ZEROS
    while run + 8 <= most:
        word: cython.ulonglong = read64(at + run)
        if word:
            return run + equal_bytes(word)
        run += 8
    while run < most and at[run] == 0:
        run += 1
    return run


def match_length(at: Bytes, match: Bytes, search_end: Bytes) -> cython.Py_ssize_t:
    """Equal bytes, 4 at least. Past ``search_end`` only whole steps of eight count, as on 64-bit machines."""
    length: cython.Py_ssize_t = 4
    difference: cython.ulonglong = read64(at + length) ^ read64(match + length)
    while difference == 0:
        length += 8
        if at + length >= search_end:
            return length
        difference = read64(at + length) ^ read64(match + length)
    return length + equal_bytes(difference)


def write_literals(
    writer: cython.pointer(Writer), literals: Bytes, count: cython.Py_ssize_t, page_end: Bytes
) -> cython.void:
    """``count`` literals behind the last instruction."""
    if count > 18:
        writer.at[0] = 0
        writer.at += 1
        write_length(writer, count - 18)
    elif count > 3:
        writer.at[0] = count - 3
        writer.at += 1
    elif count:
        writer.state[0] |= count
    copy_literals(writer.at, UNLIMITED, literals, page_end, count)
    writer.at += count


def write_match(
    writer: cython.pointer(Writer),
    distance: cython.Py_ssize_t,
    length: cython.Py_ssize_t,
    stream: cython.int,
) -> cython.Py_ssize_t:
    """A match: how many bytes of it were written."""
    if length <= 8 and distance <= NEAR:
        distance -= 1
        writer.at[0] = (length - 1) << 5 | (distance & 7) << 2
        writer.at[1] = distance >> 3
        writer.state = writer.at
        writer.at += 2
        return length
    marker: cython.int = 32
    longest: cython.Py_ssize_t = 33
    if distance <= FAR:
        distance -= 1
    else:
        distance -= FAR
        marker = 16 | (distance >> 11) & 8
        longest = 9
        if stream and 261 <= length <= 264 and distance & 0x403F == 0x403F:
            # With three literals behind it, this would read as a run of zeros.
            length = 260
    if length <= longest:
        writer.at[0] = marker | (length - 2)
        writer.at += 1
    else:
        writer.at[0] = marker
        writer.at += 1
        write_length(writer, length - longest)
    writer.at[0] = (distance << 2) & 255
    writer.at[1] = distance >> 6
    writer.state = writer.at
    writer.at += 2
    return length


def write_zeros(writer: cython.pointer(Writer), run: cython.Py_ssize_t) -> cython.void:
    """A run of zeros, of a version 1 stream."""
    run -= MIN_ZEROS
    writer.at[0] = 0x18 | run & 7
    writer.at[1] = 0xFC
    writer.at[2] = 0xFF
    writer.at[3] = run >> 3
    writer.state = writer.at + 1
    writer.at += 4


def write_length(writer: cython.pointer(Writer), rest: cython.Py_ssize_t) -> cython.void:
    """What an instruction's first byte cannot say of a length, 1 or more: a zero byte for each 255."""
    while rest > 255:
        writer.at[0] = 0
        writer.at += 1
        rest -= 255
    writer.at[0] = rest
    writer.at += 1


def read_distance(reader: cython.pointer(Reader)) -> cython.Py_ssize_t:
    """Two bytes: a distance, and how many literals follow. If they are missing, more than any page has."""
    if reader.end - reader.at < 2:
        return UNLIMITED
    word: cython.int = read16(reader.at)
    reader.literals = word & 3
    reader.at += 2
    return word >> 2


def read_length(reader: cython.pointer(Reader), base: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The same read, added to ``base``; of bytes that end within it, more than any page has."""
    while reader.at < reader.end:
        more: cython.int = reader.at[0]
        reader.at += 1
        if more:
            return base + more
        base += 255
    return UNLIMITED
