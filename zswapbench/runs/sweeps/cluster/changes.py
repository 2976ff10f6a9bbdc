"""Coroutines of one event loop that wait for something to be so, whatever makes it so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Changes:
    """Told of each change that somebody may wait for."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something has changed."""
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, so: Callable[[], object]) -> None:
        """Return once ``so()`` is true, which is asked now and after each change."""
        while not so():
            await self._next.wait()
