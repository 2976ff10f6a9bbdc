"""How far the kernel's own worker had come, told among the events of a recording.

Once zswap's pool is full it refuses stores until its worker has written enough entries back. How many it refuses
follows from when the worker runs: it waits for a CPU, and while it makes room for the page that it writes back, memory
may be wanted, and more pages be swapped out. No model can know this. A recording does: it has the first store that was
refused, each entry that was written back, and the next store that was taken. Each becomes a WORK.

A store may be refused for other reasons. Then there is a WORK of one who has nothing to do, which does no harm.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.traces.event import DONE, WAITS, Op
from zswapbench.traces.records import Mark

_WORK = int(Op.WORK)
_PAUSE_NS = 10_000_000
"""From one entry to the next, when the worker had nothing to do, or did not get the CPU."""

_TAKEN, _TURNED_AWAY = int(Mark.TAKEN), int(Mark.TURNED_AWAY)


class WorkerTurns:
    """Puts a WORK before the stores at which it begins and ends to have something to do."""

    def __init__(self) -> None:
        self._busy = False
        self._last_ns = -_PAUSE_NS - 1
        self._spent_ns = 0
        self._gaps = 0

    def before(self, events: NDArray[np.void], marks: NDArray[Any]) -> NDArray[np.bool_]:
        """Before which of ``events``, each of a record with one of ``marks``, a WORK belongs."""
        works = events["op"] == _WORK
        tells = np.flatnonzero(works | (marks == _TAKEN) | (marks == _TURNED_AWAY))
        busy = marks[tells] != _TAKEN
        was_busy = np.concatenate([[self._busy], busy[:-1]]) if len(tells) else busy
        self._busy = bool(busy[-1]) if len(tells) else self._busy
        found = np.zeros(len(events), np.bool_)
        found[tells[(busy != was_busy) & ~works[tells]]] = True
        return found

    @property
    def write_back_us(self) -> float | None:
        """The time from one entry that was written back to the next, without pauses; None if there were no two."""
        return self._spent_ns / self._gaps / 1000 if self._gaps else None

    def note(self, times_ns: NDArray[np.uint64]) -> None:
        """Entries were written back at these times, which rise."""
        gaps = np.diff(times_ns.astype(np.int64), prepend=self._last_ns)
        gaps = gaps[gaps <= _PAUSE_NS]
        self._spent_ns += int(gaps.sum())
        self._gaps += len(gaps)
        self._last_ns = int(times_ns[-1]) if len(times_ns) else self._last_ns

    @staticmethod
    def made(events: NDArray[np.void], marks: NDArray[Any]) -> NDArray[np.void]:
        """The WORK before each of ``events``; it takes their time, too."""
        turns = events.copy()
        turns["op"], turns["offset"] = _WORK, 0
        turns["page"] = np.where(marks == _TAKEN, DONE, WAITS)
        return turns
