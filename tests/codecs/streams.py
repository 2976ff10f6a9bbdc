"""Compressed pages for decoders to trip over, for hypothesis: streams from the formats' grammars, and damage.

A builder takes numbers that mean little by themselves and makes instructions of them, with distances and
places that exist in the page so far, except in *wild* steps, where they are as drawn. So most tame streams
are good to the end, and the wild ones go wrong late. Each gives the stream and the size of its page.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from tests.model import lz4, sw842

END_OF_LZO = bytes([17, 0, 0])


class Made(NamedTuple):
    """``size``: of the page that the stream means, if it means one."""

    data: bytes
    size: int


class Step(NamedTuple):
    """One instruction; which numbers count depends on its ``form``."""

    form: int
    literals: int
    distance: int
    length: int
    wild: bool
    seed: int


LENGTHS = [250, 254, 255, 256, 257, 264, 273, 274, 510, 765, 2051, 2052, 5000]
DISTANCES = [1023, 1024, 2047, 2048, 2049, 16383, 16384, 16385, 32767, 49150, 49151, 65535]


def steps(*, wild: bool) -> st.SearchStrategy[list[Step]]:
    """Up to 24 of them, one in eight ``wild``, or none. One drawn string for all is several times as fast."""

    def step(numbers: bytes) -> Step:
        form, literals, near, far, low, length, scale, seed = numbers
        distance = [near, near % 8, low << 8 | near, DISTANCES[near % len(DISTANCES)]][far & 3]
        longer = [length, length % 20, length * 8, LENGTHS[length % len(LENGTHS)]][scale & 3]
        return Step(
            form & 31, literals % (4 << (scale >> 2 & 7)), distance, longer, wild and form > 223, seed
        )

    drawn = st.integers(0, 24).flatmap(lambda count: st.binary(min_size=8 * count, max_size=8 * count))
    return drawn.map(lambda many: [step(many[at : at + 8]) for at in range(0, len(many), 8)])


def noise(step: Step, count: int) -> bytes:
    """So many bytes that are the step's own."""
    return Random(step.seed).randbytes(count)


def lz4_stream(steps: list[Step]) -> Made:
    """Literals, a match; a wild step may have any distance, or a row of bytes that add to a length."""
    out, size = bytearray(), 0
    for step in steps:
        literals = step.literals if size or step.wild else max(step.literals, 1)
        size += literals
        distance = step.distance & 0xFFFF if step.wild else step.distance % min(size, 65535) + 1
        length = step.length + lz4.MIN_MATCH
        if step.wild and step.form < 4:
            out += bytes([0xF0, 0x0F, 0xFF, 0x1F][step.form : step.form + 1]) + b"\xff" * step.literals
        out += lz4.write([lz4.Sequence(noise(step, literals), distance, length)])
        size += length
    # A match may begin in none of the last twelve bytes.
    last = b"123456789abc"
    out += lz4.write([lz4.Sequence(last)])
    return Made(bytes(out), size + len(last))


def lzo_stream(steps: list[Step], head: bytes) -> Made:
    """All forms of instructions. ``head``: the header of a version, or nothing."""
    out, size = bytearray(head), 0
    state = 0  # literals that the last instruction has behind it; 4: as many or more
    version = head[1] if len(head) > 1 else 0
    if not steps or steps[0].form & 1:
        out += bytes([17 + 5]) + b"first"
        size, state = 5, 4
    for step in steps:
        following = step.form >> 3 if state < 4 or step.seed & 1 else 0
        form = step.form & 7
        if state == 0 and (form < 3 or not (size or step.wild)):
            count = step.length + 4
            out += (bytes([count - 3]) if count <= 18 else b"\0" + _more(count - 18)) + noise(step, count)
            size, state = size + count, 4
            continue
        if form == 3 and version and not step.wild:
            count = step.length % 2048 + 4
            out += bytes([0x18 | (count - 4) & 7, 0xFC | following, 0xFF, (count - 4) >> 3])
        else:
            piece, count = _match(step, form, following, state, size)
            out += piece
        out += noise(step, following)
        size, state = size + count + following, following
    return Made(bytes(out + END_OF_LZO), size)


def _match(step: Step, form: int, following: int, state: int, size: int) -> tuple[bytes, int]:
    """A match as its form has it, and how long it is. Forms that reach too far for the page become others."""

    def reach(low: int, high: int) -> int:
        """A distance from ``low`` to ``high``, and if not wild into the page."""
        return low + step.distance % ((high if step.wild else min(high, size)) - low + 1)

    if form == 0 and 1 <= state <= 3:
        distance = reach(1, 1024) - 1
        return bytes([distance % 4 << 2 | following, distance >> 2]), 2
    if form <= 1 and state == 4 and (step.wild or size >= 2049):
        distance = reach(2049, 3072) - 2049
        return bytes([distance % 4 << 2 | following, distance >> 2]), 3
    if form == 4 and (step.wild or size >= 16385):
        count, distance = step.length + 3, reach(16385, 49150) - 16384
        code, longest = 16 | distance >> 11 & 8, 9
        rest = distance & 16383
    elif form == 5:
        count, distance = step.length % 6 + 3, reach(1, 2048) - 1
        return bytes([(count - 1) << 5 | distance % 8 << 2 | following, distance >> 3]), count
    else:
        count, code, longest, rest = step.length + 3, 32, 33, reach(1, 16384) - 1
    first = bytes([code | count - 2]) if count <= longest else bytes([code]) + _more(count - longest)
    return first + (rest << 2 | following).to_bytes(2, "little"), count


def _more(number: int) -> bytes:
    """A zero byte for each 255 of a length, and the rest."""
    return bytes((number - 1) // 255) + bytes([(number - 1) % 255 + 1])


def sw842_stream(steps: list[Step]) -> Made:
    """All templates. The checksum is that of the page, if there is one."""
    bits, size = "", 0
    for step in steps:
        if step.form in sw842.TEMPLATES and (size >= 8 or step.wild or step.form == 0):
            bits += f"{step.form:05b}"
            for number, (_, part) in enumerate(sw842.TEMPLATES[step.form]):
                value = (step.distance * 0x9E3779B97F4A7C15 + step.seed) >> number & (
                    1 << sw842.BITS[part]
                ) - 1
                filled = size // 8 * 8 // int(part[1])
                if part[0] == "I" and not step.wild:
                    back = value % min(filled, sw842.ring_of(part))
                    value = (filled - 1 - back) % sw842.ring_of(part)
                bits += f"{value:0{sw842.BITS[part]}b}"
            size += 8
        elif step.form == sw842.REPEAT and (size >= 8 or step.wild):
            bits += f"{sw842.REPEAT:05b}{step.length % 64:06b}"
            size += 8 * (step.length % 64 + 1)
        elif step.form == sw842.SHORT and (step.wild or step is steps[-1]):
            count = step.length % 8 if step.wild else step.length % 7 + 1
            bits += f"{sw842.SHORT:05b}{count:03b}" + "".join(f"{byte:08b}" for byte in noise(step, count))
            size += count
        elif step.wild and step.form > sw842.SHORT:
            bits += f"{step.form:05b}"
        else:
            bits += f"{sw842.ZEROS:05b}"
            size += 8
    try:
        page, _ = sw842.read(f"{bits}{sw842.END:05b}", size)
    except ValueError:
        page = b""
    return Made(sw842.finish(bits, page), size)


LZO_HEADS = {"lzo": [b""], "lzo-rle": [b"\x11\x01"]}
WILD_HEADS = [b"", b"\x11\x01", b"\x11\x00", b"\x11\x02", b"\x11"]


def grammar(name: str, *, wild: bool) -> st.SearchStrategy[Made]:
    """Streams of the format of codec ``name``, with ``wild`` steps among them or without."""
    drawn = steps(wild=wild)
    if name == "842":
        return drawn.map(sw842_stream)
    if name in LZO_HEADS:
        heads = st.sampled_from(LZO_HEADS[name] + WILD_HEADS * wild)
        return st.builds(lzo_stream, drawn, heads)
    return drawn.map(lz4_stream)


PLACE = st.integers(0, 12) | st.integers(0, 1 << 17)
DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["flip", "set", "cut", "insert", "repeat", "splice", "end"]),
        PLACE,
        PLACE,
        st.binary(min_size=1, max_size=8) | st.sampled_from([bytes(300), b"\xff" * 300]),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data: bytes, other: bytes, damage: list[tuple[str, int, int, bytes]]) -> bytes:
    """``data`` after the ``damage`` in turn; ``other``: a stream for parts of it to be put in."""
    for kind, one, two, piece in damage:
        at = one % (len(data) + 1)
        length = 1 + two % 20
        if kind == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ 1 << two % 8]) + data[at + 1 :]
        elif kind == "set":
            data = data[:at] + piece[:1] + data[at + 1 :]
        elif kind == "cut":
            data = data[:at] + data[at + length :]
        elif kind == "insert":
            data = data[:at] + piece + data[at:]
        elif kind == "repeat":
            data = data[:at] + data[at : at + length] * (2 + two % 60) + data[at + length :]
        elif kind == "splice":
            data = data[:at] + other[two % (len(other) + 1) :]
        elif kind == "end":
            data = data[:at]
    return data
