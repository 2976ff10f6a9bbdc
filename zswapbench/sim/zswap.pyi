from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.policies.base import FlushPolicy
from zswapbench.sim.pools.base import Pool

class Tally: ...

class Zswap:
    swap_type: int
    pool: Pool
    policy: FlushPolicy
    device: SwapDevice
    temporary: TemporaryBuffers
    def __init__(
        self,
        swap_type: int,
        keys: int,
        sizes: NDArray[np.uint32],
        same_filled: NDArray[np.uint8],
        pool: Pool,
        policy: FlushPolicy,
        device: SwapDevice,
        temporary: TemporaryBuffers,
        rules: Any,
        verifier: Any = None,
        tally: Tally | None = None,
    ) -> None: ...
    def replay(self, events: NDArray[np.void], start: int, stop: int) -> int: ...
    def counters(self) -> dict[str, Any]: ...
    def describe(self) -> list[dict[str, Any]]: ...
    def held(self) -> dict[int, int]: ...
    def lru_offsets(self) -> list[int]: ...
