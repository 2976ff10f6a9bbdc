"""The course of a set-up: references are fed to it, and its figures noted on the way.

The moments are the same however the references come in pieces. Where nobody knows how many there will be, they begin
close together, and each time there are too many every second one is dropped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.results.machine_series import MOMENTS, SERIES, Series, lru_inversion

_AT_ONCE = 32
"""References that a memory looks up together: a moment between them would tear these apart."""

_FIRST_STEP = 64 * _AT_ONCE
"""References between the first moments of a stream whose length is not known."""

_MOST_SAMPLES = 1 << 32
"""Of a memory: its times of last touches have 32 bits."""


class Course:
    """``memory``: a zswapbench.sim.reclaim.feeding.Feeder over the model ``side``. ``count``: of references, or 0.

    ``series``: as zswapbench.results.machine_series has it, up to now.
    """

    def __init__(self, memory: Any, side: Any, count: int) -> None:
        self.memory, self.side = memory, side
        self.series: Series = {figure.name: [] for figure in SERIES}
        self._step = -(-count // (MOMENTS * _AT_ONCE)) * _AT_ONCE if count else _FIRST_STEP
        self._seen = 0

    def feed(self, some: NDArray[np.void]) -> None:
        """Let an array of REFERENCE happen, up to where memory gets stuck. Raises MemoryError."""
        first = 0
        while first < len(some) and not self.memory.stuck:
            stop = min(len(some), first + self._step - self._seen % self._step)
            self.memory.feed(some[first:stop])
            self._seen += stop - first
            first = stop
            if self._seen % self._step == 0 or self.memory.stuck:
                self._note()

    def end(self) -> None:
        """Note the last moment, if none was just there."""
        if not self.series["references"] or self.series["references"][-1] != self._seen:
            self._note()

    def _note(self) -> None:
        memory, side = self.memory, self.side
        pool, device = memory.shared.last_touches()
        figures = {
            "references": self._seen,
            "time_us": (side.now_ns() - side.waited) // 1000,
            "waited_ns": side.waited,
            "resident_pages": memory.resident,
            "pool_pages": side.held,
            "device_pages": len(device),
            "faults_major": memory.faults,
            "device_reads": side.device_reads(),
            "device_writes": side.device_writes(),
            "lru_inversion": lru_inversion(pool, device) if memory.samples < _MOST_SAMPLES else None,
        }
        for name, value in figures.items():
            self.series[name].append(value)
        if len(self.series["references"]) > MOMENTS:
            self._step *= 2
            for values in self.series.values():
                values[:] = values[1::2]
