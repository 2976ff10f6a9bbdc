"""The pages of a corpus out of its archive, in blocks: as they lie in the file, or unpacked.

The checksum of all of them is compared either way, and no block is larger than BLOCK_BYTES. Raises ValueError, or what
``zipfile`` raises, for a member that is not as it says; zswapbench.corpus.reading makes a CorpusError of that.
"""

from __future__ import annotations

import os
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from zswapbench.corpus.npy import read_header
from zswapbench.corpus.pages import BLOCK_BYTES, Pages

MEMBER = "pages.npy"

_NAME_LENGTHS_AT = 26
"""Offset, in the header that precedes a member, of the lengths of its name and of its extra field (u16)."""


def page_blocks(archive: zipfile.ZipFile, count: int, page_size: int) -> Iterator[Pages]:
    """The ``count`` pages of ``archive`` in order: uint8[n, page_size] each time."""
    packed = archive.getinfo(MEMBER).compress_type != zipfile.ZIP_STORED
    return (_unpacked if packed else _mapped)(archive, count, page_size)


def _unpacked(archive: zipfile.ZipFile, count: int, page_size: int) -> Iterator[Pages]:
    step = BLOCK_BYTES // page_size
    with archive.open(MEMBER) as member:
        read_header(member)
        for first in range(0, count, step):
            size = (min(first + step, count) - first) * page_size
            data = member.read(size)
            if len(data) < size:
                raise ValueError("pages.npy ends early")
            yield np.frombuffer(data, np.uint8).reshape(-1, page_size)
        # The end of the member must be met: only there its checksum is compared.
        if member.read(1):
            raise ValueError("pages.npy is longer than it says")


def _mapped(archive: zipfile.ZipFile, count: int, page_size: int) -> Iterator[Pages]:
    """As they lie in the file, without a copy. Their checksum is taken meanwhile, by another thread."""
    info, file = archive.getinfo(MEMBER), archive.fp
    if file is None:
        raise ValueError("it is closed")
    lengths = struct.unpack("<HH", os.pread(file.fileno(), 4, info.header_offset + _NAME_LENGTHS_AT))
    start = info.header_offset + _NAME_LENGTHS_AT + 4 + sum(lengths)
    with archive.open(MEMBER) as member:
        read_header(member)
        header = member.tell()
    size = header + count * page_size
    if start + size > os.fstat(file.fileno()).st_size or size != info.file_size:
        raise ValueError("pages.npy ends early")
    mapped = np.memmap(file, np.uint8, "r", start, (size,))
    pages = mapped[header:].reshape(count, page_size)
    step = BLOCK_BYTES // page_size
    stop = threading.Event()
    with ThreadPoolExecutor(1) as aside:
        checksum = aside.submit(_checksum, mapped, stop)
        try:
            for first in range(0, count, step):
                yield np.asarray(pages[first : first + step])
        except GeneratorExit:
            stop.set()
            raise
        if checksum.result() != info.CRC:
            raise ValueError("pages.npy is damaged: its checksum is another")


def _checksum(data: NDArray[np.uint8], stop: threading.Event) -> int:
    """CRC-32 of ``data``, for as long as anybody waits for it."""
    crc = 0
    for first in range(0, len(data), BLOCK_BYTES):
        if stop.is_set():
            break
        crc = zlib.crc32(data[first : first + BLOCK_BYTES].data, crc)
    return crc
