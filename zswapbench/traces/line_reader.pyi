from typing import Any

from numpy.typing import NDArray

class LineReader:
    shortest: int
    total: int
    others: int
    cut: int
    odd: list[bytes]
    frontswap: bool
    writeout: bool
    def read(self, text: bytes, records: NDArray[Any]) -> int: ...
