"""The decoder of lzo and lzo-rle, retold slowly after Documentation/staging/lzo.rst: one for both.

Source: lib/lzo/lzo1x_decompress_safe.c, 6.1 and 6.12. Versions of the stream above 1, which the kernel takes for
1, are refused.
"""

from __future__ import annotations

LONG_RUN = 4


def decompress(data: bytes, size: int) -> bytes:
    """The page of ``size`` bytes. Raises ValueError if ``data`` is not one."""
    page = bytearray()
    at, version, state = 0, 0, 0  # state: literals behind the last instruction, 4 for as many or more

    def take(count: int) -> bytes:
        nonlocal at
        at += count
        if at > len(data):
            raise ValueError("cut off")
        return data[at - count : at]

    def length(bits: int, code: int) -> int:
        if code & bits:
            return code & bits
        zeros = 0
        while (byte := take(1)[0]) == 0:
            zeros += 1
        return bits + 255 * zeros + byte

    def put(piece: bytes) -> None:
        page.extend(piece)
        if len(page) > size:
            raise ValueError("more than a page")

    if len(data) >= 5 and data[0] == 17:
        version = take(2)[1]
        if version > 1:
            raise ValueError("a version of the future")
    if at < len(data) and data[at] > 17:
        count = take(1)[0] - 17
        put(take(count))
        state = min(count, LONG_RUN)
    while True:
        code = take(1)[0]
        if code < 16 and not state:
            put(take(length(15, code) + 3))
            state = LONG_RUN
            continue
        if code >= 64:
            distance, count, following = 1 + (code >> 2 & 7) + take(1)[0] * 8, (code >> 5) + 1, code & 3
        elif code < 16:
            distance, count, following = 1 + (code >> 2) + take(1)[0] * 4, 2, code & 3
            if state == LONG_RUN:
                distance, count = distance + 2048, 3
        elif version and code & 0xF8 == 0x18 and int.from_bytes(data[at : at + 2], "little") >= 0xFFFC:
            following, _, run = take(3)
            following, distance, count = following & 3, 0, (run << 3 | code & 7) + 4
        else:
            count = length(31 if code >= 32 else 7, code) + 2
            word = int.from_bytes(take(2), "little")
            following, distance = word & 3, 1 + (word >> 2)
            if code < 32:
                distance += 16383 + ((code & 8) << 11)
                if distance == 16384:
                    break
        if not distance:
            put(bytes(count))
        elif distance > len(page):
            raise ValueError("a match from outside of the page")
        else:
            source = page[-distance:]
            put(bytes((source * (min(count, size) // distance + 1))[: min(count, size + 1)]))
        put(take(following))
        state = following
    if count != 3 or at != len(data) or len(page) != size:
        raise ValueError("not the end")
    return bytes(page)
