from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.rules.zram_kernels import Rules
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.pools.base import Pool
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.sim.zswap.table import Tally

class Metered(Zram):
    def __init__(
        self,
        swap_type: int,
        keys: int,
        sizes: NDArray[np.uint32],
        same: NDArray[np.uint8],
        groups: NDArray[np.uint8],
        pool: Pool,
        clock: Clock,
        rules: Rules,
        limit_pages: int,
        bd_pages: int,
        backing: SwapDevice,
        tally: Tally,
    ) -> None: ...
    def counters(self) -> dict[str, Any]: ...
    def describe(self) -> list[dict[str, Any]]: ...
    def codec_work(self) -> dict[str, list[int]]: ...
