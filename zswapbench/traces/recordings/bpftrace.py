"""Output of the bpftrace program that ``trace record-script`` prints: a table, with what bpftrace says around it."""

from __future__ import annotations

import re

from zswapbench.traces.recordings.csv import Csv as _Csv


class Bpftrace(_Csv):
    """bpftrace's form."""

    name = "bpftrace"
    help = "the bpftrace program of 'trace record-script'"
    rank = 0
    sign = re.compile(rb"(?m)^(Attach(ing|ed) \d+ probes|# zswapbench recording: bpftrace)")
    may_end_open = False  # it was killed then, within a line
    remarks = re.compile(rb"Attach|Lost |" + _Csv.remarks.pattern)

    def recognises(self, head: bytes) -> bool:
        return bool(self.sign.search(head))
