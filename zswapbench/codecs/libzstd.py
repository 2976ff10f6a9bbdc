"""libzstd: Zstandard as the installed libzstd does it, with the content size in the frame, no checksum."""

from __future__ import annotations

from types import ModuleType
from typing import ClassVar

from zswapbench.codecs.base import Codec, Library
from zswapbench.plugins.registry import Parameter

LOWEST_LEVEL = -(1 << 17)
"""The library's own limit, ZSTD_minCLevel()."""


class LibZstd(Codec):
    """``level`` 3 is the kernel's default. The library picks the level's parameters for a page's size."""

    name = "libzstd"
    kernel_name = "zstd"
    source = "the library"
    help = "Zstandard"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("level", int, 3, "search effort; negative is faster", low=LOWEST_LEVEL, high=22),
    )
    library = Library("zstandard", "zstandard", "pip install zstandard")

    def __init__(self, level: int = 3, zstandard: ModuleType | None = None) -> None:
        """``zstandard``: does the work; None for the installed one."""
        self.level = level
        self._zstd = zstandard or self.library.load()
        self._compressor = self._zstd.ZstdCompressor(level=level, write_content_size=True)
        self._decompressor = self._zstd.ZstdDecompressor()
        # The zstandard of libzstd 1.4.8 passes over what follows a frame, and cannot be told otherwise.
        self._whole = {} if self._zstd.ZSTD_VERSION == (1, 4, 8) else {"allow_extra_data": False}

    @property
    def library_version(self) -> str:
        return "libzstd " + ".".join(map(str, self._zstd.ZSTD_VERSION))

    def compress(self, page: bytes) -> bytes:
        data: bytes = self._compressor.compress(page)
        return data

    def decompress(self, data: bytes, size: int) -> bytes:
        try:
            # The library allocates what the frame claims, and heeds max_output_size only without a claim (-1).
            if self._zstd.frame_content_size(data) not in (size, -1):
                raise ValueError(f"is not a frame of {size} bytes")
            page: bytes = self._decompressor.decompress(data, max_output_size=size, **self._whole)
        except self._zstd.ZstdError as error:
            raise ValueError(str(error)) from None
        return self.checked(page, size)
