"""Reading a dump in tests: short words for what the tests ask over and over."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from zswapbench.dumps import Dump, open_dump, select

PAGE = 4096


class Kept(NamedTuple):
    """A Run with a copy of its data, which outlives the next run."""

    segment: int
    vaddr: int
    length: int
    data: bytes | None


def runs(dump: Dump, wanted: Collection[int] | str = "all", page_size: int = PAGE) -> list[Kept]:
    """All runs of the wanted segments, copied."""
    chosen = select(dump, wanted) if isinstance(wanted, str) else wanted
    return [
        Kept(run.segment, run.vaddr, run.length, None if run.data is None else bytes(run.data))
        for run in dump.runs(chosen, page_size)
    ]


def runs_of(path: Path, wanted: Collection[int] | str = "all", page_size: int = PAGE) -> list[Kept]:
    """All runs of the file ``path``."""
    with open_dump(path) as dump:
        return runs(dump, wanted, page_size)


def memory_of(kept: Collection[Kept]) -> dict[int, bytes]:
    """The data by the address where it starts, runs that touch joined."""
    memory: dict[int, bytes] = {}
    start = end = -1
    for run in sorted((run for run in kept if run.data is not None), key=lambda run: run.vaddr):
        start = start if run.vaddr == end else run.vaddr
        memory[start] = memory.get(start, b"") + (run.data or b"")
        end = run.vaddr + run.length
    return memory


def names_of(path: Path) -> list[str]:
    """Name of each segment."""
    with open_dump(path) as dump:
        return [segment.name for segment in dump.segments]
