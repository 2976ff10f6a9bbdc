"""Pages compressed by worker processes: blocks of them go round, and their sizes come back in order.

Each worker shares one block of memory with this process, cut into two slots, so that one is filled while the other is
compressed; requests and answers, a few bytes each, go through pipes. zswapbench.corpus.workers says why processes.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing

import numpy as np

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import OwnCodeError
from zswapbench.corpus.pages import BLOCK_BYTES, Pages, Sizes
from zswapbench.corpus.workers import Worker
from zswapbench.plugins.registry import CODECS, Choice

_SLOTS = 2
_REQUEST = struct.Struct("<II")  # slot, bytes; a worker's answer is a size of 4 bytes for each page
_FAILED = 0xFFFFFFFF
"""A worker's answer in place of every size of pages that a codec of the user's own could not compress."""


def sizes_by_workers(
    blocks: Iterator[Pages], choice: Choice[Codec], page_size: int, workers: int
) -> Generator[Sizes, None, None]:
    """The sizes of each block, in order. Blocks go round the workers: each gets one while it does another."""
    with ExitStack() as stack:
        pool = [stack.enter_context(closing(_Sizer(choice, page_size))) for _ in range(workers)]
        waiting: deque[tuple[_Sizer, int, int]] = deque()
        for number, pages in enumerate(blocks):
            if len(waiting) == _SLOTS * workers:
                sizer, slot, count = waiting.popleft()
                yield sizer.receive(slot, count)
            sizer, slot = pool[number % workers], number // workers % _SLOTS
            sizer.send(slot, pages)
            waiting.append((sizer, slot, len(pages)))
        for sizer, slot, count in waiting:
            yield sizer.receive(slot, count)


class _Sizer:
    """A worker that compresses what lies in the slots of the memory that it shares with this process."""

    def __init__(self, choice: Choice[Codec], page_size: int) -> None:
        self.choice = choice
        self.page_size = page_size
        memory = os.memfd_create("zswapbench-pages")
        try:
            os.ftruncate(memory, _SLOTS * BLOCK_BYTES)
            self.memory = mmap.mmap(memory, _SLOTS * BLOCK_BYTES)
            self.worker = Worker(__name__, serve.__name__, (str(choice), memory, page_size), [memory])
        finally:
            os.close(memory)

    def send(self, slot: int, pages: Pages) -> None:
        """Have the pages compressed; each slot may be in use once at a time."""
        self._slot(slot, len(pages))[:] = pages
        self.worker.send(_REQUEST.pack(slot, pages.nbytes))

    def receive(self, slot: int, count: int) -> Sizes:
        """The sizes of the ``count`` pages in ``slot``, which were sent first of those not yet received."""
        sizes = np.frombuffer(self.worker.receive(4 * count), np.uint32)
        if _FAILED in sizes[:1]:
            # Once more in this process, which can raise what the worker met. A copy: an error keeps hold of it.
            sizes = self.choice.make().sizes(self._slot(slot, count).copy())
        return sizes

    def _slot(self, slot: int, count: int) -> Pages:
        """The first ``count`` pages of a slot."""
        size = count * self.page_size
        return np.frombuffer(self.memory, np.uint8, size, slot * BLOCK_BYTES).reshape(count, -1)

    def close(self) -> None:
        """End the process and give the memory back."""
        self.worker.close()
        self.memory.close()


def serve(spec: str, memory: int, page_size: int) -> None:
    """What a worker process does: answer requests on standard input until they end.

    ``memory`` is the descriptor of the shared memory; ``spec`` names the codec.
    """
    codec = CODECS.choose(spec).make()
    shared = np.frombuffer(mmap.mmap(memory, _SLOTS * BLOCK_BYTES), np.uint8)
    while request := sys.stdin.buffer.read(_REQUEST.size):
        slot, size = _REQUEST.unpack(request)
        pages = shared[slot * BLOCK_BYTES :][:size].reshape(-1, page_size)
        try:
            sizes = codec.sizes(pages)
        except OwnCodeError:
            sizes = np.full(len(pages), _FAILED, np.uint32)
        sys.stdout.buffer.write(sizes.tobytes())
        sys.stdout.buffer.flush()
