"""Sizes and times remembered on disk, for each corpus and codec, in $XDG_CACHE_HOME/zswapbench (~/.cache/zswapbench).

A file is named by the corpus's digest and the codec's identity. It holds the XXH3 digest of the sizes, then the sizes
as 4 bytes each; it is whole or absent. It is only a cache: what cannot be read or written costs time, not the result.
Files of times are named by the machine, too: see zswapbench.corpus.codec_costs, whose times are floats, and
zswapbench.corpus.page_times.
Sizes tell of the memory that they were taken from, so files and folders are their owner's alone. A file that is
anybody else's, or that others may write to, is not read.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

import numpy as np
import xxhash

from zswapbench.common.errors import MissingError, UsageError
from zswapbench.common.files import PRIVATE, replacing, user_folder
from zswapbench.corpus.pages import Sizes

_DIGEST_BYTES = 16

SIZES, TIMES, PAGE_TIMES = ".sizes", ".times", ".page-times"
_PRIVATE_FOLDER = 0o700


def cache_folder() -> Path:
    """Where all is remembered."""
    return user_folder("XDG_CACHE_HOME", ".cache") / "sizes"


def cache_file(digest: str, identity: str, kind: str = SIZES) -> Path:
    """Where SIZES, TIMES or PAGE_TIMES of the corpus ``digest`` under the codec ``identity`` are remembered."""
    return cache_folder() / f"{digest[:32]}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}{kind}"


def cached_files() -> dict[Path, int]:
    """All files of the cache, unfinished ones that a killed process left behind included; bytes of each.

    Raises MissingError if the folder is there and cannot be read.
    """
    folder, found = cache_folder(), {}
    try:
        for path in folder.iterdir():
            if path.suffix in (SIZES, TIMES, PAGE_TIMES, ".part"):
                with suppress(FileNotFoundError):  # an unfinished one that was finished meanwhile
                    found[path] = path.lstat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return {}  # nothing was ever kept there
    except OSError as error:
        raise MissingError(
            f"{folder}: cannot be read: {error.strerror}; mend that, or set XDG_CACHE_HOME to another folder"
        ) from None
    return found


def remembered(path: Path, count: int) -> Sizes | None:
    """The ``count`` sizes that the file holds; None if it is absent or not what it should be."""
    wanted = _DIGEST_BYTES + 4 * count
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            mine = found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            if not (mine and stat.S_ISREG(found.st_mode) and found.st_size == wanted):
                return None
            data = file.read(wanted)
    except (OSError, ValueError):
        return None
    digest, sizes = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if len(sizes) != 4 * count or xxhash.xxh3_128_digest(sizes) != digest:
        return None
    return np.frombuffer(sizes, np.uint32)


def remember(path: Path, sizes: Sizes) -> None:
    """Keep ``sizes``, if that can be."""
    try:
        path.parent.parent.parent.mkdir(parents=True, exist_ok=True)
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(exist_ok=True)
            folder.chmod(_PRIVATE_FOLDER)
        with replacing(path, mode=PRIVATE) as file:
            file.write(xxhash.xxh3_128_digest(sizes.data) + sizes.tobytes())
    except (OSError, UsageError, MissingError):
        return
