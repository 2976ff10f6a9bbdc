"""zswap: a compressed pool in front of a swap device."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_cells import pool_bounds
from zswapbench.rules.overflow import entry_bytes, overflow_of
from zswapbench.runs.choices import codec_of, era_of, policy_of, pool_of
from zswapbench.runs.planning import page_costs
from zswapbench.runs.setups.base import Asked, Ground, Key, Setup, Side
from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.machine.cached_disk import CachedDisk
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.reclaim.ways import Area
from zswapbench.sim.replay import Setting, check_conservation, swap_device
from zswapbench.sim.zswap.cache import Zswap


class ZswapOverDisk(Setup):
    """Its pool takes page frames from RAM, and gives them back as its era and its policy do."""

    name = "zswap"
    help = "a compressed pool in front of a swap device"
    keys = (
        Key("era", "era"),
        Key("kernel", "era", second=True),
        Key("codec", "codec"),
        Key("pool", "pool"),
        Key("policy", "policy"),
        Key("max-pool-percent", "max_pool_percent", 1, 100),
        Key("accept-threshold-percent", "accept_threshold_percent", 1, 200),
        Key("chain-size", "chain_size", 4, 16),
        Key("device", "device"),
    )

    def side(self, asked: Asked, ground: Ground) -> Side:
        options, corpus = asked.options, ground.corpus
        era = era_of(options)
        if era.guided or not era.writeback:
            raise UsageError(
                f"{asked.label!r}: cells guided=1 and writeback=0 are for replays, not for a machine"
            )
        codec, pool = codec_of(options, era), pool_of(options, era)
        policy = policy_of(options, era, pool)
        if policy.leaf.foresees:
            raise UsageError(f"{asked.label!r}: {policy} knows the future, which a machine makes as it goes")
        limit = ground.frames * era.max_pool_percent // 100
        if limit < 1:
            raise UsageError(f"{asked.label!r}: {era.max_pool_percent}% of RAM is less than one page frame")
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
        costs = ground.costs_under(codec, options)
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
        own_limit = limit if era.full == "provider" else -1
        model = CachedDisk(zswap, own_limit, ground.frames, device, limiter, costs.compress, costs.decompress)
        said = {
            "era": era.as_dict(),
            "pool": str(pool),
            "policy": str(policy),
            "pool_limit_pages": limit,
            "device": asdict(setting.device),
            **ground.said_of(codec, costs),
        }
        return Side(model, (Area(ground.slots),), said, (costs,))

    def counters(self, model: Any) -> dict[str, int]:
        counted = model.zswap.counters()
        return {"compressed": counted["zswpout"], "written_back": counted["written_back_pages"]}

    def check(self, model: Any) -> None:
        check_conservation(model.zswap.counters(), model.zswap.pool)
