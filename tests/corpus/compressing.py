"""Pages to compress, what each costs by itself, and where that is remembered."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.making import PAGE
from zswapbench.codecs.base import Codec
from zswapbench.corpus.pages import BLOCK_BYTES, Pages
from zswapbench.plugins.registry import CODECS, Choice

BLOCK = BLOCK_BYTES // PAGE
FAST: Choice[Codec] = CODECS.choose("liblz4")


def mixed(count: int, size: int = PAGE) -> Pages:
    """Distinct pages, from a few bytes compressed to more than a page."""
    random = np.random.default_rng(count)
    pages = random.integers(0, 256, (count, size), np.uint8)
    for place, filled in enumerate(random.integers(0, size, count)):
        pages[place, filled:] = place % 251
    pages[:, :4] = np.arange(count, dtype=np.uint32).reshape(-1, 1).view(np.uint8)
    return pages


def one_by_one(pages: Pages, choice: Choice[Codec] = FAST) -> list[int]:
    """The oracle: each page compressed alone."""
    codec = choice.make()
    return [len(codec.compress(page.tobytes())) for page in pages]


def remembered(cache: Path) -> list[Path]:
    """The files in the cache."""
    return sorted(path for path in cache.rglob("*") if path.is_file())
