"""Text of ``trace-cmd report``: as ftrace's, without flags unless they are asked for, and with a head of its own."""

from __future__ import annotations

import re

from zswapbench.traces.line_reader import LineReader
from zswapbench.traces.probe_lines import ProbeLines
from zswapbench.traces.recordings.base import Form

_HEAD = re.compile(rb"(?m)^(cpus=\d+|version = \d+|CPU \d+ is empty)$")
_EVENT = re.compile(rb"(?m)^ *\S.*-\d+ +\[\d+\] +\d+\.\d+: \w+: ")


class TraceCmd(Form):
    """trace-cmd's form."""

    name = "trace-cmd"
    help = "trace-cmd report"
    rank = 0
    remarks = re.compile(rb"cpus=|version = |CPU \d+ is empty|CPU:\d+ \[")

    def recognises(self, head: bytes) -> bool:
        return bool(_HEAD.search(head) or _EVENT.search(head))

    def lines(self, head: bytes) -> LineReader:
        return ProbeLines()
