import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.corpus.pages import Pages

class PageTimer:
    def __init__(self, codec: Codec, pages: Pages) -> None: ...
    def compress(self) -> NDArray[np.float64]: ...
    def decompress(self) -> NDArray[np.float64]: ...
