"""The members of a corpus's archive, and its pages in blocks: as they lie in the file, or unpacked.

The checksum of all of a member is compared either way, and no block of pages is larger than BLOCK_BYTES. Nothing is
mapped: a file that somebody else cuts short meanwhile gives an error, and not a signal. Raises ValueError, or what
``zipfile`` raises, for a member that is not as it says; zswapbench.corpus.reading makes a CorpusError of that.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import cast

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.room import need_threads
from zswapbench.corpus.lzma_member import LzmaMember
from zswapbench.corpus.npy import Readable, read_header
from zswapbench.corpus.pages import BLOCK_BYTES, Pages

MEMBER = "pages.npy"

_NAME_LENGTHS_AT = 26
"""Offset, in the header that precedes a member, of the lengths of its name and of its extra field (u16)."""


@contextmanager
def open_member(archive: zipfile.ZipFile, name: str) -> Iterator[Readable]:
    """The member ``name``, to be read from its start; no more of it is unpacked than is asked for."""
    info = archive.getinfo(name)
    if info.compress_type == zipfile.ZIP_LZMA:
        yield LzmaMember(_handle_of(archive), info, _start_of(archive, info))
        return
    with archive.open(name) as member:
        yield cast("Readable", member)


def page_blocks(archive: zipfile.ZipFile, count: int, page_size: int) -> Iterator[Pages]:
    """The ``count`` pages of ``archive`` in order: uint8[n, page_size] each time."""
    packed = archive.getinfo(MEMBER).compress_type != zipfile.ZIP_STORED
    return (_unpacked if packed else _stored)(archive, count, page_size)


def _unpacked(archive: zipfile.ZipFile, count: int, page_size: int) -> Iterator[Pages]:
    step = BLOCK_BYTES // page_size
    with open_member(archive, MEMBER) as member:
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


def _stored(archive: zipfile.ZipFile, count: int, page_size: int) -> Iterator[Pages]:
    """As they lie in the file. Their checksum is taken meanwhile, by another thread."""
    info, handle = archive.getinfo(MEMBER), _handle_of(archive)
    start, header = _start_of(archive, info), info.file_size - count * page_size
    step = BLOCK_BYTES // page_size
    need_threads(1)
    with ThreadPoolExecutor(1) as aside:
        try:
            checksum: Future[int] = aside.submit(zlib.crc32, os.pread(handle, header, start))
        except RuntimeError as error:
            raise MemoryError(str(error)) from None  # no thread can be started
        for first in range(0, count, step):
            block = _read(
                handle, start + header + first * page_size, min(first + step, count) - first, page_size
            )
            checksum = aside.submit(zlib.crc32, block.data, checksum.result())
            yield block
        if checksum.result() != info.CRC:
            raise ValueError("pages.npy is damaged: its checksum is another")


def stored_pages(archive: zipfile.ZipFile, numbers: NDArray[np.int64], count: int, page_size: int) -> Pages:
    """The pages ``numbers`` of ``count`` that are not packed: uint8[n, page_size]."""
    info = archive.getinfo(MEMBER)
    start = _start_of(archive, info) + info.file_size - count * page_size
    handle = _handle_of(archive)
    pages = [_read(handle, start + int(number) * page_size, 1, page_size) for number in numbers]
    return np.concatenate([np.empty((0, page_size), np.uint8), *pages])


def _read(handle: int, offset: int, count: int, page_size: int) -> Pages:
    block = np.empty((count, page_size), np.uint8)
    if os.preadv(handle, [block.data], offset) < block.nbytes:
        raise ValueError("pages.npy ends early")
    return block


def _handle_of(archive: zipfile.ZipFile) -> int:
    """The descriptor of the file of ``archive``."""
    if archive.fp is None:
        raise ValueError("it is closed")
    return archive.fp.fileno()


def _start_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """Offset of the first byte of the member ``info``, behind the header that precedes it."""
    lengths = os.pread(_handle_of(archive), 4, info.header_offset + _NAME_LENGTHS_AT)
    if len(lengths) < 4:
        raise ValueError(f"{info.filename!r} ends early")
    return info.header_offset + _NAME_LENGTHS_AT + 4 + int(sum(struct.unpack("<HH", lengths)))
