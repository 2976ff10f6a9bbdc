"""How many page frames a kernel keeps free by default: the min watermark of its zones, added up.

Tasks get no frame once so few are free, but for those that reclaim: what a swap device in RAM takes while pages leave
comes from here.

Source: mm/page_alloc.c calculate_min_free_kbytes(), __setup_per_zone_wmarks(), 6.12 to 7.3. Left out: what khugepaged
adds where transparent huge pages are on, set_recommended_min_free_kbytes().
"""

from __future__ import annotations

from math import isqrt

_LEAST_KB, _MOST_KB = 128, 262_144


def min_free_kbytes(ram: int) -> int:
    """/proc/sys/vm/min_free_kbytes as it is by default, for ``ram`` bytes.

    >>> min_free_kbytes(2 << 30), min_free_kbytes(64 << 20)
    (5792, 1024)
    """
    return min(max(isqrt(ram // 1024 * 16), _LEAST_KB), _MOST_KB)


def min_watermark(ram: int, page_size: int) -> int:
    """The min watermark in page frames, for ``ram`` bytes.

    >>> min_watermark(2 << 30, 4096)
    1448
    """
    return min_free_kbytes(ram) * 1024 // page_size
