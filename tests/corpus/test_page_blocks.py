"""Pages in blocks: all of them in order, and no damage among them goes unseen."""

from __future__ import annotations

import zipfile
from pathlib import Path
from random import Random

import numpy as np
import pytest

from tests.corpus.damaging import (
    INDEX,
    PACKED_OR_NOT,
    SOME,
    refusal,
    refused_or_the_same,
)
from tests.making import make_corpus
from zswapbench.corpus.pages import BLOCK_BYTES, PAGE_SIZES
from zswapbench.corpus.reading import Corpus


@PACKED_OR_NOT
@pytest.mark.parametrize("size", PAGE_SIZES)
def test_pages_come_in_blocks_of_4_mib(tmp_path: Path, packed: bool, size: int) -> None:
    count = BLOCK_BYTES // size + 3
    pages = np.random.default_rng(0).integers(0, 4, (count, size), np.uint8)
    path = make_corpus(tmp_path / "a.zpages", pages, packed=packed)
    with Corpus(path) as corpus:
        assert [block.shape for block in corpus.blocks()] == [(count - 3, size), (3, size)]
        assert np.array_equal(corpus.pages(), pages)
        corpus.verify()


def test_a_corpus_may_be_read_more_than_once_at_a_time(tmp_path: Path) -> None:
    with Corpus(make_corpus(tmp_path / "a.zpages", SOME)) as corpus:
        one, other = corpus.blocks(), corpus.blocks()
        assert np.array_equal(next(one), next(other))
        corpus.verify()


@PACKED_OR_NOT
def test_sizes_that_the_directory_of_the_archive_claims_are_not_believed(
    tmp_path: Path, packed: bool
) -> None:
    path = make_corpus(tmp_path / "liar.zpages", SOME, INDEX, packed=packed)
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\1\2")
    while place >= 0:
        data[place + 24 : place + 28] = (0xFFFFFFF0).to_bytes(4, "little")  # uncompressed size
        place = data.find(b"PK\1\2", place + 4)
    path.write_bytes(data)
    assert refused_or_the_same(path)


@PACKED_OR_NOT
def test_a_corpus_that_ends_early_is_refused_wherever_it_ends(tmp_path: Path, packed: bool) -> None:
    whole = make_corpus(tmp_path / "whole.zpages", SOME, INDEX, packed=packed).read_bytes()
    path = tmp_path / "short.zpages"
    for length in [*range(0, len(whole), 97), *range(len(whole) - 50, len(whole))]:
        path.write_bytes(whole[:length])
        refusal(path)


@PACKED_OR_NOT
def test_a_flipped_bit_in_any_member_is_found(tmp_path: Path, packed: bool) -> None:
    path = make_corpus(tmp_path / "a.zpages", SOME, INDEX, packed=packed)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        starts = {info.filename: (info.header_offset, info.compress_size) for info in archive.infolist()}
    random = Random(0)
    for name, (offset, length) in starts.items():
        # Behind the local header: 30 bytes, the name, 20 of the ZIP64 sizes.
        start = offset + 30 + len(name) + 20
        for place in random.sample(range(start, start + length), min(length, 40)):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << random.randrange(8)
            path.write_bytes(damaged)
            assert refused_or_the_same(path)
