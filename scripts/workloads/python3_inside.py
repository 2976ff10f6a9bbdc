"""What the dumped Python runs: parsed records, objects, an index, arrays, caches; then it waits."""

from __future__ import annotations

import json
import sys
from array import array
from collections import Counter, defaultdict, deque
from dataclasses import dataclass

from workloads.synth import Synth

_SESSIONS, _CUSTOMERS, _ORDERS, _DOCUMENTS, _LOG_LINES = 18_000, 30_000, 90_000, 5_000, 60_000
_SERIES, _SAMPLES = 60, 20_000


@dataclass
class Order:
    """An object with a dict of its own."""

    number: int
    customer: str
    total: float
    status: str
    items: tuple[int, ...]


class Point:
    """An object with slots."""

    __slots__ = ("label", "x", "y")

    def __init__(self, x: float, y: float, label: str) -> None:
        self.x, self.y, self.label = x, y, label


class Application:
    """The heap of a long-running service, reachable from here."""

    def __init__(self, synth: Synth) -> None:
        self.sessions = {synth.token(): json.loads(synth.session()) for _ in range(_SESSIONS)}
        self.customers = [synth.person() for _ in range(_CUSTOMERS)]
        self.orders = [self._order(synth, number) for number in range(_ORDERS)]
        self.points = [Point(synth.random.random(), synth.price(), synth.city()) for _ in range(_ORDERS)]
        self.documents = [synth.prose(20) for _ in range(_DOCUMENTS)]
        self.index = self._index()
        self.series = [array("d", self._walk(synth)) for _ in range(_SERIES)]
        self.pixels = [bytearray(i * j % 251 for j in range(8_192)) for i in range(400)]
        self.recent = deque((synth.log_line() for _ in range(_LOG_LINES)), maxlen=_LOG_LINES * 2 // 3)
        self.pairs = Counter((synth.city(), synth.random.randrange(2_000)) for _ in range(_ORDERS))

    @staticmethod
    def _order(synth: Synth, number: int) -> Order:
        items = tuple(synth.random.randrange(50_000) for _ in range(synth.random.randint(1, 6)))
        return Order(number, synth.name(), synth.price(), synth.status(), items)

    def _index(self) -> dict[str, set[int]]:
        """Which documents hold a word."""
        index: dict[str, set[int]] = defaultdict(set)
        for number, document in enumerate(self.documents):
            for word in document.lower().split():
                index[word].add(number)
        return index

    @staticmethod
    def _walk(synth: Synth) -> list[float]:
        """A measured value over time: doubles that share their high bytes and differ in the low ones."""
        value, values = 20.0, []
        for _ in range(_SAMPLES):
            value += synth.random.gauss(0, 0.1)
            values.append(round(value, 3))
        return values

    def forget(self, synth: Synth) -> None:
        """Let go of some of everything, so that the heap has holes as after days of work."""
        for token in synth.random.sample(sorted(self.sessions), _SESSIONS // 3):
            del self.sessions[token]
        self.orders = [order for order in self.orders if synth.random.random() > 0.2]
        self.documents[::7] = [synth.prose(8) for _ in self.documents[::7]]


if __name__ == "__main__":
    world = Synth(int(sys.argv[1]))
    application = Application(world)
    application.forget(world)
    print("ready", flush=True)
    sys.stdin.read()
