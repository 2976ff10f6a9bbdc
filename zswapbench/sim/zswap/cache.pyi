from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.policies.base import FlushPolicy
from zswapbench.sim.pools.base import Pool
from zswapbench.sim.zswap.table import Tally

class Zswap:
    pool: Pool
    policy: FlushPolicy
    device: SwapDevice
    temporary: TemporaryBuffers
    def __init__(
        self,
        keys: dict[int, int],
        costs: Any,
        pool: Pool,
        policy: FlushPolicy,
        device: SwapDevice,
        temporary: TemporaryBuffers,
        rules: Any,
        bounds: tuple[int, int],
        header: int = 0,
        verifier: Any = None,
        tally: Tally | None = None,
    ) -> None: ...
    def stand_beside(self, caches: list[Zswap]) -> None: ...
    def note(self, entry: int) -> None: ...
    def replay(self, events: NDArray[np.void], start: int, stop: int) -> int: ...
    def settle_cgroups(
        self, terms: list[tuple[int, bool]], charges: bool, rules: Any, unwritten: int
    ) -> None: ...
    def counters(self) -> dict[str, Any]: ...
    def runs(self) -> list[int]: ...
    def codec_work(self) -> dict[str, list[int]]: ...
    def describe(self) -> list[dict[str, Any]]: ...
    def believed_pages(self) -> int: ...
    def types(self) -> list[int]: ...
    def held(self) -> dict[int, int]: ...
    def lru_offsets(self) -> list[int]: ...
