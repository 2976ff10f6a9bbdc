from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.rules.zram_kernels import Rules
from zswapbench.sim.pools.base import Pool
from zswapbench.sim.zram.slots import Clock

class Zram:
    pool: Pool
    swap_type: int
    limit_pages: int
    def __init__(
        self,
        swap_type: int,
        keys: int,
        sizes: NDArray[np.uint32],
        same: NDArray[np.uint8],
        pool: Pool,
        clock: Clock,
        rules: Rules,
        limit_pages: int = 0,
        bd_pages: int = -1,
    ) -> None: ...
    def replay(self, events: NDArray[np.void], start: int, stop: int) -> int: ...
    def compact(self) -> int: ...
    def mark_idle(self, age: int = -1) -> int: ...
    def limit_writeback(self, units: int) -> None: ...
    def write_back_compressed(self, on: bool) -> None: ...
    def writeback(
        self, flags: Sequence[str] = (), ranges: Sequence[tuple[int, int]] = ()
    ) -> tuple[int, str]: ...
    def add_algorithm(self, priority: int, sizes: NDArray[np.uint32]) -> None: ...
    def recompress(
        self,
        flags: Sequence[str] = (),
        threshold: int = 0,
        max_pages: int = -1,
        first: int = 1,
        until: int = 4,
    ) -> int: ...
    def stats(self) -> dict[str, int]: ...
    def recount(self) -> dict[str, int]: ...
    def slots_held(self) -> dict[int, dict[str, Any]]: ...
