"""The yardstick: the same work everywhere, so that its time tells of the machine alone."""

from __future__ import annotations

import zlib
from hashlib import sha256

from zswapbench.corpus.yardstick import pack, pages


def test_the_pages_are_the_same_everywhere() -> None:
    assert {len(page) for page in pages()} == {4096}
    assert sha256(b"".join(pages())).hexdigest()[:16] == "0ee89f0d3096f484"


def test_the_work_is_to_pack_a_page_that_shrinks() -> None:
    page, *_ = pages()
    packed = pack(page)
    assert zlib.decompress(packed) == page
    assert len(packed) < 3_000
