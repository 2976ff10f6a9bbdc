"""Corpus x codec -> compressed bytes of every page; computed once on all cores, then remembered on disk.

Pages go to worker processes (zswapbench.corpus.workers says why). Each worker shares one block of memory with this
process, cut into two slots, so that one is filled while the other is compressed; requests and answers, a few
bytes each, go through pipes. Small corpora are compressed here, before a worker could have started.

The memory on disk is $XDG_CACHE_HOME/zswapbench (~/.cache/zswapbench): one file for each corpus digest and
codec identity, with the XXH3 digest of the sizes, then the sizes as 4 bytes each; whole or absent.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import sys
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError, OwnCodeError, UsageError
from zswapbench.common.files import PRIVATE, replacing
from zswapbench.common.machine import cpus
from zswapbench.common.progress import Told, nobody
from zswapbench.corpus.file import BLOCK_BYTES, ArrayCorpus, Corpus
from zswapbench.corpus.pages import Pages
from zswapbench.corpus.workers import Worker
from zswapbench.plugins.registry import CODECS, Choice

Sizes = NDArray[np.uint32]

WORTH_WORKERS_S = 0.5
"""Work that takes less time than this on one core is done before workers have started."""

_TRIAL_PAGES = 256
_TRIAL_BLOCKS = 16
_DIGEST_BYTES = 16
_SLOTS = 2
_REQUEST = struct.Struct("<II")  # slot, bytes; a worker's answer is a size of 4 bytes for each page
_FAILED = 0xFFFFFFFF
"""A worker's answer in place of every size of pages that a codec of the user's own could not compress."""


def sizes_of(corpus: Corpus, choice: Choice[Codec], told: Told = nobody, workers: int | None = None) -> Sizes:
    """Compressed bytes of each distinct page of ``corpus``: uint32[n].

    Remembered on disk, but for pages that are in no file. ``workers``: processes; None for one on each core, and none
    if that is not worth it.
    Raises MissingError if the codec's library is not installed, CorpusError if the corpus cannot be read
    or is an export without sizes under this codec, OwnCodeError if it is the user's own and does not work.
    """
    identity = identity_of(corpus, choice)
    if not corpus.has_content:
        return corpus.exported_sizes()[identity]
    if isinstance(corpus, ArrayCorpus):
        return compute_sizes(corpus, choice, told, workers)
    cached = _cache_file(corpus.digest, identity)
    sizes = _remembered(cached, len(corpus))
    if sizes is None:
        sizes = compute_sizes(corpus, choice, told, workers)
        _remember(cached, sizes)
    else:
        told(len(corpus))
    return sizes


def compute_sizes(
    corpus: Corpus, choice: Choice[Codec], told: Told = nobody, workers: int | None = None
) -> Sizes:
    """As ``sizes_of``, without looking at what is remembered."""
    codec = choice.make()
    parts: list[Sizes] = []
    with ExitStack() as stack:
        blocks: Iterator[Pages] = stack.enter_context(closing(corpus.blocks()))
        if workers is None:
            head, blocks = _peek(blocks)
            wait = _time_for(codec, head) * len(corpus)
            workers = cpus() if wait > WORTH_WORKERS_S else 0
        found: Iterator[Sizes] = map(codec.sizes, blocks)
        if workers:
            found = stack.enter_context(closing(_by_workers(blocks, choice, corpus.page_size, workers)))
        for part in found:
            parts.append(part)
            told(len(part))
    return np.concatenate(parts) if parts else np.empty(0, np.uint32)


def data_ratio(times: NDArray[Any], sizes: Sizes, page_size: int) -> float | None:
    """Original bytes by compressed bytes, of pages that stand ``times`` times each; None of no page."""
    stored = int((times * sizes.astype(np.int64)).sum())
    return int(times.sum()) * page_size / stored if stored else None


def codec_times(corpus: Corpus, choice: Choice[Codec]) -> tuple[float, float] | None:
    """Nanoseconds to compress and to decompress a page, here and now: means over some pages of the corpus.

    None for an export, which has no page to try.
    """
    if not corpus.has_content or not len(corpus):
        return None
    codec = choice.make()
    stride = -(-min(len(corpus), _TRIAL_BLOCKS * BLOCK_BYTES // corpus.page_size) // _TRIAL_PAGES)
    with closing(corpus.blocks()) as blocks:
        pages = [page.tobytes() for block in islice(blocks, _TRIAL_BLOCKS) for page in block[::stride]]
    start = time.perf_counter_ns()
    packed = [codec.compress(page) for page in pages]
    between = time.perf_counter_ns()
    for data in packed:
        codec.decompress(data, corpus.page_size)
    end = time.perf_counter_ns()
    return (between - start) / len(pages), (end - between) / len(pages)


def _peek(blocks: Iterator[Pages]) -> tuple[Pages | None, Iterator[Pages]]:
    first = next(blocks, None)
    if first is None:
        return None, blocks

    def again() -> Iterator[Pages]:
        yield first
        yield from blocks

    return first, again()


def _time_for(codec: Codec, pages: Pages | None) -> float:
    """Seconds for a page, by a trial on a few."""
    if pages is None:
        return 0.0
    some = pages[:: -(-len(pages) // _TRIAL_PAGES)]
    start = time.perf_counter()
    codec.sizes(some)
    return (time.perf_counter() - start) / len(some)


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


def _by_workers(
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


def _cache_file(digest: str, identity: str) -> Path:
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home: a place where nothing can be kept
        root = Path(os.devnull)
    name = f"{digest[:32]}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.sizes"
    return root / "zswapbench" / "sizes" / name


def _remembered(path: Path, count: int) -> Sizes | None:
    """What the file holds; None if it is absent or not what it should be: it is only a cache."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, sizes = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if len(sizes) != 4 * count or xxhash.xxh3_128_digest(sizes) != digest:
        return None
    return np.frombuffer(sizes, np.uint32)


def _remember(path: Path, sizes: Sizes) -> None:
    """Keep ``sizes``. A cache that cannot be written costs time, not the result."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, mode=PRIVATE) as file:
            file.write(xxhash.xxh3_128_digest(sizes.data) + sizes.tobytes())
    except (OSError, UsageError):
        return


def identity_of(corpus: Corpus, choice: Choice[Codec]) -> str:
    """The identity of the codec whose sizes ``sizes_of`` gives: of this machine's, or the one of an export.

    An export's sizes are what another machine's library gave; name and parameters must be the same, the
    version need not be, nor the library be installed here. Raises as ``sizes_of`` does.
    """
    if corpus.has_content:
        return choice.make().identity
    wanted = " ".join([choice.leaf.name, *(f"{name}={value}" for name, value in choice.parameters.items())])
    known = list(corpus.exported_sizes())
    for identity in known:
        if identity.startswith(f"{wanted} "):
            return identity
    raise CorpusError(
        corpus.path,
        f"has no page content and no sizes under {wanted!r}; it has: {'; '.join(known) or 'none'}",
    )
