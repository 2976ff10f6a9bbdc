"""Sizes remembered on disk: one file for each corpus and codec, in $XDG_CACHE_HOME/zswapbench (~/.cache/zswapbench).

A file is named by the corpus's digest and the codec's identity. It holds the XXH3 digest of the sizes, then the sizes
as 4 bytes each; it is whole or absent. It is only a cache: what cannot be read or written costs time, not the result.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import xxhash

from zswapbench.common.errors import UsageError
from zswapbench.common.files import PRIVATE, replacing
from zswapbench.corpus.pages import Sizes

_DIGEST_BYTES = 16


def cache_file(digest: str, identity: str) -> Path:
    """Where the sizes of the corpus ``digest`` under the codec ``identity`` are remembered."""
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home: a place where nothing can be kept
        root = Path(os.devnull)
    name = f"{digest[:32]}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.sizes"
    return root / "zswapbench" / "sizes" / name


def remembered(path: Path, count: int) -> Sizes | None:
    """The ``count`` sizes that the file holds; None if it is absent or not what it should be."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, sizes = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if len(sizes) != 4 * count or xxhash.xxh3_128_digest(sizes) != digest:
        return None
    return np.frombuffer(sizes, np.uint32)


def remember(path: Path, sizes: Sizes) -> None:
    """Keep ``sizes``, if that can be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, mode=PRIVATE) as file:
            file.write(xxhash.xxh3_128_digest(sizes.data) + sizes.tobytes())
    except (OSError, UsageError):
        return
