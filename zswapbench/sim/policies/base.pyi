from typing import Any, ClassVar

from zswapbench.registry import Parameter
from zswapbench.sim.pools.base import Pool

class FlushPolicy:
    name: ClassVar[str]
    help: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    pool: Pool
    capacity: int
    retries_each: bool
    def __init__(self, capacity: int, pool: Pool, **parameters: Any) -> None: ...
    def ask(self, need: int, amount: int) -> int: ...
    def order(self) -> list[int]: ...
