"""A corpus: the distinct pages of one or more dumps, and which address held which.

The file (``.zpages``) is a ZIP archive that ``numpy.load`` opens:

| member        | content                                                                   |
|---------------|---------------------------------------------------------------------------|
| pages.npy     | uint8[n, PAGE_SIZE]: distinct pages, in the order of first appearance     |
| kinds.npy     | uint8[n]: zswapbench.corpus.pages.Kind of each                                   |
| index.npy     | uint32[m]: the page of each address                                       |
| vaddr.npy     | uint64[m]: the addresses, dump after dump, in the order of the dump's file |
| manifest.json | page size, digest, and where the pages came from: ``Manifest``            |

Members are stored as they are, or packed by LZMA (or deflated, if somebody else made the archive). Pages
are read in blocks, so a corpus may be larger than memory. An *export* of a corpus (``corpus sizes``)
has the sizes under some codecs in place of pages and addresses: no byte of anybody's memory, and all that
a replay needs. Corpora are made mode 0600.

The digest is SHA-256 over the page size, the XXH3 digests of the distinct pages and the index; an export
keeps its corpus's.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import re
import struct
import threading
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import CorpusError
from zswapbench.common.files import PRIVATE, replacing
from zswapbench.corpus.pages import PAGE_SIZES, Kind, Pages, digests, kinds

SUFFIX = ".zpages"
VERSION = 1
BLOCK_BYTES = 4 << 20
"""Pages are read and written in blocks of this size."""

_DIGEST = re.compile("[0-9a-f]{64}")

# numpy's own reader of headers evaluates them, and on damage warns or raises what only a tokenizer would.
_NPY_MAGIC = b"\x93NUMPY\x01\x00"
_NPY_HEADER = re.compile(
    r"{'descr': '([^']*)', 'fortran_order': False, 'shape': \((\d{1,18}),(?: (\d{1,18}))?\), } *\n"
)

_NAME_LENGTHS_AT = 26
"""Offset, in the header that precedes a member, of the lengths of its name and of its extra field (u16)."""

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
    MemoryError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Pages by what they are. The last four add up to the pages written.

    ``never_written``: present in the dump as a hole; ``partial``: at a segment's edge, not whole;
    ``zero``, ``same_filled`` (with another word); ``duplicate``: of none of these, equal to an earlier
    one; ``distinct``: the rest.
    """

    never_written: int = 0
    partial: int = 0
    zero: int = 0
    same_filled: int = 0
    duplicate: int = 0
    distinct: int = 0

    @property
    def written(self) -> int:
        """Pages with content, of whatever kind."""
        return self.zero + self.same_filled + self.duplicate + self.distinct

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One segment of one dump. ``counts``: of all its pages; ``addresses``: of the corpus, [first, stop)."""

    source: int
    start: int
    end: int
    permissions: str
    name: str
    dumped: int
    counts: Counts
    addresses: tuple[int, int]

    def check(self, number: int, sources: int) -> None:
        """Raises ValueError if a field is not what it should be in segment ``number`` of so many sources."""
        numbers = (
            self.source,
            self.start,
            self.end,
            self.dumped,
            *asdict(self.counts).values(),
            *self.addresses,
        )
        words = (self.permissions, self.name)
        if (
            any(type(one) is not int or one < 0 for one in numbers)
            or not all(isinstance(word, str) for word in words)
            or len(self.addresses) != 2
            or self.addresses[0] > self.addresses[1]
            or self.source >= sources
        ):
            raise ValueError(f"its segment {number} makes no sense")


@dataclass(frozen=True)
class Manifest:
    """Where a corpus came from. ``sources``: provenance of each dump, as made by zswapbench.corpus.importing.

    ``sample``: None, or pages asked for, seed, and how many pages they were drawn from.
    """

    page_size: int
    digest: str
    sources: list[dict[str, Any]] = field(default_factory=list)
    segments: list[SegmentRecord] = field(default_factory=list)
    sample: dict[str, int] | None = None
    version: int = VERSION

    @property
    def population(self) -> Counts:
        """All pages that were selected, before sampling."""
        return sum((segment.counts for segment in self.segments), Counts())

    def to_json(self) -> str:
        return json.dumps({"format": "zpages", **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Raises ValueError, KeyError or TypeError if ``text`` is no manifest of this version."""
        given = json.loads(text)
        if not isinstance(given, dict) or given.pop("format", None) != "zpages":
            raise ValueError("manifest.json is not that of a corpus")
        if given.get("version") != VERSION:
            raise ValueError(
                f"it has version {given.get('version')}; this zswapbench reads version {VERSION}"
            )
        segments = [
            SegmentRecord(**{**one, "counts": Counts(**one["counts"]), "addresses": tuple(one["addresses"])})
            for one in given.pop("segments")
        ]
        manifest = cls(**given, segments=segments)
        manifest._check()
        return manifest

    def _check(self) -> None:
        """Raises ValueError or TypeError if a field is not what it should be."""
        if type(self.page_size) is not int or self.page_size not in PAGE_SIZES:
            raise ValueError(f"its page size {self.page_size} is none of {PAGE_SIZES}")
        # The digest becomes part of a file name.
        if not isinstance(self.digest, str) or not _DIGEST.fullmatch(self.digest):
            raise ValueError("its digest is no SHA-256")
        if not isinstance(self.sources, list) or not all(isinstance(source, dict) for source in self.sources):
            raise TypeError("its sources are no list of objects")
        sample = {} if self.sample is None else self.sample
        if not isinstance(sample, dict) or any(type(value) is not int for value in sample.values()):
            raise TypeError("its sample is no object with numbers")
        if sample and set(sample) != {"pages", "seed", "of"}:
            raise TypeError("its sample is no object with numbers")
        for number, segment in enumerate(self.segments):
            segment.check(number, len(self.sources))


class Corpus:
    """An open corpus, or the export of one. Use it in a ``with`` block.

    Raises CorpusError, from the constructor and from every read, if the file is no corpus or is damaged.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        with self._reading():
            self._archive = zipfile.ZipFile(self.path)
        try:
            with self._reading():
                self._check_packing()
                self.manifest = Manifest.from_json(self._archive.read("manifest.json"))
                self.index: NDArray[np.uint32] = self._array("index.npy", np.uint32)
                self.kinds: NDArray[np.uint8] = self._array("kinds.npy", np.uint8)
                if len(self.index) and self.index.max() >= len(self.kinds):
                    raise ValueError(f"index.npy names page {self.index.max()} of {len(self.kinds)}")
                if len(self) and self.kinds.max() > max(Kind):
                    raise ValueError(f"kinds.npy has kind {self.kinds.max()}, which there is not")
                if any(segment.addresses[1] > len(self.index) for segment in self.manifest.segments):
                    raise ValueError(f"a segment has addresses beyond the {len(self.index)} that there are")
                if self.has_content:
                    self._check_shape()
        except BaseException:
            self._archive.close()
            raise

    def __enter__(self) -> Corpus:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    def __len__(self) -> int:
        """Distinct pages."""
        return len(self.kinds)

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal: what traces know the corpus by."""
        return self.manifest.digest

    @property
    def page_size(self) -> int:
        """Bytes."""
        return self.manifest.page_size

    @property
    def has_content(self) -> bool:
        """False for an export."""
        return "pages.npy" in self._archive.namelist()

    @cached_property
    def vaddr(self) -> NDArray[np.uint64]:
        """The addresses: uint64[m]. An export has none."""
        with self._reading():
            return self._array("vaddr.npy", np.uint64)

    @cached_property
    def counts(self) -> Counts:
        """What the addresses of the corpus hold; never-written and partial pages are not among them."""
        per_page = np.bincount(self.index, minlength=len(self))
        zero, same_filled = (
            int(per_page[self.kinds == kind].sum()) for kind in (Kind.ZERO, Kind.SAME_FILLED)
        )
        distinct = int((self.kinds == Kind.OTHER).sum())
        other = int(per_page[self.kinds == Kind.OTHER].sum())
        return Counts(zero=zero, same_filled=same_filled, duplicate=other - distinct, distinct=distinct)

    def blocks(self) -> Generator[Pages, None, None]:
        """The distinct pages in order, in blocks of at most 4 MiB."""
        if not self.has_content:
            raise CorpusError(
                self.path, "is an export without page content; give the corpus it was made from"
            )
        with self._reading():
            packed = self._archive.getinfo("pages.npy").compress_type != zipfile.ZIP_STORED
            yield from self._unpacked_blocks() if packed else self._mapped_blocks()

    def _unpacked_blocks(self) -> Iterator[Pages]:
        count = BLOCK_BYTES // self.page_size
        with self._archive.open("pages.npy") as member:
            _read_header(member)
            for first in range(0, len(self), count):
                size = (min(first + count, len(self)) - first) * self.page_size
                data = member.read(size)
                if len(data) < size:
                    raise ValueError("pages.npy ends early")
                yield np.frombuffer(data, np.uint8).reshape(-1, self.page_size)
            # The end of the member must be met: only there its checksum is compared.
            if member.read(1):
                raise ValueError("pages.npy is longer than it says")

    def _mapped_blocks(self) -> Iterator[Pages]:
        """As they lie in the file, without a copy. Their checksum is taken meanwhile, by another thread."""
        info, file = self._archive.getinfo("pages.npy"), self._archive.fp
        if file is None:
            raise ValueError("it is closed")
        lengths = struct.unpack("<HH", os.pread(file.fileno(), 4, info.header_offset + _NAME_LENGTHS_AT))
        start = info.header_offset + _NAME_LENGTHS_AT + 4 + sum(lengths)
        with self._archive.open("pages.npy") as member:
            _read_header(member)
            header = member.tell()
        size = header + len(self) * self.page_size
        if start + size > os.fstat(file.fileno()).st_size or size != info.file_size:
            raise ValueError("pages.npy ends early")
        mapped = np.memmap(file, np.uint8, "r", start, (size,))
        pages = mapped[header:].reshape(len(self), self.page_size)
        count = BLOCK_BYTES // self.page_size
        stop = threading.Event()
        with ThreadPoolExecutor(1) as aside:
            checksum = aside.submit(_checksum, mapped, stop)
            try:
                for first in range(0, len(self), count):
                    yield np.asarray(pages[first : first + count])
            except GeneratorExit:
                stop.set()
                raise
            if checksum.result() != info.CRC:
                raise ValueError("pages.npy is damaged: its checksum is another")

    def pages(self) -> Pages:
        """All distinct pages, in memory."""
        blocks = list(self.blocks())
        return np.concatenate(blocks) if blocks else np.empty((0, self.page_size), np.uint8)

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
        if corpus_digest(self.page_size, b"".join(found), self.index) != self.digest:
            raise CorpusError(self.path, "content and digest differ: it was altered; import the dump again")
        if len(self.vaddr) != len(self.index):
            raise CorpusError(
                self.path, f"has {len(self.vaddr)} addresses for {len(self.index)} index entries"
            )

    def _check_packing(self) -> None:
        for info in self._archive.infolist():
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA):
                raise ValueError(f"{info.filename} is packed in a way that is not read here")

    def _check_shape(self) -> None:
        with self._archive.open("pages.npy") as member:
            shape, dtype = _read_header(member)
        if shape != (len(self), self.page_size) or dtype != "|u1":
            raise ValueError(
                f"pages.npy holds {dtype}{list(shape)}, not uint8[{len(self)}, {self.page_size}]"
            )

    def _array(self, name: str, dtype: type[np.generic]) -> NDArray[Any]:
        """A one-dimensional member. What its header claims is held against its real size first."""
        with self._archive.open(name) as member:
            shape, found = _read_header(member)
            if len(shape) != 1 or found != np.dtype(dtype).str:
                raise ValueError(f"{name} holds {found}{list(shape)}, not {np.dtype(dtype)}[n]")
            size = shape[0] * np.dtype(dtype).itemsize
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


class ArrayCorpus(Corpus):
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to close."""

    @property
    def has_content(self) -> bool:
        return True

    @cached_property
    def vaddr(self) -> NDArray[np.uint64]:
        return self.index * np.uint64(self.page_size)

    def blocks(self) -> Generator[Pages, None, None]:
        count = BLOCK_BYTES // self.page_size
        for first in range(0, len(self), count):
            yield self._pages[first : first + count]

    def pages(self) -> Pages:
        return self._pages


def corpus_digest(page_size: int, page_digests: bytes, index: NDArray[np.uint32]) -> str:
    """SHA-256, in hexadecimal, that names a corpus by its content."""
    digest = hashlib.sha256(f"zpages {page_size} {len(page_digests) // 16} {len(index)}\n".encode())
    digest.update(page_digests)
    digest.update(np.ascontiguousarray(index, "<u4").data)
    return digest.hexdigest()


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

    The same input gives the same bytes.
    """
    with (
        replacing(path, mode=PRIVATE) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA if packed else zipfile.ZIP_STORED) as archive,
    ):
        with _member(archive, "manifest.json") as member:
            member.write(manifest.to_json().encode())
        for name, array in arrays.items():
            with _member(archive, name) as member:
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
        if pages is not None:
            with _member(archive, "pages.npy") as member:
                _write_header(member, (len(arrays["kinds.npy"]), manifest.page_size))
                for block in pages:
                    member.write(block.data)


def _checksum(data: NDArray[np.uint8], stop: threading.Event) -> int:
    """CRC-32 of ``data``, for as long as anybody waits for it."""
    crc = 0
    for first in range(0, len(data), BLOCK_BYTES):
        if stop.is_set():
            break
        crc = zlib.crc32(data[first : first + BLOCK_BYTES].data, crc)
    return crc


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    # A fixed date, the earliest that ZIP knows, and no mode bits.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = archive.compression
    return archive.open(info, "w", force_zip64=True)


def _write_header(member: IO[bytes], shape: tuple[int, int]) -> None:
    np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": shape})


def _read_header(member: IO[bytes]) -> tuple[tuple[int, ...], str]:
    """Shape and type (numpy's ``dtype.str``) of the array in ``member``."""
    magic, length = member.read(len(_NPY_MAGIC)), int.from_bytes(member.read(2), "little")
    header = _NPY_HEADER.fullmatch(member.read(length).decode("latin1"))
    if magic != _NPY_MAGIC or not header:
        raise ValueError(f"{member.name} is no .npy file of version 1.0 with an array in C order")
    return tuple(int(size) for size in header.groups()[1:] if size), header[1]


def export_sizes(
    path: str | os.PathLike[str], corpus: Corpus, sizes: Mapping[str, NDArray[np.uint32]]
) -> None:
    """Write an export of ``corpus``: ``sizes`` uint32[n] by codec identity; no content, address or name."""
    manifest = Manifest(corpus.page_size, corpus.digest)
    arrays: dict[str, NDArray[Any]] = {"kinds.npy": corpus.kinds, "index.npy": corpus.index}
    arrays |= {f"sizes/{identity}.npy": found for identity, found in sizes.items()}
    write_corpus(path, manifest, arrays, packed=True)
