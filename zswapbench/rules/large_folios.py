"""Large folios of anonymous memory (multi-size THP): which sizes there are, and since when."""

from __future__ import annotations

from zswapbench.common.errors import UsageError
from zswapbench.common.units import format_size, parse_size

_ORDERS = range(2, 9)
"""Of anonymous memory, without that of a page table (THP). Source: include/linux/huge_mm.h THP_ORDERS_ALL_ANON, 6.8."""

SINCE = (6, 8)
"""The kernel that they came with."""


def folio_pages(text: str, page_size: int) -> int:
    """Pages of a large folio of the size ``text``; 1 for "", which is none.

    Raises UsageError for a size that no kernel has.

    >>> folio_pages("64KiB", 4096)
    16
    """
    if not text:
        return 1
    size = parse_size(text)
    if size not in (page_size << order for order in _ORDERS):
        low, high = (format_size(page_size << order) for order in (_ORDERS[0], _ORDERS[-1]))
        raise UsageError(f"--mthp {text}: give a power of two from {low} to {high}")
    return size // page_size
