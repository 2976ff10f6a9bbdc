"""disk: a swap device, and nothing before it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from zswapbench.corpus.cost_groups import GROUPS
from zswapbench.rules.devices import Device, choose_device
from zswapbench.runs.setups.base import Asked, Ground, Key, Setup, Side
from zswapbench.sim.machine.disk import Disk
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.reclaim.ways import Area
from zswapbench.sim.replay import swap_device


class OnDisk(Setup):
    """Each page that leaves is written, and read when it comes back."""

    name = "disk"
    help = "a swap device"
    keys = (Key("device", "device"),)

    def side(self, asked: Asked, ground: Ground) -> Side:
        device = choose_device(asked.options.device)
        return Side(disk_over(device, ground), (Area(ground.slots),), {"device": asdict(device)})


def disk_over(device: Device, ground: Ground) -> Disk:
    """The model of a swap ``device`` without a pool."""
    nothing = np.zeros(GROUPS), np.zeros(GROUPS)
    return Disk(ground.frames, swap_device(device, 0), FrameLimiter(), *nothing)
