# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Rows of comma-separated values, a record each: a header names the columns, which may stand in any order.

    time_ns,cpu,pid,event,type,offset,order,cgroup,index,result
    65234236000,0,134,so,0,6124,0,1,34196212315,
    65234239000,0,134,str,,,,1,,1

| column                           | meaning                                                               |
|----------------------------------|-----------------------------------------------------------------------|
| time_ns, time_us, time_ms, time  | of the event; the last in seconds, with a fraction                    |
| event                            | a name of zswapbench.traces.records.NAMES, or store, load, invalidate |
| offset, type                     | the swap slot; type is 0 if there is no such column                   |
| entry                            | both in one: swp_entry_t, type << 58 and offset                       |
| order, index                     | of the folio                                                          |
| result                           | what the function returned                                            |
| cpu, pid                         | where it happened, and the thread                                     |

All others are passed over. There must be a time, event, and offset or entry. The three words may stand in capitals.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.string import memset
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
)

from zswapbench.traces.records import NAMES, THREADS, Kind

_SHORTEST = 6
"""Bytes of a row with a record, at least: its time, its event, its offset, two separators, and its end."""

MOST_COLUMNS = 32

_WORDS = {"store": Kind.STORE, "load": Kind.LOAD, "invalidate": Kind.INVALIDATE}

EVENTS = {**NAMES, **_WORDS, **{word.upper(): kind for word, kind in _WORDS.items()}}

TIMES = {"time": 0, "time_ns": 1, "time_us": 1000, "time_ms": 1_000_000}
"""Nanoseconds in the unit of a column of times; 0: seconds, with a fraction."""

FIELDS = {
    **dict.fromkeys(TIMES, 1),
    "event": 2,
    "offset": 3,
    "entry": 4,
    "type": 5,
    "order": 6,
    "index": 7,
    "result": 8,
    "cpu": 9,
    "pid": 10,
}

_TIME = cython.declare(cython.int, 1)
_EVENT = cython.declare(cython.int, 2)
_OFFSET = cython.declare(cython.int, 3)
_ENTRY = cython.declare(cython.int, 4)
_TYPE = cython.declare(cython.int, 5)
_ORDER = cython.declare(cython.int, 6)
_INDEX = cython.declare(cython.int, 7)
_RESULT = cython.declare(cython.int, 8)
_CPU = cython.declare(cython.int, 9)

_NONE_SUCH = cython.declare(cython.ulonglong, 255)
"""In place of a larger swap type or order, of which the low byte could be a real one."""

_THREAD_MASK = cython.declare(cython.uint, THREADS - 1)


@cython.cclass
class TableLines(LineReader):
    """Reads the rows of a table. ``header``: the names of the columns."""

    def __init__(self, header: list[str], separator: str) -> None:
        LineReader.__init__(self)
        self.shortest = _SHORTEST
        if len(header) > MOST_COLUMNS:
            raise ValueError(f"{len(header)} columns are more than {MOST_COLUMNS}")
        for column, name in enumerate(header):
            self.fields[column] = FIELDS.get(name, 0)
        self.columns = len(header)
        self.separator = ord(separator)
        self.scale = next(scale for name, scale in TIMES.items() if name in header)
        self.names = Names(EVENTS)

    def line(self, at: Text, end: Text, record: cython.pointer(Record)) -> cython.int:
        """What the line from ``at`` to ``end`` is; if it is a record, that is in ``record``."""
        if at < end and (end - 1)[0] == ord("\r"):
            end -= 1
        if at == end or at[0] == ord("#"):
            return ODD_LINE
        memset(record, 0, cython.sizeof(Record))
        column: cython.int = 0
        had: cython.uint = 0
        named: cython.bint = False
        stop: Text = end
        while column < self.columns:
            stop = next_of(at, end, self.separator)
            field: cython.int = self.fields[column]
            if field and self.value(field, at, stop, record):
                had |= cython.cast(cython.uint, 1) << field
            elif field == _TIME:
                return ODD_LINE
            elif field == _EVENT:
                named = at < stop
            column += 1
            if stop == end:
                break
            at = stop + 1
        if column < self.columns or stop < end:
            return ODD_LINE if column == 1 else CUT_LINE
        if not had & (1 << _EVENT):
            return OTHER_LINE if named else CUT_LINE
        wanted: cython.uint = (1 << _OFFSET) | (1 << _ENTRY)
        if record.kind == STORED or record.kind == LOADED:
            wanted = 1 << _RESULT
        return RECORD_LINE if had & wanted else CUT_LINE

    def value(self, field: cython.int, at: Text, end: Text, record: cython.pointer(Record)) -> cython.bint:
        """Take the value from ``at`` to ``end`` into ``record``; whether it is one."""
        if field == _EVENT:
            record.kind = self.names.find(at, end)
            return record.kind != 0
        number: Number = number_at(at, end)
        if field == _TIME and self.scale == 0:
            number = nanoseconds_at(at, end)
        if number.end != end or at == end:
            return False
        if field == _TIME:
            record.time_ns = number.value * self.scale if self.scale else number.value
        elif field == _OFFSET:
            record.offset = number.value
        elif field == _ENTRY:
            record.offset = number.value & ((cython.cast(cython.ulonglong, 1) << 58) - 1)
            record.swap_type = cython.cast(cython.uchar, number.value >> 58)
        elif field == _TYPE:
            record.swap_type = cython.cast(cython.uchar, min(number.value, _NONE_SUCH))
        elif field == _ORDER:
            record.order = cython.cast(cython.uchar, min(number.value, _NONE_SUCH))
        elif field == _INDEX:
            record.index = number.value
        elif field == _RESULT:
            record.returned = cython.cast(cython.longlong, number.value)
        elif field == _CPU:
            record.cpu = cython.cast(cython.ushort, number.value)
        else:
            record.thread = cython.cast(cython.uint, number.value) & _THREAD_MASK
        return True
