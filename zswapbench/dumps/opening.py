"""Opening a dump: which packing, which format."""

from __future__ import annotations

import os
from pathlib import PurePath

from zswapbench.common.errors import DumpError
from zswapbench.dumps.base import Dump
from zswapbench.dumps.core import read_core
from zswapbench.dumps.elf import MAGIC
from zswapbench.dumps.packed import PackedSource, packing_of
from zswapbench.dumps.raw import read_raw
from zswapbench.dumps.source import PlainSource, Source, open_file

_RAW_SUFFIXES = (".pages", ".raw")
_PACKING_SUFFIXES = (".zst", ".lz4", ".gz", ".xz")


def open_dump(path: str | os.PathLike[str], *, raw: bool = False) -> Dump:
    """The dump in the file ``path``; use it in a ``with`` block.

    ``raw`` takes the file for bare pages, whatever it looks like. Raises DumpError if it is no dump, or
    cannot be read.
    """
    source = _open_source(path)
    try:
        if raw or (_named_raw(source.path) and source.read_at(0, len(MAGIC)) != MAGIC):
            return read_raw(source)
        return read_core(source)
    except BaseException:
        source.close()
        raise


def _open_source(path: str | os.PathLike[str]) -> Source:
    file = open_file(path)
    name = os.fspath(path)
    try:
        packing = packing_of(file)
    except OSError as error:
        file.close()
        raise DumpError(path, f"cannot be read: {error.strerror}", offset=0) from None
    return PackedSource(name, file, packing) if packing else PlainSource(name, file)


def _named_raw(path: str) -> bool:
    name = PurePath(path)
    return (name.with_suffix("") if name.suffix in _PACKING_SUFFIXES else name).suffix in _RAW_SUFFIXES
