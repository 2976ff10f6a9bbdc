"""How inputs come to workers: each file once to each worker that needs it, or not at all where it is there already.

A worker first looks at the path that the client has, as on a shared file system, and takes the file there if its
content is right. Else the file goes to it in pieces, through the scheduler, so that no process ever holds more than a
few of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from zswapbench.common.errors import InputError, MissingError
from zswapbench.common.files import open_regular

PIECE = 8 << 20
"""Bytes that go over the network at once."""

AT_ONCE = 4
"""Files that are under way at the same time: so many pieces the scheduler may have in its memory, a few times over."""

Ask = Callable[..., Awaitable[object]]
"""``ask(address, name, *arguments)``: a function of ``there``, called at the worker with that address."""


class Shipping:
    """Sees to it that workers have ``inputs``: files by digest. ``shipped``: worker's address -> bytes sent to it."""

    def __init__(self, ask: Ask) -> None:
        self.inputs: dict[str, Path] = {}
        self.shipped: Counter[str] = Counter()
        self._ask = ask
        self._there: defaultdict[str, set[str]] = defaultdict(set)
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._few = asyncio.Semaphore(AT_ONCE)

    async def provide(self, address: str, digests: Iterable[str]) -> None:
        """See to it that the worker at ``address`` has the files of ``digests``.

        Raises MissingError if it cannot take them, InputError if they cannot be read any more, OSError if it has gone.
        """
        for digest in digests:
            async with self._one_at_a_time[address]:
                if digest not in self._there[address]:
                    await self._look_or_send(address, digest)
                    self._there[address].add(digest)

    def forget(self, address: str) -> None:
        """A worker that has nothing yet is at ``address`` now."""
        self._there.pop(address, None)

    async def _look_or_send(self, address: str, digest: str) -> None:
        path = self.inputs[digest].absolute()
        if await self._ask(address, "lacking", digest, str(path)):
            async with self._few:
                await self._send(address, digest, path)

    async def _send(self, address: str, digest: str, path: Path) -> None:
        offset = 0
        with open_regular(path, InputError) as file:
            while (piece := await asyncio.to_thread(file.read, PIECE)) or not offset:
                await self._tell(address, "receive", digest, path.name, offset, piece)
                offset += len(piece)
                self.shipped[address] += len(piece)
                if len(piece) < PIECE:
                    break
        await self._tell(address, "complete", digest, path.name)

    async def _tell(self, address: str, name: str, *arguments: object) -> None:
        if problem := await self._ask(address, name, *arguments):
            raise MissingError(f"worker {address}: {problem}")
