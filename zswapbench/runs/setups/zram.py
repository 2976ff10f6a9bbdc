"""zram: compressed RAM as the swap device."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import UsageError
from zswapbench.common.machine import of_running_kernel
from zswapbench.common.units import format_size, parse_size
from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.corpus.cost_groups import cost_groups
from zswapbench.plugins.registry import POOLS, Choice
from zswapbench.rules.devices import Device, choose_device
from zswapbench.rules.slab_objects import HANDLE, ZSPAGE
from zswapbench.rules.zram_kernels import Rules, rules_of
from zswapbench.runs.setups.base import Asked, Ground, Key, Setup, Side
from zswapbench.runs.setups.zram_upkeep import KEYS, duties_of, upkeep_of
from zswapbench.runs.setups.zram_whole import check_whole, order_of, whole_counters, whole_parts
from zswapbench.runs.zram_choices import limit_pages, same_pages
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.machine.zram_disk import ZramDisk
from zswapbench.sim.machine.zram_whole import ZramWhole
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.reclaim.ways import Area
from zswapbench.sim.replay import swap_device
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.replay import check_conservation
from zswapbench.sim.zram.slots import Clock

_LARGEST_DISKSIZE = 4 << 30
_FEWEST_SWAP_PAGES = 10
"""mkswap refuses less: "swap area needs to be at least 40 KiB". Source: util-linux disk-utils/mkswap.c."""


ZRAM_KEYS = (
    Key("kernel", "era"),
    Key("era", "era", second=True),
    Key("codec", "codec"),
    Key("chain-size", "chain_size", 4, 16),
    Key("disksize"),
    Key("mem-limit", "mem_limit"),
)


class ZramAlone(Setup):
    """Without a backing device what does not fit stays where it is."""

    name = "zram"
    help = "compressed memory as the swap device"
    keys = (*ZRAM_KEYS, *KEYS, Key("order"))

    def side(self, asked: Asked, ground: Ground) -> Side:
        order = order_of(asked, ground)
        made = tended_zram(asked, ground)
        device = made.upkeep.device if made.upkeep else choose_device("instant")
        if order:
            whole = whole_parts(ground, made)
            model: Any = ZramWhole(order, *whole, *made.parts(ground, device))
            return Side(model, (made.area,), {**made.said, "order": order}, made.all_costs)
        model = ZramDisk(*made.parts(ground, device), upkeep=made.upkeep)
        return Side(model, (made.area,), made.said, made.all_costs)

    def counters(self, model: Any) -> dict[str, int]:
        return {**tended_counters(model), **(whole_counters(model) if isinstance(model, ZramWhole) else {})}

    def check(self, model: Any) -> None:
        check_conservation(model.zram)
        if isinstance(model, ZramWhole):
            check_whole(model)


@dataclass(frozen=True)
class Made:
    """A ``zram``. ``groups`` uint8[corpus pages]; ``costs``: of its ``codec``; ``said``: as the result records it.

    ``upkeep``: who looks after it, or None; ``more_costs``: of the codec that recompresses.
    """

    zram: Zram
    limiter: FrameLimiter
    groups: NDArray[np.uint8]
    codec: Choice[Codec]
    costs: CodecCosts
    area: Area
    said: dict[str, Any]
    upkeep: Any = None
    more_costs: tuple[CodecCosts, ...] = ()

    @property
    def all_costs(self) -> tuple[CodecCosts, ...]:
        """Of all its codecs."""
        return self.costs, *self.more_costs

    def parts(self, ground: Ground, device: Device | SwapDevice) -> tuple[Any, ...]:
        """What a zswapbench.sim.machine.zram_disk.ZramDisk is made of, with ``device`` beside it."""
        costs = self.costs.compress, self.costs.decompress
        beside = swap_device(device, 0) if isinstance(device, Device) else device
        return self.zram, self.groups, ground.frames, beside, self.limiter, *costs


def zram_rules(asked: Asked, ground: Ground) -> Rules:
    """The kernel's. Raises UsageError for a kernel without zram."""
    kernel = of_running_kernel(asked.options.era).partition(":")[0]
    return rules_of(kernel, ground.corpus.page_size, asked.options.chain_size)


def zram_of(asked: Asked, ground: Ground, bd_pages: int = -1) -> Made:
    """The zram that a set-up asks for, with so many pages of a backing device, -1 for as many as are wanted.

    Raises UsageError for one that the kernel refuses.
    """
    options, corpus = asked.options, ground.corpus
    disksize = disksize_of(asked, ground.ram, corpus.page_size)
    check_mem_limit(asked, ground)
    rules = zram_rules(asked, ground)
    codec = rules.choose(options.codec or rules.codec)
    sizes, costs = ground.sizes_under(codec), ground.costs_under(codec, options)
    limit = limit_pages(options.mem_limit or "0", rules, corpus.page_size)
    keys, limiter = disksize // corpus.page_size, FrameLimiter()
    pool = POOLS.choose(rules.zsmalloc).make(keys + 1, limiter, corpus.page_size)
    pool.note(HANDLE, ZSPAGE)
    said = {
        "kernel": rules.kernel,
        "pool": rules.zsmalloc,
        "disksize": disksize,
        "mem_limit_pages": limit,
        **ground.said_of(codec, costs),
    }
    return Made(
        zram=Zram(0, keys, sizes, same_pages(corpus, rules), pool, Clock(), rules, limit, bd_pages),
        limiter=limiter,
        groups=cost_groups(sizes, corpus.kinds, corpus.page_size),
        codec=codec,
        costs=costs,
        area=Area(keys - 1, synchronous=True),
        said=said,
    )


def tended_zram(asked: Asked, ground: Ground) -> Made:
    """The zram that a set-up asks for, and who looks after it. Raises UsageError for what the kernel refuses."""
    rules = zram_rules(asked, ground)
    duties = duties_of(asked, rules, ground.corpus.page_size)
    if duties is None:
        return zram_of(asked, ground)
    made = zram_of(asked, ground, duties.bd_pages)
    own = made.groups, made.costs
    upkeep, said, others = upkeep_of(duties, asked, ground, rules, made.zram, own)
    return replace(made, said={**made.said, **said}, upkeep=upkeep, more_costs=others)


def tended_counters(model: Any) -> dict[str, int]:
    """What is counted of the zram of ``model``, and of who looks after it."""
    stats, upkeep = model.zram.stats(), model.upkeep
    return {
        **zram_counters(model.zram),
        "upkeep_rounds": upkeep.rounds if upkeep else 0,
        "recompressed": upkeep.recompressed if upkeep else 0,
        **{name: stats[name] for name in ("bd_count", "bd_reads", "bd_writes")},
    }


def zram_counters(zram: Zram) -> dict[str, int]:
    """What is counted of a zram, whatever is beside it."""
    stats = zram.stats()
    written = stats["num_writes"] - stats["failed_writes"]
    return {
        "compressed": written,
        "zram_pages": stats["pages_stored"],
        "zram_reads": stats["num_reads"],
        "zram_writes": written,
    }


def disksize_of(asked: Asked, ram: int, page_size: int) -> int:
    """Bytes, on a machine of ``ram`` bytes. Without one it is that of zram-generator: half of RAM, 4 GiB at most.

    Raises UsageError for what the kernel, or mkswap, refuses.

    Source: zram-generator.conf(5), zram-size=min(ram / 2, 4096).
    """
    text = asked.own.get("disksize", "")
    size = parse_size(text) if text else min(ram // 2, _LARGEST_DISKSIZE)
    if size == 0:
        raise UsageError(
            f"{asked.label!r}: the kernel refuses a disksize of 0 (Invalid argument); give a size"
        )
    if size < _FEWEST_SWAP_PAGES * page_size:
        least = format_size(_FEWEST_SWAP_PAGES * page_size)
        raise UsageError(
            f"{asked.label!r}: mkswap refuses a device of {format_size(size)}: give a disksize of {least} or more"
        )
    if size // page_size >= 1 << 31:
        raise UsageError(f"{asked.label!r}: a disksize of {text} has more pages than can be numbered")
    return size


def check_mem_limit(asked: Asked, ground: Ground) -> None:
    """Raises UsageError for a mem_limit that RAM is too small for."""
    text = asked.options.mem_limit
    if text and parse_size(text) > ground.ram:
        raise UsageError(
            f"{asked.label!r}: a mem_limit above RAM ({format_size(ground.ram)}) never limits; give less, or leave "
            "it out"
        )
