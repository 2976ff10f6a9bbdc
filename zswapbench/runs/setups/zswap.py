"""zswap: a compressed pool in front of a swap device."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_cells import SHRINKER_SINCE, Era, pool_bounds
from zswapbench.rules.overflow import entry_bytes, overflow_of
from zswapbench.rules.slab_objects import HANDLE, ZSPAGE, noted_bytes
from zswapbench.runs.choices import codec_of, era_of, policy_of, pool_of
from zswapbench.runs.planning import page_costs
from zswapbench.runs.setups.base import Asked, Ground, Key, Setup, Side
from zswapbench.runs.setups.zswap_cgroups import divide, policy_for, refuse_cgroups
from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.machine.cached_disk import CachedDisk
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.reclaim.ways import WAYS, Area
from zswapbench.sim.replay import Setting, check_conservation, swap_device
from zswapbench.sim.zswap.cache import Zswap

ZSWAP_KEYS = (
    Key("era", "era"),
    Key("kernel", "era", second=True),
    Key("codec", "codec"),
    Key("pool", "pool"),
    Key("policy", "policy"),
    Key("max-pool-percent", "max_pool_percent", 1, 100),
    Key("accept-threshold-percent", "accept_threshold_percent", 1, 200),
    Key("chain-size", "chain_size", 4, 16),
    Key("shrinker"),
)


class ZswapOverDisk(Setup):
    """Its pool takes page frames from RAM, and gives them back as its era and its policy do."""

    name = "zswap"
    help = "a compressed pool in front of a swap device"
    keys = (*ZSWAP_KEYS, Key("device", "device"))

    def side(self, asked: Asked, ground: Ground) -> Side:
        era, device = zswap_era(asked), choose_device(asked.options.device)
        shrinks = shrinker_of(asked, era)
        below = swap_device(device, era.outstanding_writes)
        made = zswap_of(asked, ground, era, FrameLimiter(), ground.slots + 1, below)
        model = CachedDisk(*made.parts, shrinks=shrinks)
        said = {**made.said, "shrinker_enabled": shrinks, "device": asdict(device)}
        return Side(model, (Area(ground.slots),), said, (made.costs,))

    def counters(self, model: Any) -> dict[str, int]:
        counted = model.zswap.counters()
        return {"compressed": counted["zswpout"], "written_back": counted["written_back_pages"]}

    def check(self, model: Any) -> None:
        check_conservation(model.zswap.counters(), model.zswap.pool)


@dataclass(frozen=True)
class Made:
    """``parts``: what a CachedDisk of sim.machine is made of; ``said``: as the result records it."""

    parts: tuple[Any, ...]
    costs: CodecCosts
    said: dict[str, Any]


def zswap_era(asked: Asked) -> Era:
    """The era that a set-up asks for. Raises UsageError for none, and for one that no machine has."""
    era = era_of(asked.options)
    if era.guided or not era.writeback:
        raise UsageError(
            f"{asked.label!r}: cells guided=1 and writeback=0 are for replays, not for a machine"
        )
    return era


def zswap_of(
    asked: Asked, ground: Ground, era: Era, limiter: FrameLimiter, keys: int, device: SwapDevice
) -> Made:
    """The zswap that a set-up asks for, of ``keys`` swap offsets. Raises UsageError for one that there cannot be.

    ``era``: that of ``zswap_era``; ``limiter``: of its pool; ``device``: the swap device below it.
    """
    options, corpus = asked.options, ground.corpus
    codec, pool = codec_of(options, era), pool_of(options, era)
    policy = policy_of(options, era, pool)
    if policy.leaf.foresees:
        raise UsageError(f"{asked.label!r}: {policy} knows the future, which a machine makes as it goes")
    refuse_cgroups(asked, ground, era, policy)
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
    packed = pool.make(keys + 1, limiter, corpus.page_size)
    zswap = Zswap(
        {0: keys},
        pages,
        packed,
        policy_for(ground, era, policy, keys + 1, packed),
        device,
        TemporaryBuffers(era.tmp_buffers),
        era,
        setting.bounds,
        setting.header,
    )
    divide(zswap, ground, era, codec, pool)
    packed.note(HANDLE, ZSPAGE)
    zswap.note(noted_bytes(era.version))
    own_limit = limit if era.full == "provider" else -1
    said = {
        "era": era.as_dict(),
        "pool": str(pool),
        "policy": str(policy),
        "pool_limit_pages": limit,
        **ground.said_of(codec, costs),
    }
    parts = zswap, own_limit, ground.frames, device, limiter, costs.compress, costs.decompress
    return Made(parts, costs, said)


def shrinker_of(asked: Asked, era: Era) -> bool:
    """shrinker_enabled: whether reclaim has entries written back, too. Raises UsageError where there is no shrinker."""
    text = asked.own.get("shrinker", "0")
    if text not in ("0", "1"):
        raise UsageError(f"{asked.label!r}: shrinker={text} is not 0 or 1")
    if text == "1" and era.version < SHRINKER_SINCE:
        raise UsageError(f"{asked.label!r}: zswap of {era.name} has no shrinker, which came with 6.8")
    return text == "1"


def refuse_without_passes(label: str, setting: dict[str, Any], way: str) -> None:
    """Raises UsageError if the set-up has a shrinker, as its ``setting`` says, and reclaim by ``way`` never asks it."""
    if setting.get("shrinker_enabled") and not WAYS[way].priority:
        raise UsageError(
            f"{label!r}: --reclaim {way} has no passes, after which the shrinker would be asked; take lists or mglru, "
            "or leave it out"
        )
