"""perf: sampled addresses, as ``perf script`` prints them: ``perf mem record``, page faults, or any event with ``-d``.

A line is ``comm pid [cpu] seconds: ...``. Of a page fault event ``address=`` and ``error_code=`` are read (bit 1 of
it: a write). Otherwise the first hexadecimal number behind the event's name is the address. What was done is said by
``|OP STORE`` and ``|OP LOAD`` of perf mem, or by a name with ``stores`` or ``loads``. Samples are a part of all
touches: fewer pages seem to be in use than are.

Source: tools/perf/builtin-script.c, 6.1 to 7.3.
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
_SAMPLE = re.compile(rb"(?:\d+ +)?(?P<event>[^ :]\S*?): +(?P<address>[0-9a-f]{3,16})(?: |$)(?P<data>.*)")
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
            return not text.strip() or text.startswith(b"#")
        address, write = _touch(line["rest"])
        if not address:
            return False
        if self.is_wanted(int(line["pid"])):
            self.clock(int(line["s"]) * 1_000_000_000 + int(line["us"].ljust(9, b"0")))
            self.touched(address, 1, write)
        return True


def _touch(rest: bytes) -> tuple[int, bool | None]:
    """The address that a line tells of behind its time, 0 if it tells of none; and whether it was written to."""
    if fault := _FAULT.search(rest):
        return int(fault["address"], 16), bool(int(fault["code"], 16) & _WRITE)
    sample = _SAMPLE.match(rest)
    if not sample:
        return 0, None
    write = None
    if b"|OP " in sample["data"]:
        write = b"|OP STORE" in sample["data"]
    elif b"stores" in sample["event"] or b"loads" in sample["event"]:
        write = b"stores" in sample["event"]
    return int(sample["address"], 16), write
