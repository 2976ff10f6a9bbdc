"""A decoder takes anything for a stream: it gives the one page that it means, or refuses, and soon.

What a stream means, the slow decoders of tests/model/ say, which were written from the formats' descriptions;
liblzo2 and, where it reads it at all, liblz4 say it too. (That no byte outside of stream and page is touched
cannot be seen from here.)
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.strategies import pages
from tests.codecs.streams import DAMAGE, Made, damaged, grammar
from tests.model import lz4, lzo_decoder, sw842
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import MissingError
from zswapbench.plugins.registry import CODECS

Decompress = Callable[[bytes, int], bytes]

MODELS: dict[str, Decompress] = {
    "lz4": lz4.decompress,
    "lz4hc": lz4.decompress,
    "lzo": lzo_decoder.decompress,
    "lzo-rle": lzo_decoder.decompress,
    "842": sw842.decompress,
}
EACH = pytest.mark.parametrize("name", MODELS)

SIZES = st.sampled_from([1, 2, 5, 63, 64, 4096, 65536]) | st.integers(1, 65536)
OFF = st.just(0) | st.just(0) | st.integers(-9, 9)
BOUND = 2.0
"""Seconds of a CPU within which a decoder must be done with a megabyte. It takes some milliseconds."""


def make(name: str) -> Codec:
    """The codec of this name; the test is skipped if its library is not installed."""
    try:
        codec = CODECS.choose(name).make()
    except MissingError as error:
        pytest.skip(str(error))
    assert isinstance(codec, Codec)
    return codec


def read(decompress: Decompress, data: bytes, size: int) -> bytes | None:
    """The page; None if ``data`` is refused."""
    try:
        return decompress(data, size)
    except ValueError:
        return None


def check(name: str, data: bytes, size: int) -> None:
    """Codec and model take the same for a page, and it is a whole one."""
    page = read(make(name).decompress, data, size)
    assert page == read(MODELS[name], data, size)
    assert page is None or len(page) == size


@EACH
@given(data=st.binary(max_size=300), size=SIZES)
@settings(max_examples=60, deadline=None)
def test_arbitrary_bytes_are_refused_or_a_whole_page(name: str, data: bytes, size: int) -> None:
    check(name, data, size)


@EACH
@given(
    page=pages(st.integers(64, 1000) | st.just(4096)),
    other=pages(st.integers(64, 1000)),
    damage=DAMAGE,
    off=OFF,
)
@settings(max_examples=60, deadline=None)
def test_a_damaged_stream_is_refused_or_a_whole_page(
    name: str, page: bytes, other: bytes, damage: list[tuple[str, int, int, bytes]], off: int
) -> None:
    codec = make(name)
    check(name, damaged(codec.compress(page), codec.compress(other), damage), max(len(page) + off, 1))


@EACH
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_stream_by_the_grammar_is_the_page_that_it_means(name: str, data: st.DataObject) -> None:
    made: Made = data.draw(grammar(name, wild=False))
    assert read(make(name).decompress, made.data, made.size) == MODELS[name](made.data, made.size)


@EACH
@given(data=st.data(), off=OFF, size=st.none() | st.none() | SIZES)
@settings(max_examples=60, deadline=None)
def test_a_stream_with_wild_instructions_is_refused_or_a_whole_page(
    name: str, data: st.DataObject, off: int, size: int | None
) -> None:
    made = data.draw(grammar(name, wild=True))
    check(name, made.data, size or max(made.size + off, 1))


@EACH
@given(data=st.data(), damage=DAMAGE)
@settings(max_examples=60, deadline=None)
def test_a_damaged_stream_by_the_grammar_is_refused_or_a_whole_page(
    name: str, data: st.DataObject, damage: list[tuple[str, int, int, bytes]]
) -> None:
    made, other = data.draw(grammar(name, wild=False)), data.draw(grammar(name, wild=True))
    check(name, damaged(made.data, other.data, damage), max(made.size, 1))


@pytest.mark.parametrize(("name", "library"), [("lz4", "liblz4"), ("lzo", "liblzo")])
@given(data=st.data(), wild=st.booleans(), damage=st.just([]) | DAMAGE)
@settings(max_examples=60, deadline=None)
def test_what_the_library_also_reads_is_the_same_page(
    name: str, library: str, data: st.DataObject, wild: bool, damage: list[tuple[str, int, int, bytes]]
) -> None:
    """Of liblzo2 also the reverse. liblz4 reads distance 0, and no match that begins in the last 12 bytes."""
    made = data.draw(grammar(name, wild=wild))
    stream, size = damaged(made.data, made.data, damage), max(made.size, 1)
    if stream[:1] == b"\x11":
        return  # a version, which the library knows nothing of
    ours, theirs = read(make(name).decompress, stream, size), read(make(library).decompress, stream, size)
    assert ours == theirs or (name == "lz4" and None in (ours, theirs))


@pytest.mark.parametrize("size", [1, 65536])
@pytest.mark.parametrize(
    "pattern",
    [
        "00",
        "ff",
        "f0",
        "0f",
        "1100",
        "1101",
        "1f",
        "20",
        "2000",
        "4000",
        "1018fcff00",
        "e7",
        "d8",
        "7f0100",
        "10610100",
    ],
)
@EACH
def test_a_megabyte_of_anything_is_dealt_with_soon(name: str, pattern: str, size: int) -> None:
    piece = bytes.fromhex(pattern)
    codec = make(name)
    for head in (b"", b"\x11\x01", b"\x16first", b"\xff"):
        data = head + piece * ((1 << 20) // len(piece))
        start = time.process_time()
        assert read(codec.decompress, data, size) is None
        assert time.process_time() - start < BOUND


@EACH
@pytest.mark.parametrize("size", [-1, (1 << 30) + 1, 1 << 40])
def test_a_size_that_no_page_has_is_refused(name: str, size: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        make(name).decompress(b"\x11\0\0", size)
