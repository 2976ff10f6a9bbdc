# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = --param=max-inline-insns-auto=2000
# mypy: ignore-errors
# ruff: noqa: F821
"""842: IBM's format of the POWER processors' compression unit, as the kernel makes it in software.

A stream of bits, the most significant first, without entropy coding. The page is cut into blocks of 8 bytes, and
each becomes a *template*: 5 bits that say which of its parts of 8, 4 or 2 bytes are written out and which
are an index of a place where the same stood before: among the last 256 blocks, the last 512 words of 4 bytes, or
the last 256 words of 2. The compressor takes the first of 26 templates whose indices it all knows. A block equal
to the one before is only counted, and one of zeros has a template of its own. The end is marked, and a CRC of
the page and a pad to whole 8 bytes follow.

An index is a place in a ring, not a distance; of several places with the same word the kernel takes the one
filled last. So the last place in the page where a word stood is all that one needs to know of it.

Source: lib/842/842_compress.c sw842_compress(), lib/842/842_decompress.c sw842_decompress(), 6.1 and 6.12.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdint import uint32_t, uint64_t
from cython.cimports.libc.string import memcpy, memset
from cython.cimports.zswapbench.codecs.kernel import KernelCodec
from cython.cimports.zswapbench.codecs.memory import Bytes, read16, read32, read64, swap_bytes, write64
from cython.cimports.zswapbench.codecs.sw842_tables import (
    DATA2,
    DATA4,
    INDEX2,
    INDEX4,
    TEMPLATE_COUNT,
    VALUES,
    Template,
    crc_of,
    fill_templates,
)

TEMPLATE_BITS = cython.declare(cython.int, 5)
REPEAT = cython.declare(cython.int, 0x1B)
ZEROS = cython.declare(cython.int, 0x1C)
SHORT = cython.declare(cython.int, 0x1D)
END = cython.declare(cython.int, 0x1E)
REPEAT_BITS = cython.declare(cython.int, 6)
MOST_REPEATS = cython.declare(cython.int, 64)
SHORT_BITS = cython.declare(cython.int, 3)
CRC_BITS = cython.declare(cython.int, 32)

RING8 = cython.declare(cython.int, 256)
RING4 = cython.declare(cython.int, 512)
RING2 = cython.declare(cython.int, 256)
TABLE_BITS = cython.declare(cython.int, 11)

# Here and not with their makers: what belongs to another module is reached through a pointer, block by block.
template_of_code = cython.declare(Template[26])
best_template = cython.declare(cython.int[64])
fill_templates(template_of_code, best_template)


@cython.cclass
class Sw842(KernelCodec):
    """Has no level."""

    name = "842"
    kernel_name = "842"
    source = "lib/842/842_compress.c, 6.1 to 6.12"
    help = "IBM's 842, in software"
    parameters = ()

    def __init__(self) -> None:
        KernelCodec.__init__(self, cython.sizeof(Chains))

    def pack(self, page: Bytes, size: cython.int, out: cython.p_uchar, work: cython.p_void) -> cython.int:
        return pack_or_count(page, size, out, work, True)

    def packed_size(
        self, page: Bytes, size: cython.int, out: cython.p_uchar, work: cython.p_void
    ) -> cython.int:
        return pack_or_count(page, size, out, work, False)

    def unpack(self, data: Bytes, length: cython.int, page: cython.p_uchar, size: cython.int) -> cython.bint:
        reader: Reader
        reader.at = data
        reader.end = data + length
        reader.pending = reader.bits = 0
        r: cython.pointer(Reader) = cython.address(reader)
        done: cython.int = 0
        count: cython.int
        code: cython.longlong = take(r, TEMPLATE_BITS)
        while code != END:
            if code < 0:
                return False
            if code < TEMPLATE_COUNT:
                if size - done < 8 or not read_block(r, template_of_code[code], page, done):
                    return False
                done += 8
            elif code == REPEAT:
                count = take(r, REPEAT_BITS) + 1
                if done < 8 or size - done < 8 * count:
                    return False
                while count:
                    memcpy(page + done, page + done - 8, 8)
                    done += 8
                    count -= 1
            elif code == ZEROS:
                if size - done < 8:
                    return False
                memset(page + done, 0, 8)
                done += 8
            elif code == SHORT:
                count = take(r, SHORT_BITS)
                if count <= 0 or size - done < count:
                    return False
                while count:
                    page[done] = take(r, 8)
                    done += 1
                    count -= 1
            else:
                return False
            code = take(r, TEMPLATE_BITS)
        if done != size or take(r, 32) != crc_of(page, size):
            return False
        # What is left of eight bytes is padding.
        return (reader.at - data + 7) // 8 * 8 == length


def pack_or_count(
    page: Bytes, size: cython.int, out: cython.p_uchar, work: cython.p_void, writes: cython.bint
) -> cython.int:
    """Bytes that the page takes; they are in ``out`` if this ``writes``."""
    chains: cython.pointer(Chains) = cython.cast(cython.pointer(Chains), work)
    writer: Writer
    writer.at = out
    writer.pending = writer.bits = 0
    w: cython.pointer(Writer) = cython.address(writer)
    memset(chains.newest8, 0, 2 * cython.sizeof(cython.ushort[2048]))
    repeats: cython.int = 0
    before: uint64_t = 0
    number: cython.int
    for number in range(size // 8):
        word: uint64_t = read64(page + 8 * number)
        if number and word == before:
            repeats += 1
            if repeats == MOST_REPEATS:
                repeats = put_repeats(w, repeats, writes)
            continue
        repeats = put_repeats(w, repeats, writes)
        # Now, so that of a row of equal blocks the last alone goes into the rings: it is the one to be found.
        if number:
            enter_block(chains, page, number - 1)
        if word == 0:
            put(w, ZEROS, TEMPLATE_BITS, writes)
        else:
            put_block(w, chains, page, number, writes)
        before = word
    put_repeats(w, repeats, writes)
    if size % 8:
        put(w, SHORT, TEMPLATE_BITS, writes)
        put(w, size % 8, SHORT_BITS, writes)
        for number in range(size - size % 8, size):
            put(w, page[number], 8, writes)
    put(w, END, TEMPLATE_BITS, writes)
    put(w, crc_of(page, size) if writes else 0, CRC_BITS, writes)
    if writes:
        write64(writer.at, swap_bytes(writer.pending << (64 - writer.bits)) if writer.bits else 0)
    used: cython.int = writer.at - out + (writer.bits + 7) // 8
    return (used + 7) // 8 * 8


def put_block(
    writer: cython.pointer(Writer),
    chains: cython.pointer(Chains),
    page: Bytes,
    number: cython.int,
    writes: cython.bint,
) -> cython.void:
    """The template of block ``number`` and its parts."""
    block: Bytes = page + 8 * number
    values: uint32_t[VALUES]
    part: cython.int
    index: cython.int = find(chains.newest8, chains.older8, RING8, page, 8, number, number)
    if index >= 0:
        put(writer, 0x19, TEMPLATE_BITS, writes)
        put(writer, index, 8, writes)
        return
    known: cython.int = 0
    for part in range(2):
        index = find(chains.newest4, chains.older4, RING4, page, 4, 2 * number + part, 2 * number)
        known |= (index >= 0) << part
        values[INDEX4 + part] = index
    for part in range(3):
        values[DATA4 + part] = swap_bytes(read32(block + 2 * part)) >> 32
    if known != 3:
        for part in range(4):
            index = find2(chains.places2, page, 4 * number + part, 4 * number)
            known |= (index >= 0) << (2 + part)
            values[INDEX2 + part] = index
            values[DATA2 + part] = swap_bytes(read16(block + 2 * part)) >> 48
    template: cython.pointer(Template) = cython.address(template_of_code[best_template[known]])
    if not writes:
        writer.bits += TEMPLATE_BITS + template.bits
        return
    put(writer, template.code, TEMPLATE_BITS, writes)
    for part in range(template.parts):
        put(writer, values[template.value[part]], template.width[part], writes)


def put_repeats(writer: cython.pointer(Writer), repeats: cython.int, writes: cython.bint) -> cython.int:
    """So many repeats of the last block, if any. Returns how many are left to tell of: none."""
    if repeats:
        put(writer, REPEAT, TEMPLATE_BITS, writes)
        put(writer, repeats - 1, REPEAT_BITS, writes)
    return 0


def put(
    writer: cython.pointer(Writer), value: uint64_t, bits: cython.int, writes: cython.bint
) -> cython.void:
    """``value`` in ``bits`` bits, 32 at most; where nothing ``writes``, they only count."""
    writer.bits += bits
    if not writes:
        return
    writer.pending = writer.pending << bits | value
    if writer.bits >= 32:
        writer.bits -= 32
        word: uint32_t = swap_bytes(writer.pending >> writer.bits) >> 32
        memcpy(writer.at, cython.address(word), 4)
        writer.at += 4


def word_at(page: Bytes, number: cython.int, size: cython.int) -> uint64_t:
    """Word ``number`` of the page, in words of ``size`` bytes, 8 or 4."""
    return read64(page + 8 * number) if size == 8 else read32(page + 4 * number)


def hash_of(word: uint64_t) -> cython.uint:
    """Its place in a table. Any good hash will do: the chains find the same whatever it is."""
    return (word * cython.cast(uint64_t, 0x9E3779B97F4A7C15)) >> (64 - TABLE_BITS)


def find(
    newest: cython.p_ushort,
    older: cython.p_ushort,
    ring: cython.int,
    page: Bytes,
    size: cython.int,
    number: cython.int,
    filled: cython.int,
) -> cython.int:
    """Where the ring has word ``number``, with ``filled`` words gone through it; -1 if it has not."""
    word: uint64_t = word_at(page, number, size)
    candidate: cython.int = newest[hash_of(word)]
    first: cython.int = max(filled - ring, 0)
    while candidate > first:
        if word_at(page, candidate - 1, size) == word:
            return (candidate - 1) & (ring - 1)
        candidate = older[(candidate - 1) & (ring - 1)]
    return -1


def find2(places: cython.p_uchar, page: Bytes, number: cython.int, filled: cython.int) -> cython.int:
    """The same of a word of 2 bytes, from a table that has a place for each of all such words.

    What was left there by an earlier word, or an earlier page, does no harm. A word that is in the ring went
    there through this table, so its place is the right one; and of one that is not, any place holds another.
    """
    word: cython.uint = read16(page + 2 * number)
    index: cython.int = places[word]
    candidate: cython.int = filled - 1 - ((filled - 1 - index) & (RING2 - 1))
    return index if candidate >= 0 and read16(page + 2 * candidate) == word else -1


def enter(
    newest: cython.p_ushort,
    older: cython.p_ushort,
    ring: cython.int,
    page: Bytes,
    size: cython.int,
    number: cython.int,
) -> cython.void:
    """Word ``number`` goes into the ring. An older place with the same word needs no link of the chain."""
    word: uint64_t = word_at(page, number, size)
    place: cython.uint = hash_of(word)
    before: cython.int = newest[place]
    if before > max(number - ring, 0) and word_at(page, before - 1, size) == word:
        before = older[(before - 1) & (ring - 1)]
    older[number & (ring - 1)] = before
    newest[place] = number + 1


def enter_block(chains: cython.pointer(Chains), page: Bytes, number: cython.int) -> cython.void:
    """Block ``number`` goes into all rings."""
    word: cython.int
    enter(chains.newest8, chains.older8, RING8, page, 8, number)
    for word in range(2):
        enter(chains.newest4, chains.older4, RING4, page, 4, 2 * number + word)
    for word in range(4):
        chains.places2[read16(page + 8 * number + 2 * word)] = (4 * number + word) & (RING2 - 1)


def read_block(
    reader: cython.pointer(Reader), template: Template, page: cython.p_uchar, done: cython.int
) -> cython.bint:
    """Eight bytes by ``template``, behind the ``done`` that there are; False if an index leads nowhere."""
    to: cython.p_uchar = page + done
    part: cython.int
    for part in range(template.parts):
        size: cython.int = template.size[part]
        if template.index[part]:
            ring: cython.int = RING4 if size == 4 else RING8
            place: cython.int = place_in_page(take(reader, 9 if size == 4 else 8), size, ring, done)
            if place < 0:
                return False
            memcpy(to, page + place, size)
        else:
            byte: cython.int
            for byte in range(size):
                to[byte] = take(reader, 8)
        to += size
    return True


def place_in_page(index: cython.longlong, size: cython.int, ring: cython.int, done: cython.int) -> cython.int:
    """Where in the page lies what place ``index`` of a ring of words of ``size`` bytes holds; -1: nowhere."""
    filled: cython.int = done // 8 * (8 // size)
    number: cython.int = filled - filled % ring + index
    if number >= filled:
        number -= ring
    return number * size if index >= 0 and number >= 0 else -1


def take(reader: cython.pointer(Reader), bits: cython.int) -> cython.longlong:
    """The next ``bits`` bits, 32 at most; -1 if there are no more so many."""
    while reader.bits < bits:
        if reader.at == reader.end:
            return -1
        reader.pending = reader.pending << 8 | reader.at[0]
        reader.at += 1
        reader.bits += 8
    reader.bits -= bits
    return (reader.pending >> reader.bits) & ((cython.cast(uint64_t, 1) << bits) - 1)
