"""The manifest of a corpus: where its pages came from, what became of those that were selected, and its digest.

It is ``manifest.json`` in the file. What is read from one is checked field by field, since anybody may have written it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zswapbench.common import strict_json
from zswapbench.corpus.pages import PAGE_SIZES, Kind

VERSION = 1

_AT_A_TIME = 1000
"""Segments that become JSON at a time."""

_DIGEST = re.compile("[0-9a-f]{64}")


class Counts(NamedTuple):
    """Pages by what they are. The last four add up to the pages written.

    ``never_written``: present in the dump as a hole; ``partial``: at a segment's edge, not whole;
    ``zero``, ``same_filled`` (with another word); ``duplicate``: of none of these, equal to an earlier
    one; ``distinct``: the rest.
    """

    never_written: int = 0
    partial: int = 0
    zero: int = 0
    same_filled: int = 0
    duplicate: int = 0
    distinct: int = 0

    @property
    def written(self) -> int:
        """Pages with content, of whatever kind."""
        return self.zero + self.same_filled + self.duplicate + self.distinct

    @classmethod
    def of(cls, index: NDArray[np.uint32], kinds: NDArray[np.uint8]) -> Counts:
        """Of the addresses of a corpus, from the page of each and the ``Kind`` of each page."""
        per_page = np.bincount(index, minlength=len(kinds))
        zero, same_filled, other = (
            int(per_page[kinds == int(kind)].sum()) for kind in (Kind.ZERO, Kind.SAME_FILLED, Kind.OTHER)
        )
        distinct = int((kinds == int(Kind.OTHER)).sum())
        return cls(zero=zero, same_filled=same_filled, duplicate=other - distinct, distinct=distinct)

    @classmethod
    def total(cls, many: Collection[Counts]) -> Counts:
        """All of ``many`` taken together."""
        return cls(*(sum(map(attrgetter(name), many)) for name in cls._fields))


class SegmentRecord(NamedTuple):
    """One segment of one dump. ``counts``: of all its pages; ``addresses``: of the corpus, [first, stop)."""

    source: int
    start: int
    end: int
    permissions: str
    name: str
    dumped: int
    counts: Counts
    addresses: tuple[int, int]

    @classmethod
    def of(cls, form: dict[str, Any]) -> SegmentRecord:
        """What ``form`` says, unchecked."""
        form["counts"] = Counts(**form["counts"])
        form["addresses"] = tuple(form["addresses"])
        return cls(**form)

    def form(self) -> dict[str, Any]:
        """What it is in JSON."""
        counts = self.counts
        return {
            "source": self.source,
            "start": self.start,
            "end": self.end,
            "permissions": self.permissions,
            "name": self.name,
            "dumped": self.dumped,
            "counts": {
                "never_written": counts.never_written,
                "partial": counts.partial,
                "zero": counts.zero,
                "same_filled": counts.same_filled,
                "duplicate": counts.duplicate,
                "distinct": counts.distinct,
            },
            "addresses": self.addresses,
        }

    def check(self, number: int, sources: int, page_size: int) -> None:
        """Raises ValueError if a field is not what it should be in segment ``number`` of so many sources."""
        numbers = (
            self.source,
            self.start,
            self.end,
            self.dumped,
            *self.counts,
            *self.addresses,
        )
        if (
            set(map(type, numbers)) != {int}
            or min(numbers) < 0
            or max(numbers) > _ADDRESS_SPACE
            or self.start + self.dumped > self.end
            or (self.counts.written + self.counts.never_written) * page_size > self.dumped
            or not isinstance(self.permissions, str)
            or not isinstance(self.name, str)
            or len(self.addresses) != 2
            or self.addresses[0] > self.addresses[1]
            or self.source >= sources
        ):
            raise ValueError(f"its segment {number} makes no sense")


_ADDRESS_SPACE = 1 << 64


@dataclass(frozen=True)
class Manifest:
    """Where a corpus came from. ``sources``: provenance of each dump, as made by zswapbench.corpus.importing.

    ``sample``: None, or pages asked for, seed, and how many pages they were drawn from.
    """

    page_size: int
    digest: str
    sources: list[dict[str, Any]] = field(default_factory=list)
    segments: list[SegmentRecord] = field(default_factory=list)
    sample: dict[str, int] | None = None
    version: int = VERSION

    @property
    def population(self) -> Counts:
        """All pages that were selected, before sampling."""
        return Counts.total([segment.counts for segment in self.segments])

    @property
    def is_drawn(self) -> bool:
        """Whether the corpus has only some of them, a sample."""
        return bool(self.sample and self.sample["pages"] < self.sample["of"])

    def to_json(self) -> str:
        head = {"format": "zpages", **asdict(replace(self, segments=[]))}
        del head["segments"]
        # Some at a time: there may be a hundred thousand, and what they are in between is large.
        parts = [
            json.dumps([segment.form() for segment in self.segments[first : first + _AT_A_TIME]])[1:-1]
            for first in range(0, len(self.segments), _AT_A_TIME)
        ]
        return f'{json.dumps(head)[:-1]}, "segments": [{", ".join(parts)}]}}'

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Raises ValueError, KeyError or TypeError if ``text`` is no manifest of this version."""
        given = strict_json.loads(text)
        if not isinstance(given, dict) or given.pop("format", None) != "zpages":
            raise ValueError("manifest.json is not that of a corpus")
        if given.get("version") != VERSION:
            raise ValueError(
                f"it has version {given.get('version')}; this zswapbench reads version {VERSION}"
            )
        segments = [SegmentRecord.of(form) for form in given.pop("segments")]
        manifest = cls(**given, segments=segments)
        manifest._check()
        return manifest

    def _check(self) -> None:
        """Raises ValueError or TypeError if a field is not what it should be."""
        if type(self.page_size) is not int or self.page_size not in PAGE_SIZES:
            raise ValueError(f"its page size {self.page_size} is none of {PAGE_SIZES}")
        # The digest becomes part of a file name.
        if not isinstance(self.digest, str) or not _DIGEST.fullmatch(self.digest):
            raise ValueError("its digest is no SHA-256")
        if not isinstance(self.sources, list) or not all(isinstance(source, dict) for source in self.sources):
            raise TypeError("its sources are no list of objects")
        sample = {} if self.sample is None else self.sample
        if not isinstance(sample, dict) or any(type(value) is not int for value in sample.values()):
            raise TypeError("its sample is no object with numbers")
        if sample and set(sample) != {"pages", "seed", "of"}:
            raise TypeError("its sample is no object with numbers")
        taken = 0
        for number, segment in enumerate(self.segments):
            segment.check(number, len(self.sources), self.page_size)
            first, stop = segment.addresses
            if first != taken:
                raise ValueError(
                    f"its segment {number} has addresses from {first} on, after those up to {taken}"
                )
            most = segment.counts.written
            if stop - first > most or (stop - first < most and not self.is_drawn):
                raise ValueError(f"its segment {number} has {stop - first} addresses of {most} pages")
            taken = stop
        if (
            self.sample
            and self.segments
            and (taken, self.population.written) != (sample["pages"], sample["of"])
        ):
            raise ValueError(
                f"its sample is of {sample['pages']} of {sample['of']} pages, its segments have {taken} of "
                f"{self.population.written}"
            )


def corpus_digest(page_size: int, page_digests: bytes, index: NDArray[np.uint32]) -> str:
    """SHA-256, in hexadecimal, that names a corpus by its content."""
    digest = hashlib.sha256(f"zpages {page_size} {len(page_digests) // 16} {len(index)}\n".encode())
    digest.update(page_digests)
    digest.update(np.ascontiguousarray(index, "<u4").data)
    return digest.hexdigest()
