# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""perf: sampled addresses, as ``perf script`` prints them: ``perf mem record``, page faults, or any event with ``-d``.

A line is ``comm pid [cpu] seconds: ...``. Of a page fault event ``address=`` and ``error_code=`` are read (bit 1 of
it: a write). Otherwise the first hexadecimal number behind the event's name is the address, if that line has one: what
perf prints there without ``-d`` is the code's address (then no other number follows it), or the data source (then
``|OP`` follows it), and such lines tell of no touch. What was done is said by ``|OP STORE`` and ``|OP LOAD`` of perf
mem, or by a name with ``stores`` or ``loads``. Samples are a part of all touches: fewer pages seem to be in use than
are.

    sort 202 [000] 75.421974: exceptions:page_fault_user: address=0x7f505a086e06 ip=0x7f505a06e7ad error_code=0x4
    chromium 46572 [002] 544966.882384: 10000 cpu/mem-loads/: 7ffdf1391b0c 10268100142 |OP LOAD|LVL L1 hit|... 7fad...

Source: tools/perf/builtin-script.c process_event(), whose order of columns is time, period, event, addr, data_src,
weight, ip, whatever ``-F`` says; 6.1 to 7.3. Lines of perf mem: commit messages of tools/perf (Intel, Arm SPE).
"""

from __future__ import annotations

import cython
from cython.cimports.libc.string import memchr, memcmp
from cython.cimports.zswapbench.traces.references.importer import blanks, decimal, hexadecimal
from cython.cimports.zswapbench.traces.references.lines import Lines

_WRITE = cython.declare(cython.ulonglong, 2)  # bit of an x86 page fault's error code


@cython.cclass
class Perf(Lines):
    """Each sample is a reference."""

    name = "perf"
    help = "perf script, of perf mem or of another event with data addresses"
    says_writes = False
    drawn = "sampled by perf"

    @staticmethod
    def recognises(start: bytes) -> bool:
        return any(_is_sample(line) for line in start.split(b"\n"))

    def line(self, at: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
        sample: Sample
        if not _sample(at, end, cython.address(sample)):
            return self.parse(at[: end - at])
        if sample.process + 1 != self.wanted:
            if not self.is_wanted(sample.process):
                return True
            self.wanted = sample.process + 1
        self.advance_to(sample.now_ns)
        self.touch(sample.address, 1, self.drawn_write() if sample.write < 0 else sample.write)
        return True

    def parse(self, text: bytes) -> bool:
        """Take a line that is no sample."""
        return not text.strip() or text.startswith(b"#") or self.tells_of_loss(text)


def _is_sample(text: bytes) -> bool:
    sample: Sample
    at: cython.p_const_char = text
    return _sample(at, at + len(text), cython.address(sample))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _sample(at: cython.p_const_char, end: cython.p_const_char, sample: cython.pointer(Sample)) -> cython.bint:
    """Read a line; False if it tells of no address of data."""
    colon: cython.p_const_char = at
    while True:
        colon = cython.cast(cython.p_const_char, memchr(colon, b":", end - colon))
        if colon is cython.NULL:
            return False
        if colon + 1 < end and colon[1] == b" " and _head(at, colon, sample):
            return _event(blanks(colon + 1, end), end, sample)
        colon += 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _head(
    first: cython.p_const_char, end: cython.p_const_char, sample: cython.pointer(Sample)
) -> cython.bint:
    """Read process and time, which end before ``end``, backwards: the name before them may have blanks and digits."""
    number: cython.ulonglong = 0
    at: cython.p_const_char = _before_digits(first, end)
    digits: cython.Py_ssize_t = end - at
    if not 6 <= digits <= 9 or at == first or at[-1] != b".":
        return False
    decimal(at, end, cython.address(number))
    while digits < 9:
        number *= 10
        digits += 1
    end = at - 1
    at = _before_digits(first, end)
    if not 1 <= end - at <= 9 or at == first or at[-1] != b" ":
        return False
    decimal(at, end, cython.address(sample.now_ns))
    sample.now_ns = sample.now_ns * 1_000_000_000 + number
    end = _before_blanks(first, at)
    if end > first and end[-1] == b"]":
        at = _before_digits(first, end - 1)
        if at == end - 1 or at == first or at[-1] != b"[":
            return False
        at -= 1
        end = _before_blanks(first, at)
        if end == at:
            return False
    at = _before_digits(first, end)
    if at > first and at[-1] == b"/" and at < end:  # of a thread
        end = at - 1
        at = _before_digits(first, end)
    if not first < at < end or at[-1] != b" " or decimal(at, end, cython.address(sample.process)) != end:
        return False
    return _before_blanks(first, at) > first


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _event(at: cython.p_const_char, end: cython.p_const_char, sample: cython.pointer(Sample)) -> cython.bint:
    """Read what follows the time: the period, maybe, the event's name, the address, and what was done there."""
    digits: cython.p_const_char = at
    while digits < end and 48 <= digits[0] <= 57:
        digits += 1
    if digits > at and digits < end and (digits[0] == b" " or digits[0] == b"\t"):
        at = blanks(digits, end)
    name: cython.p_const_char = at
    at = _word(at, end)
    if at - name < 2 or at[-1] != b":":
        return False
    name_end: cython.p_const_char = at - 1
    at = blanks(at, end)
    if _starts(at, end, b"address=0x", 10):
        return _is_fault(name, name_end) and _fault(at + 10, end, sample)
    behind: cython.p_const_char = hexadecimal(at, end, cython.address(sample.address))
    if behind is cython.NULL or behind - at < 3 or (behind < end and behind[0] != b" ") or not sample.address:
        return False
    at = blanks(behind, end)
    if _starts(at, end, b"|OP", 3):
        return False
    sample.write = -1
    if _find(name, name_end, b"stores", 6) is not cython.NULL:
        sample.write = 1
    elif _find(name, name_end, b"loads", 5) is not cython.NULL:
        sample.write = 0
    done: cython.p_const_char = _find(at, end, b"|OP ", 4)
    if done is not cython.NULL:
        sample.write = _starts(done, end, b"|OP STORE", 9)
    return at == end or _has_number(at, end)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _is_fault(name: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
    user: cython.bint = end - name >= 15 and _starts(end - 15, end, b"page_fault_user", 15)
    return user or (end - name >= 17 and _starts(end - 17, end, b"page_fault_kernel", 17))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _fault(at: cython.p_const_char, end: cython.p_const_char, sample: cython.pointer(Sample)) -> cython.bint:
    """Read a page fault from its address on."""
    code: cython.ulonglong = 0
    at = hexadecimal(at, end, cython.address(sample.address))
    if at is cython.NULL or at == end or at[0] != b" " or not sample.address:
        return False
    at = _find(at, end, b"error_code=0x", 13)
    if at is cython.NULL or hexadecimal(at + 13, end, cython.address(code)) is cython.NULL:
        return False
    sample.write = code & _WRITE != 0
    return True


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _has_number(at: cython.p_const_char, end: cython.p_const_char) -> cython.bint:
    """Is there another number behind the address? The data source, or the code's address, as perf prints both."""
    value: cython.ulonglong = 0
    while at < end:
        word: cython.p_const_char = at
        at = _word(at, end)
        if at - word >= 6 and hexadecimal(word, at, cython.address(value)) == at:
            return True
        at = blanks(at, end)
    return False


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _starts(
    at: cython.p_const_char, end: cython.p_const_char, what: cython.p_const_char, length: cython.size_t
) -> cython.bint:
    return cython.cast(cython.size_t, end - at) >= length and memcmp(at, what, length) == 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _find(
    at: cython.p_const_char, end: cython.p_const_char, what: cython.p_const_char, length: cython.size_t
) -> cython.p_const_char:
    """Where ``what`` begins; NULL if it is not there."""
    while True:
        at = cython.cast(cython.p_const_char, memchr(at, what[0], end - at))
        if at is cython.NULL or _starts(at, end, what, length):
            return at
        at += 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _word(at: cython.p_const_char, end: cython.p_const_char) -> cython.p_const_char:
    """Behind the word at ``at``."""
    while at < end and at[0] != b" " and at[0] != b"\t":
        at += 1
    return at


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _before_digits(first: cython.p_const_char, end: cython.p_const_char) -> cython.p_const_char:
    """Where the digits begin that end before ``end``."""
    while end > first and 48 <= end[-1] <= 57:
        end -= 1
    return end


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _before_blanks(first: cython.p_const_char, end: cython.p_const_char) -> cython.p_const_char:
    """Where the blanks begin that end before ``end``."""
    while end > first and end[-1] == b" ":
        end -= 1
    return end
