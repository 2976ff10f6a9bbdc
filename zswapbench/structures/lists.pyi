from collections.abc import Iterator

class Lists:
    heads: int
    capacity: int
    def __init__(self, heads: int, capacity: int) -> None: ...
    def items(self, head: int) -> Iterator[int]: ...
