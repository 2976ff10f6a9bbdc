# cython: language_level=3
# mypy: ignore-errors
"""What a codec is: it compresses one page at a time, alone, as zswap and zram do.

A compressed page may be larger than the page. ``sizes`` is the batch interface: most of what zswapbench
asks of a codec is how many bytes each of many pages takes.

A codec is either the kernel's own, written here and compiled (kernel.py), or a library's, called from
Python. This base is compiled so that both can build on it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import cython
import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import MissingError
from zswapbench.plugins.codec_guard import guarded
from zswapbench.plugins.dictionary import told


@dataclass(frozen=True)
class Library:
    """The Python module that a codec calls, the distribution that brings it, and how to get that."""

    module: str
    distribution: str
    how: str

    def load(self) -> ModuleType:
        """The module. Raises MissingError, with the way to get it, if it is not installed."""
        try:
            return importlib.import_module(self.module)
        except ImportError as error:
            raise MissingError(f"{self.distribution} is not installed ({error}): {self.how}") from None

    @property
    def version(self) -> str | None:
        """The installed version of the distribution; None if it is not installed."""
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return None


@cython.cclass
class Codec:
    """A compressor with its level. Leaves fill ``compress`` and ``decompress`` and the class attributes.

    ``name``: what it is asked for by; ``kernel_name``: the crypto API's name of the algorithm, which for the
    kernel's own is the same; ``source``: the kernel file and versions that it follows, or the library;
    ``library``: None for code of ours and the standard library's. An instance may hold working memory: one for
    each thread.

    A codec of the user's own, ``--codec ./mine.py:MyCodec``, must have ``compress`` and ``decompress`` and may leave
    out everything else. ``origin`` is the file or package that it came from, "" of ours; it is part of the identity, so
    that sizes under a file that was edited are not taken for those of the file as it is.
    """

    library = None
    kernel_name = ""
    source = "own"
    parameters = ()
    origin = ""
    required = ("compress", "decompress")
    guarded = staticmethod(guarded)

    def compress(self, page: bytes) -> bytes:
        """The compressed form of ``page``, however large it is."""
        raise NotImplementedError(f"codec {self.name!r} does not say how to compress")

    def decompress(self, data: bytes, size: int) -> bytes:
        """The page of ``size`` bytes that ``data`` was made from. Raises ValueError if it is not that."""
        raise NotImplementedError(f"codec {self.name!r} does not say how to decompress")

    @staticmethod
    def checked(page: bytes, size: int) -> bytes:
        """``page``, for ``decompress`` to return. Raises ValueError if it is not of ``size`` bytes."""
        if len(page) != size:
            raise ValueError(f"{len(page)} bytes instead of {size}")
        return page

    @property
    def library_version(self) -> str:
        """Name and version of what does the work: part of the identity of every result."""
        if not self.origin:
            raise NotImplementedError(f"codec {self.name!r} does not say what does its work")
        return self.origin

    def arguments(self) -> dict[str, Any]:
        """The parameters that this instance was made with, but for those that leave the choice to it."""
        found = {parameter.name: getattr(self, parameter.name) for parameter in self.parameters}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def identity(self) -> str:
        """Name, parameters and library version: equal identities give equal sizes."""
        given = told(self.arguments())
        version = self.library_version
        more = [] if self.origin in version else [self.origin]
        return " ".join([self.name, *given, version, *more])

    def sizes(self, pages: NDArray[np.uint8]) -> NDArray[np.uint32]:
        """Compressed bytes of each page: uint32[n] for uint8[n, PAGE_SIZE]."""
        # One bytes object for each page, made all at once: the quickest way from an array to a library.
        each: list = np.ascontiguousarray(pages).view(f"V{pages.shape[1]}").reshape(-1).tolist()
        return np.fromiter(map(len, map(self.compress, each)), np.uint32, len(each))
