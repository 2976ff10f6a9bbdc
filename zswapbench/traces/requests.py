"""A trace of libCacheSim as a source of swap events.

Each object becomes a page that has a swap slot of its own: its first request is a STORE, each later one a LOAD. Offsets
are given in the order of the first requests. So an export of a trace without FLUSH and INVALIDATE comes back as it was,
but for times below a second, swap types, CPUs, offsets and pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.mixing import mixed
from zswapbench.traces.oracle_general import REQUEST
from zswapbench.traces.swaps import UNTOLD, Swaps
from zswapbench.traces.text import Input
from zswapbench.traces.timed import Clock

_STORE, _LOAD = int(Op.STORE), int(Op.LOAD)
"""Plain numbers: numpy loses an interrupt that meets an enum."""

_PIECE = 1 << 17
"""Requests that are read at a time."""


class Requests:
    """The requests of ``source`` as swap events. ``number``: gives keys of 16 bytes numbers, equal ones the same.

    Numbers are given in the order of first appearance, from 0 on. ``page_size``: bytes.
    """

    def __init__(self, source: Input, page_size: int, number: Callable[[bytes], NDArray[np.uint32]]) -> None:
        self._source = source
        self._page_size = page_size
        self._number = number
        self._clock: Clock | None = None
        self._objects = 0
        self._requests = 0
        self._others = 0

    def swaps(self) -> Iterator[Swaps]:
        """All events, in order. Raises TraceError where a request is cut, or the time goes back."""
        while data := self._source.read(_PIECE * REQUEST.itemsize):
            if rest := len(data) % REQUEST.itemsize:
                raise TraceError(
                    self._source.path,
                    f"ends within a request, {rest} bytes of {REQUEST.itemsize}: the file was cut",
                    offset=self._requests * REQUEST.itemsize + len(data) - rest,
                )
            events = self._events(np.frombuffer(data, REQUEST))
            untold = np.full(len(events), UNTOLD, np.uint64)
            yield Swaps(events, untold, np.zeros(len(events), np.bool_), zeros_known=False)

    def counters(self) -> dict[str, int]:
        """Those of a kernel: none."""
        return {}

    def write_back_us(self) -> None:
        """Of a kernel's worker, of which nothing is known."""

    def origin(self) -> str:
        """How a trace says where it comes from."""
        return f"oracleGeneral, {self._requests:,} requests for {self._objects:,} objects"

    def left_out(self) -> dict[str, int]:
        """What was put right, and how often: only what happened."""
        counts = (
            ("requests for objects that are not as large as a page, taken as pages", self._others),
            (
                "pauses of more than 71 minutes, shortened to that",
                self._clock.shortened if self._clock else 0,
            ),
        )
        return {what: count for what, count in counts if count}

    def _events(self, requests: NDArray[np.void]) -> NDArray[np.void]:
        """A STORE for each object that is new, a LOAD for each other."""
        moments = requests["clock_time"].astype(np.int64) * 1_000_000
        self._clock = self._clock or Clock(last_us=int(moments[0]))
        back = np.flatnonzero(np.diff(moments, prepend=self._clock.last_us) < 0)
        if back.size:
            raise TraceError(
                self._source.path,
                f"request {self._requests + int(back[0]) + 1} is of an earlier time than the one before it",
                offset=(self._requests + int(back[0])) * REQUEST.itemsize,
            )
        keys = np.column_stack([mixed(requests["obj_id"]), requests["obj_id"]])
        numbers = self._number(keys.tobytes())
        highest = np.maximum.accumulate(np.concatenate([[self._objects - 1], numbers.astype(np.int64)]))
        events = np.zeros(len(requests), EVENT)
        events["delta_us"] = self._clock.deltas(moments)
        events["op"] = np.where(np.diff(highest) > 0, _STORE, _LOAD)
        events["offset"] = numbers
        self._objects = int(highest[-1]) + 1
        self._requests += len(requests)
        self._others += int(np.count_nonzero(requests["obj_size"] != self._page_size))
        return events
