"""lzo and lzo-rle, retold slowly: the kernel's compressor of one page, and what room it wants.

A page is cut into *instructions*: some literals, then a match, or, in lzo-rle, a run of zeros. At the end are
literals alone. Written from the rules in two parts that know nothing of each other: ``find`` cuts a page, and
``Writer`` has the format and the room that the safe compressor checks for.

Source: lib/lzo/lzo1x_compress.c, 6.1 and 6.12.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

END = bytes([17, 0, 0])
ZEROS_AT_MOST = 2051


class Instruction(NamedTuple):
    """``distance`` 0: a run of ``length`` zeros."""

    literals: bytes
    distance: int
    length: int


class Packed(NamedTuple):
    """``wanted``: the least room with which no check of the safe compressor fails."""

    data: bytes
    wanted: int


def compress(page: bytes, version: int) -> Packed:
    """What the kernel makes of ``page``; ``version``: of the bit stream, 0 for lzo, 1 for lzo-rle."""
    writer = Writer(version)
    done = 0
    for instruction in find(page, version):
        writer.put(instruction)
        done += len(instruction.literals) + instruction.length
    writer.put_last(page[done:])
    return Packed(bytes(writer.out), max(writer.wanted, len(writer.out)))


def find(page: bytes, version: int) -> Iterator[Instruction]:
    """The instructions that the kernel finds, block by block, each with a table of its own."""
    done = 0
    for start in range(0, len(page), 49152 - version):
        block = page[start : start + 49152 - version]
        if len(block) > 20:
            for instruction in find_in(page, start, start + len(block), done, version):
                yield instruction
                done += len(instruction.literals) + instruction.length


def find_in(page: bytes, start: int, block_end: int, done: int, version: int) -> Iterator[Instruction]:
    """Those of one block. What lies from ``done`` to ``start`` are literals that are not written yet."""
    end = block_end - 20
    table = [start] * 8192
    at = start + max(4 - (start - done), 0)
    since = start  # steps get longer with the distance from here
    at += 1 + (at - since) // 32
    while at < end:
        word = page[at : at + 4]
        distance = 0
        if version and word == bytes(4):
            length = 4
            while length < ZEROS_AT_MOST and at + length < end and page[at + length] == 0:
                length += 1
        else:
            place = (int.from_bytes(word, "little") * 0x1824429D & 0xFFFFFFFF) >> 19
            match, table[place] = table[place], at
            if page[match : match + 4] != word:
                at += 1 + (at - since) // 32
                continue
            distance, length = at - match, match_length(page, at, match, end)
            # What a decoder could take for a run of zeros, if three literals follow.
            if (
                version
                and 261 <= length <= 264
                and distance > 16384
                and (distance - 16384) & 0x403F == 0x403F
            ):
                length = 260
        yield Instruction(page[done:at], distance, length)
        at = done = since = at + length


def match_length(page: bytes, at: int, match: int, end: int) -> int:
    """Four bytes, and then eight at a time, the last eight as far as they are equal."""
    length = 4
    while page[at + length : at + length + 8] == page[match + length : match + length + 8]:
        length += 8
        if at + length >= end:
            return length
    while page[at + length] == page[match + length]:
        length += 1
    return length


class Writer:
    """The bytes ``out`` so far; ``wanted``: room that the checks so far were content with."""

    def __init__(self, version: int) -> None:
        self.out = bytearray([17, version] if version else [])
        self.start = len(self.out)
        self.state = 0  # where the byte is whose last two bits say how many literals follow
        self.wanted = 0

    def put(self, instruction: Instruction) -> None:
        """The instruction in its shortest form, and the literals before it."""
        literals, distance, length = instruction
        # Up to three literals are copied as four bytes, up to sixteen as sixteen, behind a byte of length.
        stride = 0 if not literals or len(literals) > 16 else 4 if len(literals) <= 3 else 17
        self.wanted = max(self.wanted, len(self.out) + stride)
        self.put_literals(literals)
        if not distance:
            run = length - 4
            self.out += bytes([0x18 | run & 7, 0xFC, 0xFF, run >> 3])
            self.state = len(self.out) - 3
        elif length <= 8 and distance <= 2048:
            self.out += bytes([(length - 1) << 5 | (distance - 1 & 7) << 2, distance - 1 >> 3])
            self.state = len(self.out) - 2
        else:
            far = distance > 16384
            code, longest = (16 | (distance - 16384 & 16384) >> 11, 9) if far else (32, 33)
            rest = distance - 16384 & 16383 if far else distance - 1
            self.out.append(code | (length - 2 if length <= longest else 0))
            self.out += b"" if length <= longest else more(length - longest)
            self.out += (rest << 2).to_bytes(2, "little")
            self.state = len(self.out) - 2

    def put_literals(self, literals: bytes) -> None:
        """Literals behind an instruction."""
        count = len(literals)
        if count > 18:
            self.out += b"\0" + more(count - 18)
        elif count > 3:
            self.out.append(count - 3)
        elif count:
            self.out[self.state] |= count
        self.out += literals

    def put_last(self, literals: bytes) -> None:
        """What is left of the page, and the end. If it is all of the page it may be told by one byte."""
        if len(self.out) == self.start and len(literals) <= 238:
            self.out.append(17 + len(literals))
            self.out += literals
        else:
            self.put_literals(literals)
        self.out += END


def more(number: int) -> bytes:
    """1 or more: a zero byte for each 255 and what is then left, 1 to 255."""
    return bytes((number - 1) // 255) + bytes([(number - 1) % 255 + 1])
