"""The scheduler of one machine: a worker process for each CPU, each with tasks of one place after the other.

A worker that dies is replaced. The task that it was doing is done again, TRIES times in all, and then given up: it is a
problem of the machine (its memory, as a rule), so the next sweep tries again. Workers are started by name and not by
fork, and end by themselves when this process does, however that ends (zswapbench.runs.sweeps.serving).
"""

from __future__ import annotations

import signal
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any

from zswapbench.common.errors import MissingError
from zswapbench.common.machine import cpus
from zswapbench.common.progress import Told
from zswapbench.corpus.workers import Worker
from zswapbench.runs.sweeps import serving
from zswapbench.runs.sweeps.contract import Outcome, Task
from zswapbench.runs.sweeps.working import failed

TRIES = 3
"""Of a task whose worker dies."""

_AHEAD = 8
"""Tasks for each worker that are taken before they can be done."""

_SHORT_S = 0.25
"""A worker whose tasks take less has the next one beside it already, so that it never waits."""


class Local:
    """Has tasks done by ``workers`` processes; None: one for each CPU."""

    def __init__(self, workers: int | None = None) -> None:
        self.lanes = workers or cpus()

    def outcomes(self, tasks: Iterable[Task], inputs: Mapping[str, Path], told: Told) -> Iterator[Outcome]:
        """See zswapbench.runs.sweeps.contract.Scheduler. Raises MissingError if no worker can be started."""
        crew = _Crew(self.lanes, iter(tasks), {digest: str(path) for digest, path in inputs.items()})
        try:
            for outcome in crew.work():
                told(1)
                yield outcome
        finally:
            crew.close()


@dataclass
class _Hand:
    """A worker: ``doing`` what it was sent, the first of it now. ``ready``: it has said so."""

    worker: Worker
    pipe: Connection[Any, Any]
    doing: deque[Task] = field(default_factory=deque)
    ready: bool = False
    place: Any = None
    seconds: float = _SHORT_S

    @property
    def room(self) -> int:
        """How many more it is to be sent."""
        return (2 if self.ready and self.seconds < _SHORT_S else 1) - len(self.doing)

    def close(self) -> None:
        self.worker.close()
        self.pipe.close()


class _Crew:
    def __init__(self, count: int, tasks: Iterator[Task], inputs: dict[str, str]) -> None:
        self.count = count
        self.tasks = tasks
        self.inputs = inputs
        self.hands: list[_Hand] = []
        self.waiting: dict[Any, deque[Task]] = defaultdict(deque)
        self.tries: dict[str, int] = defaultdict(int)
        self.stillborn = 0

    def work(self) -> Iterator[Outcome]:
        """All outcomes."""
        while True:
            self._send()
            if not self.hands:
                return
            pipes: dict[Any, _Hand] = {hand.pipe: hand for hand in self.hands}
            for pipe in wait(list(pipes)):
                yield from self._heard(pipes[pipe])

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        for hand in self.hands:
            hand.close()

    def _send(self) -> None:
        """Tasks to all hands with room for some; new hands while there is more, and idle ones are let go."""
        for hand in self.hands:
            while hand.room > 0 and (task := self._next_for(hand)):
                self._give(hand, task)
        while len(self.hands) < self.count and (task := self._next_for(None)):
            self._give(self._started(), task)
        for hand in [hand for hand in self.hands if not hand.doing]:
            hand.close()
            self.hands.remove(hand)

    def _give(self, hand: _Hand, task: Task) -> None:
        hand.doing.append(task)
        hand.place = task.place
        try:
            hand.pipe.send(task)
        except OSError:  # it has died, which is heard next
            return

    def _next_for(self, hand: _Hand | None) -> Task | None:
        """A task for ``hand``, or for a new one: of the place that it is at, or else where the fewest others are."""
        while sum(map(len, self.waiting.values())) < _AHEAD * self.count and (task := next(self.tasks, None)):
            self.waiting[task.place].append(task)
        if hand is not None and self.waiting.get(hand.place):
            return self._taken(hand.place)
        if not self.waiting or (hand is not None and hand.doing):
            return None
        others = [other.place for other in self.hands if other is not hand]
        return self._taken(
            min(self.waiting, key=lambda place: (others.count(place), -len(self.waiting[place])))
        )

    def _taken(self, place: Any) -> Task:
        task = self.waiting[place].popleft()
        if not self.waiting[place]:
            del self.waiting[place]
        return task

    def _started(self) -> _Hand:
        ours, theirs = Pipe()
        with theirs:
            arguments = (theirs.fileno(), self.inputs)
            worker = Worker(serving.__name__, serving.serve.__name__, arguments, [theirs.fileno()])
        self.hands.append(_Hand(worker, ours))
        return self.hands[-1]

    def _heard(self, hand: _Hand) -> Iterator[Outcome]:
        """What a hand says, or that it is dead."""
        try:
            said = hand.pipe.recv()
        except (EOFError, OSError):
            self.hands.remove(hand)
            yield from self._mourned(hand)
            return
        if said == serving.READY:
            hand.ready, self.stillborn = True, 0
            return
        hand.doing.popleft()
        hand.seconds = said.seconds
        self.tries.pop(said.key, None)
        yield said

    def _mourned(self, hand: _Hand) -> Iterator[Outcome]:
        """The tasks of a dead hand are done again; the one that it died of is given up in the end."""
        hand.worker.process.wait()
        code = hand.worker.process.returncode
        hand.close()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        if not hand.ready:
            self.stillborn += 1
            if self.stillborn == TRIES * self.count:
                raise MissingError(
                    f"worker processes do not start: the last was {how}; --workers 1 needs the least"
                )
        elif hand.doing:
            first = hand.doing[0]
            self.tries[first.key] += 1
            if self.tries[first.key] == TRIES:
                hand.doing.popleft()
                yield failed(
                    first,
                    f"its worker was {how}, {TRIES} times of {TRIES}: for want of memory, as a rule; it is tried "
                    "again the next time",
                    MissingError.exit_code,
                )
        for task in reversed(hand.doing):
            self.waiting[task.place].appendleft(task)
