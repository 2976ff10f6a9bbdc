"""liblz4: LZ4's fast compressor, the block format without a frame, as the installed liblz4 does it.

The kernel's lz4 is an older release with another hash: a single page can differ by hundreds of bytes, a set of
pages by a few percent.
"""

from __future__ import annotations

from zswapbench.codecs.base import Codec, Library
from zswapbench.plugins.registry import Parameter


class LibLz4(Codec):
    """``acceleration`` 1 is the default everywhere; more is faster and compresses less."""

    name = "liblz4"
    kernel_name = "lz4"
    source = "the library"
    help = "LZ4 fast"
    parameters = (Parameter("acceleration", int, 1, "higher is faster and less dense", low=1, high=65537),)
    library = Library("lz4.block", "lz4", "pip install lz4")

    def __init__(self, acceleration: int = 1) -> None:
        self.acceleration = acceleration
        self._lz4 = self.library.load()

    @property
    def library_version(self) -> str:
        import lz4

        return f"liblz4 {lz4.library_version_string()}"

    def compress(self, page: bytes) -> bytes:
        data: bytes = self._lz4.compress(page, mode="fast", acceleration=self.acceleration, store_size=False)
        return data

    def decompress(self, data: bytes, size: int) -> bytes:
        try:
            page: bytes = self._lz4.decompress(data, uncompressed_size=size)
        except self._lz4.LZ4BlockError as error:
            raise ValueError(str(error)) from None
        return self.checked(page, size)
