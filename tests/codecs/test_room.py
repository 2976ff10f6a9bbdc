"""``fits``: a page fits exactly where there is as much room as it takes, though the kernel's checks ask for more.

Given less room than the worst case, the compressors look ahead: lz4 and lz4hc want space for the sequence that
must still come, the safe lzo copies short literals in strides of 4 and 17 bytes. Each reads as if it gave up a
few bytes early. None does, since every page ends with literals that the check counted on:

lz4, lz4hc: behind literals come a distance, a token and five literals at least, 8 bytes; behind a distance, a
    token and five literals, 6; the bytes wanted for lengths are at most those written (slack 0).
lzo, lzo-rle: 9 bytes at least are never part of a match. So behind 4 to 16 literals come a byte of length, a
    match of 2 bytes, 10 for the rest and 3 for the end: 16 besides the literals (slack 0).
842: wants what it writes (slack 0).

The checks themselves are retold in tests/model/, from which this is seen page by page.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.golden import page_set, vector_page, vectors
from tests.codecs.strategies import pages
from tests.making import PAGE, random_page, text_page
from tests.model import lz4, lzo
from zswapbench.codecs.base import Codec
from zswapbench.registry import CODECS

ROOMY = 1 << 20


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


MODELS: dict[str, Callable[[bytes], int]] = {
    "lz4": wanted_by_lz4,
    "lz4hc": wanted_by_lz4hc,
    "lzo": lambda page: lzo.compress(page, 0).wanted,
    "lzo-rle": lambda page: lzo.compress(page, 1).wanted,
}
CODED = pytest.mark.parametrize("spec", [*MODELS, "842"])
MODELLED = pytest.mark.parametrize("spec", MODELS)


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


def made() -> list[bytes]:
    return [vector_page(str(vector["page"])) for vector in vectors()]


def check(spec: str, page: bytes, about: int = 20) -> None:
    """``fits`` says what the model wants, in all rooms ``about`` the compressed size and some smaller ones."""
    codec = make(spec)
    wanted = MODELS[spec](page)
    size = len(codec.compress(page))
    rooms = {0, 1, size // 2, size * 3 // 4, *range(max(size - about, 0), size + about), ROOMY}
    for room in rooms:
        assert codec.fits(page, room) == (room >= wanted), (room, size)


@MODELLED
@given(page=pages(st.just(PAGE) | st.integers(256, 8192)))
@settings(max_examples=40, deadline=None)
def test_a_page_fits_where_no_check_of_the_kernel_fails(spec: str, page: bytes) -> None:
    check(spec, page)


@MODELLED
@given(page=pages(st.sampled_from([16384, 65536])))
@settings(max_examples=8, deadline=None)
def test_a_large_page_fits_where_no_check_of_the_kernel_fails(spec: str, page: bytes) -> None:
    check(spec, page, about=2)


@MODELLED
def test_pages_of_a_program_and_made_ones_fit_where_no_check_of_the_kernel_fails(spec: str) -> None:
    for page in [*(row.tobytes() for row in page_set("redis").pages[::150]), *made(), *TIGHT, *NOISE]:
        check(spec, page)


@CODED
@given(page=pages())
@settings(max_examples=40, deadline=None)
def test_the_least_room_is_the_compressed_size(spec: str, page: bytes) -> None:
    codec = make(spec)
    size = len(codec.compress(page))
    assert not codec.fits(page, size - 1)
    assert codec.fits(page, size)


@CODED
def test_the_least_room_is_the_compressed_size_for_pages_of_a_program(spec: str) -> None:
    codec = make(spec)
    for page in [*(row.tobytes() for row in page_set("redis").pages[::2]), *made(), *TIGHT, *NOISE]:
        size = len(codec.compress(page))
        assert not codec.fits(page, size - 1)
        assert codec.fits(page, size)


@CODED
@given(page=pages(), part=st.floats(0, 2), step=st.integers(0, 70_000))
@settings(max_examples=60, deadline=None)
def test_more_room_never_makes_a_page_fail(spec: str, page: bytes, part: float, step: int) -> None:
    codec = make(spec)
    room = int(len(codec.compress(page)) * part)
    assert codec.fits(page, room) <= codec.fits(page, room + step)


@CODED
def test_every_room_up_to_the_worst_case_is_answered_alike(spec: str) -> None:
    codec = make(spec)
    for page in (vector_page("records:0")[:1000], vector_page("text:0")[:1000], random_page(1, 700)):
        size = len(codec.compress(page))
        rooms = range(-1, len(page) + len(page) // 8 + 200)
        assert [room for room in rooms if codec.fits(page, room)] == [room for room in rooms if room >= size]


@pytest.mark.parametrize("spec", ["lz4", "lz4hc"])
@given(page=pages())
@settings(max_examples=30, deadline=None)
def test_lz4_always_fits_into_its_worst_case(spec: str, page: bytes) -> None:
    size = len(page)
    assert make(spec).fits(page, size + size // 255 + 16)


@CODED
def test_asking_for_room_changes_nothing_of_what_is_compressed_later(spec: str) -> None:
    codec = make(spec)
    page, other = text_page(3), random_page(4)
    data = codec.compress(page)
    for room in Random(1).sample(range(PAGE), 50):
        codec.fits(other, room)
        codec.fits(page, room)
        assert codec.compress(page) == data


@CODED
@pytest.mark.parametrize("size", [0, 1, 3, 65537])
def test_what_is_no_page_is_refused(spec: str, size: int) -> None:
    with pytest.raises(ValueError, match=f"{size} bytes are no page"):
        make(spec).fits(bytes(size), ROOMY)
