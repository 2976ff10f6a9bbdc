from typing import Any

from numpy.typing import NDArray

class Reduction:
    frames: int
    seen: int
    kept: int
    def __init__(self, frames: int) -> None: ...
    def feed(self, references: NDArray[Any]) -> NDArray[Any]: ...
    def finish(self) -> NDArray[Any]: ...
