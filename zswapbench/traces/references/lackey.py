# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""lackey: each access of a program under ``valgrind --tool=lackey --trace-mem=yes``.

Lines are ``I  0401ab70,3`` (an instruction is fetched), `` L addr,size`` (load), `` S addr,size`` (store) and
`` M addr,size`` (modify: load, then store). Lines that begin with ``==`` are valgrind's own.
Source: lackey/lk_main.c, valgrind 3.19.
"""

from __future__ import annotations

import re

import cython
from cython.cimports.zswapbench.traces.references.importer import Importer, decimal, hexadecimal

_LINE = re.compile(rb"^(?:I | [LSM]) [0-9a-f]+,\d+$", re.MULTILINE)


@cython.cclass
class Lackey(Importer):
    """Each line is an instruction's time."""

    name = "lackey"
    help = "valgrind --tool=lackey --trace-mem=yes"
    has_clock = False
    says_process = False

    @staticmethod
    def recognises(start: bytes) -> bool:
        return _LINE.search(start) is not None

    def line(self, at: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
        address: cython.ulonglong = 0
        size: cython.ulonglong = 0
        if end - at > 1 and at[0] == b"=" and at[1] == b"=":
            return True
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
