from typing import Any

from numpy.typing import NDArray

from zswapbench.traces.references.lines import Lines

class Regions(Lines):
    def snapshot(self, start_ns: int, stop_ns: int, regions: NDArray[Any]) -> None: ...
