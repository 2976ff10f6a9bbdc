"""ftrace text: what tracefs gives in ``trace`` and ``trace_pipe``.

Fields before the time: thread-number, its group if the option record-tgid is on, the CPU, and flags. ``trace`` begins
with a header in lines of #; ``trace_pipe`` has none.
"""

from __future__ import annotations

import re

from zswapbench.traces.line_reader import LineReader
from zswapbench.traces.probe_lines import ProbeLines
from zswapbench.traces.recordings.base import Form

_EVENT = re.compile(rb"(?m)^ *\S.*-\d+ +(\( *[\d-]+\) +)?\[\d+\] +[^\s\[\]]{4,6} +\d+\.\d+: \w+: ")


class Ftrace(Form):
    """tracefs' own form."""

    name = "ftrace"
    help = "ftrace text: trace or trace_pipe of tracefs"
    remarks = re.compile(rb"#|CPU:\d+ \[LOST")

    def recognises(self, head: bytes) -> bool:
        return head.startswith(b"# tracer:") or bool(_EVENT.search(head))

    def lines(self, head: bytes) -> LineReader:
        return ProbeLines()
