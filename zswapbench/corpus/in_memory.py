"""Corpora of pages that are in memory: of what a program hands over in place of a file, or of a part of another."""

from __future__ import annotations

from collections.abc import Generator
from functools import cached_property
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from zswapbench.corpus.manifest import Manifest, corpus_digest
from zswapbench.corpus.pages import BLOCK_BYTES, Pages, digests, kinds
from zswapbench.corpus.reading import Corpus


class InMemory(Corpus):
    """A corpus whose distinct pages are in memory: ``_pages``, uint8[n, PAGE_SIZE], and its digest in the manifest."""

    _pages: Pages

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to close."""

    @cached_property
    def digest(self) -> str:
        return self.manifest.digest

    @property
    def has_content(self) -> bool:
        return True

    def blocks(self) -> Generator[Pages, None, None]:
        count = BLOCK_BYTES // self.page_size
        for first in range(0, len(self), count):
            yield self._pages[first : first + count]

    def pages(self) -> Pages:
        return self._pages

    def pages_at(self, numbers: NDArray[np.int64]) -> Pages:
        return self._pages[numbers]


class ArrayCorpus(InMemory):
    """A corpus of ``pages``, uint8[n, PAGE_SIZE], that are in memory and stay there.

    No file is made of them: they may hold secrets, and there may be no room for a second copy. They keep their
    places, equal ones too, so that what numbers them need not be renumbered. A file has equal pages once; a replay
    does not care.
    """

    def __init__(self, pages: Pages) -> None:
        self.path = Path("<array>")
        self._pages = np.ascontiguousarray(pages)
        self.index = np.arange(len(pages), dtype=np.uint32)
        self.kinds = kinds(self._pages)
        self.manifest = Manifest(
            pages.shape[1], corpus_digest(pages.shape[1], digests(self._pages), self.index)
        )

    @cached_property
    def vaddr(self) -> NDArray[np.uint64]:
        return self.index * np.uint64(self.page_size)
