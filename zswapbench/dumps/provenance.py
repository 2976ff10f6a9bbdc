"""The digest that says later from which dump a corpus was made.

It is what ``sha256sum`` prints, unless the file has holes: a core may span terabytes of which a few megabytes
exist, and hashing zeros for an hour proves nothing. Then only the written bytes are hashed, and the name of
the result says so. Which bytes count as written is the file system's word, so a copy of a sparse file may
have another digest of data; of the same file it is the same.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from threading import Event

from zswapbench.common.errors import DumpError
from zswapbench.common.files import open_regular
from zswapbench.dumps.source import written_extent

_BLOCK = 1 << 20


def digest(path: str | os.PathLike[str], stop: Event | None = None) -> tuple[str, str]:
    """("sha256", hexdigest) of the file on disk, or ("sha256_of_data", hexdigest) if it has holes.

    Packed files are hashed as they are. Gives way to other threads while it hashes and reads, and gives up,
    with whatever it has, once ``stop`` is set. Raises DumpError if the file cannot be read.
    """
    sha = hashlib.sha256()
    hashed = 0
    with open_regular(path, DumpError) as file:
        try:
            for block in _written_blocks(file.fileno()):
                if stop is not None and stop.is_set():
                    break
                sha.update(block)
                hashed += len(block)
            sparse = hashed < os.fstat(file.fileno()).st_size
        except OSError as error:
            raise DumpError(path, f"cannot be read: {error.strerror}", offset=hashed) from None
    return "sha256_of_data" if sparse else "sha256", sha.hexdigest()


def _written_blocks(handle: int) -> Iterator[memoryview]:
    """The written bytes of a file in its order, in blocks that the next one overwrites."""
    buffer = memoryview(bytearray(_BLOCK))
    size = os.fstat(handle).st_size
    at = 0
    while at < size:
        at, end = written_extent(handle, at, size)
        while at < end and (got := os.preadv(handle, [buffer[: end - at]], at)):
            yield buffer[:got]
            at += got
        if at < end:
            return  # the file has shrunk meanwhile
