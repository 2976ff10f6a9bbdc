from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zswapbench.sim.locks.dealing import Layout, Streams
from zswapbench.sim.locks.lock_instances import Locks
from zswapbench.sim.locks.programs import Programs

MOST_CPUS: int

class Contention(Locks):
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
