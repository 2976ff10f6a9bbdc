"""Writes corpora, and exports of them: the same input gives the same bytes.

zswapbench.corpus.reading has the form of the file. It is private (mode 0600) from its first byte on, and it is whole
or absent. Writing a ZIP archive goes back in it, so to a pipe it goes by way of a temporary file.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.common.files import PRIVATE, unpacked_at_most
from zswapbench.common.outputs import output_file
from zswapbench.corpus.manifest import Manifest
from zswapbench.corpus.npy import write_header
from zswapbench.corpus.page_blocks import MEMBER
from zswapbench.corpus.pages import Pages
from zswapbench.corpus.reading import Corpus

_PIECE = 64 << 10
"""Bytes that are written at a time."""


def write_corpus(
    path: str | os.PathLike[str],
    manifest: Manifest,
    arrays: Mapping[str, NDArray[Any]],
    pages: Iterator[Pages] | None = None,
    *,
    packed: bool = False,
) -> None:
    """Write a corpus, or, without ``pages``, an export of one. ``arrays``: the other members by name.

    ``packed``: by LZMA, which finds what pages have in common; a third smaller than deflate.
    """
    with (
        output_file(path, mode=PRIVATE) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA if packed else zipfile.ZIP_STORED) as archive,
    ):
        with _member(archive, "manifest.json") as member:
            _write(member, manifest.to_json().encode())
        for name, array in arrays.items():
            with _member(archive, name) as member:
                np.lib.format.write_array_header_1_0(member, np.lib.format.header_data_from_array_1_0(array))
                _write(member, np.ascontiguousarray(array).data)
        if pages is not None:
            with _member(archive, MEMBER) as member:
                write_header(member, (len(arrays["kinds.npy"]), manifest.page_size))
                for block in pages:
                    _write(member, block.data)
        archive.close()
        if sum(info.file_size for info in archive.infolist()) > unpacked_at_most(file.tell()):
            raise UsageError(f"{path}: packs so well that nobody would dare to unpack it; leave out --pack")


def export_sizes(
    path: str | os.PathLike[str], corpus: Corpus, sizes: Mapping[str, NDArray[np.uint32]]
) -> None:
    """Write an export of ``corpus``: ``sizes`` uint32[n] by codec identity; no content, address or name."""
    manifest = Manifest(corpus.page_size, corpus.digest)
    arrays: dict[str, NDArray[Any]] = {"kinds.npy": corpus.kinds, "index.npy": corpus.index}
    arrays |= {f"sizes/{identity}.npy": found for identity, found in sizes.items()}
    write_corpus(path, manifest, arrays, packed=True)


def _write(member: IO[bytes], data: bytes | memoryview) -> None:
    """Write ``data`` in small pieces: LZMA takes seconds for 4 MiB, and Ctrl-C is heard between two of them."""
    view = memoryview(data).cast("B")
    for first in range(0, len(view), _PIECE):
        member.write(view[first : first + _PIECE])


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    # A fixed date, the earliest that ZIP knows, and no mode bits.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = archive.compression
    return archive.open(info, "w", force_zip64=True)
