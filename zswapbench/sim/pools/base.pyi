from typing import Any, ClassVar

from zswapbench.registry import Parameter

class FrameLimiter:
    limit: int
    frames: int
    peak: int
    hits: int
    def __init__(self, limit: int = -1) -> None: ...

class Pool:
    name: ClassVar[str]
    help: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    limiter: FrameLimiter
    page_size: int
    capacity: int
    classes: int
    handle_bytes: int
    frames: int
    def __init__(
        self, capacity: int, limiter: FrameLimiter, page_size: int = 4096, **parameters: Any
    ) -> None: ...
    def describe(self) -> list[dict[str, Any]]: ...
    def entries_of(self, zspage: int) -> list[int]: ...
    def try_alloc(self, entry: int, size: int) -> int: ...
    def release(self, entry: int) -> None: ...
    def place(self, entry: int) -> tuple[int, int]: ...
    def data_place(self, entry: int) -> tuple[int, int]: ...
    def class_for(self, size: int) -> int: ...
