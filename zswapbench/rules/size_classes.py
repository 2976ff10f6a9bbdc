"""zsmalloc's size classes: which object sizes exist, and how many page frames a zspage of each has.

Generations of rules, named by the kernel that brought them:

* ``2012``: staging and kernels up to 3.18. No handle inside the object, one class for every step.
* ``3.19``: 3.19 and 4.0. Classes with equal zspages are merged.
* ``4.2``: 4.1 to 6.2. Eight bytes of handle in front of every object. It is named by the first kernel that has its
  compaction, too.
* ``6.3``: 6.3 alone. zspages of up to ``chain`` frames, chosen by least waste in bytes, not percent.
* ``6.4``: 6.4 and later. The same classes; a group of zspages for every ten percent of fullness.

Source: mm/zsmalloc.c get_size_class_index(), get_pages_per_zspage(), calculate_zspage_chain_size(),
can_merge(), zs_create_pool(); drivers/staging/zsmalloc of January 2012.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

MIN_SIZE = 32
"""ZS_MIN_ALLOC_SIZE, on every 64-bit layout of interest."""


@dataclass(frozen=True)
class Rules:
    """One generation of zsmalloc, in force from kernel ``since`` on.

    ``pages_max``: most frames of a zspage (the chain). ``tenths``: zspages are grouped by tenths of fullness.
    """

    name: str
    since: tuple[int, int]
    pages_max: int
    handle_bytes: int
    merged: bool
    least_waste: bool
    tenths: bool


_2012 = Rules("2012", (0, 0), pages_max=4, handle_bytes=0, merged=False, least_waste=False, tenths=False)
_MERGED = replace(_2012, name="3.19", since=(3, 19), merged=True)
_HANDLES = replace(_MERGED, name="4.2", since=(4, 1), handle_bytes=8)
_LEAST_WASTE = replace(_HANDLES, name="6.3", since=(6, 3), pages_max=8, least_waste=True)
_TENTHS = replace(_LEAST_WASTE, name="6.4", since=(6, 4), tenths=True)

RULES = {rules.name: rules for rules in (_2012, _MERGED, _HANDLES, _LEAST_WASTE, _TENTHS)}
"""Oldest first."""


def generation(version: tuple[int, int]) -> Rules:
    """The rules of the kernel of that (major, minor) version."""
    return [rules for rules in RULES.values() if rules.since <= version][-1]


@dataclass(frozen=True, slots=True)
class SizeClass:
    """A class: its index among the slots, object size in bytes, page frames and objects of a zspage."""

    index: int
    size: int
    pages_per_zspage: int
    objs_per_zspage: int


@cache
def class_slots(rules: Rules, page_size: int) -> tuple[SizeClass, ...]:
    """The class of every slot, smallest first; merged slots hold the same (largest) class.

    The slot of a request of n bytes is ``ceil((n + handle - 32) / step)``, at least 0, at most the last.
    """
    step = page_size >> 8
    count = (page_size - MIN_SIZE) // step + 1
    if rules.merged and (page_size - MIN_SIZE) % step:
        count += 1
    slots: list[SizeClass] = []
    for index in reversed(range(count)):
        size = min(MIN_SIZE + index * step, page_size)
        pages = _pages_per_zspage(rules, size, page_size)
        new = SizeClass(index, size, pages, pages * page_size // size)
        slots.append(slots[-1] if rules.merged and slots and _alike(new, slots[-1]) else new)
    return tuple(slots[::-1])


def huge_class_size(rules: Rules, page_size: int) -> int:
    """The least request that gets a page frame for itself: from there on zram keeps a page as it is.

    Source: mm/zsmalloc.c zs_create_pool(), zs_huge_class_size(), 4.17 and later.
    """
    largest_shared = next(
        one
        for one in reversed(class_slots(rules, page_size))
        if one.pages_per_zspage != 1 and one.objs_per_zspage != 1
    )
    return largest_shared.size - rules.handle_bytes + 1


def _alike(one: SizeClass, other: SizeClass) -> bool:
    return (one.pages_per_zspage, one.objs_per_zspage) == (other.pages_per_zspage, other.objs_per_zspage)


def _pages_per_zspage(rules: Rules, size: int, page_size: int) -> int:
    counts = range(1, rules.pages_max + 1)
    if rules.least_waste:
        if size & (size - 1) == 0:
            return 1
        return min(counts, key=lambda pages: pages * page_size % size)
    used = {
        pages: (pages * page_size - pages * page_size % size) * 100 // (pages * page_size) for pages in counts
    }
    return max(counts, key=lambda pages: used[pages])
