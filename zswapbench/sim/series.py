"""What a replay came through on its way to its counters: some of them, noted after every so many events.

The pieces are equally long in events, not in time: between two bursts a trace may hold an hour in which
nothing happens. Each list has one number for each piece:

* ``event``: index in the trace of the last event that happened; a DROP, which no trace holds, is not counted;
* ``time_us``: trace time then, from the first event's delta on;
* ``pool_pages``, ``stored_pages``: what was held then;
* ``written_back_pages``, ``refaults``: how many there had been;
* ``frames_freed``: page frames that flushes, and compaction for a request, had given back: stall_frames_freed and
  frames_given;
* ``frames_asked``, ``frames_given``: page frames that FLUSH requests had asked for, and had been given.

The last number of each counter is the one in the result.

Beside them all counters are noted, and what codec and device did, a few times only: so that the trace can be looked at
block by block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from zswapbench.sim.device import SwapDevice
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.traces.event import Op

SAMPLES = 120
"""Pieces at most."""

BLOCKS = 8
"""Blocks that the pieces make, equally long but for a piece; fewer if there are fewer pieces."""

_SUMMED = {
    "stored_pages": ("stored_pages",),
    "written_back_pages": ("written_back_pages",),
    "frames_freed": ("stall_frames_freed", "frames_given"),
    "frames_asked": ("frames_asked",),
    "frames_given": ("frames_given",),
    "refaults": ("refaults",),
}
"""What is added up, over caches and counters; a counter that a cache does not have is 0."""


class Counted(Protocol):
    """A cache, or a device, with its counters as they are now."""

    def counters(self) -> dict[str, Any]: ...


class Block(NamedTuple):
    """What a block of the trace added to each counter, and to what codec and device did (see Outcome.work)."""

    counters: dict[str, int]
    work: dict[str, list[int]]


class Recorder:
    """Notes the figures of ``caches``, which share ``limiter`` and ``device``, while ``events`` happen to them.

    ``with_drops``: there may be a DROP among the events. ``totals``: all counters and all work, as they are now; a list
    of work is always as long.
    """

    def __init__(
        self,
        events: NDArray[np.void],
        caches: Sequence[Counted],
        limiter: FrameLimiter,
        device: SwapDevice,
        *,
        with_drops: bool,
        totals: Callable[[], Block],
    ) -> None:
        self.ops = events["op"]
        self.caches = caches
        self.limiter = limiter
        self.device = device
        self.with_drops = with_drops
        self.totals = totals
        self.at_ends: list[Block] = []
        self.happened = 0
        self.of_the_trace = 0
        self.series: dict[str, list[int]] = {
            name: [] for name in ("event", "time_us", "pool_pages", *_SUMMED)
        }

    @property
    def step(self) -> int:
        """Events of a piece."""
        return max(1, -(-len(self.ops) // SAMPLES))

    def note(self, count: int) -> None:
        """``count`` more events have happened, one at least, and none of them beyond the end of a piece."""
        self.of_the_trace += count
        if self.with_drops:
            some = self.ops[self.happened : self.happened + count]
            self.of_the_trace -= int(np.count_nonzero(some == int(Op.DROP)))
        self.happened += count
        if self.happened % self.step == 0 or self.happened == len(self.ops):
            self._sample()
            self._end_block()

    def blocks(self) -> list[Block]:
        """What each block added."""
        return self.at_ends[:1] + [_added(*both) for both in pairwise(self.at_ends)]

    def _end_block(self) -> None:
        """Note all totals if a block ends with the piece that just has ended."""
        pieces, done = -(-len(self.ops) // self.step), -(-self.happened // self.step)
        if done * BLOCKS // pieces > (done - 1) * BLOCKS // pieces:
            self.at_ends.append(self.totals())

    def _sample(self) -> None:
        counters = [cache.counters() for cache in self.caches]
        now = {
            "event": self.of_the_trace - 1,
            "time_us": self.device.now // 1000,
            "pool_pages": self.limiter.frames,
            **{
                name: sum(int(one.get(part, 0)) for one in counters for part in parts)
                for name, parts in _SUMMED.items()
            },
        }
        for name, value in now.items():
            self.series[name].append(value)


def _added(before: Block, after: Block) -> Block:
    counters = {name: value - before.counters.get(name, 0) for name, value in after.counters.items()}
    work = {
        name: [new - old for old, new in zip(before.work[name], counts, strict=True)]
        for name, counts in after.work.items()
    }
    return Block(counters, work)
