"""A live process as a Dump: the pages that a core of it would hold, as far as they were ever touched.

Which mappings, filter.py says, and of these ``--select`` takes some, as of a core; which pages of them, places.py says.

A core of the kernel holds some pages that are not taken here: those of privately mapped files in a segment of which
others were written, if the process has not used them yet; and pages of shared memory that nobody wrote, which the
kernel makes for the core.
"""

from __future__ import annotations

import os
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import DumpError
from zswapbench.common.progress import Progress, Told, silent
from zswapbench.common.units import format_count, format_duration, format_size
from zswapbench.dumps.base import Dump, Segment
from zswapbench.dumps.live.changes import Changes
from zswapbench.dumps.live.filter import is_dumped
from zswapbench.dumps.live.freezing import Frozen, frozen
from zswapbench.dumps.live.places import Place, Places
from zswapbench.dumps.live.proc import Proc
from zswapbench.dumps.live.snapshot import Snapshot
from zswapbench.dumps.live.vmas import Vma
from zswapbench.dumps.selection import DEFAULT, select
from zswapbench.dumps.source import BLOCK

_PAGES_AGAIN = 1024
"""That are read a second time, at most: if 1 page in 350 changed, it shows in 19 of 20 readings."""


def read_process(
    pid: int, wanted: str = DEFAULT, *, freeze: bool = False, progress: Progress = silent
) -> Dump:
    """The memory of the process ``pid`` that ``wanted`` selects; use it in a ``with`` block.

    ``freeze``: its threads are stopped for as long as it is read. Raises DumpError if there is no such process or it
    ends meanwhile, MissingError if it may not be read or there is no room for what was read, UsageError if ``wanted``
    selects nothing.
    """
    with ExitStack() as stack:
        proc = stack.enter_context(Proc(pid))
        try:
            stopped = stack.enter_context(frozen(proc.threads)) if freeze else None
        except OSError as error:
            raise proc.unstoppable(error) from None
        try:
            # Who shows the progress may be the process that is stopped.
            return _Reading(proc, wanted).dump(stopped, silent if freeze else progress)
        except OSError as error:
            raise proc.problem(error) from None


class _Reading:
    """One reading of ``proc``. Raises OSError, besides what read_process does."""

    def __init__(self, proc: Proc, wanted: str) -> None:
        self._began = time.monotonic()
        self._proc = proc
        self._page_size = os.sysconf("SC_PAGE_SIZE")
        self._places = Places(proc, self._page_size)
        self._vmas = proc.vmas()
        self._dump = _without_content(proc, self._vmas)
        self._snapshot: Snapshot = self._dump.source  # type: ignore[assignment]
        self._buffer = memoryview(bytearray(BLOCK))
        self._swapped = self._unreadable = self._untold = 0
        try:
            self._wanted = select(self._dump, wanted)
        except BaseException:
            self._dump.close()
            raise

    def dump(self, stopped: Frozen | None, progress: Progress) -> Dump:
        """Read, and look what changed meanwhile."""
        try:
            size = sum(self._vmas[number].resident + self._vmas[number].swapped for number in self._wanted)
            with progress(f"read {self._proc.name}", size, "B") as told:
                for number in self._wanted:
                    self._copy(number, told)
            # Its pagemap is merely empty once it has ended.
            self._proc.check_alive(self._vmas[0].start)
            changes = self._look_again()
        except BaseException:
            self._dump.close()
            raise
        seconds = time.monotonic() - self._began
        self._dump.remarks = tuple(self._remarks(stopped, changes, seconds))
        self._dump.particulars = {
            "kernel": os.uname().release,
            "frozen": stopped is not None,
            "threads_not_stopped": stopped.in_kernel if stopped else 0,
            "seconds": round(seconds, 3),
            "swapped_in": self._swapped // self._page_size,
            "unreadable": self._unreadable // self._page_size,
            "mappings_appeared": changes.appeared,
            "mappings_gone": changes.gone,
            "mappings_changed": changes.changed,
            "pages_read_again": changes.looked_at,
            "pages_changed": changes.differ,
        }
        return self._dump

    def _copy(self, number: int, told: Told) -> None:
        """Keep what was touched of a segment."""
        vma, segment = self._vmas[number], self._dump.segments[number]
        if not segment.dumped:
            return
        shift = segment.offset - vma.start
        with self._places.of(vma) as place:
            known = 0
            for stretch in self._places.touched(vma, place):
                known += stretch.end - stretch.start
                for at in range(stretch.start, stretch.end, BLOCK):
                    end = min(at + BLOCK, stretch.end)
                    kept = self._keep(place, at, end, shift, zeros=vma.shared or not stretch.maybe_zero)
                    self._swapped += kept * stretch.swapped
                    told(end - at)
            if place.is_file:
                self._swapped += vma.swapped
            elif vma.shared:
                self._untold += segment.dumped - known

    def _keep(self, place: Place, start: int, end: int, shift: int, *, zeros: bool) -> int:
        """Read [start, end), at most BLOCK, and put it in the snapshot ``shift`` higher; how much could be read.

        ``zeros``: pages of zeros, too.
        """
        at, lost = start, 0
        while at < end:
            got = place.read(at, self._buffer[: end - at])
            if not got:
                lost += self._page_size
                at += self._page_size
                continue
            pages = np.frombuffer(self._buffer, np.uint8, got).reshape(-1, self._page_size)
            for low, high in [(0, len(pages))] if zeros else _stretches(np.any(pages, axis=1)):
                data = self._buffer[low * self._page_size : high * self._page_size]
                self._snapshot.append(at + low * self._page_size + shift, data)
            at += got
        self._unreadable += lost
        return end - start - lost

    def _look_again(self) -> Changes:
        changes = Changes()
        try:
            changes.compare(self._vmas, self._proc.mappings())
            total = self._snapshot.stored_size // self._page_size
            count = min(total, _PAGES_AGAIN)
            chosen = np.random.default_rng(0).choice(total, count, replace=False, shuffle=False)
            for page in np.sort(chosen).tolist():
                changes.differ += not self._is_as_kept(page)
                changes.looked_at += 1
        except ProcessLookupError:
            changes.ended = True
        return changes

    def _is_as_kept(self, page: int) -> bool:
        """Whether a page, by its number in the snapshot, has the same content still."""
        offset, kept = self._snapshot.spooled(page * self._page_size, self._page_size)
        number = bisect_right(self._dump.segments, offset, key=attrgetter("offset")) - 1
        address = offset - self._dump.segments[number].offset + self._vmas[number].start
        with self._places.of(self._vmas[number]) as place:
            view = self._buffer[: self._page_size]
            return bool(place.read(address, view)) and view == kept

    def _remarks(self, stopped: Frozen | None, changes: Changes, seconds: float) -> Iterator[str]:
        taken = format_duration(seconds * 1e9)
        if stopped is None:
            advice = "; --freeze stops it while it is read" if changes.differ else ""
            yield f"read while it ran, in {taken}; {changes}{advice}"
        else:
            yield f"stopped for {taken} while it was read; {changes}"
            if stopped.in_kernel:
                threads = format_count(stopped.in_kernel, "thread")
                yield f"{threads} waited in the kernel and could not be stopped there"
        if self._swapped:
            pages = format_count(self._swapped // self._page_size, "page")
            yield f"{pages} had been swapped out; reading brought them back into memory"
        if self._unreadable:
            yield f"lost: {format_size(self._unreadable)} that could not be read any more"
        if self._untold:
            yield (
                f"left out: up to {format_size(self._untold)} of shared memory that it has not used itself; without "
                "the capability CAP_CHECKPOINT_RESTORE nothing tells what others wrote there; run zswapbench as root"
            )


def _without_content(proc: Proc, vmas: Sequence[Vma]) -> Dump:
    """The process with its segments, of which nothing was read yet."""
    if not vmas:
        raise DumpError(proc.name, "has no memory: it has ended")
    wanted = proc.filter()
    segments, offset = [], 0
    for vma in vmas:
        dumped = vma.end - vma.start if is_dumped(vma, wanted) else 0
        segments.append(Segment(vma.start, vma.end, vma.permissions, vma.name, dumped, offset))
        offset += dumped
    bits, machine = proc.kind()
    return Dump(
        Snapshot(proc.name, offset),
        format="process",
        producer="zswapbench",
        segments=tuple(segments),
        bits=bits,
        byte_order=sys.byteorder,
        machine=machine,
        written=frozenset(number for number, vma in enumerate(vmas) if vma.anonymous),
    )


def _stretches(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Where ``flags`` are set: first, last + 1."""
    borders = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0)).tolist()
    return zip(borders[::2], borders[1::2], strict=True)
