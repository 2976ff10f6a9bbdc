# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Words and numbers in text, for the compiled readers of lines. Nothing is copied: a place in the text is a pointer."""

from __future__ import annotations

from collections.abc import Mapping

import cython
from cython.cimports.libc.string import memchr, memcmp
from cython.cimports.zswapbench.traces.scanning import Number, Text

_MOST_NAMES = 64
_NINE = cython.declare(cython.int, 9)

_HEX_DIGITS = cython.declare(cython.int, 16)
_DIGITS = cython.declare(cython.int, 20)
"""Of the largest number of 64 bits, which begins with 1."""
_LEAST_OF_DIGITS = cython.declare(cython.ulonglong, 10**19)
"""A number with so many digits that begins with 1 is no less, but if it has more than 64 bits."""


@cython.cclass
class Names:
    """A few words, each with a number from 1 on."""

    def __init__(self, values: Mapping[str, int]) -> None:
        if len(values) > _MOST_NAMES:
            raise ValueError(f"{len(values)} names are more than {_MOST_NAMES}")
        self._kept = [name.encode() for name in values]  # the pointers are into these
        self.count = len(self._kept)
        for index, (name, value) in enumerate(zip(self._kept, values.values(), strict=True)):
            kept: cython.p_uchar = name
            self.names[index] = kept
            self.lengths[index] = len(name)
            self.values[index] = int(value)

    def find(self, at: Text, end: Text) -> cython.int:
        """The number of the word from ``at`` to ``end``; 0 for one that is not among them."""
        index: cython.int
        for index in range(self.count):
            if self.lengths[index] == end - at and memcmp(self.names[index], at, end - at) == 0:
                return self.values[index]
        return 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def number_at(at: Text, end: Text) -> Number:
    """A decimal number, which may have a sign, or 0x and hexadecimal digits; none if it has more than 64 bits."""
    start: Text = at
    value: cython.ulonglong = 0
    negative: cython.bint = at < end and at[0] == ord("-")
    if negative:
        at += 1
    first: Text = at
    digit: cython.int
    if end - at > 2 and at[0] == ord("0") and at[1] == ord("x"):
        at += 2
        first = at
        while at < end:
            digit = at[0] - ord("0")
            if digit > 9 or digit < 0:
                digit = (at[0] | 32) - ord("a") + 10
                if digit < 10 or digit > 15:
                    break
            value = value * 16 + digit
            at += 1
        if at - first > _HEX_DIGITS:
            return Number(start, 0)
    else:
        while at < end and ord("0") <= at[0] <= ord("9"):
            value = value * 10 + (at[0] - ord("0"))
            at += 1
        if at - first >= _DIGITS and (
            at - first > _DIGITS or first[0] != ord("1") or value < _LEAST_OF_DIGITS
        ):
            return Number(start, 0)
    if at == first:
        return Number(start, 0)
    return Number(at, 0 - value if negative else value)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def nanoseconds_at(at: Text, end: Text) -> Number:
    """Seconds, with or without a fraction, as nanoseconds; digits behind the ninth are passed over."""
    start: Text = at
    value: cython.ulonglong = 0
    digits: cython.int = 0
    while at < end and ord("0") <= at[0] <= ord("9"):
        value = value * 10 + (at[0] - ord("0"))
        at += 1
    if at == start:
        return Number(start, 0)
    if at < end and at[0] == ord("."):
        at += 1
        while at < end and ord("0") <= at[0] <= ord("9"):
            if digits < _NINE:
                value = value * 10 + (at[0] - ord("0"))
                digits += 1
            at += 1
    while digits < _NINE:
        value *= 10
        digits += 1
    return Number(at, value)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def next_of(at: Text, end: Text, byte: cython.int) -> Text:
    """Where ``byte`` comes next; ``end`` if it does not."""
    found: Text = cython.cast(Text, memchr(at, byte, end - at))
    return end if found is cython.NULL else found


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def past_blanks(at: Text, end: Text) -> Text:
    """The first byte that is neither space nor tab."""
    while at < end and (at[0] == ord(" ") or at[0] == ord("\t")):
        at += 1
    return at


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def word_end(at: Text, end: Text) -> Text:
    """The first byte that is a space or a tab; ``end`` if there is none."""
    while at < end and at[0] != ord(" ") and at[0] != ord("\t"):
        at += 1
    return at
