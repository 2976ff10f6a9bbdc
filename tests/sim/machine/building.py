"""Machines for the tests: a memory over a side of each kind, for streams of tests/sim/reclaim/streams.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.sim.reclaim.streams import Setting, program
from zswapbench.corpus.cost_groups import GROUPS
from zswapbench.corpus.pages import Kind
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.cgroup_files import CHARGED_SINCE
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.era_cells import pool_bounds
from zswapbench.rules.era_choice import choose_era
from zswapbench.rules.overflow import Fate, overflow_of, zswap_fates
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.rules.watermarks import Watermarks
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.machine.cached_disk import CachedDisk
from zswapbench.sim.machine.cached_zram import CachedZram
from zswapbench.sim.machine.disk import Disk
from zswapbench.sim.machine.upkeep import Upkeep
from zswapbench.sim.machine.zram_and_disk import ZramAndDisk
from zswapbench.sim.machine.zram_below import ZramBelow
from zswapbench.sim.machine.zram_disk import ZramDisk
from zswapbench.sim.machine.zram_whole import ZramWhole
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.reclaim.ways import Area, Cgroup, make_memory
from zswapbench.sim.replay import Costs, swap_device
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.sim.zswap.cache import Zswap
from zswapbench.sim.zswap.per_cgroup import PerCgroup

PAGE = 4096
CONTENTS = 2_000
"""Pages of the corpus: more than any program of the tests has."""

COMPRESS_NS, DECOMPRESS_NS = 2_000, 700

Sizes = NDArray[np.uint32]


def memory_over(
    side: Any, setting: Setting, reserve: int = 0, step: int = 0, cgroups: Sequence[Cgroup] = ()
) -> Any:
    """The memory of ``setting`` over ``side``; ``step``: between min, which is ``reserve``, and low, and high."""
    return make_memory(
        program(setting),
        setting.way,
        reclaim_rules(setting.kernel),
        frames=setting.frames,
        areas=setting.areas
        or (Area(setting.swap_slots, synchronous=isinstance(side, ZramDisk | CachedZram)),),
        page_cluster=setting.page_cluster,
        side=side,
        watermarks=Watermarks(reserve, reserve + step, reserve + 2 * step),
        cgroups=cgroups,
    )


def _costs(compress: float = 1, decompress: float = 1) -> tuple[Any, Any]:
    """Of a page of any group; times as long for another codec."""
    return np.full(GROUPS, COMPRESS_NS * compress), np.full(GROUPS, DECOMPRESS_NS * decompress)


def disk(setting: Setting, device: str = "nvme") -> Any:
    return Disk(setting.frames, swap_device(DEVICES[device], 0), FrameLimiter(), *_costs())


def zram(
    setting: Setting,
    sizes: Sizes,
    same: NDArray[np.uint8],
    limit_pages: int = 0,
    *,
    backing: str = "instant",
    bd_pages: int = -1,
    **upkeep: Any,
) -> Any:
    """Zram of the kernel of ``setting``, whose corpus pages have these ``sizes``.

    ``upkeep``: what an Upkeep takes by name, and ``second``: sizes under the algorithm of priority 1.
    """
    device = _backing(setting, backing)
    parts = _zram_parts(setting, sizes, same, limit_pages, device, bd_pages)
    return ZramDisk(*parts, upkeep=_upkeep(setting, parts, device, upkeep))


def zram_whole(setting: Setting, sizes: Sizes, same: NDArray[np.uint8], frames: NDArray[np.uint32]) -> Any:
    """Zram that stores large folios as one object, of ``frames`` by number of the first page."""
    times = [np.full(setting.pages, ns * setting.folio) for ns in (COMPRESS_NS, DECOMPRESS_NS)]
    order = setting.folio.bit_length() - 1
    return ZramWhole(order, frames, *times, *_zram_parts(setting, sizes, same, 0))


def zram_and_disk(
    setting: Setting,
    sizes: Sizes,
    same: NDArray[np.uint8],
    limit_pages: int = 0,
    device: str = "nvme",
    *,
    backing: str = "instant",
    bd_pages: int = -1,
    **upkeep: Any,
) -> Any:
    """The same in the first of the areas of ``setting``, and a disk, ``device``, in the second."""
    parts = _zram_parts(setting, sizes, same, limit_pages, swap_device(DEVICES[device], 0), bd_pages)
    tends = _upkeep(setting, parts, _backing(setting, backing), upkeep)
    return ZramAndDisk(setting.areas[1].slots, *parts, upkeep=tends)


def _one_by_one(setting: Setting) -> bool:
    """Is each write of a zram waited for before the next?"""
    return not rules_of(setting.kernel, PAGE).has("writeback_batch_size")


def _backing(setting: Setting, name: str) -> Any:
    return swap_device(DEVICES[name], 0 if _one_by_one(setting) else 31)


def _upkeep(setting: Setting, parts: tuple[Any, ...], device: Any, asked: dict[str, Any]) -> Any:
    """Who looks after the zram of ``parts``; None where nothing is ``asked``."""
    if not asked:
        return None
    made, groups, *_ = parts
    forms = [(groups, *_costs())]
    own = dict(asked)
    second = own.pop("second", None)
    if second is not None:
        made.add_algorithm(1, second)
        forms.append((groups, *_costs(4.5, 3_000 / DECOMPRESS_NS)))
    return Upkeep(made, device, forms, one_by_one=_one_by_one(setting), **own)


def _zram_parts(
    setting: Setting,
    sizes: Sizes,
    same: NDArray[np.uint8],
    limit_pages: int,
    device: Any = None,
    bd_pages: int = -1,
) -> tuple[Any, ...]:
    rules = rules_of(setting.kernel, PAGE)
    limiter = FrameLimiter()
    keys = setting.swap_areas[0].slots + 1
    pool: Any = POOLS.choose(rules.zsmalloc).make(keys + 1, limiter, PAGE)
    made = Zram(0, keys, sizes, same, pool, Clock(), rules, limit_pages, bd_pages)
    beside = device or swap_device(DEVICES["instant"], 0)
    return made, np.zeros(CONTENTS, np.uint8), setting.frames, beside, limiter, *_costs()


def zswap(
    setting: Setting,
    sizes: Sizes,
    *,
    era: str = "6.12",
    percent: int = 100,
    device: str = "nvme",
    shrinks: bool = False,
    terms: Sequence[tuple[int, bool]] = (),
) -> Any:
    """Zswap of ``era`` over ``device``, whose pool may take ``percent`` of the frames; with its shrinker or without.

    ``terms``: of cgroups below the root, as Zswap.settle_cgroups takes them.
    """
    row = choose_era(f"{era}:max_pool_percent={percent}")
    below = swap_device(DEVICES[device], row.outstanding_writes)
    return CachedDisk(*_zswap_parts(setting, sizes, row, below, FrameLimiter(), terms), shrinks=shrinks)


def zswap_over_zram(
    setting: Setting,
    sizes: Sizes,
    below_sizes: Sizes,
    *,
    era: str = "6.12",
    percent: int = 100,
    limit_pages: int = 0,
    shrinks: bool = False,
) -> Any:
    """Zswap of ``era`` over a zram, in which the corpus pages have ``below_sizes``; with its shrinker or without."""
    row = choose_era(f"{era}:max_pool_percent={percent}")
    same = np.zeros(CONTENTS, np.uint8)
    made, groups, _, _, limiter, *costs = _zram_parts(setting, below_sizes, same, limit_pages)
    below = ZramBelow(0, 0, 0, 0, row.outstanding_writes)
    below.settle(made, limiter, groups, *costs)
    return CachedZram(*_zswap_parts(setting, sizes, row, below, limiter), shrinks=shrinks)


def _zswap_parts(
    setting: Setting,
    sizes: Sizes,
    row: Any,
    below: Any,
    limiter: Any,
    terms: Sequence[tuple[int, bool]] = (),
) -> tuple[Any, ...]:
    percent = row.max_pool_percent
    limit = setting.frames * percent // 100
    keys = setting.swap_areas[0].slots + 1
    pool: Any = POOLS.choose(row.pool).make(keys + 1, limiter, PAGE)
    fates = zswap_fates("lz4", sizes, PAGE, overflow_of(row.overflow), pool.name)
    kinds = np.full(CONTENTS, int(Kind.OTHER), np.uint8)
    cache = Zswap(
        {0: keys},
        Costs(np.where(fates == int(Fate.RAW), PAGE, sizes).astype(np.uint32), kinds, fates),
        pool,
        _policy(row, keys + 1, pool, 1 + len(terms)),
        below,
        TemporaryBuffers(row.tmp_buffers),
        row,
        pool_bounds(row, limit, setting.frames),
    )
    if terms:
        charges = row.version >= CHARGED_SINCE
        cache.settle_cgroups([(-1, True), *terms], charges, row, int(Fate.REJECT_COMPRESS_FAIL))
    bound = limit if row.full == "provider" else -1
    return cache, bound, setting.frames, below, limiter, *_costs()


def _policy(row: Any, capacity: int, pool: Any, cgroups: int) -> Any:
    """The LRU of an era; a list for each of its cgroups where it has these."""
    policy = POLICIES.choose(row.lru)
    if cgroups == 1 or row.rounds == "none":
        return policy.make(capacity, pool)
    return PerCgroup(capacity, pool, policies=tuple(policy.make(capacity, pool) for _ in range(cgroups)))
