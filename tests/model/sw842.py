"""842, retold slowly: the kernel's compressor of one page and its decoder, from the rules.

A page is cut into blocks of 8 bytes, and each becomes a *template*: 5 bits that say what follows, then data as
they are (D8, D4, D2), or the place in a ring where the same data were put before (I8, I4, I2). Bits are
written as text, '0' and '1', and packed at the end.

Source: lib/842/842_compress.c, lib/842/842_decompress.c, 6.1 and 6.12.
"""

from __future__ import annotations

import zlib

REPEAT, ZEROS, SHORT, END = 0x1B, 0x1C, 0x1D, 0x1E
BITS = {"I8": 8, "I4": 9, "I2": 8, "D8": 64, "D4": 32, "D2": 16}
MOST_REPEATS = 64
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def placed(parts: list[str]) -> list[tuple[int, str]]:
    """Each part with where it begins in its block."""
    return [(sum(int(part[1]) for part in parts[:number]), part) for number, part in enumerate(parts)]


TABLE = """
    19 I8 | 18 I4 I4 | 17 I4 I2 I2 | 13 I2 I2 I4 | 12 I2 I2 I2 I2 | 16 I4 I2 D2 | 15 I4 D2 I2 | 0e I2 D2 I4
    | 09 D2 I2 I4 | 11 I2 I2 I2 D2 | 10 I2 I2 D2 I2 | 0d I2 D2 I2 I2 | 08 D2 I2 I2 I2 | 14 I4 D4 | 04 D4 I4
    | 0f I2 I2 D4 | 0c I2 D2 I2 D2 | 0b I2 D4 I2 | 07 D2 I2 I2 D2 | 06 D2 I2 D2 I2 | 03 D4 I2 I2 | 0a I2 D2 D4
    | 05 D2 I2 D4 | 02 D4 I2 D2 | 01 D4 D2 I2 | 00 D8"""
"""In the order in which the compressor tries them: the code in hexadecimal, and the parts."""
TEMPLATES = {int(code, 16): placed(parts) for code, *parts in map(str.split, TABLE.split("|"))}


def compress(page: bytes) -> bytes:
    """What the kernel makes of ``page``."""
    newest: dict[bytes, int] = {}  # value: number of the last word, of as many bytes, that was it
    bits = []
    repeats = 0
    for start in range(0, len(page) - 7, 8):
        block = page[start : start + 8]
        again = start > 0 and block == page[start - 8 : start]
        repeats += again
        if repeats and (repeats == MOST_REPEATS or not again):
            bits.append(f"{REPEAT:05b}{repeats - 1:06b}")
            repeats = 0
        if not again:
            bits.append(f"{ZEROS:05b}" if block == bytes(8) else template_for(block, newest, start))
        for size in (8, 4, 2):
            newest |= {page[at : at + size]: at // size for at in range(start, start + 8, size)}
    if repeats:
        bits.append(f"{REPEAT:05b}{repeats - 1:06b}")
    left = page[len(page) // 8 * 8 :]
    if left:
        bits += [f"{SHORT:05b}{len(left):03b}", *(f"{byte:08b}" for byte in left)]
    return finish("".join(bits), page)


def template_for(block: bytes, newest: dict[bytes, int], start: int) -> str:
    """The first template all of whose indices exist, with its parts."""

    def known(part: str, data: bytes) -> bool:
        first_in_ring = max(start // len(data) - ring_of(part), 0)
        return part[0] == "D" or newest.get(data, -1) >= first_in_ring

    code, parts = next(
        (code, parts)
        for code, parts in TEMPLATES.items()
        if all(known(part, block[at : at + int(part[1])]) for at, part in parts)
    )
    bits = f"{code:05b}"
    for at, part in parts:
        data = block[at : at + int(part[1])]
        value = int.from_bytes(data, "big") if part[0] == "D" else newest[data] % ring_of(part)
        bits += f"{value:0{BITS[part]}b}"
    return bits


def ring_of(part: str) -> int:
    """How many words a ring holds: as many as an index can tell."""
    return 1 << BITS[part]


def finish(bits: str, page: bytes) -> bytes:
    """The bits with the end of the stream, the checksum of ``page``, and padding to 8 bytes."""
    bits += f"{END:05b}{crc(page):032b}"
    bits += "0" * (-len(bits) % 64)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def crc(data: bytes) -> int:
    """CRC-32, most significant bit first, from 0, not inverted: zlib's of mirrored bytes, mirrored."""
    mirrored = zlib.crc32(data.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def decompress(data: bytes, size: int) -> bytes:
    """The page of ``size`` bytes. Raises ValueError if ``data`` is not one."""
    stream = "".join(f"{byte:08b}" for byte in data)
    page, at = read(stream, size)
    checksum = stream[at : at + 32]
    if checksum != f"{crc(page):032b}" or len(page) != size or len(stream) != -(-(at + 32) // 64) * 64:
        raise ValueError("not the end")
    return page


def read(stream: str, size: int) -> tuple[bytes, int]:
    """The page, up to ``size`` bytes, that the bits up to the end mark mean, and where that ends."""
    page = bytearray()
    rings: dict[tuple[str, int], bytes] = {}  # the last word that went to each place
    at = filled = 0

    def take(bits: int) -> int:
        nonlocal at
        at += bits
        if at > len(stream):
            raise ValueError("cut off")
        return int(stream[at - bits : at], 2)

    while (code := take(5)) != END:
        if code in TEMPLATES:
            for _, part in TEMPLATES[code]:
                value = take(BITS[part])
                if part[0] == "I" and (part, value) not in rings:
                    raise ValueError("an empty place")
                page += value.to_bytes(int(part[1]), "big") if part[0] == "D" else rings[part, value]
        elif code == REPEAT:
            count = take(6) + 1
            if len(page) < 8:
                raise ValueError("nothing to repeat")
            page += page[-8:] * count
        elif code == ZEROS:
            page += bytes(8)
        elif code == SHORT and (count := take(3)):
            page += bytes(take(8) for _ in range(count))
        else:
            raise ValueError("no such template")
        if len(page) > size:
            raise ValueError("more than a page")
        for part, width in (("I8", 8), ("I4", 4), ("I2", 2)):
            for start in range(filled, len(page) // 8 * 8, width):
                rings[part, start // width % ring_of(part)] = bytes(page[start : start + width])
        filled = len(page) // 8 * 8
    return bytes(page), at
