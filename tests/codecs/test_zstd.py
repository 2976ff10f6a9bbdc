"""zstd in the settings of four generations of kernels: what their frames begin with, and where they differ."""

from __future__ import annotations

import pytest

from tests.codecs.golden import page_set, vector_page
from tests.making import random_page, text_page
from zswapbench.codecs.base import Codec
from zswapbench.corpus.pages import PAGE_SIZES
from zswapbench.plugins.registry import CODECS

MAGIC = b"\x28\xb5\x2f\xfd"
WITH_SIZE = ("5.16", "6.17", "zram-6.12")
RULES = ("4.15", *WITH_SIZE)
LEVELS = (-131072, -7, 1, 3, 19, 22)


def make(rules: str, level: int = 3) -> Codec:
    """The codec by these rules."""
    codec = CODECS.choose(f"zstd:{level}:rules={rules}").make()
    assert isinstance(codec, Codec)
    return codec


def samples(size: int) -> list[bytes]:
    return [bytes(size), text_page(1, size), random_page(2, size)]


def sizes(rules: str, *pages: bytes) -> list[int]:
    return [len(make(rules).compress(page)) for page in pages]


@pytest.mark.parametrize("size", PAGE_SIZES)
@pytest.mark.parametrize("rules", WITH_SIZE)
def test_a_frame_begins_with_seven_bytes_that_tell_the_page_s_size(rules: str, size: int) -> None:
    """Descriptor 0x60: a size of two bytes, to which 256 are to be added, instead of a window; no checksum."""
    for page in samples(size):
        data = make(rules).compress(page)
        assert data[:5] == MAGIC + b"\x60"
        assert int.from_bytes(data[5:7], "little") + 256 == size


@pytest.mark.parametrize("size", PAGE_SIZES)
def test_up_to_5_15_a_frame_begins_with_six_bytes_and_a_window_of_its_own(size: int) -> None:
    """Descriptor 0: no size, but a window, whose exponent is in the upper five bits; no checksum."""
    for page in samples(size):
        data = make("4.15").compress(page)
        assert data[:5] == MAGIC + b"\0"
        assert 1 << 10 + (data[5] >> 3) >= 1 << 20
        assert data[5] & 7 == 0


def test_a_page_of_one_block_takes_as_much_as_header_and_block() -> None:
    """A random page is a raw block, whose header has three bytes; zeros are a block of one byte, repeated."""
    random, zero = random_page(2), bytes(4096)
    for rules in RULES:
        header = 6 if rules == "4.15" else 7
        assert make(rules).compress(random)[header + 3 :] == random
        assert sizes(rules, random) == [header + 3 + 4096]
    assert len(make("4.15").compress(zero)) == len(make("5.16").compress(zero)) - 1


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("rules", RULES)
def test_a_page_comes_back_from_every_level(rules: str, level: int) -> None:
    codec = make(rules, level)
    for page in (text_page(1), random_page(2)):
        assert codec.decompress(codec.compress(page), 4096) == page


@pytest.mark.parametrize("rules", RULES)
def test_higher_levels_compress_more(rules: str) -> None:
    pages = page_set("cc1plus").pages[:10]
    by_level = [int(make(rules, level).sizes(pages).sum()) for level in (-7, 3, 19)]
    assert by_level == sorted(by_level, reverse=True)
    assert by_level[0] > 1.1 * by_level[-1]


def test_matches_of_four_bytes_are_seen_since_6_17_and_in_zram_only() -> None:
    """Which makes this page larger: ``minMatch`` is 5 before, and passes over short matches for better ones."""
    page = vector_page("records:0")
    old, crypto, new, zram = (sizes(rules, page)[0] for rules in RULES)
    assert (crypto, new, zram) == (697, 749, 749)
    assert abs(old - crypto) <= 8


def test_the_rules_of_6_17_and_of_zram_differ_on_larger_pages() -> None:
    """What the crypto API expects is 256 KiB, what zram expects is a page."""
    pages = page_set("cc1plus").pages[:32].reshape(-1, 65536)
    assert make("6.17").sizes(pages).tolist() != make("zram-6.12").sizes(pages).tolist()


def test_without_a_kernel_s_rules_the_library_is_as_zram_is() -> None:
    pages = page_set("cc1plus").pages
    library = CODECS.choose("libzstd").make()
    assert library.sizes(pages).tolist() == make("zram-6.12").sizes(pages).tolist()
    page = vector_page("records:0")
    assert library.compress(page) == make("zram-6.12").compress(page)
