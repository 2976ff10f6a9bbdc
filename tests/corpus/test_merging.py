"""Corpora put into one: every page at every address, once."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from tests.dumps.elfwriter import Core, Load, file_note
from tests.making import make_corpus, make_export, pages_of, random_page, text_page
from zswapbench.common.errors import CorpusError
from zswapbench.corpus.importing import Wish, import_dumps
from zswapbench.corpus.manifest import Counts
from zswapbench.corpus.merging import merge_corpora
from zswapbench.corpus.reading import Corpus

FIRST = [text_page(1), bytes(4096), text_page(2), text_page(1)]
SECOND = [text_page(2), random_page(3), b"ABCDEFGH" * 512, bytes(4096), random_page(4)]


def imported(folder: Path, name: str, pages: list[bytes], sample: int | None = None) -> Path:
    """The corpus of a core that has ``pages``."""
    Core([Load(0x10000, b"".join(pages))], [file_note()]).write(folder / f"{name}.core")
    import_dumps([folder / f"{name}.core"], folder / f"{name}.zpages", Wish(sample=sample))
    return folder / f"{name}.zpages"


def merge(output: Path, *paths: Path) -> tuple[str, list[list[int]]]:
    with ExitStack() as stack:
        digest, numbers = merge_corpora([stack.enter_context(Corpus(path)) for path in paths], output)
    return digest, [one.tolist() for one in numbers]


def test_each_page_is_there_once_and_each_address_has_its_own(tmp_path: Path) -> None:
    paths = [imported(tmp_path, "a", FIRST), imported(tmp_path, "b", SECOND)]
    digest, numbers = merge(tmp_path / "both.zpages", *paths)
    assert numbers == [[0, 1, 2], [2, 3, 4, 1, 5]]
    with Corpus(tmp_path / "both.zpages") as both:
        both.verify()
        assert both.digest == digest
        assert len(both) == 6
        pages = both.pages()[both.index]
        assert pages.tobytes() == b"".join([*FIRST, *SECOND])
        assert both.vaddr.tolist() == [
            *(0x10000 + 4096 * number for number in range(4)),
            *(0x10000 + 4096 * number for number in range(5)),
        ]
        assert [one["file"] for one in both.manifest.sources] == ["a.core", "b.core"]
        first, second = both.manifest.segments
        assert (first.source, second.source) == (0, 1)
        assert first.counts == Counts(zero=1, duplicate=1, distinct=2)
        assert second.counts == Counts(zero=1, same_filled=1, duplicate=1, distinct=2)


def test_a_merge_of_one_has_its_digest(tmp_path: Path) -> None:
    path = imported(tmp_path, "a", FIRST)
    digest, numbers = merge(tmp_path / "same.zpages", path)
    with Corpus(path) as corpus:
        assert digest == corpus.digest
    assert numbers == [[0, 1, 2]]


def test_a_corpus_may_have_no_page_that_is_new(tmp_path: Path) -> None:
    paths = [imported(tmp_path, "a", FIRST), imported(tmp_path, "b", FIRST[:2])]
    assert merge(tmp_path / "both.zpages", *paths)[1] == [[0, 1, 2], [0, 1]]
    with Corpus(tmp_path / "both.zpages") as both:
        both.verify()


def test_a_merge_with_a_sample_is_a_sample(tmp_path: Path) -> None:
    paths = [imported(tmp_path, "a", FIRST), imported(tmp_path, "b", SECOND, sample=2)]
    merge(tmp_path / "both.zpages", *paths)
    with Corpus(tmp_path / "both.zpages") as both:
        both.verify()
        assert both.manifest.sample == {"pages": 6, "seed": 0, "of": 9}


def test_large_corpora_are_merged_block_by_block(tmp_path: Path) -> None:
    words = np.arange(3000, dtype=np.uint64)
    pages = np.repeat(words[:, None], 512, axis=1)
    pages[:, 0] += 1 << 40
    first = make_corpus(tmp_path / "a.zpages", pages[:2000].view(np.uint8))
    second = make_corpus(tmp_path / "b.zpages", pages[1000:].view(np.uint8), packed=True)
    _, (one, two) = merge(tmp_path / "both.zpages", first, second)
    assert one == [*range(2000)]
    assert two == [*range(1000, 3000)]
    with Corpus(tmp_path / "both.zpages") as both:
        both.verify()
        assert np.array_equal(both.pages(), pages.view(np.uint8))


def test_what_cannot_be_merged_is_told(tmp_path: Path) -> None:
    path = make_corpus(tmp_path / "a.zpages", pages_of(text_page(1)))
    other = make_corpus(tmp_path / "b.zpages", pages_of(text_page(1, 16384)))
    export = make_export(tmp_path / "c.zpages", pages_of(text_page(2)), {"x": np.ones(1, np.uint32)})
    with pytest.raises(CorpusError, match=r"b\.zpages: has pages of 16384 bytes, .*a\.zpages of 4096"):
        merge(tmp_path / "both.zpages", path, other)
    with pytest.raises(CorpusError, match=r"c\.zpages: is an export without page content"):
        merge(tmp_path / "both.zpages", path, export)
    assert not (tmp_path / "both.zpages").exists()
