"""The compiled codecs and their slow models make the same bytes of every page, up to 64 KiB.

Measurements on kernels are of pages of 4 KiB (tests/codecs/test_kernel_sizes.py). For larger ones, where lzo has
two blocks and 842's rings turn many times, the models are the second opinion.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.codecs.golden import page_set, vector_page, vectors
from tests.codecs.strategies import LARGEST, SMALLEST, pages
from tests.making import random_page
from tests.model import lz4, lzo, lzo_decoder, sw842
from zswapbench.codecs.base import Codec
from zswapbench.plugins.registry import CODECS

Compress = Callable[[bytes], bytes]
Decompress = Callable[[bytes, int], bytes]

MODELS: dict[str, tuple[Compress, Decompress]] = {
    "lz4": (lz4.compress, lz4.decompress),
    "lz4:acceleration=3": (lambda page: lz4.compress(page, 3), lz4.decompress),
    "lz4:acceleration=65537": (lambda page: lz4.compress(page, 65537), lz4.decompress),
    "lzo": (lambda page: lzo.compress(page, 0).data, lzo_decoder.decompress),
    "lzo-rle": (lambda page: lzo.compress(page, 1).data, lzo_decoder.decompress),
    "842": (sw842.compress, sw842.decompress),
}
EACH = pytest.mark.parametrize("spec", MODELS)


def make(spec: str) -> Codec:
    """The codec that ``spec`` asks for."""
    codec = CODECS.choose(spec).make()
    assert isinstance(codec, Codec)
    return codec


def check(spec: str, page: bytes) -> None:
    """Codec and model agree on ``page``, in both directions."""
    codec = make(spec)
    compress, decompress = MODELS[spec]
    data = codec.compress(page)
    assert data == compress(page)
    assert decompress(data, len(page)) == codec.decompress(data, len(page)) == page


def find_a_match_at(distance: int, length: int) -> bytes:
    """A page with one match of ``length``, so far back, with zeros between and other bytes behind it."""
    start = Random(1).randbytes(10 + 400).replace(b"\0", b"\1")
    again = start[10 : 10 + length] + bytes([start[10 + length] ^ 255])
    page = start.ljust(10 + distance, b"\0") + again
    return page + Random(2).randbytes(65536 - len(page))


@EACH
@given(page=pages(st.integers(SMALLEST, 255)))
@example(page=random_page(1, SMALLEST))
@settings(max_examples=60, deadline=None)
def test_a_tiny_page_has_the_bytes_of_the_model(spec: str, page: bytes) -> None:
    check(spec, page)


@EACH
@given(page=pages(st.just(4096) | st.integers(256, 8192)))
@settings(max_examples=40, deadline=None)
def test_a_page_has_the_bytes_of_the_model(spec: str, page: bytes) -> None:
    check(spec, page)


@EACH
@given(page=pages(st.sampled_from([16384, LARGEST, LARGEST]) | st.integers(16384, LARGEST)))
@settings(max_examples=6, deadline=None)
def test_a_large_page_has_the_bytes_of_the_model(spec: str, page: bytes) -> None:
    check(spec, page)


@EACH
def test_pages_of_a_program_have_the_bytes_of_the_model(spec: str) -> None:
    """The same memory as pages of 4, 16 and 64 KiB."""
    content = page_set("cc1plus").pages[:32].tobytes()
    for size, starts in ((4096, 8), (16384, 4), (65536, 2)):
        for start in range(0, len(content), len(content) // starts):
            check(spec, content[start : start + size])


@EACH
def test_made_pages_have_the_bytes_of_the_model(spec: str) -> None:
    for vector in vectors():
        check(spec, vector_page(str(vector["page"])))


@EACH
def test_a_64_kib_page_of_made_pages_has_the_bytes_of_the_model(spec: str) -> None:
    made = b"".join(vector_page(str(vector["page"])) for vector in vectors())
    check(spec, made[-LARGEST:])


@pytest.mark.parametrize("name", ["lzo", "lzo-rle"])
@pytest.mark.parametrize("size", [49151, 49152, 49170, 49171, 49172, 49173, 49174, 65536])
@pytest.mark.parametrize("left", [9, 10, 15, 16, 17, 18])
def test_an_lzo_block_begins_with_the_literals_that_the_one_before_left(
    name: str, size: int, left: int
) -> None:
    """Blocks end at 49,152 bytes, or one less; up to 20 bytes behind them are not searched."""
    block = 49152 - (name == "lzo-rle")
    text = b"0123456789abcdef" * 4096
    page = text[: block - 40] + random_page(left, 28 - left) + text
    ends = 0
    for instruction in lzo.find(page[:65536], name == "lzo-rle"):
        ends += len(instruction.literals) + instruction.length
        if ends > block - 20:
            break
    assert ends == block - left
    check(name, page[:size])


@pytest.mark.parametrize("name", ["lzo", "lzo-rle"])
@pytest.mark.parametrize("distance", [0x4040, 0x803E, 0x803F, 0x8040, 0x807F, 0xB7FF, 0xBCBF])
@pytest.mark.parametrize("length", [9, 10, 259, 260, 261, 262, 263, 264, 265, 266])
def test_a_far_match_that_reads_as_a_run_of_zeros_is_shortened(name: str, distance: int, length: int) -> None:
    """It would if the low 6 bits of the distance are all ones, and its length's byte 252 to 255."""
    page = find_a_match_at(distance, length)
    check(name, page)
    if name == "lzo-rle":
        found = {instruction.length for instruction in lzo.find(page, 1) if instruction.distance == distance}
        ambiguous = distance >= 0x8000 and distance & 63 == 63 and 261 <= length <= 264
        assert max(found) == (260 if ambiguous else length)


@pytest.mark.parametrize("run", [3, 4, 5, 11, 12, 13, 2050, 2051, 2052, 2055, 2056, 4102, 4103])
@pytest.mark.parametrize("before", [1, 4, 5, 6, 8, 300])
def test_runs_of_zeros_of_every_length_have_the_bytes_of_the_model(run: int, before: int) -> None:
    noise = random_page(3, 600).replace(b"\0", b"\1")
    check("lzo-rle", noise[:before] + bytes(run) + noise[before:])
    check("lzo-rle", noise[:before].ljust(max(before + run, 256), b"\0"))


@pytest.mark.parametrize("repeats", [1, 2, 63, 64, 65, 127, 128, 129, 193])
def test_repeats_and_zeros_in_842_have_the_bytes_of_the_model(repeats: int) -> None:
    block = b"\x01\x02\x03\x04\x05\x06\x07\x08"
    for one, other in ((block, b""), (bytes(8), b""), (block, bytes(8)), (bytes(8), block), (block, b"abc")):
        page = one * repeats + one + other
        check("842", page)
        check("842", page + one)
        check("842", b"head....".join([page, page]))


@pytest.mark.parametrize("words", [255, 256, 257, 511, 512, 513])
@pytest.mark.parametrize("size", [2, 4, 8])
def test_a_word_leaves_its_ring_in_842_as_in_the_model(words: int, size: int) -> None:
    """The first block comes again when so many words have gone through the ring of words of ``size``."""
    first = b"\xa1\xb2\xc3\xd4\xe5\xf6\x17\x28"
    between = random_page(4, max(words * size - 8, 0) // 8 * 8)
    for tail in (
        first,
        first[:4] + b"wxyz",
        b"wxyz" + first[4:],
        first[:2] + b"stuvwx",
        b"stuvwx" + first[6:],
    ):
        check("842", first + between + tail + first)
