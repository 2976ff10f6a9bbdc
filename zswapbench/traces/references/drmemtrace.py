# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""drmemtrace: each access of a program under DynamoRIO, as ``drrun -t drmemtrace -tool view`` prints it.

Lines are ``12  1:  3054847 read  8 byte(s) @ 0x00007ffe8f4d6bd8 by PC 0x...``: number of the record, of the
instruction, thread, ``ifetch``, ``read`` or ``write``, size and address. ``<marker: timestamp N>`` is the time in us,
told now and then; between two of them time stands still. Records of all threads are taken, markers of other kinds
passed over. Source: clients/drcachesim/tools/view.cpp, DynamoRIO 9 to 11.
"""

from __future__ import annotations

import re

import cython
from cython.cimports.libc.string import memchr, memcmp
from cython.cimports.zswapbench.traces.references.importer import Importer, decimal, hexadecimal

_LINE = re.compile(
    rb"^ *\d+ +\d+: +\S+ (?:ifetch|read|write) +\d+ byte\(s\) @ 0x|^ *\d+ +\d+: +\S+ <marker:", re.MULTILINE
)


@cython.cclass
class DrMemTrace(Importer):
    """A prefetch and whatever else the tool prints is no touch."""

    name = "drmemtrace"
    help = "drrun -t drmemtrace -tool view"

    @staticmethod
    def recognises(start: bytes) -> bool:
        return _LINE.search(start) is not None

    def line(self, at: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
        size: cython.ulonglong = 0
        address: cython.ulonglong = 0
        at = cython.cast(cython.p_const_char, memchr(at, b":", end - at))
        if at is cython.NULL:
            return False
        at = _blanks(at + 1, end)
        while at < end and at[0] != b" ":  # the thread
            at += 1
        at = _blanks(at, end)
        if end - at < 6:
            return False
        if at[0] == b"<":
            timed: cython.bint = end - at > 19 and memcmp(at, b"<marker: timestamp ", 19) == 0
            if timed and decimal(at + 19, end, cython.address(size)):
                self.advance_to(size * 1000)
            return True
        write: cython.bint = memcmp(at, b"write ", 6) == 0
        if not write and memcmp(at, b"read  ", 5) and memcmp(at, b"ifetch", 6):
            return False
        while at < end and at[0] != b" ":
            at += 1
        at = decimal(_blanks(at, end), end, cython.address(size))
        if at is cython.NULL or end - at < 14 or memcmp(at, b" byte(s) @ 0x", 13):
            return False
        if hexadecimal(at + 13, end, cython.address(address)) is cython.NULL:
            return False
        self.touch(address, size, write)
        return True


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _blanks(at: cython.p_const_char, end: cython.p_const_char) -> cython.p_const_char:
    """Behind the blanks at ``at``."""
    while at < end and at[0] == b" ":
        at += 1
    return at
