"""From records to events: put in the order of time, matched, and told as a trace tells them.

One event comes of each page that was swapped out (STORE, whatever zswap made of it), of each that was swapped in (LOAD,
from wherever), and of each slot that was freed (INVALIDATE). What the kernel's zswap made of them is no event: a replay
decides anew. It is counted, under the names of the kernel's own counters, so that a recording can be held against
/proc/vmstat.

Records of several CPUs may come a little out of order, and what a record is may show by one that comes after it. So the
last of them are kept back: some until they are in order, some more until they are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.common.units import format_count
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.matching import Matching
from zswapbench.traces.recording import Account, Recording
from zswapbench.traces.records import RECORD, Kind, Mark
from zswapbench.traces.worker_turns import WorkerTurns

KEPT = 1 << 14
"""Records that are kept back, more than all CPUs of a machine have at work."""

_BACK_NS = 1_000_000_000
"""How far the clock may go back from one line to the next: buffers of CPUs are emptied one after the other."""

_MOST_ORDER = 10

_LONGEST_US = 0xFFFFFFFF

_OPS = np.zeros(256, np.uint8)
_OPS[[int(Kind.OUT), int(Kind.STORE)]] = int(Op.STORE)
_OPS[[int(Kind.IN), int(Kind.LOAD)]] = int(Op.LOAD)
_OPS[int(Kind.INVALIDATE)] = int(Op.INVALIDATE)
_OPS[int(Kind.WRITE)] = int(Op.WORK)
"""What event a record stands for. Plain numbers: numpy loses an interrupt that comes while it looks at an enum."""

_WORK = int(Op.WORK)

_ASKED = [int(Kind.STORE), int(Kind.LOAD)]

_WRITEOUT_SINCE = (6, 13)
"""A kernel with swap_writeout() is of this version at least; none up to 6.12 has it."""

_ZEROMAP_SINCE = (6, 11)
"""From here on pages of zeros are noted in a bitmap, and zswap is not asked. Source: mm/page_io.c swap_writepage()."""

_INT_LOAD_SINCE = (6, 15)
"""From here on zswap_load() returns 0 or an error; from 6.6 to then whether it had the page."""

_ZSWAP_STORE_SINCE = (6, 6)
"""From here on there is no frontswap: swap calls zswap_store(), which returns whether it took the page."""

_KINDS, _MARKS, _SIGNS = 16, 8, 3


UNTOLD = (1 << 64) - 1
"""In place of an index that the recording does not have."""


@dataclass(frozen=True)
class Swaps:
    """Some events. ``index``: of the page, or UNTOLD; ``zeros``: which are stores of pages of zeros.

    ``zeros_known``: whether stores that are not among these are of other pages.
    """

    events: NDArray[np.void]
    index: NDArray[np.uint64]
    zeros: NDArray[np.bool_]
    zeros_known: bool


def version_of_kernel(text: str) -> tuple[int, int]:
    """(6, 12) of "6.12" or "6.12.117-amd64". Raises UsageError for what is no version."""
    found = re.match(r"(?:linux-)?(\d+)\.(\d+)", text)
    if not found:
        raise UsageError(f"--kernel {text!r} is no version of a kernel; give one such as 6.12")
    return int(found[1]), int(found[2])


class Reading:
    """The events of ``recording``, and what is to be told of it. ``kernel``: where the recording does not say,
    or tells only the one that its script is for.
    """

    def __init__(self, recording: Recording, kernel: str = "") -> None:
        self.recording = recording
        self.late = 0
        """Records that stood behind one of a later time."""
        self.impossible = 0
        """Records about slots or folios that a trace, or a kernel, has not."""
        self.shortened = 0
        """Pauses that were longer than an event can say."""
        self._given = kernel and version_of_kernel(kernel) and kernel
        self._matching = Matching()
        self.turns = WorkerTurns()
        """How far the kernel's worker had come."""
        self._tally = np.zeros(_KINDS * _MARKS * _SIGNS, np.int64)
        self._last_ns = 0  # of the line read last
        self._last_us: int | None = None  # of the event told last

    @property
    def kernel(self) -> str:
        """The version of the kernel, or what is known of it."""
        account = self.recording.account
        if told := self._told_kernel:
            return f"{told} (its script's)" if account.kernel_is_scripts and not self._given else told
        if account.frontswap:
            return "before 6.6"
        return "after 6.12" if account.writeout else "6.6 or later"

    def swaps(self) -> Iterator[Swaps]:
        """All events, in order. Raises TraceError where the time goes far back.

        Raises UsageError at the end if the kernel that was given cannot be the one that was recorded.
        """
        held = np.empty(0, RECORD)
        for records in self._in_order():
            window = np.concatenate([held, records])
            self._matching.mark(window, len(held))
            cut = max(len(window) - KEPT, 0)
            self._matching.drop(cut)
            yield self._told(window[:cut])
            held = window[cut:].copy()
        yield self._told(held)
        self._refuse_other_kernel()

    def _refuse_other_kernel(self) -> None:
        account = self.recording.account
        if not self._given:
            return
        given = version_of_kernel(self._given)
        if account.frontswap and given >= _ZSWAP_STORE_SINCE:
            found = "before 6.6, since it has frontswap"
        elif account.writeout and given < _WRITEOUT_SINCE:
            found = "after 6.12, since it has swap_writeout"
        elif account.kernel and not account.kernel_is_scripts and given != version_of_kernel(account.kernel):
            found = f"{account.kernel}, as it says itself"
        else:
            return
        raise UsageError(
            f"--kernel {self._given}: the kernel of {self.recording.path} is {found}; leave it out"
        )

    def _in_order(self) -> Iterator[NDArray[Any]]:
        """All records that can be, in the order of time."""
        held = np.empty(0, RECORD)
        for records in self.recording.records():
            if len(records):
                window = self._sorted(np.concatenate([held, self._possible(records)]))
                cut = max(len(window) - KEPT, 0)
                yield window[:cut]
                held = window[cut:].copy()
        yield held

    def counters(self) -> dict[str, int]:
        """What the kernel's counters in /proc/vmstat grew by, as far as the probes can tell."""
        tally = self._tally.reshape(_KINDS, _MARKS, _SIGNS)
        seen = {kind: self._seen(kind) for kind in Kind}
        zero, positive, negative = range(_SIGNS)
        found: dict[str, int] = {}
        if seen[Kind.STORED] and self._era_is_known:
            found["zswpout"] = int(tally[Kind.STORED, :, zero if self._frontswap else positive].sum())
        loaded = tally[Kind.LOADED].sum(axis=0)
        hit = self._sign_of_hit(has_positive=bool(loaded[positive]), has_negative=bool(loaded[negative]))
        if seen[Kind.LOADED] and hit is not None:
            found["zswpin"] = int(loaded[hit])
        if seen[Kind.WRITE]:
            found["pswpout"] = int(tally[Kind.WRITE].sum())
            if seen[Kind.STORE]:
                found["zswpwb"] = int(tally[Kind.WRITE, Mark.NONE].sum())
        if self._zeromap and seen[Kind.OUT]:
            found["swpout_zero"] = int(tally[Kind.OUT, Mark.NONE].sum())
        if self._zeromap and seen[Kind.IN]:
            found["swpin_zero"] = int(tally[Kind.IN, Mark.NONE].sum())
        if seen[Kind.IN] and "zswpin" in found:
            found["pswpin"] = int(tally[Kind.IN].sum()) - found["zswpin"] - found.get("swpin_zero", 0)
        return found

    def origin(self) -> str:
        """How a trace says where it comes from: kernel, form, how many lines, and what the tracer lost."""
        account: Account = self.recording.account
        lost = f", {format_count(account.lost, 'event')} lost" if account.lost else ""
        return (
            f"kernel {self.kernel}, {account.form} text, {account.lines:,} lines, {account.skipped:,} skipped"
            f"{lost}"
        )

    def write_back_us(self) -> float | None:
        """How long the kernel's worker took to write an entry back; None: it wrote none that tell."""
        return self.turns.write_back_us

    def left_out(self) -> dict[str, int]:
        """What was left out or put right, and how often: only what happened."""
        account = self.recording.account
        counts = (
            ("lines of other events", account.others),
            ("lines that tracers write around events", account.remarks),
            ("lines that are cut", account.cut),
            ("lines that could not be read", account.unread),
            ("events about slots that no trace can hold", self.impossible),
            ("events out of order, put in the order of time", self.late),
            ("pauses of more than 71 minutes, shortened to that", self.shortened),
            ("events that the tracer lost", account.lost),
        )
        return {what: count for what, count in counts if count}

    @property
    def _told_kernel(self) -> str:
        """The recording's own, but where that is only its script's, the one that was given."""
        account = self.recording.account
        own = "" if account.kernel_is_scripts and self._given else account.kernel
        return own or self._given

    @property
    def _version(self) -> tuple[int, int] | None:
        told = self._told_kernel
        return version_of_kernel(told) if told else None

    @property
    def _frontswap(self) -> bool:
        version = self._version
        return self.recording.account.frontswap if version is None else version < _ZSWAP_STORE_SINCE

    @property
    def _zeromap(self) -> bool:
        """Whether a page that zswap was not asked about is one of zeros."""
        asked = self._tally.reshape(_KINDS, -1)[_ASKED].any()
        since = self._version or _ZEROMAP_SINCE
        return bool(asked) and self._era_is_known and not self._frontswap and since >= _ZEROMAP_SINCE

    def _seen(self, kind: Kind) -> bool:
        """Whether there was a record of that kind."""
        return bool(self._tally.reshape(_KINDS, -1)[int(kind)].any())

    @property
    def _era_is_known(self) -> bool:
        """Whether it is known if there is frontswap: its store never returns more than 0."""
        account, stored = self.recording.account, self._tally.reshape(_KINDS, -1, _SIGNS)[int(Kind.STORED)]
        return bool(self._version or account.frontswap or account.writeout or stored[:, 1].any())

    def _sign_of_hit(self, *, has_positive: bool, has_negative: bool) -> int | None:
        """Of what a load returns that found its page: 0 for 0, 1 for a positive number. None: it cannot be known."""
        version = self._version
        if not self._era_is_known:
            return None
        if self._frontswap or has_negative or self.recording.account.writeout:
            return 0
        if has_positive:
            return 1
        return None if version is None else int(version < _INT_LOAD_SINCE)

    def _possible(self, records: NDArray[Any]) -> NDArray[Any]:
        """``records`` but for those that cannot be. Raises TraceError if their time goes far back."""
        times = records["time_ns"].astype(np.int64)
        steps = np.diff(times, prepend=self._last_ns or times[0])
        if (far := np.flatnonzero(steps < -_BACK_NS)).size:
            to = times[far[0]]
            since, to = (f"{one / 1e9:.6f} s" for one in (to - steps[far[0]], to))
            raise TraceError(
                self.recording.path,
                f"its time goes back from {since} to {to}: more than one recording; import each by itself",
            )
        self.late += int(np.count_nonzero(steps < 0))
        self._last_ns = int(times[-1])
        fine = (records["offset"] < 1 << 32) & (records["swap_type"] < 32)
        if records["order"].any():
            pages = np.uint64(1) << np.minimum(records["order"], _MOST_ORDER).astype(np.uint64)
            fine &= (records["order"] <= _MOST_ORDER) & (records["offset"] <= np.uint64(1 << 32) - pages)
        if fine.all():
            return records
        self.impossible += int(np.count_nonzero(~fine))
        return records[fine]

    @staticmethod
    def _sorted(records: NDArray[Any]) -> NDArray[Any]:
        times = records["time_ns"]
        if (times[1:] >= times[:-1]).all():
            return records
        return records[np.argsort(times, kind="stable")]

    def _told(self, records: NDArray[Any]) -> Swaps:
        """The events that ``records``, which are matched, stand for."""
        kind, mark = records["kind"].astype(np.int64), records["mark"].astype(np.int64)
        pages = np.int64(1) << records["order"].astype(np.int64)
        returned = records["returned"]
        code = (kind * _MARKS + mark) * _SIGNS + (returned > 0) + 2 * (returned < 0)
        weights = pages if records["order"].any() else None  # which takes five times as long
        counts = np.bincount(code, weights=weights, minlength=len(self._tally))
        self._tally += counts.astype(np.int64)
        told = (_OPS[kind] > 0) & (mark != int(Mark.PART)) & (mark != int(Mark.FREED))
        told &= (kind != int(Kind.WRITE)) | ((mark == int(Mark.NONE)) & self._seen(Kind.STORE))
        zeros = (kind == int(Kind.OUT)) & (mark == int(Mark.NONE)) & self._zeromap
        return self._events(records[told], pages[told], zeros[told])

    def _events(self, records: NDArray[Any], pages: NDArray[np.int64], zeros: NDArray[np.bool_]) -> Swaps:
        """An event for each page of the folios."""
        ahead = np.zeros(len(records), np.int64)
        if len(records) and pages.max() > 1:
            first = np.repeat(np.cumsum(pages) - pages, pages)
            ahead = np.arange(len(first)) - first
            records, zeros = np.repeat(records, pages), np.repeat(zeros, pages)
        events = np.zeros(len(records), EVENT)
        events["op"] = _OPS[records["kind"]]
        events["swap_type"], events["cpu"] = records["swap_type"], records["cpu"]
        events["offset"] = records["offset"] + ahead.astype(np.uint64)
        events["delta_us"] = self._deltas((records["time_ns"] // 1000).astype(np.int64))
        index = np.where(records["index"] > 0, records["index"] + ahead.astype(np.uint64), np.uint64(UNTOLD))
        return self._with_turns(Swaps(events, index, zeros, self._zeromap), records)

    def _with_turns(self, swaps: Swaps, records: NDArray[Any]) -> Swaps:
        """``swaps``, which are of ``records``, and how far the kernel's worker had come."""
        events, marks = swaps.events, records["mark"]
        works = events["op"] == _WORK
        events["offset"][works], events["page"][works] = 0, 1
        before = np.flatnonzero(self.turns.before(events, marks))
        self.turns.note(records["time_ns"][works])
        turns = self.turns.made(events[before], marks[before])
        events["delta_us"][before] = 0
        return Swaps(
            np.insert(events, before, turns),
            np.insert(swaps.index, before, np.uint64(UNTOLD)),
            np.insert(swaps.zeros, before, False),
            swaps.zeros_known,
        )

    def _deltas(self, moments: NDArray[np.int64]) -> NDArray[np.int64]:
        """Microseconds from one event to the next."""
        if not len(moments):
            return moments
        moments = np.maximum.accumulate(moments)
        since = moments[0] if self._last_us is None else min(self._last_us, int(moments[0]))
        self._last_us = max(self._last_us or 0, int(moments[-1]))
        deltas = np.diff(moments, prepend=since)
        self.shortened += int(np.count_nonzero(deltas > _LONGEST_US))
        return np.minimum(deltas, _LONGEST_US)
