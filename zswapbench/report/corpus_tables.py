"""Corpora -> tables: what they hold, where it came from, how it compresses."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.corpus.manifest import Counts, Manifest, SegmentRecord
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import data_ratio
from zswapbench.report.table import Cell, Column, Table, Value

_COUNTS = [
    Column("pages", "pages"),
    Column("zero", "zero"),
    Column("same_filled", "same-filled"),
    Column("duplicate", "duplicate"),
    Column("distinct", "distinct"),
    Column("never_written", "never written"),
    Column("partial", "partial"),
]


def info_tables(corpus: Corpus, segments: int | None = None) -> list[Table]:
    """What the corpus holds; then its ``segments`` largest segments (None: all of them), and its sources."""
    totals = totals_table(corpus.path, corpus.manifest, corpus.counts)
    if not corpus.has_content:
        totals.notes.append(f"export without page content; sizes under: {'; '.join(corpus.exported_sizes())}")
    return [totals, _segments(corpus, segments), _sources(corpus)]


def ratio_table(corpus: Corpus, sizes: dict[str, NDArray[np.uint32]]) -> Table:
    """Compression ratios by codec, over all addresses. ``sizes``: uint32[n] by codec."""
    per_page = np.bincount(corpus.index, minlength=len(corpus))
    other = per_page * (corpus.kinds == int(Kind.OTHER))
    rows = [
        [
            Cell(codec),
            Cell(data_ratio(per_page, size, corpus.page_size), "x"),
            Cell(data_ratio(other, size, corpus.page_size), "x"),
        ]
        for codec, size in sizes.items()
    ]
    columns = [
        Column("codec", "codec", text=True),
        Column("ratio", "ratio"),
        Column("ratio_distinct", "without same-filled"),
    ]
    return Table("Data ratio", columns, rows)


def totals_table(path: str | os.PathLike[str], manifest: Manifest, counts: Counts) -> Table:
    """What the corpus ``path`` holds in all. ``counts``: of its addresses."""
    rows = [[Cell("in the corpus"), *_cells(counts)]]
    if manifest.segments:
        rows.append([Cell("selected in the dumps"), *_cells(manifest.population)])
    notes = [f"page size {manifest.page_size}, digest {manifest.digest}"]
    if sample := manifest.sample:
        notes.append(f"sample: {sample['pages']:,} of {sample['of']:,} pages, seed {sample['seed']}")
    for number, source in enumerate(manifest.sources):
        lost = [f"{source[key]:,} {key.replace('_', ' ')}" for key in _LOSSES if _is_number(source.get(key))]
        if source.get("packing_cut") is True:
            lost.append("its packing ends early")
        if lost:
            notes.append(f"source {number} ({source.get('file')}) is truncated: {', '.join(lost)}")
    return Table(os.fspath(path), [Column("what", "", text=True), *_COUNTS], rows, notes)


_LOSSES = ("partial_segments", "lost_segments", "lost_bytes")


def _segments(corpus: Corpus, shown: int | None) -> Table:
    """The ``shown`` segments with the most pages, in the order of the dumps, and a row for the rest."""
    columns = [
        Column("source", "source"),
        Column("start", "start"),
        Column("end", "end"),
        Column("permissions", "perm", text=True),
        *_COUNTS,
        Column("taken", "in corpus"),
        Column("name", "name", text=True),
    ]
    segments = corpus.manifest.segments
    by_size = sorted(range(len(segments)), key=lambda number: -segments[number].counts.written)
    largest = by_size[:shown]
    rows = [_segment_row(segments[number]) for number in sorted(largest)]
    if rest := by_size[len(largest) :]:
        rows.append(_rest_row([segments[number] for number in rest]))
    return Table("Segments", columns, rows)


def _segment_row(segment: SegmentRecord) -> list[Cell]:
    return [
        Cell(segment.source),
        Cell(f"{segment.start:x}"),
        Cell(f"{segment.end:x}"),
        Cell(segment.permissions),
        *_cells(segment.counts),
        Cell(_taken(segment)),
        Cell(segment.name),
    ]


def _rest_row(rest: list[SegmentRecord]) -> list[Cell]:
    counts = Counts.total([segment.counts for segment in rest])
    name = f"{len(rest):,} more; --segments all shows them"
    return [*[Cell(None)] * 4, *_cells(counts), Cell(sum(map(_taken, rest))), Cell(name)]


def _taken(segment: SegmentRecord) -> int:
    return segment.addresses[1] - segment.addresses[0]


def _sources(corpus: Corpus) -> Table:
    names = list(dict.fromkeys(name for source in corpus.manifest.sources for name in source))
    rows = [[Cell(_value(source.get(name))) for name in names] for source in corpus.manifest.sources]
    return Table("Sources", [Column(name, name.replace("_", " "), text=True) for name in names], rows)


def _is_number(given: Any) -> bool:
    return type(given) is int and given > 0


def _value(given: Any) -> Value:
    """What a manifest says of a source may be anything that JSON can say."""
    return given if given is None or isinstance(given, (int, float, str)) else json.dumps(given)


def _cells(counts: Counts) -> list[Cell]:
    return [
        Cell(value)
        for value in (
            counts.written,
            counts.zero,
            counts.same_filled,
            counts.duplicate,
            counts.distinct,
            counts.never_written,
            counts.partial,
        )
    ]
