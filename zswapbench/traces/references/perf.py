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

import re

from zswapbench.traces.references.lines import Lines

_LINE = re.compile(
    rb"^ *\S.*? +(?P<pid>\d+)(?:/\d+)? +(?:\[\d+\] +)?(?P<s>\d{1,9})\.(?P<us>\d{6,9}): +(?P<rest>.*)$",
    re.MULTILINE,
)
_FAULT = re.compile(
    rb"page_fault_(?:user|kernel): address=0x(?P<address>[0-9a-f]{1,16}) .*error_code=0x(?P<code>[0-9a-f]+)"
)
_SAMPLE = re.compile(
    rb"(?:\d+\s+)?(?P<event>[^\s:]\S*?): +(?P<address>[0-9a-f]{3,16})(?! +\|OP)(?P<data>(?: .*)?)$"
)
_MORE = re.compile(rb" [0-9a-f]{6,16}(?: |$)")
"""The data source, or the code's address: behind the address of data perf prints one of them, or nothing."""

_WRITE = 2
"""Bit of an x86 page fault's error code."""


class Perf(Lines):
    """Each sample is a reference."""

    name = "perf"
    help = "perf script, of perf mem or of another event with data addresses"
    says_writes = False
    drawn = "sampled by perf"

    @staticmethod
    def recognises(start: bytes) -> bool:
        return any(_touch(line["rest"])[0] for line in _LINE.finditer(start))

    def parse(self, text: bytes) -> bool:
        line = _LINE.match(text)
        if not line:
            return not text.strip() or text.startswith(b"#") or self.tells_of_loss(text)
        address, write = _touch(line["rest"])
        if not address:
            return self.tells_of_loss(text)
        if self.is_wanted(int(line["pid"])):
            self.clock(int(line["s"]) * 1_000_000_000 + int(line["us"].ljust(9, b"0")))
            self.touched(address, 1, write)
        return True


def _touch(rest: bytes) -> tuple[int, bool | None]:
    """The address that a line tells of behind its time, 0 if it tells of none; and whether it was written to."""
    if fault := _FAULT.search(rest):
        return int(fault["address"], 16), bool(int(fault["code"], 16) & _WRITE)
    sample = _SAMPLE.match(rest)
    if not sample or (sample["data"].strip() and not _MORE.search(sample["data"])):
        return 0, None
    write = None
    if b"|OP " in sample["data"]:
        write = b"|OP STORE" in sample["data"]
    elif b"stores" in sample["event"] or b"loads" in sample["event"]:
        write = b"stores" in sample["event"]
    return int(sample["address"], 16), write
