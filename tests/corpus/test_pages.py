"""What can be said of pages without compressing them."""

from __future__ import annotations

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from tests.making import pages_of, random_page
from zswapbench.corpus.pages import PAGE_SIZES, Kind, digests, kinds

SIZES = pytest.mark.parametrize("size", PAGE_SIZES)
WORDS = st.binary(min_size=8, max_size=8)


def kind_of(page: bytes) -> Kind:
    """The kind of one page alone."""
    (kind,) = kinds(pages_of(page))
    return Kind(kind)


def plainly(page: bytes) -> Kind:
    """The same in plain Python: the oracle."""
    if page == page[:8] * (len(page) // 8):
        return Kind.SAME_FILLED if any(page) else Kind.ZERO
    return Kind.OTHER


@SIZES
def test_a_page_of_zeros_is_zero_and_one_of_ones_is_same_filled(size: int) -> None:
    assert kind_of(bytes(size)) is Kind.ZERO
    assert kind_of(b"\xff" * size) is Kind.SAME_FILLED


@given(word=WORDS, size=st.sampled_from(PAGE_SIZES))
def test_a_page_of_one_word_over_and_over_is_same_filled(word: bytes, size: int) -> None:
    assert kind_of(word * (size // 8)) is (Kind.SAME_FILLED if any(word) else Kind.ZERO)


@given(
    word=WORDS, size=st.sampled_from(PAGE_SIZES), place=st.integers(0, 1 << 20), change=st.integers(1, 255)
)
def test_one_byte_that_differs_anywhere_makes_another_kind(
    word: bytes, size: int, place: int, change: int
) -> None:
    page = bytearray(word * (size // 8))
    page[place % size] ^= change
    assert kind_of(bytes(page)) is Kind.OTHER


@SIZES
def test_a_byte_that_differs_is_seen_at_every_place(size: int) -> None:
    step = 1 if size == 4096 else 509
    places = range(0, size, step)
    pages = np.full((len(places), size), 0x5A, np.uint8)
    pages[np.arange(len(places)), places] = 0
    assert not kinds(pages).any()


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_shorter_pattern_that_fills_words_is_same_filled(length: int) -> None:
    assert kind_of(bytes(range(1, length + 1)) * (4096 // length)) is Kind.SAME_FILLED


def test_a_longer_pattern_is_not_same_filled() -> None:
    assert kind_of(bytes(range(16)) * 256) is Kind.OTHER


@given(
    st.lists(
        st.builds(
            lambda words, order: b"".join(words[index % len(words)] for index in order) * 64,
            st.lists(st.sampled_from([bytes(8), b"\1" * 8, b"abcdefgh"]), min_size=1, max_size=3),
            st.lists(st.integers(0, 5), min_size=8, max_size=8),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_many_pages_at_once_are_judged_like_each_alone(pages: list[bytes]) -> None:
    assert kinds(pages_of(*pages)).tolist() == [plainly(page) for page in pages]


def test_any_array_of_pages_will_do() -> None:
    pages = pages_of(bytes(4096), random_page(1), b"\1" * 4096, random_page(2))
    assert kinds(pages[::2]).tolist() == [Kind.ZERO, Kind.SAME_FILLED]
    assert kinds(np.asfortranarray(pages)).tolist() == kinds(pages).tolist()
    assert kinds(pages[:0]).tolist() == []


@SIZES
def test_digests_are_those_of_xxh3_one_after_the_other(size: int) -> None:
    pages = [random_page(seed, size) for seed in range(5)]
    assert digests(pages_of(*pages)) == b"".join(xxhash.xxh3_128_digest(page) for page in pages)


def test_digests_tell_pages_apart_by_any_byte() -> None:
    pages = np.zeros((4097, 4096), np.uint8)
    pages[np.arange(4096), np.arange(4096)] = 1
    found = digests(pages)
    assert len({found[at : at + 16] for at in range(0, len(found), 16)}) == 4097


def test_digests_do_not_depend_on_how_the_array_lies() -> None:
    pages = pages_of(*(random_page(seed) for seed in range(6)))
    assert digests(pages[::2]) == digests(pages[::2].copy())
    assert digests(pages[:0]) == b""
