# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Lines of ftrace, trace-cmd and perf script: one form in three dialects.

    redis-server-134     [000] d....    65.234236: str: (swap_writeout+0x151/0x340 <- zswap_store) ret=0
    redis-server-134     [000]    65.234236: str:  (ffffffff8892abc4 <- ffffffff88931a00) ret=0
    python3   129 [000]    20.585113: probe:zst: (ffffffff8892abc4) val=1 idx=17592186044414

A name of a thread may hold anything, so a line is read from its time on, the first word that is a number of seconds
with a colon behind it, and backwards from there. The fields are known by their names, in any order:

| fields          | meaning                                                                              |
|-----------------|--------------------------------------------------------------------------------------|
| off, type       | the swap slot                                                                        |
| val             | both in one: swp_entry_t, type << 58 and offset                                       |
| idx             | index of the folio                                                                   |
| fl, ord         | flags of the folio, and the byte that holds its order if bit 6 (PG_head) is among them |
| ret, arg1       | what the function returned                                                           |
"""

from __future__ import annotations

import cython
from cython.cimports.libc.string import memcmp, memset
from cython.cimports.zswapbench.traces.line_reader import (
    CUT_LINE,
    ODD_LINE,
    OTHER_LINE,
    RECORD_LINE,
    LineReader,
)
from cython.cimports.zswapbench.traces.records import LOADED, STORED, Record
from cython.cimports.zswapbench.traces.scanning import (
    Names,
    Number,
    Text,
    nanoseconds_at,
    next_of,
    number_at,
    past_blanks,
    word_end,
)

from zswapbench.traces.records import NAMES, THREADS

_SHORTEST = 32
"""Bytes of a line with a record, at least."""

_NO_EVENTS = ("tracing_mark_write", "PERF_RECORD_LOST", "PERF_RECORD_LOST_SAMPLES")
"""What is told in the form of an event: texts that somebody wrote into the recording, and losses."""

_OFFSET = cython.declare(cython.int, 1)
_TYPE = cython.declare(cython.int, 2)
_ENTRY = cython.declare(cython.int, 3)
_INDEX = cython.declare(cython.int, 4)
_FLAGS = cython.declare(cython.int, 5)
_ORDER = cython.declare(cython.int, 6)
_RETURNED = cython.declare(cython.int, 7)
_FIELDS = {
    "off": 1,
    "type": 2,
    "val": 3,
    "idx": 4,
    "fl": 5,
    "ord": 6,
    "ret": 7,
    "arg1": 7,
}

_MARKED = cython.declare(cython.int, 100)
"""What the names say of these."""

_THREAD_MASK = cython.declare(cython.uint, THREADS - 1)


@cython.cclass
class ProbeLines(LineReader):
    """Reads the lines of a tracer."""

    def __init__(self) -> None:
        LineReader.__init__(self)
        self.shortest = _SHORTEST
        self.names = Names({**NAMES, **dict.fromkeys(_NO_EVENTS, 100)})
        self.fields = Names(_FIELDS)

    def line(self, at: Text, end: Text, record: cython.pointer(Record)) -> cython.int:
        """What the line from ``at`` to ``end`` is; if it is a record, that is in ``record``."""
        if at < end and at[0] == ord("#"):
            return ODD_LINE
        memset(record, 0, cython.sizeof(Record))
        at = self.head(at, end, record)
        if at is cython.NULL:
            return ODD_LINE
        word: Text = at
        at = word_end(at, end)
        stop: Text = at - 1 if at > word and (at - 1)[0] == ord(":") else at
        name: Text = stop
        while name > word and (name - 1)[0] != ord(":"):
            name -= 1
        kind: cython.int = self.names.find(name, stop)
        if kind == 0:
            return OTHER_LINE
        if kind == _MARKED:
            return ODD_LINE
        record.kind = kind
        at = past_blanks(at, end)
        if at < end and at[0] == ord("("):
            self.function(at + 1, end)
            at = next_of(at, end, ord(")"))
        return RECORD_LINE if self.values(at, end, record) else CUT_LINE

    def head(self, at: Text, end: Text, record: cython.pointer(Record)) -> Text:
        """Thread, CPU and time; where the name of the event begins. NULL if there is no time."""
        start: Text = at
        cpu: Text = end  # none found yet
        stop: Text
        time: Number
        while True:
            at = past_blanks(at, end)
            if at == end:
                return cython.NULL
            stop = word_end(at, end)
            if at[0] == ord("[") and stop - at > 2 and (stop - 1)[0] == ord("]"):
                found: Number = number_at(at + 1, stop)
                if found.end == stop - 1:
                    cpu = at
                    record.cpu = cython.cast(cython.ushort, found.value)
            elif (stop - 1)[0] == ord(":") and ord("0") <= at[0] <= ord("9"):
                time = nanoseconds_at(at, stop)
                if time.end == stop - 1 and next_of(at, stop, ord(".")) < stop:
                    break
            at = stop
        record.time_ns = time.value
        if cpu > at:
            cpu = at
        record.thread = thread_before(start, cpu)
        at = past_blanks(stop, end)
        stop = word_end(at, end)
        if number_at(at, stop).end == stop:  # perf says how many events this line stands for
            at = past_blanks(stop, end)
        if at == end:
            return cython.NULL
        return at

    def values(self, at: Text, end: Text, record: cython.pointer(Record)) -> cython.bint:
        """The fields; whether all that the kind of the record must have are there."""
        has_slot: cython.bint = False
        has_returned: cython.bint = False
        flags: cython.ulonglong = 1 << 6
        while True:
            equals: Text = next_of(at, end, ord("="))
            if equals == end:
                break
            name: Text = equals
            while name > at and (name - 1)[0] != ord(" ") and (name - 1)[0] != ord(","):
                name -= 1
            field: cython.int = self.fields.find(name, equals)
            value: Number = number_at(equals + 1, end)
            at = max(equals + 1, value.end)
            if field == 0 or value.end == equals + 1:
                continue
            if field == _OFFSET:
                record.offset = value.value
                has_slot = True
            elif field == _TYPE:
                record.swap_type = cython.cast(cython.uchar, value.value)
            elif field == _ENTRY:
                record.offset = value.value & ((cython.cast(cython.ulonglong, 1) << 58) - 1)
                record.swap_type = cython.cast(cython.uchar, value.value >> 58)
                has_slot = True
            elif field == _INDEX:
                record.index = value.value
            elif field == _FLAGS:
                flags = value.value
            elif field == _ORDER:
                record.order = value.value & 0xFF
            elif field == _RETURNED:
                record.returned = cython.cast(cython.longlong, value.value)
                has_returned = True
        if not flags & (1 << 6):  # the byte is the order of a large folio, and of no other
            record.order = 0
        return has_returned if record.kind == STORED or record.kind == LOADED else has_slot

    def function(self, at: Text, end: Text) -> cython.void:
        """Note what the name of a probed function says of the kernel."""
        if end - at > 16 and memcmp(at, b"zswap_frontswap_", 16) == 0:
            self.frontswap = True
        elif end - at > 13 and memcmp(at, b"swap_writeout", 13) == 0:
            self.writeout = True


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def thread_before(start: Text, at: Text) -> cython.uint:
    """The number that ends before ``at``, but for blanks and the thread group in brackets: "sh-12 (  12) "."""
    scale: cython.ulonglong = 1
    number: cython.ulonglong = 0
    while at > start and (at - 1)[0] == ord(" "):
        at -= 1
    if at > start and (at - 1)[0] == ord(")"):
        while at > start and (at - 1)[0] != ord("("):
            at -= 1
        at -= 1
        while at > start and (at - 1)[0] == ord(" "):
            at -= 1
    while at > start and ord("0") <= (at - 1)[0] <= ord("9"):
        at -= 1
        number += (at[0] - ord("0")) * scale
        scale *= 10
    return cython.cast(cython.uint, number & _THREAD_MASK)
