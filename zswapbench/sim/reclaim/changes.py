# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What a page of a made-up program holds after it was written to: another page of the corpus that compresses like it.

Content cannot be invented, so a change draws from the corpus. A program writes to a part of a page, and what it writes
is of the same kind: the page compresses nearly as before. How nearly was measured on programs that were dumped three
times (docs/synthetic.md). It was measured in ranks, the places of all addresses in the order of their compressed sizes,
because ranks mean the same in every corpus. And a page does not wander off: after two minutes it was no farther from
where it began than after one. So each page has a home, the rank of its first content; a change goes some ranks up or
down from there, half of the time each, and turns back at the ends. The mix of sizes stays that of the corpus, however
often pages change.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.zswapbench.structures.splitmix import GOLDEN, mixed, share

DISTANCES = (
    (0.0, 0.0),
    (0.10, 0.003),
    (0.25, 0.012),
    (0.50, 0.036),
    (0.75, 0.079),
    (0.90, 0.133),
    (0.95, 0.167),
    (0.99, 0.240),
    (1.0, 0.79),
)
"""How far apart a page before and after a change is, as a share of all ranks: share of the changed pages that are no
farther, distance. Between two rows it is a straight line."""

_OF_A_PAIR = 0.5**0.5
"""Before and after are both off their home. Both distances together are as far as this, times root 2, makes each."""


@cython.cclass
class Changes:
    """Of a program of ``count`` pages over a corpus.

    ``index``: uint32[n], the corpus's page of each of its addresses; ``sizes``: uint32[pages], compressed bytes.
    ``change``: share of the pages written to that hold something else when they are stored next.
    """

    def __init__(self, index: Any, sizes: Any, count: int, change: float, seed: int) -> None:
        self.change, self.state = change, mixed(seed)
        order = np.lexsort((index, sizes[index]))
        self.in_order = np.ascontiguousarray(index[order], np.uint32)
        self.shares = np.array([part for part, _ in DISTANCES])
        self.distances = np.array([distance for _, distance in DISTANCES]) * (len(index) * _OF_A_PAIR)
        ranks = np.empty(len(index), np.uint32)
        ranks[order] = np.arange(len(index), dtype=np.uint32)
        self.homes = np.resize(ranks, count)

    def first(self) -> Any:
        """What each page of the program holds first, uint32[count].

        A page has the content of the corpus's address of that number. Where the corpus has fewer, its addresses come
        again, in the same order; each holds a page that is as near as if its own had changed, and is at home there.
        """
        held = np.empty(self.homes.shape[0], np.uint32)
        room: cython.uint[::1] = held
        number: cython.Py_ssize_t
        for number in range(room.shape[0]):
            if number >= self.in_order.shape[0]:
                self.homes[number] = self._near(self.homes[number])
            room[number] = self.in_order[self.homes[number]]
        return held

    def after(self, number: cython.uint, content: cython.uint) -> cython.uint:
        """What page ``number``, which held ``content`` and was written to, is stored with."""
        self.state += GOLDEN
        if share(mixed(self.state)) >= self.change:
            return content
        return self.in_order[self._near(self.homes[number])]

    def _near(self, rank: cython.uint) -> cython.uint:
        """A rank as far from ``rank`` as a change goes, and at least one from it, if there is another."""
        ranks: cython.longlong = self.in_order.shape[0]
        self.state += GOLDEN
        drawn: cython.ulonglong = mixed(self.state)
        part: cython.double = share(drawn)
        row: cython.int = 0
        while part >= self.shares[row + 1]:
            row += 1
        part = (part - self.shares[row]) / (self.shares[row + 1] - self.shares[row])
        distance: cython.longlong = cython.cast(
            cython.longlong,
            self.distances[row] * (1 - part) + self.distances[row + 1] * part + 0.5,
        )
        distance = max(distance, 1)
        place: cython.longlong = cython.cast(cython.longlong, rank) + (distance if drawn & 1 else -distance)
        if place < 0:
            place = -1 - place
        if place >= ranks:
            place = 2 * ranks - 1 - place
        return cython.cast(cython.uint, min(max(place, 0), ranks - 1))
