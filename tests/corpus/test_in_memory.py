"""Pages in memory are a corpus as good as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.making import make_corpus, pages_of, random_page, text_page
from zswapbench.corpus.in_memory import ArrayCorpus
from zswapbench.corpus.pages import BLOCK_BYTES, PAGE_SIZES
from zswapbench.corpus.reading import Corpus


@pytest.mark.parametrize("size", PAGE_SIZES)
def test_pages_in_memory_are_what_they_would_be_in_a_file(tmp_path: Path, size: int) -> None:
    some = pages_of(text_page(1, size), bytes(size), random_page(2, size))
    pages = np.repeat(some, BLOCK_BYTES // size, axis=0)
    with Corpus(make_corpus(tmp_path / "x.zpages", pages)) as file, ArrayCorpus(pages) as array:
        assert (array.digest, array.page_size, len(array)) == (file.digest, size, len(file))
        assert array.has_content
        assert array.counts == file.counts
        for one, other in ((array.kinds, file.kinds), (array.index, file.index), (array.vaddr, file.vaddr)):
            assert (one.dtype, one.tolist()) == (other.dtype, other.tolist())
        assert [len(block) for block in array.blocks()] == [len(block) for block in file.blocks()]
        assert (np.concatenate(list(array.blocks())) == pages).all()
        assert (array.pages() == pages).all()
        array.verify()
    assert (array.pages() == pages).all()
