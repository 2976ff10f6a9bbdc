"""Offsets far apart, renumbered: whoever follows a trace keeps a table over all offsets up to the highest.

So the size of that table follows from the number of events, whatever offsets these name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.traces.event import Op
from zswapbench.traces.pieces import pieces

_SPARSE = 8
"""Offsets more than this many times the events, and than _FEW, are far apart."""

_FEW = 1 << 16

_TYPES = 32

_LAST_HOOK = int(Op.INVALIDATE)
"""A plain number: where numpy meets a member of an enum it runs Python code of that, and drops an interrupt there."""

_PIECE = 1 << 17
"""Events at a time; searching and sorting take longer than a replay."""


def dense(events: Any, keys: dict[int, int]) -> tuple[Any, dict[int, int]]:
    """``events`` and ``keys``, offsets by swap type, as they are; squeezed, if the offsets are far apart."""
    return squeeze(events) if are_sparse(sum(keys.values()), len(events)) else (events, keys)


def are_sparse(count: int, events: int) -> bool:
    """Is a table of ``count`` rows much longer than so many events need?"""
    return count > _SPARSE * events + _FEW


def squeeze(events: Any) -> tuple[Any, dict[int, int]]:
    """The same events with offsets renumbered densely, in their order, and the new number of offsets by swap type."""
    squeezed = np.empty_like(events)
    parts, types = [], np.zeros(_TYPES, bool)
    for first, stop in pieces(len(events), _PIECE):
        some = squeezed[first:stop] = events[first:stop]
        types[some["swap_type"]] = True
        parts.append(np.unique(_places(some[some["op"] <= _LAST_HOOK])))
    places = np.concatenate([np.empty(0, np.int64), *merged(parts, 0, _TYPES << 32)])
    bases = np.searchsorted(places, np.arange(_TYPES + 1) << 32)
    for first, stop in pieces(len(events), _PIECE):
        some = squeezed[first:stop]
        here = some["op"] <= _LAST_HOOK
        ranks = np.searchsorted(places, _places(some[here]))
        some["offset"][here] = ranks - bases[some["swap_type"][here]]
    counts = np.diff(bases)
    return squeezed, {int(one): max(int(counts[one]), 1) for one in np.flatnonzero(types)}


def _places(events: NDArray[np.void]) -> NDArray[np.int64]:
    """Swap type and offset of each event in one number."""
    places: NDArray[np.int64] = events["swap_type"].astype(np.int64) << 32 | events["offset"]
    return places


def merged(parts: list[NDArray[np.int64]], low: int, high: int) -> Iterator[NDArray[np.int64]]:
    """The numbers in ``parts``, all from ``low`` on and below ``high``, in rising order and each once.

    A part has none twice, in rising order. Not many are sorted at a time, so that an interrupt is heard.
    """
    if sum(map(len, parts)) <= _PIECE:
        yield np.unique(np.concatenate([np.empty(0, np.int64), *parts]))
        return
    middle = (low + high) // 2
    cuts = [int(np.searchsorted(part, middle)) for part in parts]
    yield from merged([part[:cut] for part, cut in zip(parts, cuts, strict=True) if cut], low, middle)
    yield from merged(
        [part[cut:] for part, cut in zip(parts, cuts, strict=True) if cut < len(part)], middle, high
    )
