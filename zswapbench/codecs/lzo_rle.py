# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""lzo-rle: lzo whose compressor looks for runs of zeros first. zram's default since 5.1.

It differs from lzo in that the stream begins with the bytes 17, 1; that four or more zero bytes become one
instruction of four bytes, for up to 2051 of them, without a look at the table; and that a match which this
instruction could be taken for is made shorter. It is faster where memory is empty, and *larger* than lzo
on most real memory, by 0.1 to 6 %: a run of zeros ends the match that it would have been part of.

Source: lib/lzo/lzo1x_compress.c lzorle1x_1_compress(), 6.1 and 6.12, and measured on 6.18;
Documentation/staging/lzo.rst.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.codecs.lzo import Lzo


@cython.cclass
class LzoRle(Lzo):
    """Has no level."""

    name = "lzo-rle"
    kernel_name = "lzo-rle"
    source = "lib/lzo/lzo1x_compress.c, 6.1 to 6.18"
    help = "LZO1X-1 that also packs runs of zeros"
    parameters = ()

    def __init__(self) -> None:
        Lzo.__init__(self)
        self.stream = 1
