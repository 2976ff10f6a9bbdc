"""The trace held against the kernel's own counters over the same time.

Each event that a counter counts is in the trace, or the recording is not whole. The pages in zswap at the end follow
from the trace, too: a store adds one; a store that is refused, an invalidate, a writeback and (since 6.6) a load take
one away.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zswapbench.common.errors import InputError, TraceError
from zswapbench.common.files import open_input
from zswapbench.traces.recording import Recording
from zswapbench.traces.records import Kind
from zswapbench.traces.swaps import Reading

Slot = tuple[int, int]


@dataclass(frozen=True)
class Answers:
    """``stored``, ``loaded``: what says yes; ``load_removes``: a page that is loaded leaves zswap."""

    stored: int
    loaded: int
    load_removes: bool


ANSWERS = {
    "6.1": Answers(stored=0, loaded=0, load_removes=False),
    "6.12": Answers(stored=1, loaded=1, load_removes=True),
    "7.3": Answers(stored=1, loaded=0, load_removes=True),
}
"""Of zswap, by kernel. Source: mm/zswap.c zswap_frontswap_store(), zswap_store(), zswap_load()."""


@dataclass(frozen=True)
class Row:
    """Something that ``trace`` and ``kernel`` count; ``counter``: the kernel's name for it."""

    what: str
    counter: str
    trace: int
    kernel: int

    @property
    def equal(self) -> bool:
        return self.trace == self.kernel


def check(folder: Path, kernel: str) -> list[Row]:
    """trace.txt in ``folder`` against the other files there, as the machine wrote them. ``kernel``: one of ANSWERS."""
    with open_input(folder / "trace.txt", TraceError) as file:
        reading = Reading(Recording(folder / "trace.txt", file), kernel)
        for _ in reading.swaps():
            pass
    told = reading.counters()
    first, last = _first_and_last(folder / "counters.csv")

    def row(what: str, counter: str, of_trace: str) -> Row:
        grown = int(last.get(counter, 0)) - int(first.get(counter, 0))
        return Row(what, counter.partition(".")[2], told.get(of_trace, 0), grown)

    stored = int(last["zswap.stored_pages"])
    rows = [
        Row(
            "events that the tracer lost",
            "overrun, dropped events",
            reading.recording.account.lost,
            _lost(folder),
        ),
        Row("hits that a probe missed", "kprobe_profile", 0, _missed(folder)),
        row("stores into zswap", "vmstat.zswpout", "zswpout"),
        row("loads from zswap", "vmstat.zswpin", "zswpin"),
        row("pages written to the swap device", "vmstat.pswpout", "pswpout"),
        row("of these written back by zswap", "zswap.written_back_pages", "zswpwb"),
        row("pages read from the swap device", "vmstat.pswpin", "pswpin"),
        Row(
            "pages in zswap at the end", "stored_pages", held_at_the_end(folder / "trace.txt", kernel), stored
        ),
    ]
    if "vmstat.swpout_zero" in last:
        rows.append(row("pages of zeros, swapped out by a bit", "vmstat.swpout_zero", "swpout_zero"))
        rows.append(row("pages of zeros, swapped in", "vmstat.swpin_zero", "swpin_zero"))
    return rows


def held_at_the_end(path: Path, kernel: str) -> int:
    """How many pages zswap holds behind the trace ``path``, which begins with an empty zswap."""
    answers = ANSWERS[kernel]
    held: set[Slot] = set()
    asked: dict[int, Slot] = {}  # by thread: of the call whose answer is to come
    refused: dict[int, Slot] = {}  # by thread: of the page that it is to write itself
    with open_input(path, TraceError) as file:
        for records in Recording(path, file).records():
            columns = (
                records[name].tolist() for name in ("kind", "thread", "swap_type", "offset", "returned")
            )
            for kind, thread, swap_type, offset, returned in zip(*columns, strict=True):
                slot = swap_type, offset
                if kind in {Kind.STORE, Kind.LOAD}:
                    asked[thread] = slot
                elif kind == Kind.STORED and returned == answers.stored:
                    held.add(asked.pop(thread))
                elif kind == Kind.STORED:
                    refused[thread] = asked.pop(thread)
                    held.discard(refused[thread])
                elif kind == Kind.LOADED:
                    loaded = asked.pop(thread)
                    if returned == answers.loaded and answers.load_removes:
                        held.discard(loaded)
                elif kind == Kind.WRITE and refused.get(thread) == slot:
                    del refused[thread]
                elif kind in {Kind.WRITE, Kind.INVALIDATE}:
                    held.discard(slot)
    return len(held)


def table(rows: Sequence[Row]) -> str:
    """A line for each row."""
    return "".join(
        f"{'=' if row.equal else '≠'} {row.what}: {row.trace:,} in the trace, {row.kernel:,} by {row.counter}\n"
        for row in rows
    )


def _missed(folder: Path) -> int:
    """The last column of kprobe_profile. Source: Documentation/trace/kprobetrace.rst."""
    return sum(int(line.split()[2]) for line in (folder / "kprobe_profile").read_text().splitlines())


def _lost(folder: Path) -> int:
    stats = dict(line.split(": ", 1) for line in (folder / "stats").read_text().splitlines())
    return sum(int(stats[name]) for name in ("overrun", "commit overrun", "dropped events"))


def _first_and_last(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Rows of counters.csv: before the trace, and behind it. Raises InputError if it has not two."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) < 2:
        raise InputError(path, f"has {len(rows)} rows; one before the trace and one behind it are needed")
    return rows[0], rows[-1]
