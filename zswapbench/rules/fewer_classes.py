"""zsmalloc's size classes for a pool that is a small likeness of another: fewer of them, so that each is as full.

Each class in use has zspages that are only partly used, however small the pool is. A pool of a tenth of the pages
would have as many of them as the whole pool, and room for fewer pages than a tenth. So the likeness has a tenth of the
classes: neighbours in size share one, with as many page frames and objects in a zspage as they have on average. A class
of the likeness then has about as many objects as one class of the whole pool, and what is lost to partly used zspages
is a tenth of what it was. Classes of one object need none of this: none of their zspages is ever partly used.

A zspage has whole objects and whole page frames. What the rounding makes of the page frames of all objects together is
known, ``frames``, and whoever sets a limit takes it into account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from zswapbench.rules.size_classes import MIN_SIZE, Rules, SizeClass, class_slots


@dataclass(frozen=True)
class FewerClasses:
    """``slots``: as size_classes.class_slots has them. ``used``: classes in use in the whole pool, ``left``: here.

    ``frames``: page frames that the objects take here, over those in the whole pool, all zspages being full.
    """

    slots: tuple[SizeClass, ...]
    used: int
    left: int
    frames: float


_Used = tuple[SizeClass, float]
"""A class, and how many objects are stored in it."""


def fewer_classes(
    rules: Rules, page_size: int, sizes: NDArray[np.uint32], times: NDArray[np.int64], rate: float
) -> FewerClasses:
    """The classes of a pool that holds ``rate`` of the objects.

    ``sizes``: bytes of each page as stored, ``times``: how often it is stored, 0 for one that takes no object.
    """
    slots = class_slots(rules, page_size)
    used = _used(rules, page_size, slots, sizes, times)
    single = [one for one in used if one[0].objs_per_zspage == 1]
    shared = [one for one in used if one[0].objs_per_zspage > 1]
    wanted = max(1, round(rate * len(shared)))
    groups = [list(map(shared.__getitem__, places)) for places in np.array_split(range(len(shared)), wanted)]
    groups = [group for group in (*groups, single) if group]
    if not groups:
        return FewerClasses(tuple(slots), 0, 0, 1.0)
    merged = [_merged(group, rules.pages_max) for group in groups]
    of_index = {old.index: new for new, group in zip(merged, groups, strict=True) for old, _ in group}
    indexes = sorted(of_index)
    there = np.minimum(np.searchsorted(indexes, [one.index for one in slots]), len(indexes) - 1)
    here = sum(
        _share(new) * sum(count for _, count in group) for new, group in zip(merged, groups, strict=True)
    )
    whole = sum(_share(old) * count for old, count in used)
    return FewerClasses(
        tuple(of_index[indexes[place]] for place in there), len(used), len(groups), here / whole
    )


def _used(
    rules: Rules,
    page_size: int,
    slots: Sequence[SizeClass],
    sizes: NDArray[np.uint32],
    times: NDArray[np.int64],
) -> list[_Used]:
    """The classes that anything is stored in, by size."""
    step = page_size >> 8
    wanted = np.minimum(sizes, page_size).astype(np.int64) + rules.handle_bytes
    places = np.clip(-(-(wanted - MIN_SIZE) // step), 0, len(slots) - 1)
    counts = np.bincount(places, weights=times, minlength=len(slots))
    found: dict[int, _Used] = {}
    for one, count in zip(slots, counts, strict=True):
        found[one.index] = (one, found.get(one.index, (one, 0.0))[1] + float(count))
    return sorted((one for one in found.values() if one[1]), key=lambda one: one[0].index)


def _share(one: SizeClass) -> float:
    """Page frames that an object stands for."""
    return one.pages_per_zspage / one.objs_per_zspage


def _merged(group: Sequence[_Used], most_pages: int) -> SizeClass:
    """One class in place of ``group``: zspages as near as whole numbers come to the mean of theirs."""
    last = group[-1][0]
    if last.objs_per_zspage == 1 or len(group) == 1:
        return last
    total = sum(count for _, count in group)
    share = sum(_share(one) * count for one, count in group) / total
    pages = exp(sum(log(one.pages_per_zspage) for one, _ in group) / len(group))

    def distance(shape: tuple[int, int]) -> float:
        # An object's share decides what the pool holds, the size of a zspage how much of it is partly used.
        return 4 * abs(log(shape[0] / shape[1] / share)) + abs(log(shape[0] / pages))

    shapes = [
        (count, objects)
        for count in range(1, most_pages + 1)
        for objects in (int(count / share), int(count / share) + 1)
        if objects
    ]
    best = min(shapes, key=distance)
    return SizeClass(last.index, last.size, *best)
