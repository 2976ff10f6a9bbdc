from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.sim.zswap.cache import Zswap

class Journal:
    def taken(self) -> NDArray[np.void]: ...

class Watched(Zswap):
    def __init__(self, journal: Journal, *parameters: Any) -> None: ...
