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

A dictionary is prepared once, with the parameters of the level for a page and its size, and each page is compressed
with it attached. One that zstd trained has a number, which stands in each frame.

Source: crypto/zstd.c, drivers/block/zram/backend_zstd.c, lib/zstd/zstd_compress_module.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from zswapbench.codecs.libzstd import LOWEST_LEVEL, LibZstd
from zswapbench.codecs.other_libzstd import DISTRIBUTIONS, load
from zswapbench.common.errors import InputError, UsageError
from zswapbench.plugins.dictionary import DICTIONARY, Dictionary
from zswapbench.plugins.registry import Parameter

EXPECTED = {"4.15": 0, "5.16": 0, "6.17": 256 << 10}
"""Bytes expected, by rules; 0: unknown. Of the rules that are not here: those of the page."""

ROWS_ABOVE, KERNEL_ROWS_ABOVE = 14, 17
"""Logs of a window above which libzstd searches by rows of the hash table: built for SIMD, as here, and for a kernel.

It does so at levels of about 5 to 12. With a dictionary the window decides nothing else there, so that a smaller one
has the page searched as a kernel searches it.
"""

TREES = 6
"""The first strategy that searches by binary trees, by its number in zstd.h: with a dictionary, some pages have another
size in a kernel, 3 of 2,506 at level 15 with one of 16 KiB.
"""


class Zstd(LibZstd):
    """``rules``: whose parameters. ``libzstd``: which version does the work; None for the installed one.

    ``dictionary``: bare bytes, or one that zstd trained; None for none. Raises InputError for one that is damaged.
    ``compress`` raises UsageError for a high level with a dictionary.
    """

    name = "zstd"
    kernel_name = "zstd"
    source = "crypto/zstd.c, zram/backend_zstd.c, by rules"
    help = "Zstandard"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("level", int, 3, "search effort; zswap has 3", low=LOWEST_LEVEL, high=22),
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
        DICTIONARY,
    )

    def __init__(
        self,
        level: int = 3,
        rules: str = "5.16",
        libzstd: str | None = None,
        dictionary: Dictionary | None = None,
    ) -> None:
        super().__init__(level, load(libzstd) if libzstd else None)
        self.rules = rules
        self.libzstd = libzstd
        self.dictionary = dictionary
        if dictionary is not None:
            with self._refusing(dictionary):
                content = self._zstd.ZstdCompressionDict(dictionary.content)
                self._decompressor = self._zstd.ZstdDecompressor(dict_data=content)
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
        expected = {
            "source_size": EXPECTED.get(self.rules, size),
            "write_content_size": self.rules != "4.15",
        }
        choose = self._zstd.ZstdCompressionParameters.from_level
        if self.dictionary is None:
            return self._zstd.ZstdCompressor(compression_params=choose(self.level, **expected))
        content = self.dictionary.content
        more = expected | {"dict_size": len(content), "write_dict_id": True}
        parameters = choose(self.level, **more)
        if parameters.strategy >= TREES:
            raise UsageError(
                f"zstd: level={self.level} searches by binary trees, which with a dictionary is not modelled; give a "
                "lower level"
            )
        if ROWS_ABOVE < parameters.window_log <= KERNEL_ROWS_ABOVE:
            parameters = choose(self.level, window_log=ROWS_ABOVE, **more)
        prepared = self._zstd.ZstdCompressionDict(content)
        with self._refusing(self.dictionary):
            prepared.precompute_compress(compression_params=parameters)
        return self._zstd.ZstdCompressor(dict_data=prepared, compression_params=parameters)

    @contextmanager
    def _refusing(self, dictionary: Dictionary) -> Iterator[None]:
        """Raise InputError where the library cannot use ``dictionary``: bare bytes it takes always."""
        try:
            yield
        except self._zstd.ZstdError:
            raise InputError(
                dictionary.path,
                "begins as a dictionary of zstd's own and is damaged; make it anew, or give bare bytes",
            ) from None
