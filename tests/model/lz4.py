"""lz4, retold slowly: the kernel's fast compressor of one page, the format, and what room it wants.

A page is cut into *sequences*: some literals, then a match, which is a distance back and a length of 4 at least.
The last sequence has literals alone. Written from the rules, in three parts that know nothing of each other:
``find`` cuts a page, ``write`` and ``read`` are the format, ``wanted`` is the room that the kernel checks for.

Source: lib/lz4/lz4_compress.c LZ4_compress_generic(), lib/lz4/lz4_decompress.c, 6.1 and 6.12.
"""

from __future__ import annotations

from typing import NamedTuple

MIN_MATCH = 4
LAST_LITERALS = 5
LAST_SEARCH = 12


class Sequence(NamedTuple):
    """``length`` 0: the last one, which has no match."""

    literals: bytes
    distance: int = 0
    length: int = 0


def compress(page: bytes, acceleration: int = 1) -> bytes:
    """What the kernel makes of ``page``."""
    return write(find(page, acceleration))


def decompress(data: bytes, size: int) -> bytes:
    """The page of ``size`` bytes. Raises ValueError if ``data`` is not one."""
    page = bytearray()
    for literals, distance, length in read(data):
        page += literals
        if length and len(page) > size - LAST_SEARCH:
            raise ValueError("a match begins in the last twelve bytes")
        if length and not 1 <= distance <= len(page):
            raise ValueError("a match from outside of the page")
        for _ in range(length):
            if len(page) >= size - LAST_LITERALS:
                raise ValueError("a match in the last five bytes")
            page.append(page[-distance])
    if len(page) != size:
        raise ValueError("another size")
    return bytes(page)


def find(page: bytes, acceleration: int) -> list[Sequence]:
    """The sequences that the kernel finds, with a table of the position that last had each hash."""
    last = len(page) - LAST_SEARCH
    table = [0] * 8192
    sequences: list[Sequence] = []

    def word(at: int) -> bytes:
        return page[at : at + 4]

    def seen(at: int) -> int:
        """Where the hash of the word at ``at`` was last; ``at`` takes its place."""
        place = (int.from_bytes(word(at), "little") * 2654435761 & 0xFFFFFFFF) >> 19
        before, table[place] = table[place], at
        return before

    anchor, at = 0, 1
    while True:
        # Look at each position, then at every second one, every third: a step longer after 64 looks each.
        step, looks = 1, acceleration * 64
        while at + step <= last and word(match := seen(at)) != word(at):
            at, step, looks = at + step, looks >> 6, looks + 1
        if at + step > last:
            return [*sequences, Sequence(page[anchor:])]
        while at > anchor and match > 0 and page[at - 1] == page[match - 1]:
            at, match = at - 1, match - 1
        found = True
        while found:
            length = MIN_MATCH
            while at + length < len(page) - LAST_LITERALS and page[at + length] == page[match + length]:
                length += 1
            sequences.append(Sequence(page[anchor:at], at - match, length))
            at = anchor = at + length
            if at > last:
                return [*sequences, Sequence(page[anchor:])]
            seen(at - 2)
            match = seen(at)
            found = word(match) == word(at)
        at += 1


def write(sequences: list[Sequence]) -> bytes:
    """The format: token, rest of the literals' number, literals, distance, rest of the match's length."""
    out = bytearray()
    for literals, distance, length in sequences:
        count, code = len(literals), length - MIN_MATCH if length else 0
        out.append(min(count, 15) << 4 | min(code, 15))
        out += rest(count) + literals
        if length:
            out += distance.to_bytes(2, "little") + rest(code)
    return bytes(out)


def rest(number: int) -> bytes:
    """What does not go into half a token of 15: bytes to be added, up to one below 255."""
    return b"" if number < 15 else b"\xff" * ((number - 15) // 255) + bytes([(number - 15) % 255])


def read(data: bytes) -> list[Sequence]:
    """The same, backwards. Raises ValueError if ``data`` ends too early."""
    sequences: list[Sequence] = []
    at = 0

    def take(count: int) -> bytes:
        nonlocal at
        at += count
        if at > len(data):
            raise ValueError("cut off")
        return data[at - count : at]

    def number(half: int) -> int:
        more = 255 if half == 15 else 0
        while more == 255:
            (more,) = take(1)
            half += more
        return half

    while True:
        (token,) = take(1)
        literals = take(number(token >> 4))
        if at == len(data):
            return [*sequences, Sequence(literals)]
        distance = int.from_bytes(take(2), "little")
        sequences.append(Sequence(literals, distance, MIN_MATCH + number(token & 15)))


def wanted(sequences: list[Sequence], literals_in_a_byte: int = 255) -> int:
    """The least room with which no check fails, for a kernel that has less than the worst case.

    Before literals are copied it wants them, a byte for each 255 (lz4hc: 256) of them, and 8 more: a
    distance, a token and five literals. After a distance it wants a byte for each 256 of length and 6 more.
    Of the last literals it knows what they take.
    """
    most = before = 0
    for sequence in sequences:
        count, length = len(sequence.literals), sequence.length
        if not length:
            return max(most, before + 1 + count + (count + 240) // 255)
        room = before + 1 + count + count // literals_in_a_byte + 2 + 1 + LAST_LITERALS
        after_distance = before + 1 + len(rest(count)) + count + 2
        most = max(most, room, after_distance + (length - MIN_MATCH) // 256 + 1 + LAST_LITERALS)
        before += len(write([sequence]))
    raise ValueError("no last literals")
