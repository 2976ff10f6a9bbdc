"""Looking ahead costs nothing: the kernel's compressors want no more room than their output takes.

Given less room than the worst case, the compressors look ahead: lz4 and lz4hc want space for the sequence that
must still come, the safe lzo copies short literals in strides of 4 and 17 bytes. Each reads as if it gave up a
few bytes early. None does, since every page ends with literals that the check counted on:

lz4, lz4hc: behind literals come a distance, a token and five literals at least, 8 bytes; behind a distance, a
    token and five literals, 6; the bytes wanted for lengths are at most those written.
lzo, lzo-rle: 9 bytes at least are never part of a match. So behind 4 to 16 literals come a byte of length, a
    match of 2 bytes, 10 for the rest and 3 for the end: 16 besides the literals.

The checks themselves are retold in tests/model/, from which this is seen page by page. So a page is incompressible
for a kernel exactly if its compressed size is above the room: zswapbench.rules.overflow relies on it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.golden import page_set, vector_page, vectors
from tests.codecs.strategies import pages
from tests.making import PAGE, random_page, text_page
from tests.model import lz4, lzo
from zswapbench.codecs.base import Codec
from zswapbench.plugins.registry import CODECS


def make(spec: str) -> Codec:
    """The codec that ``spec`` asks for."""
    codec = CODECS.choose(spec).make()
    assert isinstance(codec, Codec)
    return codec


def wanted_by_lz4(page: bytes) -> int:
    return lz4.wanted(lz4.find(page, 1))


def wanted_by_lz4hc(page: bytes) -> int:
    """Its search has no model: the sequences are those of the compressed page."""
    return lz4.wanted(lz4.read(make("lz4hc").compress(page)), 256)


WANTED: dict[str, Callable[[bytes], int]] = {
    "lz4": wanted_by_lz4,
    "lz4hc": wanted_by_lz4hc,
    "lzo": lambda page: lzo.compress(page, 0).wanted,
    "lzo-rle": lambda page: lzo.compress(page, 1).wanted,
}
"""The most that any check of the kernel's code asks for, by model."""

MODELLED = pytest.mark.parametrize("spec", WANTED)


def end_with_a_match(length: int, literals: int, last: int) -> bytes:
    """A page that ends with a match of so many bytes behind so many literals, and ``last`` bytes."""
    head = text_page(5, 400) + random_page(6, 100)
    return head + random_page(7, literals) + head[:length] + random_page(8, last)


TIGHT = [
    end_with_a_match(length, literals, last)
    for length in (8, 9, 18, 19, 30, 33, 34, 273, 274, 300)
    for literals in (0, 1, 3, 4, 5, 10, 11, 14, 15, 16, 17, 18, 19, 40)
    for last in (0, 5, 8, 20)
]
"""Of the smallest ends: there the checks come closest to what is then written."""
NOISE = [random_page(9, size) for size in (256, 270, 510, 525, PAGE, 65536)]


@MODELLED
@given(page=pages(st.just(PAGE) | st.integers(256, 8192)))
@settings(max_examples=40, deadline=None)
def test_no_check_wants_more_room_than_the_page_takes(spec: str, page: bytes) -> None:
    assert WANTED[spec](page) == len(make(spec).compress(page))


@MODELLED
@given(page=pages(st.sampled_from([16384, 65536])))
@settings(max_examples=8, deadline=None)
def test_no_check_wants_more_room_than_a_large_page_takes(spec: str, page: bytes) -> None:
    assert WANTED[spec](page) == len(make(spec).compress(page))


@MODELLED
def test_no_check_wants_more_room_than_pages_of_a_program_and_made_ones_take(spec: str) -> None:
    codec = make(spec)
    made = [vector_page(str(vector["page"])) for vector in vectors()]
    for page in [*(row.tobytes() for row in page_set("redis").pages[::150]), *made, *TIGHT, *NOISE]:
        assert WANTED[spec](page) == len(codec.compress(page))
