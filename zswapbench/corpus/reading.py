"""An open corpus: the distinct pages of one or more dumps, and which address held which.

The file (``.zpages``) is a ZIP archive that ``numpy.load`` opens:

| member        | content                                                                    |
|---------------|----------------------------------------------------------------------------|
| pages.npy     | uint8[n, PAGE_SIZE]: distinct pages, in the order of first appearance      |
| kinds.npy     | uint8[n]: zswapbench.corpus.pages.Kind of each                             |
| index.npy     | uint32[m]: the page of each address                                        |
| vaddr.npy     | uint64[m]: the addresses, dump after dump, in the order of the dump's file |
| manifest.json | page size, digest, and where the pages came from: ``Manifest``             |

Members are stored as they are, or packed by LZMA (or deflated, if somebody else made the archive). Pages
are read in blocks, so a corpus may be larger than memory. An *export* of a corpus (``corpus sizes``)
has the sizes under some codecs in place of pages and addresses: no byte of anybody's memory, and all that
a replay needs. Corpora are made mode 0600.

The digest is SHA-256 over the page size, the XXH3 digests of the distinct pages and the index; an export
keeps its corpus's. What the manifest says of it is a claim. Whoever asks for the digest of a corpus gets one that its
pages were held against; the addresses and the segments of the manifest, too, are then held against them.

A file decides how long it takes to read, but by its size only: see zswapbench.common.files.unpacked_at_most.
"""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import CorpusError
from zswapbench.common.files import open_regular, unpacked_at_most
from zswapbench.common.units import format_size
from zswapbench.corpus.agreement import check_segments
from zswapbench.corpus.manifest import Counts, Manifest, corpus_digest
from zswapbench.corpus.npy import read_header
from zswapbench.corpus.page_blocks import MEMBER, open_member, page_blocks, stored_pages
from zswapbench.corpus.pages import Kind, Pages, digests, kinds

SUFFIX = ".zpages"

ZIP_MAGIC = b"PK\x03\x04"
"""What a corpus begins with, as every ZIP archive does."""

KEPT_BYTES = 64 << 20
"""Pages of a packed corpus up to this size stay in memory once they are unpacked: each pass would unpack them again."""

_MANIFEST_RATIO = 64
_MANIFEST_FREE_BYTES = 1 << 20

_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    OSError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)


class Corpus:
    """An open corpus, or the export of one. Use it in a ``with`` block.

    Raises CorpusError, from the constructor and from every read, if the file is no corpus or is damaged.
    """

    remarks: Sequence[str] = ()
    """Where it was imported just now, what to know of its dumps, in lines: what was left out and why."""

    _opened = ExitStack()  # what is to be closed: nothing, until all is well

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._kept: list[Pages] = []
        with ExitStack() as opened, self._reading():
            file = opened.enter_context(open_regular(self.path, CorpusError))
            self._archive = opened.enter_context(zipfile.ZipFile(file))
            self._check_members(os.fstat(file.fileno()).st_size)
            self.manifest = Manifest.from_json(self._manifest())
            self.index: NDArray[np.uint32] = self._array("index.npy", np.uint32)
            self.kinds: NDArray[np.uint8] = self._array("kinds.npy", np.uint8)
            self._check_tables()
            if self.has_content:
                self._check_shape()
            self._opened = opened.pop_all()

    def __enter__(self) -> Corpus:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def __del__(self) -> None:
        self._opened.close()  # at a prompt, nobody writes a ``with`` block

    def __len__(self) -> int:
        """Distinct pages."""
        return len(self.kinds)

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hexadecimal: what traces know the corpus by.

        Asked for the first time, all pages are read and held against it. Raises CorpusError if they are others. An
        export has no pages: its digest is what it claims.
        """
        if self.has_content:
            self.verify()
        return self.manifest.digest

    @property
    def page_size(self) -> int:
        """Bytes."""
        return self.manifest.page_size

    @property
    def has_content(self) -> bool:
        """False for an export."""
        return MEMBER in self._archive.namelist()

    @cached_property
    def vaddr(self) -> NDArray[np.uint64]:
        """The addresses: uint64[m]. An export has none."""
        with self._reading():
            return self._array("vaddr.npy", np.uint64)

    @cached_property
    def counts(self) -> Counts:
        """What the addresses of the corpus hold; never-written and partial pages are not among them."""
        return Counts.of(self.index, self.kinds)

    def blocks(self) -> Generator[Pages, None, None]:
        """The distinct pages in order, in blocks of at most 4 MiB."""
        if not self.has_content:
            raise CorpusError(
                self.path, "is an export without page content; give the corpus it was made from"
            )
        if self._kept:
            yield from self._kept
            return
        with self._reading():
            blocks = page_blocks(self._archive, len(self), self.page_size)
            if self._is_stored or len(self) * self.page_size > KEPT_BYTES:
                yield from blocks
                return
            self._kept = list(blocks)
        yield from self._kept

    @property
    def _is_stored(self) -> bool:
        return self._archive.getinfo(MEMBER).compress_type == zipfile.ZIP_STORED

    def pages(self) -> Pages:
        """All distinct pages, in memory."""
        blocks = list(self.blocks())
        return np.concatenate(blocks) if blocks else np.empty((0, self.page_size), np.uint8)

    def pages_at(self, numbers: NDArray[np.int64]) -> Pages:
        """The distinct pages ``numbers``, which ascend: uint8[n, PAGE_SIZE]. No checksum covers so few."""
        if self._is_stored:
            with self._reading():
                return stored_pages(self._archive, numbers, len(self), self.page_size)
        parts, first = [np.empty((0, self.page_size), np.uint8)], 0
        for block in self.blocks():
            low, high = np.searchsorted(numbers, (first, first + len(block)))
            parts.append(block[numbers[low:high] - first])
            first += len(block)
        return np.concatenate(parts)

    def exported_sizes(self) -> dict[str, NDArray[np.uint32]]:
        """Of an export, the sizes by codec identity."""
        with self._reading():
            names = [name for name in self._archive.namelist() if name.startswith("sizes/")]
            found = {name[len("sizes/") : -len(".npy")]: self._array(name, np.uint32) for name in names}
            if any(len(sizes) != len(self) for sizes in found.values()):
                raise ValueError("it has sizes for another number of pages")
            if any(
                len(sizes) and not 0 < sizes.min() <= sizes.max() <= 2 * self.page_size
                for sizes in found.values()
            ):
                raise ValueError(f"it has sizes that are not from 1 to {2 * self.page_size}")
        return found

    def verify(self) -> None:
        """Read everything and hold it against the manifest. Raises CorpusError where it differs."""
        found, number = [], 0
        for block in self.blocks():
            here = kinds(block)
            if not np.array_equal(here, self.kinds[number : number + len(block)]):
                wrong = number + int(np.flatnonzero(here != self.kinds[number : number + len(block)])[0])
                raise CorpusError(self.path, f"kinds.npy is wrong about page {wrong}; import the dump again")
            found.append(digests(block))
            number += len(block)
        if corpus_digest(self.page_size, b"".join(found), self.index) != self.manifest.digest:
            raise CorpusError(self.path, "content and digest differ: it was altered; import the dump again")
        if len(self.vaddr) != len(self.index):
            raise CorpusError(
                self.path, f"has {len(self.vaddr)} addresses for {len(self.index)} index entries"
            )
        try:
            check_segments(self.manifest, self.index, self.kinds, self.vaddr)
        except ValueError as error:
            raise CorpusError(
                self.path, f"manifest and content differ: {error}; import the dump again"
            ) from None

    def _check_members(self, file_bytes: int) -> None:
        """Raises ValueError for what cannot be unpacked, or would be more than any file of this size should hold."""
        for info in self._archive.infolist():
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA):
                raise ValueError(f"{info.filename!r} is packed in a way that is not read here")
        unpacked, most = (
            sum(info.file_size for info in self._archive.infolist()),
            unpacked_at_most(file_bytes),
        )
        if unpacked > most:
            raise ValueError(
                f"it would unpack to {format_size(unpacked)}, and a file of {format_size(file_bytes)} may to "
                f"{format_size(most)} at most; import without --pack"
            )

    def _check_tables(self) -> None:
        if len(self.index) and self.index.max() >= len(self.kinds):
            raise ValueError(f"index.npy names page {self.index.max()} of {len(self.kinds)}")
        if (lonely := np.flatnonzero(np.bincount(self.index, minlength=len(self)) == 0)).size:
            raise ValueError(f"page {lonely[0]} stands at no address")
        if len(self) and self.kinds.max() > max(Kind):
            raise ValueError(f"kinds.npy has kind {self.kinds.max()}, which there is not")
        segments = self.manifest.segments
        if segments and segments[-1].addresses[1] != len(self.index):
            raise ValueError(
                f"its segments have {segments[-1].addresses[1]} addresses, and there are {len(self.index)}"
            )

    def _check_shape(self) -> None:
        with open_member(self._archive, MEMBER) as member:
            shape, dtype = read_header(member)
            header = member.tell()
        if shape != (len(self), self.page_size) or dtype != "|u1":
            raise ValueError(
                f"pages.npy holds {dtype}{list(shape)}, not uint8[{len(self)}, {self.page_size}]"
            )
        if header + len(self) * self.page_size != self._archive.getinfo(MEMBER).file_size:
            raise ValueError("pages.npy ends early")

    def _manifest(self) -> bytes:
        """The text of the manifest. It is bounded more closely: what JSON becomes takes many times its size."""
        info = self._archive.getinfo("manifest.json")
        if info.file_size > _MANIFEST_RATIO * info.compress_size + _MANIFEST_FREE_BYTES:
            raise ValueError(
                f"manifest.json would unpack to {format_size(info.file_size)}, more than any does"
            )
        with open_member(self._archive, info.filename) as member:
            return member.read(info.file_size + 1)

    def _array(self, name: str, dtype: type[np.generic]) -> NDArray[Any]:
        """A one-dimensional member. What its header claims is held against its real size first."""
        with open_member(self._archive, name) as member:
            shape, found = read_header(member)
            if len(shape) != 1 or found != np.dtype(dtype).str:
                raise ValueError(f"{name} holds {found}{list(shape)}, not {np.dtype(dtype)}[n]")
            size = shape[0] * np.dtype(dtype).itemsize
            if size > self._archive.getinfo(name).file_size:
                raise ValueError(f"{name} ends early")
            # One byte more than there should be: the checksum is compared at the end, which must be met.
            data = member.read(size + 1)
        if len(data) != size:
            raise ValueError(f"{name} does not hold the {size} bytes of its {shape[0]} items")
        return np.frombuffer(data, dtype)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except CorpusError:
            raise
        except _READ_ERRORS as error:
            what = (
                error.strerror if isinstance(error, OSError) and error.strerror else str(error).strip("'\"")
            )
            raise CorpusError(
                self.path, f"is not a readable corpus: {what}; make one by 'corpus import'"
            ) from None
