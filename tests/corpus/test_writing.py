"""Corpora and exports: what goes in comes out, the same bytes each time, for nobody else's eyes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.corpus.damaging import (
    INDEX,
    PACKED_OR_NOT,
    SOME,
)
from tests.making import PAGE, make_corpus, make_export, manifest_of, pages_of, random_page, text_page
from zswapbench.common.errors import DumpError, UsageError
from zswapbench.corpus.manifest import Counts, corpus_digest
from zswapbench.corpus.pages import PAGE_SIZES, digests, kinds
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.writing import write_corpus


@PACKED_OR_NOT
@pytest.mark.parametrize("size", PAGE_SIZES)
def test_what_was_written_is_read_back(tmp_path: Path, packed: bool, size: int) -> None:
    pages = pages_of(bytes(size), text_page(1, size), b"\7" * size, random_page(2, size))
    path = make_corpus(tmp_path / "a.zpages", pages, INDEX, packed=packed)
    with Corpus(path) as corpus:
        corpus.verify()
        assert len(corpus) == 4
        assert corpus.page_size == size
        assert corpus.has_content
        assert corpus.index.tolist() == INDEX
        assert corpus.kinds.tolist() == [2, 0, 1, 0]
        assert corpus.vaddr.tolist() == [size * place for place in range(9)]
        assert corpus.counts == Counts(zero=2, same_filled=3, duplicate=2, distinct=2)
        assert np.array_equal(corpus.pages(), pages)
        assert corpus.manifest == manifest_of(pages, corpus.index)
        assert corpus.digest == corpus_digest(size, digests(pages), corpus.index)


@PACKED_OR_NOT
def test_numpy_opens_a_corpus(tmp_path: Path, packed: bool) -> None:
    path = make_corpus(tmp_path / "a.zpages", SOME, INDEX, packed=packed)
    with np.load(path) as archive:
        assert sorted(archive.files) == ["index", "kinds", "manifest.json", "pages", "vaddr"]
        assert np.array_equal(archive["pages"], SOME)
        assert archive["index"].tolist() == INDEX
        assert archive["kinds"].tolist() == kinds(SOME).tolist()
        assert archive["vaddr"].dtype == np.uint64


@PACKED_OR_NOT
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, packed: bool) -> None:
    paths = [make_corpus(tmp_path / name, SOME, INDEX, packed=packed) for name in ("a.zpages", "b.zpages")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_packing_changes_the_file_but_not_the_digest(tmp_path: Path) -> None:
    stored = make_corpus(tmp_path / "a.zpages", SOME)
    smaller = make_corpus(tmp_path / "b.zpages", SOME, packed=True)
    assert smaller.stat().st_size < stored.stat().st_size - PAGE
    with Corpus(stored) as one, Corpus(smaller) as other:
        assert one.digest == other.digest


@pytest.mark.parametrize("umask", [0, 0o022])
def test_nobody_else_may_read_a_corpus(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        path = make_corpus(tmp_path / "a.zpages", SOME)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failure_while_pages_are_written_leaves_the_old_corpus(tmp_path: Path) -> None:
    path = make_corpus(tmp_path / "a.zpages", SOME)
    old = path.read_bytes()

    def failing() -> Any:
        yield SOME[:1]
        raise DumpError("core", "is damaged")

    index = np.arange(4, dtype=np.uint32)
    arrays: dict[str, NDArray[Any]] = {"kinds.npy": kinds(SOME), "index.npy": index}
    with pytest.raises(DumpError, match="core: is damaged"):
        write_corpus(path, manifest_of(SOME, index), arrays, failing())
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [old]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_pages_in_any_order_come_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    seeds = data.draw(st.lists(st.integers(0, 50), max_size=12, unique=True))
    pages = pages_of(*(text_page(seed) if seed % 3 else bytes([seed]) * PAGE for seed in seeds or [0]))
    order = data.draw(st.lists(st.integers(0, len(pages) - 1), max_size=30))
    index = [*range(len(pages)), *order]
    path = tmp_path_factory.getbasetemp() / "any.zpages"
    make_corpus(path, pages, index, packed=data.draw(st.booleans()))
    with Corpus(path) as corpus:
        corpus.verify()
        assert np.array_equal(corpus.pages(), pages)
        assert corpus.index.tolist() == index
        assert corpus.counts.written == len(index)
        assert corpus.counts.distinct == (corpus.kinds == 0).sum()


def test_an_export_has_sizes_and_no_content(tmp_path: Path) -> None:
    sizes = {"zlib level=6": np.array([20, 900, 21, 4101], np.uint32), "other": np.ones(4, np.uint32)}
    path = make_export(tmp_path / "a.zpages", SOME, sizes)
    with Corpus(path) as corpus, Corpus(make_corpus(tmp_path / "b.zpages", SOME)) as whole:
        assert not corpus.has_content
        assert corpus.digest == whole.digest
        assert corpus.counts == whole.counts
        assert {name: one.tolist() for name, one in corpus.exported_sizes().items()} == {
            name: one.tolist() for name, one in sizes.items()
        }
    assert random_page(2)[:16] not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_corpus_that_packs_too_well_to_be_read_back_is_not_written(tmp_path: Path) -> None:
    kinds_of = np.zeros(80 << 20, np.uint8)
    arrays: dict[str, NDArray[Any]] = {"kinds.npy": kinds_of, "index.npy": np.zeros(1, np.uint32)}
    with pytest.raises(UsageError, match="leave out --pack"):
        write_corpus(tmp_path / "a.zpages", manifest_of(SOME, np.zeros(1, np.uint32)), arrays, packed=True)
    assert list(tmp_path.iterdir()) == []


INTERRUPTED = """
import os, signal, sys, threading, time
from pathlib import Path
import numpy as np
from zswapbench.corpus.writing import write_corpus
from tests.making import manifest_of
signal.signal(signal.SIGINT, signal.default_int_handler)
pages = np.random.default_rng(1).integers(0, 64, (4096, 4096), np.uint8)
index = np.arange(4096, dtype=np.uint32)
manifest = manifest_of(pages, index)
def interrupt():
    while not any(part.stat().st_size for part in Path(sys.argv[1]).parent.glob(".*.part")):
        time.sleep(0.01)
    interrupt.at = time.process_time()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    write_corpus(sys.argv[1], manifest, {"kinds.npy": np.zeros(4096, np.uint8)}, iter([pages]), packed=True)
except KeyboardInterrupt:
    print(time.process_time() - interrupt.at)
"""


def test_packing_hears_ctrl_c_long_before_it_is_done(tmp_path: Path) -> None:
    """16 MiB take many seconds to pack, and are handed over in one block here."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "a.zpages")]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    assert float(done.stdout) < 2, "CPU seconds"
    assert list(tmp_path.iterdir()) == []
