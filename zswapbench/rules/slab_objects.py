"""What the kernel notes of compressed pages, in bytes of slab caches: taken from RAM, and no part of a pool's size.

| kernel         | zswap_entry | zs_handle | zspage |
|----------------|-------------|-----------|--------|
| up to 6.4      | 64          | 8         | 56     |
| 6.5 to 6.11    | 80          | 8         | 56     |
| 6.12 and later | 56          | 8         | 56     |

6.1, 6.12, 6.18 and 7.3 were read, and the entry of 6.6, on x86-64; any other kernel has the row of the nearest. An
entry is zswap's, for each page that it holds; a handle is zsmalloc's, for each object; a zspage, for each group of page
frames.

Source: mm/zswap.c struct zswap_entry; mm/zsmalloc.c ZS_HANDLE_SIZE, struct zspage.
"""

from __future__ import annotations

HANDLE, ZSPAGE = 8, 56
_ENTRIES = (((6, 12), 56), ((6, 5), 80), ((0, 0), 64))


def noted_bytes(version: tuple[int, int]) -> int:
    """What a kernel's zswap notes of a page that it holds, by its ``version``.

    >>> noted_bytes((7, 3))
    56
    """
    return next(size for since, size in _ENTRIES if version >= since)
