"""From a recording to a trace: who was swapped comes from the recording, what was in it from a corpus.

The page that a store puts into the trace is found in one of four ways, the first that can tell:

* an all-zero page, where the kernel found that it is one: the corpus's page of zeros;
* *index*: the recording tells the folio's virtual page number, and the corpus has a page at this address;
* *pagemap*: a snapshot tells which address lay in the slot, and the corpus has a page there;
* *dealt*: the slot's number chooses one of the corpus's addresses. It is not the page that was swapped.

A page that the kernel found not to be of zeros may be so in the dump, since it was cleared later. In its place another
is dealt, one that is not of zeros.

The index comes before the snapshot since it is of this very store: a snapshot knows the last page of a slot only. Both
name an address of one process. If others were swapped, too, and have the same address, they are taken for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.common.files import open_input
from zswapbench.common.progress import Progress
from zswapbench.corpus.page_numbers import PageNumbers
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.reading import Corpus
from zswapbench.traces.event import Op
from zswapbench.traces.format import write_trace
from zswapbench.traces.oracle_general import recognises
from zswapbench.traces.pagemap import slots_of
from zswapbench.traces.recording import Recording
from zswapbench.traces.requests import Requests
from zswapbench.traces.swaps import Reading, Swaps
from zswapbench.traces.text import Input

_STORE = int(Op.STORE)

_WAYS = ("zero", "index", "pagemap", "dealt")
_ZERO, _BY_INDEX, _BY_PAGEMAP, _DEALT = range(len(_WAYS))

_HEAD = 1 << 16
"""Bytes that tell what a recording is."""

DEALT = "contents dealt by offset: not the recorded pages"


@dataclass(frozen=True)
class Imported:
    """What came of a recording. ``left_out``: what, and how often; ``ways``: stores by how their page was found.

    ``counters``: the growth of the kernel's own, as far as the recording can tell. ``write_back_us``: how long an entry
    took the kernel's worker.
    """

    events: int
    origin: str
    left_out: dict[str, int]
    ways: dict[str, int]
    counters: dict[str, int]
    write_back_us: float | None


def import_recording(
    recording: str | os.PathLike[str],
    output: str | os.PathLike[str],
    corpus: str | os.PathLike[str],
    snapshots: Sequence[str | os.PathLike[str]],
    kernel: str,
    progress: Progress,
) -> Imported:
    """Write the trace ``output`` of ``recording`` over the pages of ``corpus``.

    ``kernel``: its version, where the recording does not say, or "". Raises TraceError for what is no recording or no
    snapshot, CorpusError for what is no corpus.
    """
    with Corpus(corpus) as opened, open_input(recording, TraceError) as file:
        source = _source(Input(recording, file), opened, kernel, snapshots)
        contents = Contents(opened, snapshots)
        size = os.fstat(file.fileno()).st_size

        def filled() -> Iterator[NDArray[np.void]]:
            with progress("import", size, "B") as told:
                before = taken = 0
                for swaps in source.swaps():
                    taken += len(swaps.events)
                    yield contents.fill(swaps)
                    at = file.tell() if file.seekable() else 0
                    told(at - before)
                    before = at
            if not taken:
                left_out = ", ".join(f"{what}: {count:,}" for what, count in source.left_out().items())
                raise TraceError(recording, f"has no event that a trace can hold; {left_out}")

        def provenance() -> dict[str, Any]:
            return {
                "made_by": _made_by(source, contents),
                "recording": os.path.basename(os.fspath(recording)),  # noqa: PTH119  which takes any name
                "left_out": source.left_out(),
                "contents": contents.ways,
                "counters": source.counters(),
                "write_back_us": source.write_back_us(),
            }

        events = write_trace(
            output,
            filled(),
            page_size=opened.page_size,
            corpus_digest=opened.digest,
            provenance=provenance,
        )
        return Imported(
            events,
            _made_by(source, contents),
            source.left_out(),
            contents.ways,
            source.counters(),
            source.write_back_us(),
        )


def _source(
    text: Input, corpus: Corpus, kernel: str, snapshots: Sequence[str | os.PathLike[str]]
) -> Reading | Requests:
    """What reads ``text``: known by its content. Raises as ``import_recording`` does."""
    if not recognises(text.start(_HEAD)):
        return Reading(Recording(text.path, text), kernel)
    if kernel or snapshots:
        raise UsageError(f"{os.fspath(text.path)} is oracleGeneral: --kernel and --pagemap say nothing of it")
    return Requests(text, corpus.page_size, PageNumbers().number)


def _made_by(source: Reading | Requests, contents: Contents) -> str:
    """The origin, which results repeat."""
    stores, dealt = sum(contents.ways.values()), contents.ways["dealt"]
    told = source.origin()
    if dealt == stores:
        return f"{told}; {DEALT}"
    return f"{told}; contents of {dealt:,} of {stores:,} stores dealt by offset" if dealt else told


class Contents:
    """Finds the page of a store in ``corpus``. ``ways``: how many were found in which way.

    Raises TraceError for a corpus without pages, and for what is no snapshot.
    """

    def __init__(self, corpus: Corpus, snapshots: Sequence[str | os.PathLike[str]]) -> None:
        if not len(corpus.index):
            raise TraceError(corpus.path, "has no pages to fill a trace with; import a dump that has some")
        self._index = corpus.index
        zeros = np.flatnonzero(corpus.kinds == int(Kind.ZERO))
        self._zero = int(zeros[0]) if zeros.size else None
        self._is_zero = corpus.kinds == int(Kind.ZERO)
        self._others = corpus.index[~self._is_zero[corpus.index]]
        vaddr = corpus.vaddr if corpus.has_content else np.empty(0, np.uint64)
        self._addresses, self._pages = _table(vaddr // np.uint64(corpus.page_size), corpus.index)
        self._slots, self._slot_pages = self._of_snapshots(snapshots)
        self.ways = dict.fromkeys(_WAYS, 0)

    def fill(self, swaps: Swaps) -> NDArray[np.void]:
        """The events of ``swaps``, each store with its page."""
        events = swaps.events
        stores = np.flatnonzero(events["op"] == _STORE)
        some = events[stores]
        slots = some["swap_type"].astype(np.uint64) << np.uint64(32) | some["offset"]
        pages = self._index[(slots % np.uint64(len(self._index))).astype(np.int64)]
        ways = np.full(len(stores), _DEALT)
        for way, numbers, keys, values in (
            (_BY_PAGEMAP, slots, self._slots, self._slot_pages),
            (_BY_INDEX, swaps.index[stores], self._addresses, self._pages),
        ):
            found, those = _looked_up(numbers, keys, values)
            pages[found], ways[found] = those, way
        if swaps.zeros_known and len(self._others):
            cleared = self._is_zero[pages]
            some = slots[cleared] % np.uint64(len(self._others))
            pages[cleared], ways[cleared] = self._others[some.astype(np.int64)], _DEALT
        if self._zero is not None:
            zeros = swaps.zeros[stores]
            pages[zeros], ways[zeros] = self._zero, _ZERO
        for name, count in zip(_WAYS, np.bincount(ways, minlength=len(_WAYS)), strict=True):
            self.ways[name] += int(count)
        events["page"][stores] = pages
        return events

    def _of_snapshots(
        self, snapshots: Sequence[str | os.PathLike[str]]
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """The slots whose address the corpus has, and the page there; an earlier snapshot goes before a later."""
        slots, pages = [np.empty(0, np.uint64)], [np.empty(0, np.uint32)]
        for path in snapshots:
            told, numbers = slots_of(path)
            found, those = _looked_up(numbers, self._addresses, self._pages)
            slots.append(told[found])
            pages.append(those)
        return _table(np.concatenate(slots), np.concatenate(pages))


def _table(
    keys: NDArray[np.uint64], values: NDArray[np.uint32]
) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """``keys`` in rising order, each once, with the value that it has first."""
    keys, first = np.unique(keys, return_index=True)
    return keys, values[first]


def _looked_up(
    numbers: NDArray[np.uint64], keys: NDArray[np.uint64], values: NDArray[np.uint32]
) -> tuple[NDArray[np.bool_], NDArray[np.uint32]]:
    """Which of ``numbers`` are among ``keys``, and the values of those."""
    if not len(keys):
        return np.zeros(len(numbers), np.bool_), np.empty(0, np.uint32)
    places = np.minimum(np.searchsorted(keys, numbers), len(keys) - 1)
    found = keys[places] == numbers
    return found, values[places[found]]
