import numpy as np
from numpy.typing import NDArray

class Cpus:
    cpu_count: int
    done: int
    def times(self) -> dict[str, NDArray[np.int64]]: ...
    def latency_counts(self) -> NDArray[np.int64]: ...

def bucket_bounds() -> NDArray[np.int64]: ...
