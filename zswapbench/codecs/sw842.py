# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
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

TEMPLATES = """
    19:I8 18:I4,I4 17:I4,I2,I2 13:I2,I2,I4 12:I2,I2,I2,I2 16:I4,I2,D2 15:I4,D2,I2 0e:I2,D2,I4 09:D2,I2,I4
    11:I2,I2,I2,D2 10:I2,I2,D2,I2 0d:I2,D2,I2,I2 08:D2,I2,I2,I2 14:I4,D4 04:D4,I4 0f:I2,I2,D4 0c:I2,D2,I2,D2
    0b:I2,D4,I2 07:D2,I2,I2,D2 06:D2,I2,D2,I2 03:D4,I2,I2 0a:I2,D2,D4 05:D2,I2,D4 02:D4,I2,D2 01:D4,D2,I2 00:D8
"""
"""As the compressor tries them. Code in hexadecimal: what each part is, an index or data, and its bytes."""

COUNT = cython.declare(cython.int, 26)
TEMPLATE_BITS = cython.declare(cython.int, 5)
REPEAT = cython.declare(cython.int, 0x1B)
ZEROS = cython.declare(cython.int, 0x1C)
SHORT = cython.declare(cython.int, 0x1D)
END = cython.declare(cython.int, 0x1E)
REPEAT_BITS = cython.declare(cython.int, 6)
MOST_REPEATS = cython.declare(cython.int, 64)
SHORT_BITS = cython.declare(cython.int, 3)

RING8 = cython.declare(cython.int, 256)
RING4 = cython.declare(cython.int, 512)
RING2 = cython.declare(cython.int, 256)
TABLE = cython.declare(cython.int, 2048)
TABLE_BITS = cython.declare(cython.int, 11)

# Filled below, once: by code; by what is known (bits 0 and 1: the words of 4 bytes, bits 2 to 5: of 2); and the
# CRC of a byte with 0 to 7 zero bytes behind it.
template_of_code = cython.declare(Template[26])
best_template = cython.declare(cython.int[64])
crc_table = cython.declare(uint32_t[256][8])  # in C: [8][256]


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
        chains: cython.pointer(Chains) = cython.cast(cython.pointer(Chains), work)
        writer: Writer
        writer.at = out
        writer.pending = writer.bits = 0
        w: cython.pointer(Writer) = cython.address(writer)
        memset(chains.newest8, 0, 3 * cython.sizeof(cython.ushort[2048]))
        repeats: cython.int = 0
        before: uint64_t = 0
        number: cython.int
        for number in range(size // 8):
            word: uint64_t = read64(page + 8 * number)
            if number and word == before:
                repeats += 1
                if repeats == MOST_REPEATS:
                    repeats = put_repeats(w, repeats)
            else:
                repeats = put_repeats(w, repeats)
                if word == 0:
                    put(w, ZEROS, TEMPLATE_BITS)
                else:
                    put_block(w, chains, page, number)
            enter_block(chains, page, number)
            before = word
        put_repeats(w, repeats)
        if size % 8:
            put(w, SHORT, TEMPLATE_BITS)
            put(w, size % 8, SHORT_BITS)
            for number in range(size - size % 8, size):
                put(w, page[number], 8)
        put(w, END, TEMPLATE_BITS)
        put(w, crc_of(page, size), 32)
        return finish(w, out)

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
            if code < COUNT:
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


def put_block(
    writer: cython.pointer(Writer), chains: cython.pointer(Chains), page: Bytes, number: cython.int
) -> cython.void:
    """The template of block ``number`` and its parts."""
    block: Bytes = page + 8 * number
    index4: cython.int[2]
    index2: cython.int[4]
    word: cython.int
    index: cython.int = find(chains.newest8, chains.older8, RING8, page, 8, number, number)
    if index >= 0:
        put(writer, 0x19, TEMPLATE_BITS)
        put(writer, index, 8)
        return
    known: cython.int = 0
    for word in range(2):
        index4[word] = find(chains.newest4, chains.older4, RING4, page, 4, 2 * number + word, 2 * number)
        known |= (index4[word] >= 0) << word
    if known != 3:
        for word in range(4):
            index2[word] = find(chains.newest2, chains.older2, RING2, page, 2, 4 * number + word, 4 * number)
            known |= (index2[word] >= 0) << (2 + word)
    template: cython.pointer(Template) = cython.address(template_of_code[best_template[known]])
    put(writer, template.code, TEMPLATE_BITS)
    offset: cython.int = 0
    for word in range(template.parts):
        size: cython.int = template.size[word]
        if size == 8:
            put(writer, swap_bytes(read32(block)) >> 32, 32)
            put(writer, swap_bytes(read32(block + 4)) >> 32, 32)
        elif size == 4 and template.index[word]:
            put(writer, index4[offset >> 2], 9)
        elif size == 4:
            put(writer, swap_bytes(read32(block + offset)) >> 32, 32)
        elif template.index[word]:
            put(writer, index2[offset >> 1], 8)
        else:
            put(writer, swap_bytes(read16(block + offset)) >> 48, 16)
        offset += size


def put_repeats(writer: cython.pointer(Writer), repeats: cython.int) -> cython.int:
    """So many repeats of the last block, if any. Returns how many are left to tell of: none."""
    if repeats:
        put(writer, REPEAT, TEMPLATE_BITS)
        put(writer, repeats - 1, REPEAT_BITS)
    return 0


def put(writer: cython.pointer(Writer), value: uint64_t, bits: cython.int) -> cython.void:
    """``value`` in ``bits`` bits, 32 at most."""
    writer.pending = writer.pending << bits | value
    writer.bits += bits
    if writer.bits >= 32:
        writer.bits -= 32
        word: uint32_t = swap_bytes(writer.pending >> writer.bits) >> 32
        memcpy(writer.at, cython.address(word), 4)
        writer.at += 4


def finish(writer: cython.pointer(Writer), out: cython.p_uchar) -> cython.int:
    """Write what is pending and pad it to eight bytes: bytes in all."""
    write64(writer.at, swap_bytes(writer.pending << (64 - writer.bits)) if writer.bits else 0)
    used: cython.int = writer.at - out + (writer.bits + 7) // 8
    return (used + 7) // 8 * 8


def word_at(page: Bytes, number: cython.int, size: cython.int) -> uint64_t:
    """Word ``number`` of the page, in words of ``size`` bytes."""
    if size == 8:
        return read64(page + 8 * number)
    return read32(page + 4 * number) if size == 4 else read16(page + 2 * number)


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
        enter(chains.newest2, chains.older2, RING2, page, 2, 4 * number + word)


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


def crc_of(page: Bytes, size: cython.int) -> uint32_t:
    """CRC-32 of polynomial 04C11DB7, most significant bit first, from 0, as it is."""
    crc: uint32_t = 0
    at: Bytes = page
    end: Bytes = page + size
    while end - at >= 8:
        crc ^= swap_bytes(read32(at)) >> 32
        crc = (
            crc_table[7][crc >> 24]
            ^ crc_table[6][(crc >> 16) & 255]
            ^ crc_table[5][(crc >> 8) & 255]
            ^ crc_table[4][crc & 255]
            ^ crc_table[3][at[4]]
            ^ crc_table[2][at[5]]
            ^ crc_table[1][at[6]]
            ^ crc_table[0][at[7]]
        )
        at += 8
    while at < end:
        crc = crc << 8 ^ crc_table[0][crc >> 24 ^ at[0]]
        at += 1
    return crc


def fill_crc_table() -> cython.void:
    """Fill ``crc_table``."""
    byte: cython.int
    step: cython.int
    for byte in range(256):
        crc: uint32_t = cython.cast(uint32_t, byte) << 24
        for _ in range(8):
            crc = crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)
        crc_table[0][byte] = crc
    for step in range(1, 8):
        for byte in range(256):
            shorter: uint32_t = crc_table[step - 1][byte]
            crc_table[step][byte] = shorter << 8 ^ crc_table[0][shorter >> 24]


def fill_templates() -> cython.void:
    """Fill ``template_of_code`` and ``best_template`` from ``TEMPLATES``."""
    needs = []
    for text in TEMPLATES.split():
        code, _, parts = text.partition(":")
        row: Template
        row.code = int(code, 16)
        row.parts = 0
        offset, needed = 0, 0
        for part in parts.split(","):
            size = int(part[1])
            row.index[row.parts] = part[0] == "I"
            row.size[row.parts] = size
            row.parts += 1
            if part[0] == "I" and size < 8:
                needed |= 1 << (offset // 4 if size == 4 else 2 + offset // 2)
            offset += size
        template_of_code[row.code] = row
        needs.append((needed, row.code))
    # An index of the whole block is looked for before anything else.
    for known in range(64):
        best_template[known] = next(code for needed, code in needs[1:] if needed & known == needed)


fill_crc_table()
fill_templates()
