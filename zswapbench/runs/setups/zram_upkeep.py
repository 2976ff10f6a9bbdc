"""Who looks after a zram of a machine, in words: which slots are recompressed, which written back, how often.

    recomp-algorithm=zstd,recompress=idle,threshold=3000
    backing=emmc,backing-size=1GiB,writeback=huge_idle,writeback-limit=400MiB
    every=60s,idle=3600s

They become what a script writes to the attributes, in this order. What a kernel refuses there is refused here: see
zswapbench.rules.zram_attributes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import UsageError
from zswapbench.common.units import parse_duration, parse_size
from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.corpus.cost_groups import cost_groups
from zswapbench.plugins.registry import CODECS, Choice
from zswapbench.rules.devices import Device, choose_device
from zswapbench.rules.zram_actions import Idle, RecompAlgorithm, Recompress, Write, Writeback, WritebackLimit
from zswapbench.rules.zram_attributes import parse_writes
from zswapbench.rules.zram_kernels import Rules
from zswapbench.runs.setups.base import Asked, Ground, Key
from zswapbench.runs.zram_choices import bd_pages
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.machine.upkeep import Upkeep
from zswapbench.sim.replay import swap_device
from zswapbench.sim.zram.device import Zram

KEYS = (
    Key("recomp-algorithm"),
    Key("recompress"),
    Key("threshold"),
    Key("backing"),
    Key("backing-size"),
    Key("writeback"),
    Key("writeback-limit"),
    Key("every"),
    Key("idle"),
)
"""What a SPEC can say of it."""

EVERY, IDLE = "60s", "3600s"
"""How often, and from which age on a slot is idle, where a SPEC does not say."""

_SHORTEST_NS = 1_000_000
_SECOND_NS = 1_000_000_000
_BATCH = 32
"""Writes on their way at most, from 6.19 on: writeback_batch_size."""

_NEEDS = {
    "recompress": ("recomp-algorithm", "it has no algorithm to try"),
    "recomp-algorithm": ("recompress", "nothing is ever given to it"),
    "threshold": ("recompress", "it is one of recompress"),
    "writeback": ("backing", "the kernel refuses it without a backing device (No such device)"),
    "backing": ("writeback", "nothing is ever written there"),
    "backing-size": ("backing", "it is the size of that"),
    "writeback-limit": ("writeback", "it limits that"),
}
"""Keys that make sense beside another only, and why."""


@dataclass(frozen=True)
class Duties:
    """``writes``: of each round, in order. ``backing``: None without one; ``bd_pages``: its pages, or -1."""

    writes: tuple[Write, ...]
    every_ns: int
    backing: Device | None
    bd_pages: int

    def action(self, kind: type) -> Any:
        """The action of this kind; None if there is none."""
        return next((write.action for write in self.writes if isinstance(write.action, kind)), None)

    @property
    def second(self) -> Choice[Codec] | None:
        """The algorithm that recompresses."""
        found = self.action(RecompAlgorithm)
        return CODECS.choose(found.algo) if found else None


def duties_of(asked: Asked, rules: Rules, page_size: int) -> Duties | None:
    """What there is to do; None for nothing. Raises UsageError for what a kernel refuses, or what makes no sense."""
    own = {key.name: asked.own[key.name] for key in KEYS if key.name in asked.own}
    if not own:
        return None
    for key, (other, why) in _NEEDS.items():
        if key in own and other not in own:
            raise UsageError(f"{asked.label!r}: {key} without {other}: {why}; give both, or neither")
    ages = [own[key] for key in ("recompress", "writeback") if "idle" in own.get(key, "")]
    if "idle" in own and not ages:
        raise UsageError(
            f"{asked.label!r}: idle is the age of idle slots, for which nothing asks; give recompress=idle, "
            "writeback=idle, or huge_idle"
        )
    if "recompress" not in own and "writeback" not in own:
        raise UsageError(f"{asked.label!r}: every is for recompress and writeback; give one of them")
    try:
        writes = parse_writes(_texts(own, with_ages=bool(ages)), rules).writes
        pages = bd_pages(own.get("backing-size", ""), rules, page_size, "backing-size")
        every = _duration("every", own.get("every", EVERY), _SHORTEST_NS)
    except UsageError as error:
        raise UsageError(f"{asked.label!r}: {error}") from None
    return Duties(writes, every, choose_device(own["backing"]) if "backing" in own else None, pages)


def _texts(own: dict[str, str], *, with_ages: bool) -> list[str]:
    """What is written to the attributes, in order."""
    texts = []
    if "recomp-algorithm" in own:
        texts.append(f"recomp_algorithm=algo={own['recomp-algorithm']} priority=1")
    if "writeback-limit" in own:
        texts.append(f"writeback_limit={parse_size(own['writeback-limit']) >> 12}")
    if with_ages:
        age = _duration("idle", own.get("idle", IDLE), _SECOND_NS)
        if age % _SECOND_NS:
            raise UsageError(f"idle={own['idle']} is not a whole number of seconds, as the kernel takes it")
        texts.append(f"idle={age // _SECOND_NS}")
    if "recompress" in own:
        threshold = f" threshold={own['threshold']}" if "threshold" in own else ""
        texts.append(f"recompress=type={own['recompress']}{threshold}")
    if "writeback" in own:
        texts.append(f"writeback={own['writeback']}")
    return texts


def _duration(key: str, text: str, least: int) -> int:
    """Nanoseconds. Raises UsageError for less than ``least``."""
    found = parse_duration(text)
    if found < least:
        raise UsageError(f"{key}={text} is too short; give {'1s' if least == _SECOND_NS else '1ms'} or more")
    return found


def backing_of(duties: Duties, rules: Rules) -> SwapDevice:
    """The backing device, with the kernel's limit of writes on their way; without one, one that takes no time."""
    batch = _BATCH - 1 if rules.has("writeback_batch_size") else 0
    return swap_device(duties.backing or choose_device("instant"), batch)


def upkeep_of(
    duties: Duties,
    asked: Asked,
    ground: Ground,
    rules: Rules,
    zram: Zram,
    first: tuple[NDArray[np.uint8], CodecCosts],
) -> tuple[Upkeep, dict[str, Any], tuple[CodecCosts, ...]]:
    """Who does it, how the result records it, and what its codec takes.

    ``first``: groups and costs under the primary algorithm.
    """
    groups, costs, said = [first[0]], [first[1]], _said(duties)
    if duties.second is not None:
        sizes = ground.sizes_under(duties.second)
        zram.add_algorithm(1, sizes)
        groups.append(cost_groups(sizes, ground.corpus.kinds, ground.corpus.page_size))
        costs.append(ground.costs_under(duties.second, asked.options))
        said |= {f"recomp_{name}": value for name, value in ground.said_of(duties.second, costs[1]).items()}
    limit, recompress = duties.action(WritebackLimit), duties.action(Recompress)
    idle, writeback = duties.action(Idle), duties.action(Writeback)
    if limit:
        zram.limit_writeback(limit.units)
    upkeep = Upkeep(
        zram,
        backing_of(duties, rules),
        [(one, cost.compress, cost.decompress) for one, cost in zip(groups, costs, strict=True)],
        every=duties.every_ns,
        age=idle.seconds if idle else -1,
        recompress=recompress.flags if recompress else None,
        threshold=recompress.threshold if recompress else 0,
        writeback=writeback.flags if writeback else None,
        one_by_one=not rules.has("writeback_batch_size"),
    )
    return upkeep, said, tuple(costs[1:])


def _said(duties: Duties) -> dict[str, Any]:
    """What is done, as a result records it."""
    return {
        "writes": [write.text for write in duties.writes],
        "every_ns": duties.every_ns,
        "backing_dev": None if duties.backing is None else asdict(duties.backing),
        "backing_dev_pages": None if duties.bd_pages < 0 else duties.bd_pages,
    }
