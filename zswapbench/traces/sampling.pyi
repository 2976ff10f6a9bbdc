from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLES: int
AT_A_TIME: int

def samples_at(rate: float) -> int: ...

class Sampler:
    samples: int
    rate: float
    pages: int
    events: int
    duration_us: int
    stores: int
    loads: int
    invalidates: int
    area_invalidates: int
    flushes: int
    frames_asked: int
    works: int
    highest_cpu: int
    peak: int
    times_stored: NDArray[np.int64]
    def __init__(self, rate: float, pages: int) -> None: ...
    def take(self, events: Any) -> int: ...
    def take_out(self) -> list[NDArray[np.void]]: ...
