from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from zswapbench.common.progress import Told

class NeverReturns(BaseException): ...

class Calls:
    count: int
    under_way: bool
    def run(self, function: Callable[..., Any], *arguments: Any) -> Any: ...
    def interrupt(self, thread: int, count: int) -> None: ...

def watching(
    calls: Calls, patience_s: float | None, stuck: Callable[[], BaseException], told: Told = ...
) -> AbstractContextManager[None]: ...
