"""zram+disk: zram as the swap area of the higher priority, and a disk for what finds no slot there."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from zswapbench.common.errors import InternalError, UsageError
from zswapbench.rules.devices import choose_device
from zswapbench.runs.setups.base import Asked, Ground, Key, Setup, Side
from zswapbench.runs.setups.zram import ZRAM_KEYS, tended_counters, tended_zram
from zswapbench.runs.setups.zram_upkeep import KEYS
from zswapbench.sim.machine.zram_and_disk import ZramAndDisk
from zswapbench.sim.reclaim.ways import Area
from zswapbench.sim.zram.replay import check_conservation

_MOST_SLOTS = 1 << 31


class ZramBeforeDisk(Setup):
    """As zram-generator sets it up beside a swap partition: swap-priority=100, and the partition has -2."""

    name = "zram+disk"
    help = "compressed memory, and a swap device of lower priority"
    keys = (*ZRAM_KEYS, Key("device", "device"), *KEYS)

    def side(self, asked: Asked, ground: Ground) -> Side:
        made, device = tended_zram(asked, ground), choose_device(asked.options.device)
        if made.area.slots + ground.slots >= _MOST_SLOTS:
            raise UsageError(f"{asked.label!r}: zram and disk have more pages than can be numbered")
        model = ZramAndDisk(ground.slots, *made.parts(ground, device), upkeep=made.upkeep)
        said = {**made.said, "device": asdict(device)}
        return Side(model, (made.area, Area(ground.slots)), said, made.all_costs)

    def counters(self, model: Any) -> dict[str, int]:
        return {**tended_counters(model), "disk_pages": model.disk_pages}

    def check(self, model: Any) -> None:
        check_conservation(model.zram)
        if model.recount() != model.disk_pages:
            raise InternalError(f"the disk has lost count: {model.disk_pages} pages, found {model.recount()}")
