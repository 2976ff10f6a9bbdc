class SwapDevice:
    now: int
    busy_until: int
    reads: int
    writes: int
    waited: int
    queued: int
    held_up: int
    limit: int
    def __init__(
        self, write_interval: int, write_latency: int, read_interval: int, read_latency: int, limit: int
    ) -> None: ...
    def read_queues(self) -> list[int]: ...
