"""Opening a dump: which packing, which format."""

from __future__ import annotations

import io
import os
from pathlib import PurePath

from zswapbench.common.errors import DumpError, UsageError
from zswapbench.common.files import open_regular
from zswapbench.dumps import lime
from zswapbench.dumps.base import Dump
from zswapbench.dumps.core import read_core
from zswapbench.dumps.elf import MAGIC
from zswapbench.dumps.formats import HEAD, TWICE, Format, read_format, unread_format
from zswapbench.dumps.packed import PackedSource, packing_of
from zswapbench.dumps.raw import read_raw
from zswapbench.dumps.source import PlainSource, Source

_RAW_SUFFIXES = (".pages", ".raw")
_PACKING_SUFFIXES = (".zst", ".lz4", ".gz", ".xz", ".bz2")


def open_dump(path: str | os.PathLike[str], *, raw: bool = False, force: bool = False) -> Dump:
    """The dump in the file ``path``; use it in a ``with`` block.

    ``raw`` takes the file for bare pages; with ``force`` even if its format is known to be another, which is a
    UsageError otherwise. Raises DumpError if it is no dump, or cannot be read.
    """
    source = _open_source(path)
    try:
        head = bytes(source.read_at(0, HEAD))
        if raw:
            if not force:
                _check_raw(source, head)
            return read_raw(source)
        return _read(source, head)
    except BaseException:
        source.close()
        raise


def _read(source: Source, head: bytes) -> Dump:
    """The dump in ``source``, which begins with ``head``."""
    if head.startswith(lime.MAGIC):
        return lime.read_lime(source)
    if found := _unread(source, head):
        raise DumpError(source.path, f"is {found.name}; {found.advice}", offset=0)
    if _named_raw(source) and not head.startswith(MAGIC):
        return read_raw(source)
    return read_core(source)


def _check_raw(source: Source, head: bytes) -> None:
    """Raises UsageError if ``source``, which begins with ``head``, is known to hold something else than pages."""
    if found := _unread(source, head) or read_format(head):
        problem = f"is {found.name}, not pages; {found.advice}, or add --force to take its bytes as pages"
        raise UsageError(f"{source.path}: {problem}")


def _unread(source: Source, head: bytes) -> Format | None:
    """The format of what is not read here."""
    twice = source.packing and packing_of(io.BytesIO(head))
    return TWICE if twice else unread_format(head)


def _open_source(path: str | os.PathLike[str]) -> Source:
    file = open_regular(path, DumpError)
    name = os.fspath(path)
    try:
        packing = packing_of(file)
    except OSError as error:
        file.close()
        raise DumpError(path, f"cannot be read: {error.strerror}", offset=0) from None
    return PackedSource(name, file, packing) if packing else PlainSource(name, file)


def _named_raw(source: Source) -> bool:
    """Whether the name says so. One that speaks of a packing tells nothing of a file that is not packed so."""
    name = PurePath(source.path)
    if source.packing and name.suffix in _PACKING_SUFFIXES:
        name = name.with_suffix("")
    return name.suffix in _RAW_SUFFIXES
