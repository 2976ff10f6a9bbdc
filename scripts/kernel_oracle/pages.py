"""The file of pages: a corpus, or bare pages, packed or not."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from booting.qemu import PAGE_SIZE

from zswapbench.common.errors import CorpusError, DumpError
from zswapbench.corpus.reading import Corpus
from zswapbench.dumps.opening import open_dump
from zswapbench.dumps.source import BLOCK


@contextmanager
def open_pages(path: str, *, force: bool = False) -> Generator[tuple[int, Iterator[Any]]]:
    """How many pages of 4096 bytes the file ``path`` has, and their bytes in blocks, each valid until the next.

    Raises InputError if it has none or cannot be read, UsageError if it looks like something else, but with ``force``.
    """
    if path.endswith(".zpages"):
        with Corpus(path) as corpus:
            if corpus.page_size != PAGE_SIZE:
                raise CorpusError(
                    path, f"has pages of {corpus.page_size} bytes, and the machine's are of {PAGE_SIZE}"
                )
            yield len(corpus), corpus.blocks()
        return
    with open_dump(path, raw=True, force=force) as dump:
        size = dump.segments[0].end
        if size % PAGE_SIZE:
            raise DumpError(path, f"ends within a page: {size:,} bytes are no multiple of {PAGE_SIZE}")
        yield size // PAGE_SIZE, (dump.source.read_at(offset, BLOCK) for offset in range(0, size, BLOCK))


def name_of(path: str) -> str:
    """What the files of a measurement call the pages: a point ends a name there."""
    return Path(path).name.partition(".")[0]
