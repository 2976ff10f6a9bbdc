"""How many page frames a kernel keeps free: the watermarks min, low and high of its zones, added up.

| free page frames | what happens when a task wants one                                                      |
|------------------|-----------------------------------------------------------------------------------------|
| more than low    | it gets it                                                                              |
| low or less      | it gets it, and kswapd is woken; kswapd reclaims until more than high are free          |
| min or less      | it reclaims itself, 32 pages at a time. What is free is for that: a pool, for one, grows |

Source: mm/page_alloc.c calculate_min_free_kbytes(), __setup_per_zone_wmarks(), __zone_watermark_ok(), 6.12 to 7.3. Left
out: what khugepaged adds where transparent huge pages are on, set_recommended_min_free_kbytes(), and
watermark_boost_factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from zswapbench.common.errors import UsageError
from zswapbench.common.units import format_size

_LEAST_KB, _MOST_KB = 128, 262_144

SCALE_FACTOR = 10
"""/proc/sys/vm/watermark_scale_factor as it is by default: 10 of 10,000 page frames between two watermarks."""

MOST_SCALE_FACTOR = 3_000
"""What the sysctl takes at most."""


@dataclass(frozen=True)
class Watermarks:
    """In page frames; ``min`` <= ``low`` <= ``high``. With ``high`` = ``min`` nothing is for kswapd to do."""

    min: int
    low: int
    high: int


NO_WATERMARKS = Watermarks(0, 0, 0)


def min_free_kbytes(ram: int) -> int:
    """/proc/sys/vm/min_free_kbytes as it is by default, for ``ram`` bytes.

    >>> min_free_kbytes(2 << 30), min_free_kbytes(64 << 20)
    (5792, 1024)
    """
    return min(max(isqrt(ram // 1024 * 16), _LEAST_KB), _MOST_KB)


def watermarks(
    ram: int, page_size: int, min_kbytes: int | None = None, scale_factor: int = SCALE_FACTOR
) -> Watermarks:
    """Those of ``ram`` bytes in one zone. ``min_kbytes``, ``scale_factor``: the sysctls; None for the kernel's own.

    Raises UsageError if they leave no page frame to use.

    >>> watermarks(2 << 30, 4096)
    Watermarks(min=1448, low=1972, high=2496)
    """
    frames = ram // page_size
    kbytes = min_free_kbytes(ram) if min_kbytes is None else min_kbytes
    least = kbytes * 1024 // page_size
    step = max(least // 4, frames * scale_factor // 10_000)
    found = Watermarks(least, least + step, least + 2 * step)
    if frames <= found.high:
        raise UsageError(
            f"--ram {format_size(ram)} is {frames:,} page frames, and kswapd keeps {found.high:,} free, by "
            f"min_free_kbytes {kbytes:,} and watermark_scale_factor {scale_factor}; give more RAM, or less of these"
        )
    return found
