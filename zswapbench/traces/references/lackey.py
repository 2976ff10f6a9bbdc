# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""lackey: each access of a program under ``valgrind --tool=lackey --trace-mem=yes``.

Lines are ``I  0401ab70,3`` (an instruction is fetched), `` L addr,size`` (load), `` S addr,size`` (store) and
`` M addr,size`` (modify: load, then store). Lines that begin with ``==`` are valgrind's own, and those that begin with
``**`` what somebody had it print into its log, a program by VALGRIND_PRINTF for one. Of these ``**1234** waits 500 us``
is a part of the form: the program waits for so long, at this place. An instruction of it takes its time, and no
touch tells how long it waits.

Source: lackey/lk_main.c, valgrind 3.19; coregrind/m_libcprint.c for the two stars.
"""

from __future__ import annotations

import re

import cython
from cython.cimports.libc.string import memcmp
from cython.cimports.zswapbench.traces.references.importer import Importer, decimal, hexadecimal

from zswapbench.common.units import format_count

_WAITS = cython.declare(cython.p_const_char, b"** waits ")
_WAITS_LENGTH = cython.declare(cython.Py_ssize_t, 9)
_UNIT = cython.declare(cython.p_const_char, b" us")
_UNIT_LENGTH = cython.declare(cython.Py_ssize_t, 3)

_LONGEST_US = cython.declare(
    cython.ulonglong, 0xFFFFFFFF
)  # what lies between two references has no room for more

_LINE = re.compile(rb"^(?:I | [LSM]) [0-9a-f]+,\d+$", re.MULTILINE)


@cython.cclass
class Lackey(Importer):
    """Each line is an instruction's time. ``waits``: lines that tell of a wait; ``waited_us``: all of these."""

    name = "lackey"
    help = "valgrind --tool=lackey --trace-mem=yes"
    has_clock = False
    tells_waits = True
    says_process = False

    @staticmethod
    def recognises(start: bytes) -> bool:
        return _LINE.search(start) is not None

    def line(self, at: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
        address: cython.ulonglong = 0
        size: cython.ulonglong = 0
        if end - at > 1 and at[0] == b"=" and at[1] == b"=":
            return True
        if end - at > 1 and at[0] == b"*" and at[1] == b"*":
            return self.wait(at + 2, end)
        if end - at < 6 or at[2] != b" ":
            return False
        kind: cython.char = at[0] if at[1] == b" " else at[1]
        if not ((at[0] == b"I" and at[1] == b" ") or (at[0] == b" " and kind in (b"L", b"S", b"M"))):
            return False
        at = hexadecimal(at + 3, end, cython.address(address))
        if at is cython.NULL or at == end or at[0] != b",":
            return False
        if decimal(at + 1, end, cython.address(size)) != end:
            return False
        self.tick()
        self.touch(address, size, kind == b"S" or kind == b"M")
        return True

    def wait(self, at: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
        """Take ``1234** waits 500 us``; False for what else somebody says."""
        number: cython.ulonglong = 0
        at = decimal(at, end, cython.address(number))
        if at is cython.NULL or end - at < _WAITS_LENGTH or memcmp(at, _WAITS, _WAITS_LENGTH) != 0:
            return False
        at = decimal(at + _WAITS_LENGTH, end, cython.address(number))
        if at is cython.NULL or end - at != _UNIT_LENGTH or memcmp(at, _UNIT, _UNIT_LENGTH) != 0:
            return False
        if number > _LONGEST_US:
            return False
        self.waits += 1
        self.waited_us += number
        self.advance_to(self.now_ns + 1000 * number)
        return True

    def remarks(self) -> list[str]:
        told = Importer.remarks(self)
        if self.waits:
            told.append(f"{format_count(self.waits, 'wait')} of {self.waited_us / 1e6:,.3f} s in all")
        return told
