"""Dumps and processes -> corpus: slices pages out of them, drops what is double, and writes a .zpages file.

Each dump is read twice, front to back, and never kept. The first reading numbers the pages by content and
counts them; then the size of everything is known, the sample (if one is wanted) is drawn from all pages
alike, and the second reading copies each page that is needed, once. A dump that changes meanwhile, such as the
memory of a guest that runs, is refused: each page that is copied must have the digest that it was numbered by, and
each file its size and time of change.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import DumpError, UsageError
from zswapbench.common.progress import Progress, Told, silent
from zswapbench.common.room import need_threads
from zswapbench.common.units import format_count, format_size
from zswapbench.corpus.manifest import Counts, Manifest, SegmentRecord, corpus_digest
from zswapbench.corpus.page_numbers import PageNumbers
from zswapbench.corpus.pages import PAGE_SIZES, Kind, Pages, digests, kinds
from zswapbench.corpus.slicing import Block, blocks
from zswapbench.corpus.writing import write_corpus
from zswapbench.dumps import DEFAULT, Dump, Segment, digest, left_out, open_dump, read_process, select


@dataclass(frozen=True)
class Wish:
    """What to import. ``sample``: how many pages; None for all of them. ``packed``: whether to pack the corpus.

    ``raw``: the files hold pages and nothing else; ``force``: even those that look like something else. ``processes``:
    by their numbers, to be read beside the files; ``freeze``: each is stopped while it is read.
    """

    page_size: int = 4096
    select: str = DEFAULT
    sample: int | None = None
    seed: int = 0
    raw: bool = False
    packed: bool = False
    force: bool = False
    processes: Sequence[int] = ()
    freeze: bool = False


@dataclass(frozen=True)
class Imported:
    """What came of an import."""

    manifest: Manifest
    """Of the corpus that was made."""
    counts: Counts
    """Of its addresses."""
    remarks: list[str]
    """What to know of the dumps, in lines: what could not be told, what was left out and why."""


@dataclass
class _Survey:
    """What the first reading found. By page: number by content, address, kind; segments in file order.

    ``length``: bytes of all that was read.
    """

    numbers: list[NDArray[np.uint32]]
    addresses: list[NDArray[np.uint64]]
    kinds_of_new: list[NDArray[np.uint8]]
    segments: list[SegmentRecord]
    table: PageNumbers
    length: int = 0


def import_dumps(
    paths: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    wish: Wish,
    progress: Progress = silent,
) -> Imported:
    """Make the corpus ``output`` from the dumps ``paths`` and the processes that are wished for.

    Raises DumpError if one cannot be read, or, with the remarks that tell why, if there is no page of what is wanted;
    UsageError if what is wanted makes no sense or ``output`` cannot be written; MissingError if a process may not be
    read.
    """
    _check(paths, wish)
    need_threads(1)
    with ThreadPoolExecutor(1) as aside, ExitStack() as stack:
        dumps = [stack.enter_context(_parked(path, wish)) for path in paths]
        for pid in wish.processes:
            process = read_process(pid, wish.select, freeze=wish.freeze, progress=progress)
            dumps.append(stack.enter_context(process))
        wanted = [select(dump, wish.select) for dump in dumps]
        stop = Event()
        stack.callback(stop.set)  # what is still being hashed when this block ends is not wanted any more
        hashes = [aside.submit(digest, path, stop) for path in paths]
        told = stack.enter_context(progress("import", 2 * _bytes_wanted(dumps, wanted), "B"))
        survey = _survey(dumps, wanted, wish.page_size, told)
        population = sum(map(len, survey.numbers))
        if not population:
            raise _without_pages(dumps, wanted, survey, wish)
        chosen = _draw(population, wish)
        numbers, page_of = _renumber(survey, chosen)
        page_digests = np.frombuffer(survey.table.all_digests(), "V16")[page_of].tobytes()
        manifest = Manifest(
            page_size=wish.page_size,
            digest=corpus_digest(wish.page_size, page_digests, numbers),
            sources=[_source(dump, wish, hashed) for dump, hashed in itertools.zip_longest(dumps, hashes)],
            segments=_addresses_of(survey.segments, chosen),
            sample=_sample_record(wish, len(chosen), population),
        )
        arrays: dict[str, NDArray[Any]] = {
            "kinds.npy": np.concatenate(survey.kinds_of_new)[page_of],
            "index.npy": numbers,
            "vaddr.npy": np.concatenate(survey.addresses)[chosen],
        }
        pages = _copy(dumps, wanted, wish.page_size, chosen[_first_of_each(numbers)], page_digests, told)
        write_corpus(output, manifest, arrays, pages, packed=wish.packed)
        remarks = _remarks(dumps, wanted, survey, wish)
        return Imported(manifest, Counts.of(numbers, arrays["kinds.npy"]), remarks)


def _parked(path: str | os.PathLike[str], wish: Wish) -> Dump:
    """The dump ``path``; there may be more of them than files that a process may have open."""
    dump = open_dump(path, raw=wish.raw, force=wish.force)
    dump.park()
    return dump


def _check(paths: Sequence[str | os.PathLike[str]], wish: Wish) -> None:
    if not paths and not wish.processes:
        raise UsageError("there is nothing to import; give a dump, or a process with --pid")
    if wish.freeze and not wish.processes:
        raise UsageError("--freeze stops a process while it is read; give one with --pid, or leave it out")
    if wish.raw and not paths:
        raise UsageError("--raw is for files, and a process is none; leave it out")
    if wish.force and not wish.raw:
        raise UsageError("--force is for --raw only: add it, or leave --force out")
    if wish.page_size not in PAGE_SIZES:
        raise UsageError(f"page size {wish.page_size} is not one of 4K, 16K, 64K")
    if wish.sample is not None and wish.sample < 1:
        raise UsageError(f"a sample of {wish.sample} pages makes no corpus; ask for 1 or more")
    if wish.seed < 0:
        raise UsageError(f"seed {wish.seed} is negative; give 0 or more")


def _without_pages(dumps: list[Dump], wanted: list[list[int]], survey: _Survey, wish: Wish) -> DumpError:
    """That there is no page to take. No table will tell of holes then, so the remarks do."""
    error = DumpError(dumps[0].path, f"holds no written page of what is selected ({wish.select})")
    holes = sum(segment.counts.never_written for segment in survey.segments)
    never_written = f"never written: {format_size(holes * wish.page_size)}, which are holes in the file"
    error.remarks = [*_remarks(dumps, wanted, survey, wish), *[never_written] * (holes > 0)]
    return error


def _remarks(dumps: list[Dump], wanted: list[list[int]], survey: _Survey, wish: Wish) -> list[str]:
    paths: dict[str, list[str]] = {}
    for dump in dumps:
        for remark in (*dump.remarks, *_about_packing(dump)):
            paths.setdefault(remark, []).append(dump.path)
    of_dumps = [
        f"{alike[0]}{f' and {len(alike) - 1:,} more' if len(alike) > 1 else ''}: {remark}"
        for remark, alike in paths.items()
    ]
    return of_dumps + _parts_of_pages(survey, wish) + left_out(zip(dumps, wanted, strict=True))


def _parts_of_pages(survey: _Survey, wish: Wish) -> list[str]:
    """A line, if there is memory at the edges of segments that fills no page."""
    counts = Counts.total([segment.counts for segment in survey.segments])
    size = survey.length - (counts.written + counts.never_written) * wish.page_size
    if not size:
        return []
    smallest = min(PAGE_SIZES)
    smaller = wish.page_size > smallest <= size
    advice = f"; --page-size {smallest >> 10}K takes whole pages of that size" if smaller else ""
    pages = format_count(counts.partial, "page")
    return [f"left out: {format_size(size)} in {pages} of which the dump has only a part{advice}"]


def _about_packing(dump: Dump) -> Iterator[str]:
    """A line, if the packing of ``dump`` lacks its end."""
    if dump.source.cut_at is not None:
        yield (
            f"its .{dump.packing} packing ends early: {dump.source.cut_at:,} bytes were unpacked, "
            "and what may have followed is lost"
        )


def _bytes_wanted(dumps: list[Dump], wanted: list[list[int]]) -> int:
    """Bytes that the dumps say they hold of what is wanted."""
    return sum(
        dump.segments[number].dumped
        for dump, numbers in zip(dumps, wanted, strict=True)
        for number in numbers
    )


def _sample_record(wish: Wish, taken: int, population: int) -> dict[str, int] | None:
    return None if wish.sample is None else {"pages": taken, "seed": wish.seed, "of": population}


def _survey(dumps: list[Dump], wanted: list[list[int]], page_size: int, told: Told) -> _Survey:
    """The first reading."""
    found = _Survey([], [], [], [], PageNumbers())
    taken = 0
    for source, dump in enumerate(dumps):
        counts = np.zeros((len(dump.segments), len(Counts._fields)), np.int64)
        order: dict[int, None] = {}  # segments as the file has them
        for block in blocks(dump, wanted[source], page_size):
            order.update((one.segment, None) for one in block.slices)
            np.add.at(counts, [one.segment for one in block.slices], _number(found, block))
            told(block.length)
            found.length += block.length
        for number, row in zip(order, counts[[*order]].tolist(), strict=True):
            found.segments.append(_segment_record(source, dump.segments[number], Counts(*row), taken))
            taken = found.segments[-1].addresses[1]
        dump.source.size()  # only at the end of a packed file it shows that it is whole
        dump.park()
    return found


def _segment_record(source: int, segment: Segment, counts: Counts, first: int) -> SegmentRecord:
    return SegmentRecord(
        source,
        segment.start,
        segment.end,
        segment.permissions,
        segment.name,
        segment.dumped,
        counts,
        (first, first + counts.written),
    )


def _number(found: _Survey, block: Block) -> NDArray[np.int64]:
    """Enter the pages of ``block``; what each of its slices holds, int64[slices, 6], in the order of Counts."""
    known = len(found.table)
    numbers = found.table.number(digests(block.pages))
    kind = kinds(block.pages)
    is_new = _firsts(numbers, known)
    found.numbers.append(numbers)
    found.addresses.append(block.addresses)
    found.kinds_of_new.append(kind[is_new])
    other = kind == int(Kind.OTHER)
    # Columns 0 and 1 are of pages that are not in the block.
    column = np.select([kind == int(Kind.ZERO), kind == int(Kind.SAME_FILLED), other & ~is_new], [2, 3, 4], 5)
    width = len(Counts._fields)
    owner = np.repeat(np.arange(len(block.slices)), [one.pages for one in block.slices])
    counts = np.bincount(owner * width + column, minlength=len(block.slices) * width).reshape(-1, width)
    counts[:, :2] = [(one.never_written, one.partial) for one in block.slices]
    return counts


def _firsts(numbers: NDArray[np.uint32], known: int) -> NDArray[np.bool_]:
    """Which of ``numbers`` appear for the first time, when 0..known-1 have appeared before.

    Numbers are given in the order of first appearance, so these are where the running maximum rises.
    """
    highest = np.maximum.accumulate(np.concatenate([[known - 1], numbers.astype(np.int64)]))
    return np.diff(highest) > 0


def _draw(population: int, wish: Wish) -> NDArray[np.int64]:
    """Which pages to take, by their place in the first reading, ascending."""
    if wish.sample is None or wish.sample >= population:
        return np.arange(population)
    chosen = np.random.default_rng(wish.seed).choice(population, wish.sample, replace=False, shuffle=False)
    return np.sort(chosen).astype(np.int64)


def _renumber(survey: _Survey, chosen: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The corpus's page number of each chosen address, and the survey's number of each of these pages."""
    taken = np.concatenate(survey.numbers)[chosen]
    page_of, first, inverse = np.unique(taken, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return rank[inverse], page_of[order]


def _first_of_each(numbers: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Where each page number appears first."""
    return np.flatnonzero(_firsts(numbers, 0))


def _addresses_of(segments: list[SegmentRecord], chosen: NDArray[np.int64]) -> list[SegmentRecord]:
    """The segments with their addresses counted among the chosen only."""
    if segments[-1].addresses[1] == len(chosen):
        return segments  # all are
    bounds = np.searchsorted(chosen, [segment.addresses for segment in segments]).tolist()
    return [
        segment._replace(addresses=(first, stop))
        for segment, (first, stop) in zip(segments, bounds, strict=True)
    ]


def _copy(
    dumps: list[Dump],
    wanted: list[list[int]],
    page_size: int,
    needed: NDArray[np.int64],
    page_digests: bytes,
    told: Told,
) -> Iterator[Pages]:
    """The second reading: the pages at the places ``needed``, ascending, which had ``page_digests`` in the first.

    Raises DumpError if a dump has changed since.
    """
    seen = copied = 0
    for source, dump in enumerate(dumps):
        for block in blocks(dump, wanted[source], page_size):
            told(block.length)
            low, high = np.searchsorted(needed, (seen, seen + len(block.pages)))
            if high > low:
                some = block.pages[needed[low:high] - seen]
                if digests(some) != page_digests[16 * copied : 16 * (copied + len(some))]:
                    raise _changed(dump)
                copied += len(some)
                yield some
            seen += len(block.pages)
        if dump.source.has_changed():
            raise _changed(dump)
        dump.park()
    if copied < len(needed):
        raise _changed(dumps[-1])


def _changed(dump: Dump) -> DumpError:
    return DumpError(dump.path, "changed while it was read; copy it, and import the copy")


def _source(dump: Dump, wish: Wish, hashed: Future[tuple[str, str]] | None) -> dict[str, Any]:
    """Provenance of a dump. Its folder is left out: it would tell of the machine, not of the memory.

    ``hashed``: of its file, if it has one. Of a process, neither its name nor its arguments are told.
    """
    return {
        "file": Path(dump.path).name,
        **(dict([hashed.result()]) if hashed else {}),
        "format": dump.format,
        "producer": dump.producer,
        "packing": dump.packing,
        "machine": dump.machine,
        "bits": dump.bits,
        "byte_order": dump.byte_order,
        "select": wish.select,
        "partial_segments": dump.partial_segments,
        "lost_segments": dump.lost_segments,
        "lost_bytes": dump.lost_bytes,
        "packing_cut": dump.source.cut_at is not None,
        **dump.particulars,
    }
