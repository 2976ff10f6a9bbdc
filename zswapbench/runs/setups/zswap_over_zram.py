"""zswap+zram: a compressed pool in front of compressed memory as the swap device."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.rules.era_cells import Era
from zswapbench.runs.setups.base import Asked, Ground, Key, Setup, Side
from zswapbench.runs.setups.zram import Made, zram_counters, zram_of
from zswapbench.runs.setups.zswap import ZSWAP_KEYS, shrinker_of, zswap_era, zswap_of
from zswapbench.sim.machine.cached_zram import CachedZram
from zswapbench.sim.machine.zram_below import ZramBelow
from zswapbench.sim.replay import check_conservation
from zswapbench.sim.zram import replay


class ZswapOverZram(Setup):
    """As it comes about where a distribution switches zswap on and somebody adds a zram. One kernel has both."""

    name = "zswap+zram"
    help = "a compressed pool in front of compressed memory"
    keys = (*ZSWAP_KEYS, Key("zram-codec"), Key("disksize"), Key("mem-limit", "mem_limit"))

    def side(self, asked: Asked, ground: Ground) -> Side:
        era = zswap_era(asked)
        shrinks = shrinker_of(asked, era)
        zram = _zram_of(asked, ground, era)
        below = ZramBelow(0, 0, 0, 0, era.outstanding_writes)
        below.settle(zram.zram, zram.limiter, zram.groups, zram.costs.compress, zram.costs.decompress)
        zswap = zswap_of(asked, ground, era, zram.limiter, zram.area.slots + 1, below)
        own = ("codec", "codec_identity", "codec_cost", "pool")
        said = {f"zram_{name}" if name in own else name: value for name, value in zram.said.items()}
        model = CachedZram(*zswap.parts, shrinks=shrinks)
        said = {**zswap.said, "shrinker_enabled": shrinks, **said}
        return Side(model, (zram.area,), said, (zswap.costs, zram.costs))

    def counters(self, model: Any) -> dict[str, int]:
        counted = model.zswap.counters()
        return {
            **zram_counters(model.below.zram),
            "compressed": counted["zswpout"],
            "written_back": counted["written_back_pages"],
            "failed_writebacks": model.below.failed_writebacks,
        }

    def check(self, model: Any) -> None:
        check_conservation(model.zswap.counters(), model.zswap.pool)
        replay.check_conservation(model.below.zram)


def _zram_of(asked: Asked, ground: Ground, era: Era) -> Made:
    """The zram of the same kernel. Raises UsageError where that has none."""
    kernel = era.overflow
    if not kernel[0].isdigit():
        raise UsageError(
            f"{asked.label!r}: {kernel} is no released kernel, so nobody knows its zram; give an era from 3.14 on"
        )
    options = replace(asked.options, era=kernel, codec=asked.own.get("zram-codec", ""))
    return zram_of(replace(asked, options=options), ground)
