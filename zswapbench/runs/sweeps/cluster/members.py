"""A worker as the client sees it: where it is, how much it does at a time, and what it was given last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from zswapbench.runs.sweeps.cluster.changes import Changes
from zswapbench.runs.sweeps.cluster.waiting import Place

AHEAD = 1
"""Batches that a worker has beyond one for each of its threads, so that none waits for the network."""


class Member:
    """The worker at ``address``, which does ``threads`` units at a time.

    ``at``: the place of the units that it was given last; ``lanes``: the coroutines that give it units, of which each
    has one batch at a time.
    """

    def __init__(self, address: str, threads: int) -> None:
        self.address = address
        self.threads = threads
        self.at: Place | None = None
        self.lanes: list[asyncio.Task[None]] = []
        self._changes = Changes()
        self._busy = 0
        self._closed = False

    @asynccontextmanager
    async def room(self, *, alone: bool) -> AsyncIterator[None]:
        """Around a batch that the worker does; ``alone``: while it does no other."""
        await self._changes.until(lambda: not self._closed)
        self._closed = alone
        try:
            await self._changes.until(lambda: not alone or not self._busy)
            self._busy += 1
            try:
                yield
            finally:
                self._busy -= 1
        finally:
            if alone:
                self._closed = False
            self._changes.tell()
