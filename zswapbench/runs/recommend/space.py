"""The set-ups that a kernel offers: by its own rules, and by how it was built.

    zswap        codec x max_pool_percent x accept_threshold_percent x shrinker (6.8) x pool (zbud, z3fold up to 6.14)
    zram         codec x disksize x recompression (6.2)
    zram+disk    the same, and a swap device of lower priority
    zswap+zram   codec x max_pool_percent x zram's codec x disksize
    disk         as it is

Numbers are coarse here; ``finer`` has what lies between, for those that did well, and other chains of zsmalloc (6.3),
which take a kernel to be built. What is not in the space is told with its reason: nothing is left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

from zswapbench.common.errors import UsageError
from zswapbench.common.units import joined
from zswapbench.rules.era_cells import SHRINKER_SINCE
from zswapbench.rules.era_choice import choose_era
from zswapbench.rules.kernel_config import Offers
from zswapbench.rules.overflow import POOLS, kernel_version
from zswapbench.rules.zram_kernels import SINCE
from zswapbench.runs.recommend.cells import (
    DISK,
    KINDS,
    USUAL_THRESHOLD,
    ZRAM,
    ZRAM_AND_DISK,
    ZSWAP,
    ZSWAP_OVER_ZRAM,
    Cell,
)

_THRESHOLD_SINCE = (5, 7)

PERCENTS = (10, 20, 35, 50, 80)
THRESHOLDS = (70, 90, 100)
DISKSIZES = (50, 100, 150, 200)
_BELOW = ("lz4", "zstd")
"""Codecs of a zram behind a zswap: the fast one, and the one that makes small."""

CHAINS = (4, 6, 8, 12, 16)
"""CONFIG_ZSMALLOC_CHAIN_SIZE as kernels can be built; 8 is usual."""

EVERY_S = 60
"""Who looks after a zram does so every so often. Work that is shorter than two rounds says nothing of it."""

_FINER = {"percent": (5, 15, 27, 42, 60, 65), "disksize": (75, 125, 175, 250)}
_FINER_THRESHOLDS = (50, 80, 95)


OTHER_POLICIES = "flush policies beside the kernel's own: no kernel has them"
"""Why they are in no space."""


@dataclass(frozen=True)
class Space:
    """``cells``, none twice; ``not_considered``: what is not among them, each with why."""

    cells: tuple[Cell, ...]
    not_considered: tuple[str, ...]


def kinds_of(allow: str) -> tuple[str, ...]:
    """The kinds of set-up that ``allow`` names, with commas between. Raises UsageError for what is none."""
    asked = [word.strip() for word in allow.split(",")]
    for word in asked:
        if word not in KINDS:
            raise UsageError(f"--allow {allow}: {word!r} is not one of {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if kind in asked or kind == DISK)


def space(offers: Offers, kinds: Sequence[str], lasts_s: float) -> Space:
    """The set-ups of ``kinds`` that a kernel ``offers``, for work that lasts so long."""
    version = kernel_version(offers.kernel)
    cells = [Cell(DISK)]
    without = _never()
    upkeeps: list[tuple[str, ...]] = [()]
    if not offers.zram_multi_comp:
        without.append(
            f"recompression in zram: {_since(version, SINCE['recompress'], 'CONFIG_ZRAM_MULTI_COMP')}"
        )
    elif lasts_s < 2 * EVERY_S:
        without.append(
            f"recompression in zram: who asks for it does so every {EVERY_S} s, and the work lasts {lasts_s:.3g} s"
        )
    else:
        upkeeps += _recompressing(lasts_s, ages=offers.zram_ages)
    for kind in KINDS[1:]:
        if kind not in kinds:
            without.append(f"{kind}: --allow leaves it out")
            continue
        made = [*_of_kind(kind, offers, upkeeps)]
        if not made:
            without.append(f"{kind}: the kernel has no {'zswap' if kind.startswith('zswap') else 'zram'}")
        cells += made
    if ZSWAP in kinds and offers.zswap:
        if not offers.shrinker:
            without.append(
                f"zswap's shrinker: {_since(version, SHRINKER_SINCE, 'what it takes (memory cgroups)')}"
            )
        pools = [pool for pool in POOLS if pool not in offers.pools_zswap]
        if pools:
            without.append(f"{joined(pools)} below zswap: the kernel has none there")
    if offers.chain_size is None:
        without.append("another CONFIG_ZSMALLOC_CHAIN_SIZE: it came with 6.3")
    return Space(tuple(dict.fromkeys(cells)), tuple(without))


def neighbours(cell: Cell, cells: Sequence[Cell]) -> list[Cell]:
    """Those of ``cells`` that differ from ``cell`` in one setting."""
    names = [field.name for field in fields(Cell)]
    return [
        one
        for one in cells
        if one.kind == cell.kind and sum(getattr(one, name) != getattr(cell, name) for name in names) == 1
    ]


def finer(cell: Cell, offers: Offers) -> list[Cell]:
    """What lies between ``cell`` and its neighbours in the space."""
    found: list[Cell] = []
    if cell.text or cell.kind == DISK:
        return found
    if cell.has_zswap:
        found += [replace(cell, percent=one) for one in _beside(cell.percent, PERCENTS, _FINER["percent"])]
        if _has_threshold(offers):
            between = _beside(cell.threshold, THRESHOLDS, _FINER_THRESHOLDS)
            found += [replace(cell, threshold=one) for one in between]
    if cell.has_zram:
        between = _beside(cell.disksize, DISKSIZES, _FINER["disksize"])
        found += [replace(cell, disksize=one) for one in between]
    return found


def rebuilt(cell: Cell, offers: Offers) -> list[Cell]:
    """``cell`` with other chains of zsmalloc, where it has one to set."""
    if cell.text or cell.kind == DISK or cell.pool not in ("", "zsmalloc") or offers.chain_size is None:
        return []
    return [replace(cell, chain=chain) for chain in CHAINS if chain != offers.chain_size]


def _of_kind(kind: str, offers: Offers, upkeeps: Sequence[tuple[str, ...]]) -> Iterator[Cell]:
    if kind == ZSWAP and offers.zswap:
        shrinkers = (False, True) if offers.shrinker else (False,)
        axes = product(offers.codecs_zswap, PERCENTS, thresholds_of(offers), shrinkers, pools_of(offers))
        for codec, percent, threshold, shrinker, pool in axes:
            yield Cell(kind, codec, percent, threshold, shrinker, pool)
    elif kind in (ZRAM, ZRAM_AND_DISK):
        for codec, disksize, upkeep in product(offers.codecs_zram, DISKSIZES, upkeeps):
            if not any(word == f"recomp-algorithm={codec}" for word in upkeep):
                yield Cell(kind, codec, disksize=disksize, upkeep=upkeep)
    elif kind == ZSWAP_OVER_ZRAM and offers.zswap:
        below = [codec for codec in _BELOW if codec in offers.codecs_zram]
        for codec, percent, behind, disksize in product(
            offers.codecs_zswap, PERCENTS[:3], below, DISKSIZES[:2]
        ):
            yield Cell(kind, codec, percent, disksize=disksize, behind=behind)


def _has_threshold(offers: Offers) -> bool:
    """Has the kernel's zswap an accept threshold to set?"""
    return kernel_version(offers.kernel) >= _THRESHOLD_SINCE


def thresholds_of(offers: Offers) -> Sequence[int]:
    """accept_threshold_percent of zswap that are tried; without that parameter the value of cells that do not say."""
    return THRESHOLDS if _has_threshold(offers) else (USUAL_THRESHOLD,)


def pools_of(offers: Offers) -> Sequence[str]:
    """Pools of zswap that are tried; "" where the kernel has one only."""
    return offers.pools_zswap if len(offers.pools_zswap) > 1 else ("",)


def usual_codec(family: str, offers: Offers) -> str:
    """What the kernel takes where nobody says; "" of a disk."""
    if family == DISK:
        return ""
    return choose_era(offers.kernel).codec if family == ZSWAP else offers.zram_codec or "lzo-rle"


def _recompressing(lasts_s: float, *, ages: bool) -> list[tuple[str, ...]]:
    """Ways to have a zram recompressed by zstd: what compressed badly, and what was not used for a while."""
    age = max(EVERY_S, int(lasts_s / 8) // EVERY_S * EVERY_S)
    every = f"every={EVERY_S}s"
    idle = ("recomp-algorithm=zstd", "recompress=idle", every, f"idle={min(age, 3600)}s")
    return [("recomp-algorithm=zstd", "recompress=huge", every), *([idle] if ages else [])]


def _beside(value: int, coarse: Sequence[int], between: Sequence[int]) -> list[int]:
    """Those of ``between`` that are nearer to ``value`` than its neighbours in ``coarse`` are."""
    low = max((one for one in coarse if one < value), default=0)
    high = min((one for one in coarse if one > value), default=10**9)
    return [one for one in between if low < one < high]


def _since(version: tuple[int, int], since: tuple[int, int], needed: str) -> str:
    """Why the kernel has not what came with ``since``, and is built by ``needed``."""
    if version < since:
        return f"it came with {since[0]}.{since[1]}"
    return f"the kernel was built without {needed}"


def _never() -> list[str]:
    """What no search here goes over."""
    return [
        OTHER_POLICIES,
        "writeback of zram to a backing device: which device that would be is not known",
        "mem_limit of zram: what it refuses stays in memory, and a smaller disksize sends it to the disk",
        "large folios (mTHP), memory cgroups and readahead: they are of the whole machine, not of its swap",
    ]
