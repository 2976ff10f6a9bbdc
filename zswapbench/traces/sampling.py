# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Samples of a trace: all events of those slots whose hashes choose them, in one pass (SHARDS).

A slot, swap type and offset, is hashed to a number below 2^64. A sample takes the slots whose numbers lie in its
window, which is ``rate`` of all numbers wide: a slot is taken with all its events, or not at all. So how soon a page
comes back, in pages of the sample, is as in the trace, and a pool that is as much smaller sees what the whole pool
sees. The windows lie one behind the other: as far as there is room, samples share no slot. The first window begins at
0, so what it takes at a rate it also takes at a higher one. Nothing is drawn: a trace and a rate give the same samples
everywhere.

What is about no slot:

* a FLUSH asks for its share of page frames, but for no fewer at a time than 16, or than it asked for itself: the share
  is saved up for the requests that follow. A pool gives whole zspages, so that many requests for one page frame each
  would cost it far more;
* INVALIDATE_AREA is in every sample;
* a WORK is in none: how far the worker of the whole machine came says nothing of a small one.

The time to what is left out is added to the next event that is kept. An event can say 71 minutes; what is beyond is
said by the events that follow.

Source: Waldspurger and others, Efficient MRC Construction with SHARDS, FAST '15.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.libc.string import memcpy, memset
from cython.cimports.zswapbench.structures.splitmix import GOLDEN, mixed
from cython.cimports.zswapbench.traces.event import (
    FLUSH,
    INVALIDATE,
    INVALIDATE_AREA,
    LOAD,
    STORE,
    Event,
)
from cython.cimports.zswapbench.traces.scan import fault

from zswapbench.traces.event import EVENT
from zswapbench.traces.pieces import pieces

SAMPLES = 5
"""Most samples of a trace: so many are the fewest whose range says anything."""

AT_A_TIME = 16
"""Page frames of a FLUSH: fewer would cost the pool more for each, more would empty a small pool by jumps."""
_AT_A_TIME = cython.declare(cython.longlong, AT_A_TIME)

_LONGEST = cython.declare(cython.longlong, 0xFFFFFFFF)
_PIECE = 1 << 17
"""Events at a time: what is kept of them fits into a processor's cache."""


def samples_at(rate: float) -> int:
    """How many samples there are at ``rate``: as many as share no slot, SAMPLES at most, 2 at least.

    Above a half two samples share slots. At 1 there is one, which is the trace.

    >>> [samples_at(rate) for rate in (0.001, 0.2, 0.3, 0.5, 0.7, 1)]
    [5, 5, 3, 2, 2, 1]
    """
    return 1 if rate == 1 else max(2, min(SAMPLES, int(1 / rate)))


@cython.cclass
class Sampler:
    """Takes a trace piece by piece; ``take_out`` gives the samples. ``pages``: of the corpus.

    Beside the samples it counts the whole trace: by page of the corpus how often that was stored, and in a bit for each
    slot which are swapped out, of which ``peak`` is the most at one time.
    """

    def __init__(self, rate: float, pages: int) -> None:
        self.rate = rate
        self.pages = pages
        self.samples = samples_at(rate)
        whole: object = 1 << 64
        width: object = min(int(rate * whole), whole - 1)
        self.width = width
        self.times_stored = np.zeros(pages, np.int64)
        self.parts = [[] for _ in range(self.samples)]
        sample: cython.int
        for sample in range(32):
            self.bits[sample] = cython.NULL
        for sample in range(self.samples):
            # Windows that do not all fit side by side are spread, the last one ending where the numbers end.
            self.firsts[sample] = min(width * sample, whole - width)
            self.last_us[sample] = 0

    def __dealloc__(self) -> None:
        swap_type: cython.int
        for swap_type in range(32):
            free(self.bits[swap_type])

    def take(self, events: Any) -> int:
        """Go through ``events``, the next of the trace; the index of the first that cannot be, or how many they are."""
        room = np.empty((self.samples, min(len(events), _PIECE)), EVENT)
        for first, stop in pieces(len(events), _PIECE):
            done = self._take(events[first:stop], room)
            if done < stop - first:
                return first + done
        return len(events)

    def _take(self, events: Any, room: Any) -> int:
        view: cython.const[Event][::1] = events
        places: Event[:, ::1] = room
        times: cython.longlong[::1] = self.times_stored
        done: cython.Py_ssize_t
        with cython.nogil:
            done = self._go(view, places, times)
        sample: cython.int
        for sample in range(self.samples):
            if self.kept[sample]:
                self.parts[sample].append(room[sample, : self.kept[sample]].copy())
        return done

    def _go(
        self, events: cython.const[Event][::1], room: Event[:, ::1], times: cython.longlong[::1]
    ) -> cython.Py_ssize_t:
        """Keep what is to be kept of ``events`` in ``room``; the index of the first that cannot be, or how many."""
        sample: cython.int
        for sample in range(self.samples):
            self.kept[sample] = 0
        index: cython.Py_ssize_t
        for index in range(events.shape[0]):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            if fault(event, self.pages):
                return index
            self.events += 1
            self.duration_us += event.delta_us
            if event.cpu > self.highest_cpu:
                self.highest_cpu = event.cpu
            if event.op <= INVALIDATE:
                if event.op == STORE:
                    self.stores += 1
                    times[event.page] += 1
                elif event.op == LOAD:
                    self.loads += 1
                else:
                    self.invalidates += 1
                self._hold(event)
                number: cython.ulonglong = hashed(event.swap_type, event.offset)
                for sample in range(self.samples):
                    if number - self.firsts[sample] < self.width:
                        self._keep(sample, event, room, event.page)
            elif event.op == FLUSH:
                self.flushes += 1
                self.frames_asked += event.page
                owed: cython.longlong = (
                    cython.cast(cython.longlong, self.frames_asked * self.rate) - self.frames_kept
                )
                if owed >= event.page or owed >= _AT_A_TIME:
                    self.frames_kept += owed
                    for sample in range(self.samples):
                        self._keep(sample, event, room, cython.cast(cython.uint, owed))
            elif event.op == INVALIDATE_AREA:
                self.area_invalidates += 1
                self._clear(event.swap_type)
                for sample in range(self.samples):
                    self._keep(sample, event, room, event.page)
            else:
                self.works += 1
        return events.shape[0]

    def _hold(self, event: cython.pointer(cython.const[Event])) -> cython.bint:
        """Note whether the slot is swapped out after the event."""
        word: cython.longlong = event.offset >> 6
        if event.op == LOAD or (event.op == INVALIDATE and word >= self.words[event.swap_type]):
            return True
        if word >= self.words[event.swap_type]:
            self._reach(event.swap_type, event.offset)
        bits: cython.pointer(cython.ulonglong) = self.bits[event.swap_type] + word
        one: cython.ulonglong = cython.cast(cython.ulonglong, 1) << (event.offset & 63)
        was: cython.bint = (bits[0] & one) != 0
        if event.op == STORE:
            bits[0] |= one
            self.held += not was
            self.held_of[event.swap_type] += not was
            if self.held > self.peak:
                self.peak = self.held
        else:
            bits[0] &= ~one
            self.held -= was
            self.held_of[event.swap_type] -= was
        return True

    def _reach(self, swap_type: cython.int, offset: cython.uint) -> cython.bint:
        """Have room for the bit of a slot."""
        words: cython.longlong = max(self.words[swap_type], 1024)
        while words <= offset >> 6:
            words *= 2
        grown: cython.pointer(cython.ulonglong) = cython.cast(
            cython.pointer(cython.ulonglong), calloc(words, 8)
        )
        if grown is cython.NULL:
            with cython.gil:
                raise MemoryError(f"no memory for {64 * words} swap offsets")
        if self.words[swap_type]:
            memcpy(grown, self.bits[swap_type], 8 * self.words[swap_type])
        free(self.bits[swap_type])
        self.bits[swap_type] = grown
        self.words[swap_type] = words
        return True

    def _clear(self, swap_type: cython.int) -> cython.void:
        """The swap device is switched off."""
        self.held -= self.held_of[swap_type]
        self.held_of[swap_type] = 0
        if self.words[swap_type]:
            memset(self.bits[swap_type], 0, 8 * self.words[swap_type])

    def _keep(
        self,
        sample: cython.int,
        event: cython.pointer(cython.const[Event]),
        room: Event[:, ::1],
        page: cython.uint,
    ) -> cython.void:
        """The event is in the sample, with ``page`` in place of its own."""
        pause: cython.longlong = min(self.duration_us - self.last_us[sample], _LONGEST)
        self.last_us[sample] += pause
        place: cython.pointer(Event) = cython.address(room[sample, self.kept[sample]])
        place[0] = event[0]
        place.delta_us = cython.cast(cython.uint, pause)
        place.page = page
        self.kept[sample] += 1

    def take_out(self) -> list[Any]:
        """The samples, each an array of zswapbench.traces.event.EVENT; they are not kept here any longer."""
        found = []
        for parts in self.parts:
            found.append(np.concatenate([np.empty(0, EVENT), *parts]))
            parts.clear()
        return found


def hashed(swap_type: cython.uint, offset: cython.uint) -> cython.ulonglong:
    """The number of a slot: as zswapbench.traces.mixing has it."""
    slot: cython.ulonglong = cython.cast(cython.ulonglong, swap_type) << 32 | offset
    return mixed(slot + GOLDEN)
