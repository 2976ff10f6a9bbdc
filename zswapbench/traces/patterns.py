# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Which pages a made-up program touches, in which order, for how long: patterns, each a stream of TOUCH without an end.

* ``zipf``: some pages are used far more often than others, all the time;
* ``scan``: a hot quarter as in zipf, and through it, every other touch, a walk over everything;
* ``loop``: everything round and round, the case in which LRU is always wrong;
* ``phase``: zipf over two thirds of the pages, 8 touches for each; then this part moves on by half of itself, and every
  other page of the half that it leaves is given up.

A touch here is one that comes after others: touches of a page in quick succession are one. Times between two are
exponential, as those of events that know nothing of each other. The same seed gives the same touches on any machine.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.math import logf
from cython.cimports.zswapbench.structures.splitmix import GOLDEN, below, mixed, share
from cython.cimports.zswapbench.traces.touches import FREE, READ, WRITE, Touch

from zswapbench.traces.touches import TOUCH

_LONGEST_US = cython.declare(cython.double, 4294967295.0)
_TOUCHES_OF_A_PHASE = cython.declare(cython.uint, 8)  # for each page of its part


@cython.cclass
class Zipf:
    """Draws from ``count`` pages in constant time, that of rank r with a weight of r ** -``skew``.

    Source: A. J. Walker, An Efficient Method for Generating Discrete Random Variables with General Distributions,
    ACM TOMS 3(3), 1977; the table as M. D. Vose builds it, IEEE TSE 17(9), 1991.
    """

    def __init__(self, count: cython.uint, skew: float, seed: cython.ulonglong) -> None:
        self.count = count
        weights = np.arange(1, count + 1, dtype=np.float64) ** -skew
        shares: cython.double[::1] = weights * (count / weights.sum())
        self.limits = np.full(count, 0xFFFFFFFF, np.uint32)
        self.others = np.arange(count, dtype=np.uint32)
        self.numbers = np.arange(count, dtype=np.uint32)
        small: cython.longlong = count - 1  # shares fall, so those below 1 are the last ones
        large: cython.longlong = 0
        rank: cython.longlong
        while small > large and shares[large] > 1.0:
            rank = small
            small -= 1
            while True:
                self.limits[rank] = cython.cast(cython.uint, shares[rank] * 4294967295.0)
                self.others[rank] = cython.cast(cython.uint, large)
                shares[large] -= 1.0 - shares[rank]
                if shares[large] >= 1.0 or large + 1 > small:
                    break
                rank = large
                large += 1
        self.shuffle(seed)

    def draw(self, drawn: cython.ulonglong) -> cython.uint:
        """The page that the random number ``drawn`` means."""
        rank: cython.uint = below(drawn, self.count)
        if cython.cast(cython.uint, drawn) > self.limits[rank]:
            rank = self.others[rank]
        return self.numbers[rank]

    def shuffle(self, seed: cython.ulonglong) -> cython.void:
        """Have other pages at each rank."""
        place: cython.uint
        for place in range(self.count - 1, 0, -1):
            seed += GOLDEN
            other: cython.uint = below(mixed(seed), place + 1)
            self.numbers[place], self.numbers[other] = self.numbers[other], self.numbers[place]


@cython.cclass
class Pattern:
    """Touches of ``count`` pages. ``writes``: share that writes; ``interval_us``: mean time between two."""

    def __init__(
        self, count: int, *, skew: float, writes: float, interval_us: float, cpus: int, seed: int
    ) -> None:
        self.count, self.writes, self.interval_us, self.cpus = count, writes, interval_us, cpus
        self.state = mixed(seed)
        self.prepare(skew)

    def prepare(self, skew: float) -> None:
        """What a pattern needs before its first page."""

    def touches(self, number: int) -> Any:
        """The next ``number`` touches: an array of TOUCH."""
        made = np.empty(number, TOUCH)
        room: Touch[::1] = made
        index: cython.Py_ssize_t
        with cython.nogil:
            for index in range(room.shape[0]):
                self._make(cython.address(room[index]))
        return made

    def next(self) -> cython.uint:
        """The page that is used next; or given up, if ``freeing`` is set."""
        return 0

    def drawn(self) -> cython.ulonglong:
        """64 random bits."""
        self.state += GOLDEN
        return mixed(self.state)

    def _make(self, touch: cython.pointer(Touch)) -> cython.void:
        touch.number = self.next()
        bits: cython.ulonglong = self.drawn()
        touch.cpu = cython.cast(cython.ushort, below(bits << 32, self.cpus))
        touch.spare = 0
        if self.freeing:
            touch.kind, touch.delta_us = FREE, 0
            return
        touch.kind = WRITE if (bits >> 32) * (1.0 / 4294967296.0) < self.writes else READ
        self.waited_us -= self.interval_us * logf(cython.cast(cython.float, 1.0 - share(self.drawn())))
        whole: cython.double = min(self.waited_us, _LONGEST_US)
        touch.delta_us = cython.cast(cython.uint, whole)
        self.waited_us = min(self.waited_us - touch.delta_us, 1.0)


@cython.cclass
class ByRank(Pattern):
    """zipf"""

    def prepare(self, skew: float) -> None:
        self.zipf = Zipf(self.count, skew, self.drawn())

    def next(self) -> cython.uint:
        return self.zipf.draw(self.drawn())


@cython.cclass
class Loop(Pattern):
    """loop"""

    def next(self) -> cython.uint:
        number: cython.uint = self.at
        self.at = number + 1 if number + 1 < self.count else 0
        return number


@cython.cclass
class Scan(Pattern):
    """scan"""

    def prepare(self, skew: float) -> None:
        self.hot = Zipf(max(self.count // 4, 1), skew, self.drawn())

    def next(self) -> cython.uint:
        self.walks = not self.walks
        if not self.walks:
            return self.hot.draw(self.drawn())
        number: cython.uint = self.at
        self.at = number + 1 if number + 1 < self.count else 0
        return number


@cython.cclass
class Phase(Pattern):
    """phase"""

    def prepare(self, skew: float) -> None:
        part: cython.uint = max(2 * self.count // 3, 1)
        self.zipf = Zipf(part, skew, self.drawn())
        self.step = max(part // 2, 1)
        self.left = _TOUCHES_OF_A_PHASE * cython.cast(cython.ulonglong, part)

    def next(self) -> cython.uint:
        if self.left == 0:
            self._move_on()
        while self.to_look_at:
            self.to_look_at -= 1
            if self.drawn() >> 63:
                self.freeing = True
                return (self.start + self.count - 1 - self.to_look_at) % self.count
        self.freeing = False
        self.left -= 1
        return (self.start + cython.cast(cython.ulonglong, self.zipf.draw(self.drawn()))) % self.count

    def _move_on(self) -> cython.void:
        self.start = (cython.cast(cython.ulonglong, self.start) + self.step) % self.count
        self.to_look_at = self.step
        self.left = _TOUCHES_OF_A_PHASE * cython.cast(cython.ulonglong, self.zipf.count)
        self.zipf.shuffle(self.drawn())


PATTERNS = {"zipf": ByRank, "scan": Scan, "loop": Loop, "phase": Phase}
