"""What one implementation writes, the others read: liblz4 and liblzo2 are the witnesses.

The kernel has one decoder for lzo and lzo-rle, and so have we: each reads the other's streams.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings

from tests.codecs.golden import page_set, vector_page, vectors
from tests.codecs.strategies import pages
from tests.making import random_page
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import MissingError
from zswapbench.plugins.registry import CODECS

OURS_READ_BY_LIBRARIES = [
    ("lz4", "liblz4"),
    ("lz4:acceleration=9", "liblz4"),
    ("lz4hc", "liblz4"),
    ("lz4hc:level=2", "liblz4"),
    ("lz4hc:level=12", "liblz4"),
    ("lzo", "liblzo"),
]
LIBRARIES_READ_BY_OURS = [
    ("liblz4", "lz4"),
    ("liblz4:acceleration=20", "lz4hc"),
    ("liblz4hc:level=1", "lz4"),
    ("liblz4hc:level=4", "lz4hc"),
    ("liblz4hc:level=9", "lz4"),
    ("liblz4hc:level=12", "lz4"),
    ("liblzo:level=1", "lzo"),
    ("liblzo:level=1", "lzo-rle"),
    ("liblzo:level=9", "lzo"),
]
OURS_READ_BY_OURS = [("lzo-rle", "lzo"), ("lzo", "lzo-rle"), ("lz4", "lz4hc"), ("lz4hc", "lz4")]
PAIRS = OURS_READ_BY_LIBRARIES + LIBRARIES_READ_BY_OURS + OURS_READ_BY_OURS
EACH_PAIR = pytest.mark.parametrize(("writer", "reader"), PAIRS)


def make(spec: str) -> Codec:
    """The codec that ``spec`` asks for; the test is skipped if its library is not installed."""
    try:
        codec = CODECS.choose(spec).make()
    except MissingError as error:
        pytest.skip(str(error))
    assert isinstance(codec, Codec)
    return codec


def check(writer: str, reader: str, *samples: bytes) -> None:
    """What ``writer`` makes of the pages, ``reader`` takes for them."""
    write, read = make(writer).compress, make(reader).decompress
    for page in samples:
        assert read(write(page), len(page)) == page


@EACH_PAIR
@given(page=pages())
@example(page=bytes(65536))
@example(page=random_page(1, 65536))
@example(page=random_page(2, 64))
@example(page=random_page(3, 300) * 200)
@settings(max_examples=20, deadline=None)
def test_any_page_is_read_by_another_codec_of_the_format(writer: str, reader: str, page: bytes) -> None:
    check(writer, reader, page)


@EACH_PAIR
def test_pages_of_a_program_are_read_by_another_codec_of_the_format(writer: str, reader: str) -> None:
    check(writer, reader, *map(bytes, page_set("m32").pages))


@EACH_PAIR
def test_made_pages_are_read_by_another_codec_of_the_format(writer: str, reader: str) -> None:
    made = [vector_page(str(vector["page"])) for vector in vectors()]
    assert len(made) == 36
    check(writer, reader, *made, b"".join(made)[:65536], b"".join(made)[-65536:])
