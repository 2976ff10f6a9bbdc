"""zsmalloc's size classes for a pool that is a small likeness of another: fewer of them, so that each is as full.

Each class in use has zspages that are only partly used, however small the pool is. A pool of a tenth of the pages
would have as many of them as the whole pool, and room for fewer pages than a tenth. So the likeness has a tenth of the
classes: neighbours in size share one, with as many page frames and objects in a zspage as they have on average. A class
of the likeness then has about as many objects as one class of the whole pool, and what is lost to partly used zspages
is a tenth of what it was. Classes of one object need none of this: none of their zspages is ever partly used.

A zspage has whole objects and whole page frames. What the rounding makes of the page frames of all objects together is
known, ``frames``, and whoever sets a limit takes it into account.

Where a worker flushes until a tenth of the page frames is free, it matters most how many objects have to go before a
zspage does: two where it has two, all of seventeen where it has as many. A class that holds many of the objects must
not be merged with one of other zspages then. ``classes_alike`` chooses neighbours by that, and has a few classes more
than the rate says, with a few page frames more for their zspages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from zswapbench.rules.size_classes import MIN_SIZE, Rules, SizeClass, class_slots


@dataclass(frozen=True)
class FewerClasses:
    """``slots``: as size_classes.class_slots has them. ``used``: classes in use in the whole pool, ``left``: here.

    ``frames``: page frames that the objects take here, over those in the whole pool, all zspages being full, and what
    more classes than the rate says take beside that.
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
    shared = [one for one in used if one[0].objs_per_zspage > 1]
    wanted = max(1, round(rate * len(shared)))
    groups = [list(map(shared.__getitem__, places)) for places in np.array_split(range(len(shared)), wanted)]
    return _found(rules, slots, used, groups)


def classes_alike(
    rules: Rules,
    page_size: int,
    sizes: NDArray[np.uint32],
    times: NDArray[np.int64],
    rate: float,
    limit: float,
    pools: int = 1,
) -> FewerClasses:
    """As ``fewer_classes``, for a pool whose worker flushes.

    ``limit``: page frames of the small pool, ``pools``: that share them, each with all classes.
    """
    slots = class_slots(rules, page_size)
    used = _used(rules, page_size, slots, sizes, times)
    shared = [one for one in used if one[0].objs_per_zspage > 1]
    if not shared:
        return _found(rules, slots, used, [])
    ways = _Ways(shared)
    each = _PARTLY_USED * pools
    due = rate * sum(one.pages_per_zspage for one, _ in shared)

    def more(groups: Sequence[Sequence[_Used]]) -> float:
        """Page frames that the partly used zspages of ``groups`` take beyond their share."""
        return each * (sum(_merged(group, rules.pages_max).pages_per_zspage for group in groups) - due)

    count = max(1, round(rate * len(shared)))
    while count < len(shared) and more(ways.into(count + 1)) <= _MORE * limit:
        count += 1
    groups = ways.into(count)
    found = _found(rules, slots, used, groups)
    return replace(found, frames=found.frames * (1 + max(0.0, more(groups)) / limit))


_PARTLY_USED = 0.75
"""Zspages that a class wastes: 0.70 to 0.91 in two shipped traces, where its objects would not fill one."""

_MORE = 0.05
"""Share of a small pool that may go to the zspages of more classes; of 0.03, 0.05 and 0.08 this was best."""

_EACH = 0.6
"""What all classes alike count for in the choice, against what the objects that they hold count for."""


class _Ways:
    """The ways to part ``classes``, by size, into neighbours that are most alike: 1-dimensional k-means.

    Alike are zspages of about as many objects, and objects of about as many page frames. A class counts by its objects.
    """

    def __init__(self, classes: Sequence[_Used]) -> None:
        self.classes = classes
        count = len(classes)
        far = _unlike(classes)
        best = np.full(count + 1, np.inf)
        best[0] = 0
        self.begins = [np.zeros(count + 1, np.int64)]
        for _ in range(count):
            ends = best[:-1, None] + far
            best = np.append(np.inf, ends.min(axis=0))
            self.begins.append(np.append(0, ends.argmin(axis=0)))

    def into(self, groups: int) -> list[list[_Used]]:
        """The best way into so many ``groups``."""
        found: list[list[_Used]] = []
        stop = len(self.classes)
        for left in range(groups, 0, -1):
            begin = int(self.begins[left][stop])
            found.append(list(self.classes[begin:stop]))
            stop = begin
        return found[::-1]


def _unlike(classes: Sequence[_Used]) -> NDArray[np.float64]:
    """How unlike the classes from one to another, both counted in, are: float64[n, n], infinite where none is."""
    held = np.array([count for _, count in classes])
    weights = held / held.sum() + _EACH / len(held)

    def sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
        to: NDArray[np.float64] = np.append(0, np.cumsum(values * weights))
        return np.triu(to[None, 1:] - to[:-1, None])

    found = np.zeros((len(held), len(held)))
    all_weights = sums(np.ones(len(held))) + np.tri(len(held), k=-1)  # no 0 to divide by
    for values in (
        np.log([_share(one) for one, _ in classes]),
        np.log([one.objs_per_zspage for one, _ in classes]),
    ):
        found += np.maximum(sums(values**2) - sums(values) ** 2 / all_weights, 0)
    found[np.tri(len(held), k=-1, dtype=bool)] = np.inf
    return found


def _found(
    rules: Rules, slots: Sequence[SizeClass], used: Sequence[_Used], parted: Sequence[list[_Used]]
) -> FewerClasses:
    """The likeness in which each group of ``parted`` is one class, and so are all classes of one object."""
    single = [one for one in used if one[0].objs_per_zspage == 1]
    groups = [group for group in (*parted, single) if group]
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
