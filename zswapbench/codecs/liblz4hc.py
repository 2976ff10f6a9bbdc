"""liblz4hc: LZ4's high-compression search, as the installed liblz4 does it. Same format as liblz4."""

from __future__ import annotations

from zswapbench.codecs.liblz4 import LibLz4
from zswapbench.plugins.registry import Parameter


class LibLz4Hc(LibLz4):
    """``level`` 9 is what the kernel's crypto API and zram use."""

    name = "liblz4hc"
    kernel_name = "lz4hc"
    source = "the library"
    help = "LZ4 high compression"
    parameters = (Parameter("level", int, 9, "search effort", low=1, high=12),)

    def __init__(self, level: int = 9) -> None:
        super().__init__()
        self.level = level

    def compress(self, page: bytes) -> bytes:
        data: bytes = self._lz4.compress(
            page, mode="high_compression", compression=self.level, store_size=False
        )
        return data
