"""deflate: raw deflate with the kernel's window of 2 KiB and its memory level.

The kernel's zlib is old, but zlib has made the same of a page ever since: sizes are equal, page for page.
(Where Python is linked with zlib-ng, which searches in another way, they are not: see the version.)

Source: crypto/deflate.c, drivers/block/zram/backend_deflate.c, include/linux/zconf.h; the library is zlib.
"""

from __future__ import annotations

from dataclasses import replace

from zswapbench.codecs.zlib import Zlib


class Deflate(Zlib):
    """``level`` and ``window`` are zram's to choose since 6.12; 6 and 11 elsewhere."""

    name = "deflate"
    kernel_name = "deflate"
    source = "crypto/deflate.c, 6.1 to 6.12"
    help = "raw deflate, window of 2 KiB"
    parameters = (Zlib.parameters[0], replace(Zlib.parameters[1], default=11))

    def __init__(self, level: int = 6, window: int = 11) -> None:
        super().__init__(level, window)
