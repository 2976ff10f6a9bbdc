from types import ModuleType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zswapbench.plugins.registry import Parameter

class Library:
    module: str
    distribution: str
    how: str
    def __init__(self, module: str, distribution: str, how: str) -> None: ...
    def load(self) -> ModuleType: ...
    @property
    def version(self) -> str | None: ...

class Codec:
    name: ClassVar[str]
    kernel_name: ClassVar[str]
    source: ClassVar[str]
    help: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    library: ClassVar[Library | None]
    origin: ClassVar[str]
    required: ClassVar[tuple[str, ...]]
    @staticmethod
    def guarded(leaf: type[Codec]) -> type[Codec]: ...
    def compress(self, page: bytes) -> bytes: ...
    def decompress(self, data: bytes, size: int) -> bytes: ...
    @staticmethod
    def checked(page: bytes, size: int) -> bytes: ...
    @property
    def library_version(self) -> str: ...
    def arguments(self) -> dict[str, Any]: ...
    @property
    def identity(self) -> str: ...
    def sizes(self, pages: NDArray[np.uint8]) -> NDArray[np.uint32]: ...
