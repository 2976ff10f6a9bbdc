"""A plan made small: the model that a sample of a trace is replayed over.

What is a size is scaled: the limit of the pool, RAM, zsmalloc's size classes (zswapbench.rules.fewer_classes), and how
many pools share the entries. Whoever flushes needs as much longer for an entry, since one stands for many. The swap
device stays as it is: what is written in one go, for one store or one request, is as much as in the whole, and would
wait for a slower one too long. So its queue is mostly shorter than in the whole, and a total time is without the rest
of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, log2

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.corpus.pages import Kind
from zswapbench.plugins.registry import Choice
from zswapbench.rules.era_cells import Era, pool_bounds
from zswapbench.rules.fewer_classes import classes_alike, fewer_classes
from zswapbench.rules.overflow import Fate
from zswapbench.rules.size_classes import RULES, huge_class_size
from zswapbench.runs.loading import Loaded
from zswapbench.runs.planning import Plan
from zswapbench.runs.replaying import AnyPlan
from zswapbench.runs.zram_planning import ZramPlan
from zswapbench.sim.pools.base import Pool
from zswapbench.sim.pools.zsmalloc import Zsmalloc

LEAST_FRAMES = 200
"""Page frames of a pool that still behaves like a large one."""

LEAST_PAGES = 1000
"""Pages swapped out at one time that still fill zram as many do."""

_COUNTING = ("page_index", "max_pages", "writeback_limit")
"""What a write to an attribute of zram says in pages."""


@dataclass(frozen=True)
class Miniature:
    """``plan`` is over a sample; ``frames``: page frames of the whole pool for each of its own."""

    plan: AnyPlan
    frames: float


def miniature(plan: AnyPlan, whole: Loaded, rate: float) -> Miniature:
    """``plan``, which is of the ``whole`` trace, for a sample of ``rate`` of its slots; ``over`` gives it the events.

    Raises UsageError for what cannot be asked of a sample, and if its pool would be too small.
    """
    if isinstance(plan, ZramPlan):
        return _over_zram(plan, whole, rate)
    if plan.options.verify:
        raise UsageError("--verify carries the bytes of all pages: leave it out, or --sample-rate")
    setting = plan.setting
    refuse_sampled_pool(setting.era, setting.limit, rate)
    times = np.where(_without_object(plan, whole), 0, whole.times_stored)
    least = setting.limit * rate if setting.era.evictor == "worker" else None
    pool, frames = _fewer(setting.pool, setting.page_size, plan.costs.sizes, times, rate, least)
    limit = round(setting.limit * rate * frames)
    ram = None if plan.limit.ram is None else round(plan.limit.ram * rate * frames)
    era = replace(setting.era, flush_hold_ns=round(setting.era.flush_hold_ns / rate))
    small = replace(
        setting,
        era=era,
        pool=pool,
        limit=limit,
        bounds=pool_bounds(era, limit, ram),
    )
    return Miniature(replace(plan, setting=small), setting.limit / limit)


def refuse_sampled_pool(era: Era, limit: int, rate: float) -> None:
    """Raises UsageError for an era that no sample can follow, and if ``rate`` of ``limit`` page frames is too few."""
    if era.guided:
        raise UsageError(
            f"era {era.name}: guided=1 follows the worker of the whole machine: leave it out, or --sample-rate"
        )
    if round(limit * rate) < LEAST_FRAMES:
        raise UsageError(
            f"--sample-rate {rate:g} leaves {int(limit * rate):,} of the pool's {limit:,} page frames, too few to "
            f"behave like a large pool ({LEAST_FRAMES}): {_enough(LEAST_FRAMES / limit)}"
        )


def refuse_sampled_device(writes: Sequence[str], peak: int, rate: float) -> None:
    """Raises UsageError for ``writes`` to zram's attributes that name pages, and if too few of ``peak`` are left."""
    for text in writes:
        if any(word in text for word in _COUNTING):
            raise UsageError(
                f"write={text}: names pages or how many, which a sample does not have: leave it out, or --sample-rate"
            )
    held = round(peak * rate)
    if held < LEAST_PAGES:
        raise UsageError(
            f"--sample-rate {rate:g} leaves {held:,} of {peak:,} pages, too few to fill a device like all of them "
            f"({LEAST_PAGES:,}): {_enough(LEAST_PAGES / peak)}"
        )


def _over_zram(plan: ZramPlan, whole: Loaded, rate: float) -> Miniature:
    """The same over zram: its mem_limit and its backing device are sizes."""
    refuse_sampled_device([write.text for write in plan.attributes.writes], whole.summary.peak, rate)
    setting = plan.setting
    times = np.where(plan.pages.same != 0, 0, whole.times_stored)
    raw = huge_class_size(RULES[setting.pool.parameters["rules"]], setting.page_size)
    sizes = np.where(plan.pages.sizes >= raw, setting.page_size, plan.pages.sizes).astype(np.uint32)
    pool, frames = _fewer(setting.pool, setting.page_size, sizes, times, rate)
    small = replace(
        setting,
        pool=pool,
        limit_pages=_at_least_one(setting.limit_pages, rate * frames),
        bd_pages=setting.bd_pages if setting.bd_pages < 1 else _at_least_one(setting.bd_pages, rate),
    )
    return Miniature(replace(plan, setting=small), 1 / (rate * frames))


def _without_object(plan: Plan, whole: Loaded) -> NDArray[np.bool_]:
    """Which pages of the corpus take no object in the pool: those that are rejected, and same-filled ones."""
    fates = plan.costs.fates
    rejected: NDArray[np.bool_] = (fates != int(Fate.COMPRESSED)) & (fates != int(Fate.RAW))
    kinds = whole.corpus.kinds
    same: NDArray[np.bool_] = kinds != int(Kind.OTHER)
    if plan.setting.era.same_filled != "compressed":
        rejected |= same
    return rejected


def _fewer(
    pool: Choice[Pool],
    page_size: int,
    sizes: NDArray[np.uint32],
    times: NDArray[np.int64],
    rate: float,
    under_worker: float | None = None,
) -> tuple[Choice[Pool], float]:
    """``pool`` with fewer size classes, if it is zsmalloc, and the page frames that these make of one.

    Of several pools that share the entries there are fewer first, a power of two: each is about as large as it was.
    ``under_worker``: page frames of a small pool whose worker flushes.
    """
    if not issubclass(pool.leaf, Zsmalloc):
        return pool, 1.0
    rules = RULES[pool.parameters["rules"]]
    chain = pool.parameters.get("chain")
    if chain is not None:
        rules = replace(rules, pages_max=chain)
    pools = pool.parameters.get("pools") or 1
    kept = 1 << round(log2(max(1, pools * rate)))
    share = min(1.0, pools * rate / kept)
    if under_worker is None:
        found = fewer_classes(rules, page_size, sizes, times, share)
    else:
        found = classes_alike(rules, page_size, sizes, times, share, under_worker, kept)
    changed = {"slots": found.slots} | ({"pools": kept} if pools > 1 else {})
    return replace(pool, parameters={**pool.parameters, **changed}), found.frames


def _at_least_one(limit: int, rate: float) -> int:
    """``limit`` times ``rate``; 0, which is no limit, stays."""
    return max(1, round(limit * rate)) if limit else 0


def _enough(rate: float) -> str:
    """What to do where no less than ``rate`` would do."""
    rounded = ceil(100 * rate + 1) / 100
    return f"give {rounded:g} or more" if rounded <= 0.5 else "replay all of it, without --sample-rate"
