import numpy as np
from numpy.typing import NDArray

ROUNDS: int

def atomic_times(rounds: int = ..., count: int = ...) -> NDArray[np.float64]: ...
def line_times(first: int, second: int, rounds: int = ...) -> NDArray[np.float64] | None: ...
