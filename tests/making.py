"""Pages and corpora for tests, in a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.corpus.manifest import Counts, Manifest, SegmentRecord, corpus_digest
from zswapbench.corpus.pages import Pages, digests, kinds
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.writing import export_sizes, write_corpus
from zswapbench.runs.making import all_events
from zswapbench.traces.synth import Workload, filled_in

PAGE = 4096


def swap_events(index: NDArray[np.uint32], work: Workload) -> NDArray[np.void]:
    """What ``trace make`` makes of ``work`` over addresses that hold the pages ``index``, which all compress alike."""
    sizes = np.full(int(index.max()) + 1, 1_000, np.uint32)
    return all_events(index, sizes, filled_in(work, len(index)))


def random_page(seed: int, size: int = PAGE) -> bytes:
    """Bytes that no codec can do anything with; the same for the same seed."""
    return Random(seed).randbytes(size)


def text_page(seed: int = 0, size: int = PAGE) -> bytes:
    """Words that a codec halves at least."""
    random = Random(seed)
    words = [random.randbytes(random.randint(3, 9)).hex().encode() for _ in range(40)]
    text = b" ".join(random.choice(words) for _ in range(size // 6))
    return text[:size]


def pages_of(*pages: bytes) -> Pages:
    """Pages of equal size as uint8[n, size]."""
    size = len(pages[0])
    return np.frombuffer(b"".join(pages), np.uint8).reshape(-1, size)


def make_corpus(
    path: Path, pages: Pages, index: Sequence[int] | None = None, *, packed: bool = False
) -> Path:
    """A corpus of the distinct ``pages`` in one segment; without ``index``, each has one address."""
    order = np.asarray(range(len(pages)) if index is None else index, np.uint32)
    arrays: dict[str, NDArray[Any]] = {
        "kinds.npy": kinds(pages),
        "index.npy": order,
        "vaddr.npy": np.arange(len(order), dtype=np.uint64) * np.uint64(pages.shape[1]),
    }
    blocks = iter([pages] if len(pages) else [])
    write_corpus(path, manifest_of(pages, order), arrays, blocks, packed=packed)
    return path


def make_export(path: Path, pages: Pages, sizes: dict[str, NDArray[np.uint32]]) -> Path:
    """The export of a corpus of ``pages``, each with one address, with ``sizes`` by codec identity."""
    with Corpus(make_corpus(path.with_suffix(".whole"), pages)) as corpus:
        export_sizes(path, corpus, sizes)
    return path


def manifest_of(pages: Pages, index: NDArray[np.uint32]) -> Manifest:
    """A manifest that is right about ``pages`` and ``index``."""
    size = pages.shape[1]
    length = len(index) * size
    segment = SegmentRecord(
        0, 0, length, "rw-", "[heap]", length, Counts.of(index, kinds(pages)), (0, len(index))
    )
    return Manifest(size, corpus_digest(size, digests(pages), index), [{"file": "core"}], [segment])
