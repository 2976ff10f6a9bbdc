"""What all compiled codecs do alike: sizes that no page has, instances that were never made, threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings

from tests.codecs.strategies import pages as any_page
from tests.making import pages_of, random_page, text_page
from zswapbench.codecs.base import Codec
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.shipped import folder
from zswapbench.plugins.registry import CODECS

COMPILED = pytest.mark.parametrize("name", ["lz4", "lz4hc", "lzo", "lzo-rle", "842"])


@COMPILED
@pytest.mark.parametrize("size", [0, 65537])
def test_bytes_that_are_no_page_are_refused(name: str, size: int) -> None:
    codec: Codec = CODECS.choose(name).make()
    for refused in (lambda: codec.compress(bytes(size)), lambda: codec.sizes(np.zeros((1, size), np.uint8))):
        with pytest.raises(ValueError, match=f"{size} bytes are no page: it has 1 to 65536"):
            refused()


@COMPILED
def test_a_width_that_a_c_int_does_not_hold_is_refused(name: str) -> None:
    codec: Codec = CODECS.choose(name).make()
    with pytest.raises(ValueError, match="4294971392 bytes are no page"):
        codec.sizes(np.zeros((0, (1 << 32) + 4096), np.uint8))


@COMPILED
def test_an_instance_that_was_not_made_says_so(name: str) -> None:
    leaf: type[Codec] = CODECS.choose(name).leaf
    raw = leaf.__new__(leaf)
    for use in (lambda: raw.compress(bytes(4096)), lambda: raw.sizes(np.zeros((1, 4096), np.uint8))):
        with pytest.raises(TypeError, match=f"{leaf.__name__}: its __init__ has not called KernelCodec's"):
            use()


@COMPILED
def test_threads_may_share_one(name: str) -> None:
    codec: Codec = CODECS.choose(name).make()
    pages = pages_of(*(text_page(seed) for seed in range(40)), *(random_page(seed) for seed in range(10)))
    alone = codec.sizes(pages).tolist()
    packed = [codec.compress(page.tobytes()) for page in pages]
    with ThreadPoolExecutor(4) as threads:
        together = [threads.submit(codec.sizes, pages) for _ in range(8)]
        again = [threads.submit(codec.compress, page.tobytes()) for page in pages]
        back = [threads.submit(codec.decompress, data, 4096) for data in packed]
        assert all(one.result().tolist() == alone for one in together)
        assert [one.result() for one in again] == packed
        assert [one.result() for one in back] == [page.tobytes() for page in pages]


@COMPILED
@given(page=any_page())
@settings(max_examples=60, deadline=None)
def test_a_size_alone_is_that_of_the_bytes(name: str, page: bytes) -> None:
    codec = CODECS.choose(name).make()
    assert codec.sizes(np.frombuffer(page, np.uint8).reshape(1, -1)).tolist() == [len(codec.compress(page))]


@COMPILED
def test_sizes_alone_are_those_of_the_bytes_of_every_shipped_corpus(name: str) -> None:
    """One after the other, through the same memory: a page must not see what the one before it left there."""
    codec = CODECS.choose(name).make()
    for path in sorted(folder().glob("*.zpages")):
        with Corpus(path) as corpus:
            pages = corpus.pages()[::7]
        written = [codec.compress(page.tobytes()) for page in pages]
        assert codec.sizes(pages).tolist() == [len(data) for data in written]
        again = CODECS.choose(name).make()
        assert all(
            again.decompress(data, 4096) == page.tobytes() for data, page in zip(written, pages, strict=True)
        )
