"""What can be said of pages without compressing them: zero, same-filled, equal to another.

Arrays of pages are uint8[n, PAGE_SIZE] throughout.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import xxhash
from numpy.typing import NDArray

Pages = NDArray[np.uint8]

Sizes = NDArray[np.uint32]
"""Compressed bytes of each page: uint32[n]."""

PAGE_SIZES = (4096, 16384, 65536)

BLOCK_BYTES = 4 << 20
"""Pages are handed on in blocks of at most this size, so that there may be more of them than memory."""


class Kind(IntEnum):
    """What a page is to a compressed swap cache before any codec sees it.

    Arrays are compared with ``int(Kind.ZERO)`` and the like: numpy loses an interrupt that comes while it looks at an
    enum.
    """

    OTHER = 0
    SAME_FILLED = 1
    ZERO = 2


def kinds(pages: Pages) -> NDArray[np.uint8]:
    """The ``Kind`` of each page.

    Same-filled: all machine words of 8 bytes are equal. Source: mm/zswap.c zswap_is_page_same_filled(), 6.1.
    """
    words = np.ascontiguousarray(pages).view(np.uint64)
    # Two words tell nearly always; only pages that pass are compared whole.
    maybe = np.flatnonzero((words[:, 0] == words[:, -1]) & (words[:, 0] == words[:, words.shape[1] // 2]))
    same = maybe[(words[maybe] == words[maybe, :1]).all(axis=1)]
    result = np.zeros(len(pages), np.uint8)
    result[same] = np.where(words[same, 0] == 0, int(Kind.ZERO), int(Kind.SAME_FILLED))
    return result


def digests(pages: Pages) -> bytes:
    """XXH3 of each page, 16 bytes each: equal digests are taken for equal pages."""
    return b"".join([xxhash.xxh3_128_digest(page) for page in pages])
