from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from zswapbench.plugins.registry import Parameter

@dataclass(frozen=True)
class Wish:
    page_size: int = ...
    interval_ns: int = ...
    writes: float = ...
    process: int | None = ...

class Importer:
    name: ClassVar[str]
    help: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    says_writes: bool
    has_clock: bool
    drawn: str
    wish: Wish
    lines: int
    foreign: int
    seen: int
    def __init__(self, wish: Wish) -> None: ...
    @staticmethod
    def recognises(start: bytes) -> bool: ...
    def feed(self, data: bytes) -> NDArray[Any]: ...
    def finish(self) -> NDArray[Any]: ...
