"""ftrace text: what tracefs gives in ``trace`` and ``trace_pipe``.

Fields before the time: thread-number, its group if the option record-tgid is on, the CPU, and flags. ``trace`` begins
with a header in lines of #; ``trace_pipe`` has none.
"""

from __future__ import annotations

import re

from zswapbench.traces.recordings.base import Form


class Ftrace(Form):
    """tracefs' own form."""

    name = "ftrace"
    help = "ftrace text: trace or trace_pipe of tracefs"
    sign = re.compile(
        rb"(?m)^# tracer:|^ *\S.*-\d+ +(\( *[\d-]+\) +)?\[\d+\] +[^\s\[\]]{4,6} +\d+\.\d+: \w+: "
    )
    remarks = re.compile(rb"#|CPU:\d+ \[LOST")
