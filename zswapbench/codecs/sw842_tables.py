# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""842's tables, which compressor and decompressor share: the templates, and the CRC of a page.

See sw842.py for the format.

Source: lib/842/842.h, lib/842/842_compress.c comp_ops, lib/crc32.c crc32_be(), 6.1 and 6.12.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdint import uint32_t
from cython.cimports.zswapbench.codecs.memory import Bytes, read32, swap_bytes

TEMPLATES = """
    19:I8 18:I4,I4 17:I4,I2,I2 13:I2,I2,I4 12:I2,I2,I2,I2 16:I4,I2,D2 15:I4,D2,I2 0e:I2,D2,I4 09:D2,I2,I4
    11:I2,I2,I2,D2 10:I2,I2,D2,I2 0d:I2,D2,I2,I2 08:D2,I2,I2,I2 14:I4,D4 04:D4,I4 0f:I2,I2,D4 0c:I2,D2,I2,D2
    0b:I2,D4,I2 07:D2,I2,I2,D2 06:D2,I2,D2,I2 03:D4,I2,I2 0a:I2,D2,D4 05:D2,I2,D4 02:D4,I2,D2 01:D4,D2,I2 00:D4,D4
"""
"""As the compressor tries them. Code in hexadecimal: what each part is, an index or data, and its bytes.

The last writes all eight bytes, here as two parts of 4, so that no part of data has more.
"""

crc_table = cython.declare(uint32_t[256][8])  # [n][byte], in C: the CRC of a byte with n zero bytes behind it


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


def fill_templates(template_of_code: cython.pointer(Template), best_template: cython.p_int) -> cython.void:
    """Fill both from ``TEMPLATES``: [code], and [known], the code to take for what is known of a block.

    ``known``: a bit for each of its words that the compressor has an index for, bits 0 and 1 those of 4 bytes, bits
    2 to 5 those of 2.
    """
    needs = []
    for text in TEMPLATES.split():
        code, _, parts = text.partition(":")
        row: Template
        row.code = int(code, 16)
        row.parts = row.bits = 0
        offset, needed = 0, 0
        for part in parts.split(","):
            size = int(part[1])
            row.index[row.parts] = part[0] == "I"
            row.size[row.parts] = size
            if part[0] == "I":
                row.value[row.parts] = INDEX4 + offset // 4 if size == 4 else INDEX2 + offset // 2
                row.width[row.parts] = 9 if size == 4 else 8
            else:
                row.value[row.parts] = DATA4 + offset // 2 if size == 4 else DATA2 + offset // 2
                row.width[row.parts] = 8 * size
            row.bits += row.width[row.parts]
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
