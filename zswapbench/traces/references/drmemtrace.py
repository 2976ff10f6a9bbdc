# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""drmemtrace: each access of a program under DynamoRIO, as ``drrun -t drmemtrace -tool view`` prints it.

| DynamoRIO | line |
|-----------|------|
| 8, 9      | ``T468608     read  8 byte(s) @ 0x7fff9f5fd9b0``; an instruction: ``T468608   0x0000000000467c45 ...`` |
| 9.93      | ``173370: T1774669 read         8 byte(s) @ 0x00007f8881e37c70 by PC 0x...`` |
| 10        | ``47446  37770:  2765543 read         8 byte(s) @ 0x00007fdf64e2adc8 by PC 0x...`` |
| 11        | the same, with ``W0.T2765543`` for the thread |

In front are the numbers of the record and of the instruction. Then comes ``ifetch``, ``read`` or ``write``, size and
address; where a size is not told, one byte is taken. ``<marker: timestamp N>`` is the time in us, told now and then;
between two of them time stands still. Records of all threads are taken. W0 and W1 are two programs, of which one has
to be named. Markers of other kinds, prefetches, flushes of caches and the rest of an instruction's bytes on a line of
their own are no touches.

Source: clients/drcachesim/tools/view.cpp and view.h, DynamoRIO 8 to 11; the README files of drmemtrace_samples, which
show what three of these versions printed.
"""

from __future__ import annotations

import re

import cython
from cython.cimports.libc.string import memchr, memcmp
from cython.cimports.zswapbench.traces.references.importer import Importer, blanks, decimal, hexadecimal

_LINE = re.compile(
    rb"^ *(?:\d+ +\d+: +|\d+: +)?(?:W\d+\.)?T?\d+ +(?:(?:ifetch|read|write) +\d+ byte\(s\) @ 0x|<marker: )",
    re.MULTILINE,
)


@cython.cclass
class DrMemTrace(Importer):
    """What follows the thread tells what a line is."""

    name = "drmemtrace"
    help = "drrun -t drmemtrace -tool view"

    @staticmethod
    def recognises(start: bytes) -> bool:
        return _LINE.search(start) is not None

    def line(self, at: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
        size: cython.ulonglong = 0
        address: cython.ulonglong = 0
        program: cython.longlong = -1
        at = blanks(at, end)
        if at == end or at[0] == b"-" or at[0] == b"<":  # a rule, the names of the columns
            return True
        if (end - at > 13 and memcmp(at, b"Output format:", 14) == 0) or (
            end - at > 17 and memcmp(at, b"View tool results:", 18) == 0
        ):
            return True
        at = _thread(at, end, cython.address(program))
        if at is cython.NULL:
            return False
        if program >= 0 and program + 1 != self.wanted:
            if not self.is_wanted(program):
                return True
            self.wanted = program + 1
        if end - at > 19 and memcmp(at, b"<marker: timestamp ", 19) == 0:
            if decimal(at + 19, end, cython.address(size)):
                self.advance_to(size * 1000)
            return True
        if end - at > 4 and at[0] == b"0" and at[1] == b"x":  # an instruction, up to DynamoRIO 9
            if hexadecimal(at + 2, end, cython.address(address)) is cython.NULL:
                return False
            self.touch(address, 1, False)
            return True
        write: cython.bint = end - at > 6 and memcmp(at, b"write ", 6) == 0
        if not write and (end - at < 6 or (memcmp(at, b"read ", 5) and memcmp(at, b"ifetch", 6))):
            return True
        at = cython.cast(cython.p_const_char, memchr(at, b" ", end - at))
        if at is cython.NULL:
            return False
        at = decimal(blanks(at, end), end, cython.address(size))
        if at is cython.NULL or end - at < 14 or memcmp(at, b" byte(s) @ 0x", 13):
            return False
        if hexadecimal(at + 13, end, cython.address(address)) is cython.NULL:
            return False
        self.touch(address, size, write)
        return True


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _thread(
    at: cython.p_const_char, end: cython.p_const_char, program: cython.pointer(cython.longlong)
) -> cython.p_const_char:
    """Behind the thread that a line is of, and the blanks there; NULL if there is none. ``program``: that of Wn."""
    number: cython.ulonglong = 0
    colon: cython.p_const_char = at
    while colon < end and (colon[0] == b" " or 48 <= colon[0] <= 57):
        colon += 1
    if colon < end and colon[0] == b":":
        at = blanks(colon + 1, end)
    if end - at > 3 and at[0] == b"W":
        at = decimal(at + 1, end, cython.address(number))
        if at is cython.NULL or at == end or at[0] != b".":
            return cython.NULL
        program[0] = number & 0x7FFFFFFF
        at += 1
    if at < end and at[0] == b"T":
        at += 1
    at = decimal(at, end, cython.address(number))
    if at is cython.NULL or at == end or at[0] != b" ":
        return cython.NULL
    return blanks(at, end)
