"""zstd: the installed libzstd with the parameters that each kernel gives it for a page.

A kernel asks for a level, and what the level means depends on how much data is expected; kernels have said
different things about that of a page of 4 KiB:

| rules     | who                             | expected | what a page of 4 KiB gets at level 3                |
|-----------|---------------------------------|----------|-----------------------------------------------------|
| 4.15      | crypto API, 4.15 to 5.15        | unknown  | 21/16/17, minMatch 5, as it stands; no content size |
| 5.16      | crypto API, 5.16 to 6.16        | unknown  | 12/12/13, minMatch 5                                |
| 6.17      | crypto API since                | 256 KiB  | 12/12/13, minMatch 4                                |
| zram-6.12 | zram's own backend, since 6.12  | a page   | 12/12/13, minMatch 4                                |

(logs of window, chain and hash table; all search by double-fast; the first had a window of 20, which only a byte of
the header tells). zswap goes by the crypto API, as did zram up to 6.11; the level is 3 there, always, and zram's to
choose since 6.12. zswapbench.rules.zstd_parameters says which rules a kernel has by itself.

The search is that of the installed libzstd, or of ``libzstd``. Under the right version all sizes are the kernel's, on
every page measured: 1.5.7 for 7.3, 1.5.2 for 6.12, 1.4.8 for 6.1. Another one differs by some bytes on many pages.

Source: crypto/zstd.c, drivers/block/zram/backend_zstd.c, lib/zstd/zstd_compress_module.c.
"""

from __future__ import annotations

from typing import Any, ClassVar

from zswapbench.codecs.libzstd import LibZstd
from zswapbench.codecs.other_libzstd import DISTRIBUTIONS, load
from zswapbench.plugins.registry import Parameter

EXPECTED = {"4.15": 0, "5.16": 0, "6.17": 256 << 10}
"""Bytes expected, by rules; 0: unknown. Of the rules that are not here: those of the page."""


class Zstd(LibZstd):
    """``rules``: whose parameters. ``libzstd``: which version does the work; None for the installed one."""

    name = "zstd"
    kernel_name = "zstd"
    source = "crypto/zstd.c, zram/backend_zstd.c, by rules"
    help = "Zstandard"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("level", int, 3, "search effort; zswap has 3", low=-7, high=22),
        Parameter(
            "rules",
            str,
            "5.16",
            "kernel whose parameters apply",
            choices=("4.15", "5.16", "6.17", "zram-6.12"),
        ),
        Parameter(
            "libzstd", str, None, "version of the library, beside the installed one", (*DISTRIBUTIONS,)
        ),
    )

    def __init__(self, level: int = 3, rules: str = "5.16", libzstd: str | None = None) -> None:
        super().__init__(level, load(libzstd) if libzstd else None)
        self.rules = rules
        self.libzstd = libzstd
        self._by_size: dict[int, Any] = {}

    def compress(self, page: bytes) -> bytes:
        size = len(page)
        if size not in self._by_size:
            self._by_size[size] = self._compressor_for(size)
        if self.rules == "4.15":
            # Of a page whose size it does not know, the library leaves the parameters as they are.
            stream = self._by_size[size].compressobj()
            data: bytes = stream.compress(page) + stream.flush()
        else:
            data = self._by_size[size].compress(page)
        return data

    def _compressor_for(self, size: int) -> Any:
        parameters = self._zstd.ZstdCompressionParameters.from_level(
            self.level,
            source_size=EXPECTED.get(self.rules, size),
            write_content_size=self.rules != "4.15",
        )
        return self._zstd.ZstdCompressor(compression_params=parameters)
