from typing import ClassVar, Final

from zswapbench.plugins.pool_view import PoolView as PoolView
from zswapbench.sim.policies.base import FlushPolicy

OBJECT: Final = 0
FRAMES: Final = 1
ENTRIES: Final = 2

class Policy(FlushPolicy):
    @property
    def pool(self) -> PoolView: ...  # type: ignore[override]
    where: ClassVar[str]
    patience_s: ClassVar[float | None]
    required: ClassVar[tuple[str, ...]]
    def on_store(self, entry: int, klass: int, key: int) -> None: ...
    def on_load(self, entry: int) -> None: ...
    def on_refault(self, key: int) -> None: ...
    def on_remove(self, entry: int) -> None: ...
    def victim(self, need: int, amount: int) -> int: ...
