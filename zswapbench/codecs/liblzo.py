"""liblzo: LZO1X as liblzo2 does it, whose LZO1X-1 the kernel's lzo comes from.

The kernel has made the compressor its own: a fifth to a half of all pages come out at another size there,
sums within an eighth of a percent.
"""

from __future__ import annotations

from zswapbench.codecs.base import Codec, Library
from zswapbench.plugins.registry import Parameter


class LibLzo(Codec):
    """``level`` 1 is LZO1X-1, which the kernel has; 2 to 9 are LZO1X-999, which it has not."""

    name = "liblzo"
    kernel_name = "lzo"
    source = "the library"
    help = "LZO1X-1, LZO1X-999"
    parameters = (Parameter("level", int, 1, "1: LZO1X-1; 2 to 9: LZO1X-999", low=1, high=9),)
    library = Library(
        "lzo",
        "python-lzo",
        "run: apt-get install liblzo2-dev gcc python3-dev && pip install python-lzo (no Linux wheel)",
    )

    def __init__(self, level: int = 1) -> None:
        self.level = level
        self._lzo = self.library.load()

    @property
    def library_version(self) -> str:
        return f"liblzo2 {self._lzo.LZO_VERSION_STRING.decode()}"

    def compress(self, page: bytes) -> bytes:
        data: bytes = self._lzo.compress(page, self.level, False)
        return data

    def decompress(self, data: bytes, size: int) -> bytes:
        try:
            page: bytes = self._lzo.decompress(data, False, size)
        except self._lzo.error as error:
            raise ValueError(str(error)) from None
        return self.checked(page, size)
