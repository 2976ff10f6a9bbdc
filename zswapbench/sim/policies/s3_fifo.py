# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""s3-fifo: three queues and no list to move entries on: most pages are used once, and should leave early.

New entries enter a *small* queue that holds a tenth of all. What was loaded at least twice when its turn comes there
moves on to the *main* queue; the rest is flushed, and its swap offset stays in a *ghost* queue for a while. Who has
begun to look through the small queue goes on until one is flushed or it is empty, however short it has become. A page
that is read back while its ghost is there was flushed too early: it is stored into the main queue next time.
The main queue is a clock whose bit counts up to three. Against sieve, which also demotes quickly, the small queue
decides after a fixed share of the pool, not whenever the hand comes by.

How many entries fill the pool nobody knows before it was full. Until the first flush all of them are in one
queue; then the tenth that came first is the small one, and the rest main. Where loads are exclusive nothing is ever
loaded twice, and only the ghosts tell pages apart.

Source: Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023, and their libCacheSim.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

import cython
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need
from cython.cimports.zswapbench.sim.policies.ghosts import Ghosts
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch

_SMALL = cython.declare(cython.int, 0)
_MAIN = cython.declare(cython.int, 1)
_TO_MAIN = cython.declare(cython.int, 2)  # loads after which an entry moves on from the small queue
_MOST_LOADS = cython.declare(cython.int, 3)  # that the main queue counts


@cython.cclass
class S3Fifo(FlushPolicy):
    """First of a queue = came first. ``split``: there has been a flush, so that there are two queues.

    ``demoting``: an entry has moved on from the small queue since the last flush.
    """

    name = "s3-fifo"
    help = "a small queue for new entries, a main queue for those loaded twice, and the keys of those flushed"
    where = "any era and pool; it learns little where loads remove entries"
    parameters = ()

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        self.leaving = -1
        self.queues = Lists(2, capacity)
        self.ghosts = Ghosts(capacity)
        self.early = Ghosts(capacity)
        self.records = cython.cast(cython.pointer(Record), malloc(capacity * cython.sizeof(Record)))
        if self.records is cython.NULL:
            raise MemoryError(f"no memory for the records of {capacity} entries")

    def __dealloc__(self) -> None:
        free(self.records)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.records[entry].key = key
        self.ghosts.forget(key)
        self._enter(entry, _MAIN if self.early.forget(key) else _SMALL, 0)

    def on_load(self, entry: cython.int) -> cython.void:
        if self.records[entry].loads < _MOST_LOADS:
            self.records[entry].loads += 1
        if entry == self.leaving:
            self.leaving = -1

    def on_refault(self, key: cython.longlong) -> cython.void:
        if self.ghosts.forget(key):
            self._note(self.early, key)

    def on_remove(self, entry: cython.int) -> cython.void:
        if entry == self.leaving:
            self._note(self.ghosts, self.records[entry].key)
            self.leaving = -1
            self.demoting = False
        self._leave(entry)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        queue: cython.int = _SMALL if not self.split or self._demotes() else _MAIN
        return self.queues.first(queue)

    def spares(self, entry: cython.int) -> cython.bint:
        if not self.split:
            self._split()
        record: cython.pointer(Record) = cython.address(self.records[entry])
        if record.queue == _SMALL:
            if record.loads < _TO_MAIN:
                self.leaving = entry
                return False
            self.demoting = True
            self._leave(entry)
            self._enter(entry, _MAIN, 0)
            return True
        self.demoting = False
        if record.loads == 0:
            return False
        left: cython.int = record.loads - 1
        self._leave(entry)
        self._enter(entry, _MAIN, left)
        return True

    def prefetch(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            fetch(cython.address(self.records[entries[at]]))
            if leaving:
                self.queues.prefetch(entries[at])

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        at: cython.int
        if leaving:
            for at in range(count):
                self.queues.prefetch_neighbours(entries[at])

    def _demotes(self) -> cython.bint:
        """Is the next to be looked at in the small queue?"""
        small: cython.int = self.lengths[_SMALL]
        return small > 0 and (self.demoting or small >= self._held() // 10)

    def _held(self) -> cython.int:
        return self.lengths[_SMALL] + self.lengths[_MAIN]

    def _enter(self, entry: cython.int, queue: cython.int, loads: cython.int) -> cython.void:
        """Put ``entry`` at the end of ``queue``."""
        self.records[entry].queue = queue
        self.records[entry].loads = loads
        self.lengths[queue] += 1
        self.queues.add_tail(queue, entry)

    def _leave(self, entry: cython.int) -> cython.void:
        """Take ``entry`` out of its queue."""
        self.lengths[self.records[entry].queue] -= 1
        self.queues.remove(entry)

    def _split(self) -> cython.void:
        """Leave the first tenth of the one queue that there was in the small one."""
        self.split = True
        small: cython.int = self._held() // 10
        entry: cython.int = self.queues.first(_SMALL)
        while entry >= 0:
            behind: cython.int = self.queues.after(entry)
            if small <= 0:
                loads: cython.int = self.records[entry].loads
                self._leave(entry)
                self._enter(entry, _MAIN, loads)
            small -= 1
            entry = behind

    def _note(self, ghosts: Ghosts, key: cython.longlong) -> cython.void:
        """Have ``ghosts`` remember ``key`` as long as nine tenths of what is held have not followed it."""
        if not ghosts.remember(key, self._held() * 9 // 10):
            with cython.gil:
                self.blame(MemoryError("no memory for the ghosts of flushed entries"))

    def order(self) -> list[int]:
        small = deque(self.queues.items(_SMALL))
        main = deque(self.queues.items(_MAIN))
        loads = {entry: self.records[cython.cast(cython.int, entry)].loads for entry in (*small, *main)}
        if not self.split:
            tenth = len(small) // 10
            small, main = deque(islice(small, tenth)), deque(islice(small, tenth, None))
        order = []
        demoting = self.demoting
        while small or main:
            demoting = bool(small) and (demoting or len(small) >= (len(small) + len(main)) // 10)
            entry = (small if demoting else main).popleft()
            if demoting and loads[entry] >= _TO_MAIN:
                loads[entry] = 0
                main.append(entry)
            elif not demoting and loads[entry]:
                loads[entry] -= 1
                main.append(entry)
            else:
                order.append(entry)
                demoting = False
        return order
