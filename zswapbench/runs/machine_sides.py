"""A set-up -> its compiled side, with all that it needs: sizes and costs of pages, pool, rules, device."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress
from zswapbench.corpus.codec_costs import CodecCosts, codec_costs
from zswapbench.corpus.cost_groups import GROUPS, cost_groups
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of, sizes_of
from zswapbench.plugins.registry import POOLS, Choice
from zswapbench.results.machine import DISK, NONE, ZSWAP
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_cells import pool_bounds
from zswapbench.rules.overflow import entry_bytes, overflow_of
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.runs.choices import codec_of, cost_of, era_of, policy_of, pool_of
from zswapbench.runs.costing import cost_given
from zswapbench.runs.machine_setups import Setup
from zswapbench.runs.planning import page_costs
from zswapbench.runs.zram_choices import limit_pages, same_pages
from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.machine.cached_disk import CachedDisk
from zswapbench.sim.machine.disk import Disk
from zswapbench.sim.machine.zram_disk import ZramDisk
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import Setting, swap_device
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.sim.zswap.cache import Zswap

_INSTANT = choose_device("instant")


@dataclass(frozen=True)
class Side:
    """``model``: a zswapbench.sim.machine.paid.Paid. ``slots``: swap slots. ``setting``: as the result records it.

    ``costs``: of its codec; None without one.
    """

    model: Any
    slots: int
    setting: dict[str, Any]
    costs: CodecCosts | None = None


@dataclass
class Ground:
    """What set-ups share: the ``corpus``, page frames of RAM and swap ``slots``, and what codecs were found to take."""

    corpus: Corpus
    frames: int
    slots: int
    progress: Progress
    sizes: dict[str, NDArray[np.uint32]] = field(default_factory=dict)
    costs: dict[str, CodecCosts] = field(default_factory=dict)

    def sizes_under(self, codec: Choice[Codec]) -> NDArray[np.uint32]:
        """Compressed bytes of each page, found once. Raises what sizes_of raises."""
        if str(codec) not in self.sizes:
            with self.progress(f"sizes under {codec}", len(self.corpus), "pages") as told:
                self.sizes[str(codec)] = sizes_of(self.corpus, codec, told)
        return self.sizes[str(codec)]

    def costs_under(self, codec: Choice[Codec]) -> CodecCosts:
        """What a page takes, measured once. The corpus has content, and pages."""
        if str(codec) not in self.costs:
            found = codec_costs(self.corpus, codec, self.sizes_under(codec))
            assert found is not None
            self.costs[str(codec)] = found
        return self.costs[str(codec)]


def side_of(setup: Setup, ground: Ground) -> Side:
    """The side of ``setup``. Raises UsageError for what there is not or makes no sense."""
    if setup.kind in (NONE, DISK):
        return _disk(setup, ground)
    return _cached_disk(setup, ground) if setup.kind == ZSWAP else _zram(setup, ground)


def _disk(setup: Setup, ground: Ground) -> Side:
    device = _INSTANT if setup.kind == NONE else choose_device(setup.options.device)
    nothing = np.zeros(GROUPS), np.zeros(GROUPS)
    model = Disk(ground.frames, swap_device(device, 0), FrameLimiter(), *nothing)
    return Side(model, ground.slots, {} if setup.kind == NONE else {"device": asdict(device)})


def _cached_disk(setup: Setup, ground: Ground) -> Side:
    options, corpus = setup.options, ground.corpus
    era = era_of(options)
    if era.guided or not era.writeback:
        raise UsageError(
            f"{setup.label!r}: cells guided=1 and writeback=0 are for replays, not for a machine"
        )
    codec, pool = codec_of(options, era), pool_of(options, era)
    policy = policy_of(options, era, pool)
    if policy.leaf.foresees:
        raise UsageError(f"{setup.label!r}: {policy} knows the future, which a machine makes as it goes")
    limit = ground.frames * era.max_pool_percent // 100
    if limit < 1:
        raise UsageError(f"{setup.label!r}: {era.max_pool_percent}% of RAM is less than one page frame")
    setting = Setting(
        era=era,
        pool=pool,
        policy=policy,
        device=choose_device(options.device),
        limit=limit,
        page_size=corpus.page_size,
        bounds=pool_bounds(era, limit, ground.frames),
        header=entry_bytes(overflow_of(era.overflow), pool.leaf.name),
    )
    pages = page_costs(corpus, codec, ground.sizes_under(codec), setting)
    costs = cost_of(options, codec) or ground.costs_under(codec)
    limiter, device = FrameLimiter(), swap_device(setting.device, era.outstanding_writes)
    keys = ground.slots + 1
    packed = pool.make(keys + 1, limiter, corpus.page_size)
    zswap = Zswap(
        {0: keys},
        pages,
        packed,
        policy.make(keys + 1, packed),
        device,
        TemporaryBuffers(era.tmp_buffers),
        era,
        setting.bounds,
        setting.header,
    )
    model = CachedDisk(
        zswap,
        limit if era.full == "provider" else -1,
        ground.frames,
        device,
        limiter,
        costs.compress,
        costs.decompress,
    )
    said = {
        "era": era.as_dict(),
        "pool": str(pool),
        "policy": str(policy),
        "pool_limit_pages": limit,
        "device": asdict(setting.device),
        **_of_codec(corpus, codec, costs),
    }
    return Side(model, ground.slots, said, costs)


def _zram(setup: Setup, ground: Ground) -> Side:
    options, corpus = setup.options, ground.corpus
    rules = rules_of(options.era, corpus.page_size, options.chain_size)
    codec = rules.choose(options.codec or rules.codec)
    sizes = ground.sizes_under(codec)
    costs = cost_of(options, codec) or ground.costs_under(codec)
    limit = limit_pages(options.mem_limit or "0", rules, corpus.page_size)
    keys = setup.disksize // corpus.page_size
    limiter = FrameLimiter()
    zram = Zram(
        0,
        keys,
        sizes,
        same_pages(corpus, rules),
        POOLS.choose(rules.zsmalloc).make(keys + 1, limiter, corpus.page_size),
        Clock(),
        rules,
        limit,
    )
    groups = cost_groups(sizes, corpus.kinds, corpus.page_size)
    model = ZramDisk(
        zram, groups, ground.frames, swap_device(_INSTANT, 0), limiter, costs.compress, costs.decompress
    )
    said = {
        "kernel": rules.kernel,
        "pool": rules.zsmalloc,
        "disksize": setup.disksize,
        "mem_limit_pages": limit,
        **_of_codec(corpus, codec, costs),
    }
    return Side(model, keys - 1, said, costs)


def _of_codec(corpus: Corpus, codec: Choice[Codec], costs: CodecCosts) -> dict[str, Any]:
    return {
        "codec": str(codec),
        "codec_identity": identity_of(corpus, codec),
        "codec_cost": cost_given(costs),
    }
