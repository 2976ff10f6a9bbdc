"""Opens references, whatever they are: a file of references, or text that an importer knows; packed, or from a pipe."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.common.units import format_count, parse_percent, parse_picoseconds
from zswapbench.plugins.registry import Family
from zswapbench.traces.format import MAGIC as TRACE_MAGIC
from zswapbench.traces.format import PAGE_SHIFTS
from zswapbench.traces.references.importer import Importer, Wish
from zswapbench.traces.references.reduction import Reduction
from zswapbench.traces.refs import ASSUMED, LEAST, References, is_refs, opened, read_refs
from zswapbench.traces.text import Input

IMPORTERS: Family[Importer] = Family("form of references", "zswapbench.traces.references")

MADE_BY = "zswapbench trace import-refs"

OPTIONS = ("--interval", "--writes", "--process")
"""What a text may leave open: the time of a touch, whether it writes, and whose it is."""

_LONGEST_PS = 1_000_000_000_000
"""A program whose references take longer does nothing else than wait for something."""

_START = 1 << 16
"""Bytes of a text that it is recognised by: the lines of other programs may come first."""

_PIECE = 1 << 16
"""Bytes that are read at a time. DAMON's counts may become many references, which are all held until the next."""

_ALMOST = {
    TRACE_MAGIC: "is a trace of swap events; 'zswapbench run' replays it",
    b"PERFILE": "is perf's own form; give what 'perf script' prints of it",
    b"PK\x03\x04": "is a ZIP archive; give the text of its references",
    b"\x1f\x8b": "is packed with gzip; unpack it, or pack it with zstd",
}
"""What is likely to be given instead, by its first bytes."""

_FAULTS_BY_FILE = re.compile(rb"^ *[\d.]+ \( *[\d.]+ ms\): \S.*/\d+ (?:min|maj)fault \[", re.MULTILINE)
"""What ``perf trace -F all`` prints. Source: tools/perf/builtin-trace.c trace__pgfault(), 6.1 to 7.3."""


def wish_of(page_size: int, interval: str, writes: str, process: int | None, asked: Sequence[str]) -> Wish:
    """How to read references, in words; ``asked``: the OPTIONS that somebody gave. Raises UsageError."""
    share = parse_percent(writes)
    if share > 1:
        raise UsageError(f"--writes {writes} is more than 100%")
    if page_size not in {1 << shift for shift in PAGE_SHIFTS}:
        raise UsageError(f"page size {page_size} is not one of 4K, 16K, 64K")
    interval_ps = parse_picoseconds(interval)
    if interval_ps > _LONGEST_PS:
        raise UsageError(f"--interval {interval}: a reference takes 1s at most")
    return Wish(page_size, interval_ps, share, process, tuple(asked))


@contextmanager
def open_references(path: str | os.PathLike[str], wish: Wish) -> Iterator[References]:
    """The references in ``path``; ``wish`` is for text.

    Raises TraceError, also while they are read, and UsageError for a wish that they cannot heed.
    """
    with opened(path) as source:
        if is_refs(source):
            _refuse(
                wish,
                OPTIONS,
                source,
                "is a file of references, which has that already: give it to import-refs",
            )
            yield read_refs(source)
        else:
            yield _of_text(source, wish)


def reduced(references: References, frames: int) -> References:
    """``references`` without touches that exact LRU in ``frames`` page frames or more cannot tell.

    ``told`` gets a line once they were gone through. Raises MemoryError if there is no memory for so many.
    """
    reduction = Reduction(frames)

    def batches() -> Iterator[NDArray[np.void]]:
        for some in references.batches:
            yield reduction.feed(some)
        yield reduction.finish()
        left = reduction.seen - reduction.kept
        references.told.append(
            f"{left:,} of {format_count(reduction.seen, 'reference')} left out: exact LRU in "
            f"{format_count(frames, 'page frame')} or more cannot tell"
        )

    said = {**references.provenance, LEAST: max(frames, references.least_frames)}
    return replace(references, provenance=said, batches=batches(), count=0)


def importers() -> list[type[Importer]]:
    """All importers, those of text before that of plain numbers."""
    return sorted(IMPORTERS.leaves(), key=lambda one: (one.name == "page-numbers", one.name))


def _of_text(source: Input, wish: Wish) -> References:
    start = source.start(_START)
    for magic, problem in _ALMOST.items():
        if start.startswith(magic):
            raise TraceError(source.path, problem)
    if _FAULTS_BY_FILE.search(start):
        raise TraceError(
            source.path,
            "is of 'perf trace -F', which tells offsets into files and no addresses; record page-faults with "
            "'perf record -d' and give what 'perf script' prints",
        )
    kind = next((one for one in importers() if one.recognises(start)), None)
    if kind is None:
        known = ", ".join(one.help for one in importers())
        raise TraceError(source.path, f"holds no references of a known form; these are: .refs, {known}")
    heeded = (not kind.has_clock, not kind.says_writes, kind.says_process)
    idle = [option for option, heeds in zip(OPTIONS, heeded, strict=True) if not heeds]
    _refuse(wish, idle, source, f"is {kind.name}, of which that is no question: leave it out")
    told: list[str] = []
    return References(
        source.path, wish.page_size, _provenance(source, kind, wish), _batches(source, kind(wish), told), told
    )


def _refuse(wish: Wish, idle: Sequence[str], source: Input, why: str) -> None:
    """Raises UsageError for an option that was asked for, and that changes nothing."""
    for option in wish.asked:
        if option in idle:
            raise UsageError(f"{option}: {os.fspath(source.path)} {why}")


def _provenance(source: Input, kind: type[Importer], wish: Wish) -> dict[str, Any]:
    """How the references came to be, as far as it is known before they are read."""
    said: dict[str, Any] = {"made_by": MADE_BY, "file": Path(source.path).name, "form": kind.name}
    said["touches"] = kind.drawn or "observed"
    said["clock"] = _clock(kind, wish)
    said["writes"] = (
        "observed" if kind.says_writes else f"where the text does not say: drawn, {wish.writes:.0%}"
    )
    if wish.process is not None:
        said["process"] = wish.process
    return said


def _clock(kind: type[Importer], wish: Wish) -> str:
    """Where the time of references is from."""
    if kind.has_clock:
        return "of the text"
    waits = ", and waits that the text tells of" if kind.tells_waits else ""
    return f"{ASSUMED}: {wish.interval_ps / 1000:g} ns for each{waits}"


def _batches(source: Input, importer: Importer, told: list[str]) -> Iterator[NDArray[np.void]]:
    try:
        for piece in importer.unpacked(_pieces(source)):
            if len(some := importer.feed(piece)):
                yield some
        if len(some := importer.finish()):
            yield some
    except (ValueError, OverflowError) as error:
        raise TraceError(source.path, f"{importer.name}: {error}") from None
    if not importer.seen:
        raise TraceError(source.path, f"holds no reference that could be read as {importer.name}")
    told.extend(importer.remarks())


def _pieces(source: Input) -> Iterator[bytes]:
    while piece := source.read(_PIECE):
        yield piece
