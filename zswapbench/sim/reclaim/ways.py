"""The ways of choosing who leaves memory, by name, and a memory that has one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.rules.reclaim import ReclaimRules
from zswapbench.rules.watermarks import NO_WATERMARKS, Watermarks
from zswapbench.sim.reclaim.area import SwapArea
from zswapbench.sim.reclaim.events import Events
from zswapbench.sim.reclaim.feeding import Feeder
from zswapbench.sim.reclaim.lru import ExactLRU
from zswapbench.sim.reclaim.mglru import MultiGenLRU
from zswapbench.sim.reclaim.page_tables import PageTables
from zswapbench.sim.reclaim.readahead import Readahead
from zswapbench.sim.reclaim.shared import Shared
from zswapbench.sim.reclaim.slots import SwapSlots
from zswapbench.sim.reclaim.two_lists import TwoLists

WAYS: dict[str, Any] = {way.name: way for way in (TwoLists, MultiGenLRU, ExactLRU)}


@dataclass(frozen=True)
class Program:
    """The pages of a program: numbers uint64[n], ascending; corpus page and VMA of each, uint32[n].

    ``folio``: pages of a large folio; ``blocks``: bool[n], the pages of aligned blocks that can be one, all of them.
    """

    numbers: NDArray[np.uint64]
    contents: NDArray[np.uint32]
    vmas: NDArray[np.uint32]
    folio: int = 1
    blocks: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Area:
    """A swap area: ``slots`` of it. ``synchronous``: its device is SWP_SYNCHRONOUS_IO, as zram is."""

    slots: int
    synchronous: bool = False


MOST_CGROUPS = 255
"""Of a machine, the root among them."""


@dataclass(frozen=True)
class Cgroup:
    """A memory cgroup: ``id`` of its references. ``frames``: memory.max, in page frames; -1: no limit."""

    id: int
    frames: int = -1


def whole_blocks(numbers: NDArray[np.uint64], vmas: NDArray[np.uint32], folio: int) -> NDArray[np.bool_]:
    """Which pages are of an aligned block of ``folio`` pages that are all there, and in one VMA: bool[n].

    ``numbers`` ascend; ``vmas``: of each page, uint32[n].

    >>> numbers = np.array([3, 4, 5, 6, 7, 8, 9], np.uint64)
    >>> whole_blocks(numbers, np.zeros(7, np.uint32), 4).tolist()
    [False, True, True, True, True, False, False]
    """
    blocks = numbers // np.uint64(folio)
    _, first, place, count = np.unique(blocks, return_index=True, return_inverse=True, return_counts=True)
    alike = np.ones(len(first), np.bool_)
    np.logical_and.at(alike, place, vmas == vmas[first][place])
    whole: NDArray[np.bool_] = (alike & (count == folio))[place]
    return whole


def make_memory(
    program: Program,
    way: str,
    rules: ReclaimRules,
    *,
    frames: int,
    areas: Sequence[Area],
    page_cluster: int,
    changes: Any = None,
    side: Any = None,
    watermarks: Watermarks = NO_WATERMARKS,
    cgroups: Sequence[Cgroup] = (),
) -> Any:
    """A zswapbench.sim.reclaim.feeding.Feeder of ``frames``, with swap ``areas``. Raises MemoryError.

    The area of the highest priority comes first, and its slots have the lowest numbers.

    ``changes``: a zswapbench.sim.reclaim.changes.Changes; without it a page holds always what it held at first.
    ``side``: a zswapbench.sim.reclaim.side.SwapSide, where events go at once; without it they are written down.
    ``watermarks``: without them there is no kswapd, and every frame can be had, as in a memory cgroup.
    ``cgroups``: below the root, which has the pages of all others; without them there is one, for all.
    """
    side = Events() if side is None else side
    slots = SwapSlots(
        side,
        [SwapArea(area.slots, synchronous=area.synchronous) for area in areas],
        holes_first=rules.holes_first,
        cached=rules.slot_cache,
        keeps_found=rules.keeps_found,
        run=program.folio,
    )
    shared = Shared(
        program.numbers,
        program.contents,
        program.vmas,
        side,
        slots,
        Readahead(page_cluster, int(program.vmas.max(initial=0)) + 1),
        changes,
        program.folio,
        None if program.blocks is None else program.blocks.view(np.uint8),
    )
    form: tuple[Any, ...] = ()
    if way == MultiGenLRU.name:
        form = rules.mglru, PageTables(program.numbers, program.vmas)
    several = [WAYS[way](*form, shared) for _ in range(1 + len(cgroups))]
    for memory, cgroup in zip(several[1:], cgroups, strict=True):
        memory.limit_to(cgroup.frames)
    return Feeder(tuple(cgroup.id for cgroup in cgroups), tuple(several), frames, *astuple(watermarks))
