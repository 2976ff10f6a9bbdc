from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zswapbench.plugins.pool_view import PoolView
from zswapbench.plugins.registry import Parameter
from zswapbench.plugins.watchdog import Calls
from zswapbench.sim.pools.base import Pool

class FlushPolicy:
    name: ClassVar[str]
    help: ClassVar[str]
    where: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    @property
    def pool(self) -> Pool: ...
    capacity: int
    retries_each: bool
    foresees: ClassVar[bool]
    packed_in: ClassVar[str]
    patience_s: ClassVar[float | None]
    views_pool: ClassVar[bool]
    is_python: bool
    event: int
    failed: bool
    failure: BaseException | str | None
    def __init__(self, capacity: int, pool: Pool | PoolView, **parameters: Any) -> None: ...
    def foresee(self, next_loads: NDArray[np.uint32]) -> None: ...
    def count_calls(self, calls: Calls) -> None: ...
    def ask(self, need: int, amount: int) -> int: ...
    def order(self) -> list[int]: ...
