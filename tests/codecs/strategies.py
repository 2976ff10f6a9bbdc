"""Pages as memory has them, for hypothesis: zeros, fills, text, records, pointers, noise and copies, mixed.

A page is described by a few pieces and made from them, so that a large one costs hypothesis no more than a
small one, and shrinks as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from zswapbench.corpus.pages import PAGE_SIZES

SMALLEST, LARGEST = 64, 65536
SIZES = st.sampled_from(PAGE_SIZES) | st.integers(SMALLEST, LARGEST)
"""Sizes of pages that exist, and odd ones."""

WORDS = b"page swap the of entry frame 0x1f class lru kernel memory = \n { } return zswap_".split(b" ")


class Piece(NamedTuple):
    """``length`` bytes of some ``kind``; the ``seed`` says which."""

    kind: str
    length: int
    seed: int


def _fill(random: Random, length: int, page: bytearray) -> bytes:
    return bytes([random.randrange(256)]) * length


def _sparse(random: Random, length: int, page: bytearray) -> bytes:
    piece = bytearray(length)
    for _ in range(1 + length // 40):
        piece[random.randrange(length)] = random.randrange(256)
    return bytes(piece)


def _text(random: Random, length: int, page: bytearray) -> bytes:
    return b" ".join(random.choices(WORDS, k=length))


def _pointers(random: Random, length: int, page: bytearray) -> bytes:
    base = 0x7F5A00000000 + random.randrange(1 << 24) * 4096
    return b"".join(
        (base + random.randrange(512) * 8 if random.random() < 0.8 else 0).to_bytes(8, "little")
        for _ in range(length // 8 + 1)
    )


def _records(random: Random, length: int, page: bytearray) -> bytes:
    record = bytearray(random.randbytes(random.randint(5, 80)))
    rows = bytearray()
    while len(rows) < length:
        record[0] = len(rows) // len(record) & 255
        record[-1] = random.choice(b"\0\1\2")
        rows += record
    return bytes(rows)


def _copy(random: Random, length: int, page: bytearray) -> bytes:
    start = random.randrange(max(len(page), 1))
    return bytes(page[start : start + length]) or b"\x01"


KINDS: dict[str, Callable[[Random, int, bytearray], bytes]] = {
    "zeros": lambda random, length, page: bytes(length),
    "fill": _fill,
    "sparse": _sparse,
    "text": _text,
    "pointers": _pointers,
    "records": _records,
    "noise": lambda random, length, page: random.randbytes(length),
    "copy": _copy,
}

PIECES = st.builds(
    Piece,
    st.sampled_from(sorted(KINDS)),
    st.integers(1, 40) | st.integers(1, 600) | st.integers(1, 9000),
    st.integers(0, 255),
)


def page_from(size: int, pieces: Sequence[Piece]) -> bytes:
    """A page of ``size`` bytes: the pieces, and again, twice as long, until it is full."""
    page = bytearray()
    for turn in count():
        for piece in pieces:
            random = Random(256 * turn + piece.seed)
            page += KINDS[piece.kind](random, piece.length << turn, page)[: piece.length << turn]
            if len(page) >= size:
                return bytes(page[:size])
    raise AssertionError("a page has an end")


def pages(sizes: st.SearchStrategy[int] = SIZES) -> st.SearchStrategy[bytes]:
    """Pages of such ``sizes``."""
    return st.builds(page_from, sizes, st.lists(PIECES, min_size=1, max_size=20))
