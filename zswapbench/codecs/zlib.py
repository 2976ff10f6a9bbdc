"""zlib: raw deflate from the zlib that Python is linked with, with its own defaults.

The kernel's deflate differs from it by its window alone: 2 KiB instead of 32.
"""

from __future__ import annotations

import zlib

from zswapbench.codecs.base import Codec
from zswapbench.plugins.registry import Parameter

MEMORY_LEVEL = 8


class Zlib(Codec):
    """``window``: log2 of the window in bytes."""

    name = "zlib"
    kernel_name = "deflate"
    source = "the library"
    help = "raw deflate"
    parameters = (
        Parameter("level", int, 6, "search effort; 0 does not compress", low=0, high=9),
        Parameter("window", int, 15, "log2 of the window in bytes", low=9, high=15),
    )

    def __init__(self, level: int = 6, window: int = 15) -> None:
        self.level = level
        self.window = window

    @property
    def library_version(self) -> str:
        return f"zlib {zlib.ZLIB_RUNTIME_VERSION}"

    def compress(self, page: bytes) -> bytes:
        stream = zlib.compressobj(self.level, zlib.DEFLATED, -self.window, MEMORY_LEVEL)
        return stream.compress(page) + stream.flush()

    def decompress(self, data: bytes, size: int) -> bytes:
        stream = zlib.decompressobj(-self.window)
        try:
            page = stream.decompress(data, size)
        except zlib.error as error:
            raise ValueError(str(error)) from None
        if not stream.eof or stream.unused_data:
            raise ValueError(f"the stream does not end with its {len(data)} bytes")
        return self.checked(page, size)
