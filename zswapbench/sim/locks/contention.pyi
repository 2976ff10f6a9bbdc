from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zswapbench.sim.locks.dealing import Layout, Streams
from zswapbench.sim.locks.programs import Programs

MOST_CPUS: int

class Contention:
    cpu_count: int
    done: int
    def __init__(
        self,
        operations: NDArray[np.void],
        streams: Streams,
        programs: Programs,
        page_ns: NDArray[np.uint32],
        class_of: NDArray[np.uint16],
        layout: Layout,
        costs: Mapping[str, int],
        between_ns: int = 0,
    ) -> None: ...
    def run(self, steps: int) -> bool: ...
    def times(self) -> dict[str, NDArray[np.int64]]: ...
    def counted(self) -> list[dict[str, int]]: ...
    def latency_counts(self) -> NDArray[np.int64]: ...

def bucket_bounds() -> NDArray[np.int64]: ...
