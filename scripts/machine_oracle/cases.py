"""The cases that are measured: a stream of touches, RAM, and where pages go; each by its name.

``machine.zipf.lists.disk``: where RAM ends (``machine``: at what is free; ``cgroup``: at a limit of its own), stream,
way of reclaim, set-up. Behind these may stand ``ahead`` (page-cluster 3; else nothing is read ahead), ``one`` (one CPU,
on which kswapd runs, too) and ``late``: the kernel knows its lists' sizes of up to 2 seconds ago, as it does if nobody
sees to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from machine_oracle.streams import Recipe

STREAMS = {
    "zipf": Recipe("zipf", 12_000, 300_000),
    "mixed": Recipe("mixed", 12_000, 300_000),
    "loop": Recipe("loop", 12_000, 80_000),
}
WAYS = {"lists": "n", "mglru": "y"}
SETUPS = ("disk", "zram", "zswap", "zram+disk")
FRAMES = 8_000
"""Page frames that are free before the first touch, or a cgroup's limit."""

MIN_FREE_KBYTES = 1_024
MAX_POOL_PERCENT = 4
SMALL_DISKSIZE, DISKSIZE = 12 << 20, 64 << 20
"""Bytes of a zram with a disk behind it, which is to be too small, and of one alone."""


@dataclass(frozen=True)
class Case:
    """One boot. ``more``: of ahead, one, late."""

    where: str
    stream: str
    way: str
    setup: str
    more: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return ".".join((self.where, self.stream, self.way, self.setup, *self.more))

    @property
    def recipe(self) -> Recipe:
        return STREAMS[self.stream]

    @property
    def cpus(self) -> int:
        return 1 if self.where == "cgroup" or "one" in self.more else 2

    @property
    def page_cluster(self) -> int:
        return 3 if "ahead" in self.more else 0

    def job(self) -> dict[str, str]:
        """What the guest program is told; guest.c has the words."""
        return {
            "setup": self.setup,
            "where": self.where,
            "frames": str(FRAMES),
            "lru_gen": WAYS[self.way],
            "page_cluster": str(self.page_cluster),
            "swappiness": "200",
            "min_free_kbytes": str(MIN_FREE_KBYTES),
            "compressor": "lz4",
            "disksize": str(SMALL_DISKSIZE if self.setup == "zram+disk" else DISKSIZE),
            "max_pool_percent": str(MAX_POOL_PERCENT),
            "rest_every": "50" if self.way == "mglru" else "0",
            "sum_up_every": "0" if "late" in self.more else "20",
        }


def _cases() -> list[Case]:
    cases = [Case("machine", "zipf", way, setup) for way in WAYS for setup in SETUPS]
    cases += [
        Case("cgroup", stream, way, setup)
        for stream in ("zipf", "loop")
        for way in WAYS
        for setup in ("disk", "zram")
    ]
    cases += [Case("machine", "mixed", "lists", setup) for setup in SETUPS]
    cases += [Case("machine", "mixed", "lists", setup, ("ahead",)) for setup in ("disk", "zswap")]
    cases += [Case("machine", "loop", "lists", setup) for setup in ("disk", "zram", "zswap")]
    cases += [Case("machine", "zipf", "lists", setup, ("one",)) for setup in ("disk", "zram")]
    cases += [Case("machine", "zipf", "lists", "zram", ("late",))]
    return cases


CASES = {case.name: case for case in _cases()}
