"""What pages cost: each as if it were compressed alone, or what an export says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.corpus.compressing import BLOCK, FAST, mixed, one_by_one
from tests.making import PAGE, make_corpus, make_export, pages_of, random_page
from zswapbench.common.errors import CorpusError
from zswapbench.corpus.pages import PAGE_SIZES
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import compute_sizes, sizes_of
from zswapbench.plugins.registry import CODECS


@pytest.mark.parametrize("size", PAGE_SIZES)
@pytest.mark.parametrize("workers", [0, 2])
def test_sizes_are_those_of_each_page_compressed_alone(tmp_path: Path, size: int, workers: int) -> None:
    pages = mixed(50, size)
    with Corpus(make_corpus(tmp_path / "a.zpages", pages, packed=True)) as corpus:
        assert compute_sizes(corpus, FAST, workers=workers).tolist() == one_by_one(pages)


@pytest.mark.parametrize("workers", [0, 1, 3, None])
def test_an_empty_corpus_has_no_sizes(tmp_path: Path, workers: int | None) -> None:
    with Corpus(make_corpus(tmp_path / "a.zpages", mixed(1)[:0])) as corpus:
        for sizes in (compute_sizes(corpus, FAST, workers=workers), sizes_of(corpus, FAST, workers=workers)):
            assert sizes.dtype == np.uint32
            assert sizes.tolist() == []


@pytest.mark.parametrize("workers", [0, 2, None])
def test_progress_tells_of_every_page(tmp_path: Path, workers: int | None) -> None:
    told: list[int] = []
    with Corpus(make_corpus(tmp_path / "a.zpages", mixed(BLOCK + 76))) as corpus:
        compute_sizes(corpus, FAST, told.append, workers)
    assert told == [BLOCK, 76]


def test_an_export_without_the_codec_is_refused_with_what_it_has(tmp_path: Path) -> None:
    path = make_export(tmp_path / "a.zpages", mixed(3), {FAST.make().identity: np.ones(3, np.uint32)})
    with Corpus(path) as corpus, pytest.raises(CorpusError, match="no sizes under 'zlib level=6") as raised:
        sizes_of(corpus, CODECS.choose("zlib"))
    assert f"it has: {FAST.make().identity}" in str(raised.value)


def test_an_export_without_sizes_is_refused(tmp_path: Path) -> None:
    path = make_export(tmp_path / "a.zpages", mixed(3), {})
    with Corpus(path) as corpus, pytest.raises(CorpusError, match="it has: none"):
        sizes_of(corpus, FAST)


def test_random_pages_take_more_than_a_page(tmp_path: Path) -> None:
    with Corpus(make_corpus(tmp_path / "a.zpages", pages_of(random_page(1), random_page(2)))) as corpus:
        assert (compute_sizes(corpus, FAST) > PAGE).all()
