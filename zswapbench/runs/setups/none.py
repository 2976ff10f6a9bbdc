"""none: enough RAM, so that nothing leaves it. What a slowdown is held against."""

from __future__ import annotations

from zswapbench.rules.devices import choose_device
from zswapbench.runs.setups.base import Asked, Ground, Setup, Side
from zswapbench.runs.setups.disk import disk_over
from zswapbench.sim.reclaim.ways import Area


class EnoughRam(Setup):
    """It has a swap device that takes no time, which nobody needs."""

    name = "none"
    help = "enough memory, whatever --ram says; what the slowdown is held against"
    enough_ram = True

    def side(self, asked: Asked, ground: Ground) -> Side:
        return Side(disk_over(choose_device("instant"), ground), (Area(ground.slots),), {})
