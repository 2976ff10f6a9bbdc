"""The yardstick: a fixed piece of work that says how fast the machine is while something else is measured.

CPU time of the same work is not the same at all times: the clock rate changes, and neighbours share caches and cores.
So the yardstick is timed in each round in which a codec is (zswapbench.corpus.codec_costs). Where the yardsticks of two
codecs differ, the machine was faster for one of them, and their costs cannot be held against each other as they are.

The work is a codec's kind of work, and no codec that is measured: Python's zlib packs pages that are made from a seed.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from functools import cache
from random import Random

SAME_SPEED = 0.05
"""Yardsticks that differ by no more, as a fraction of the lower, are of one speed.

Half of what rounds may differ by (NOISY in zswapbench.corpus.codec_costs), since a codec may be slowed by twice as much
as the yardstick: beside other jobs zlib took up to a third longer, and lzo and zstd up to half as long again.
"""

_SEED = 1
_PAGES = 64
"""A few milliseconds."""

_WORDS = 256
_LEVEL = 1


@cache
def pages() -> list[bytes]:
    """What is packed: pages of 4096 bytes, of a few hundred words, which shrink as those of programs do."""
    draw = Random(_SEED)  # noqa: S311  the same pages everywhere is the point
    words = [draw.randbytes(8) for _ in range(_WORDS)]
    return [b"".join(draw.choices(words, k=512)) for _ in range(_PAGES)]


def pack(page: bytes) -> bytes:
    """The work, for one of ``pages``."""
    return zlib.compress(page, _LEVEL)


def speed_change(yardsticks: Collection[float]) -> float:
    """How much slower the machine was for one of ``yardsticks``, times above 0, than for another, as a fraction.

    >>> speed_change([200.0, 250.0, 220.0]), speed_change([200.0]), speed_change([])
    (0.25, 0.0, 0.0)
    """
    return max(yardsticks) / min(yardsticks) - 1 if yardsticks else 0.0
