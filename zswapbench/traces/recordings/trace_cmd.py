"""Text of ``trace-cmd report``: as ftrace's, without flags unless they are asked for, and with a head of its own."""

from __future__ import annotations

import re

from zswapbench.traces.recordings.base import Form


class TraceCmd(Form):
    """trace-cmd's form."""

    name = "trace-cmd"
    help = "trace-cmd report"
    rank = 0
    sign = re.compile(
        rb"(?m)^(cpus=|version = )\d+$|^CPU \d+ is empty$|^ *\S.*-\d+ +\[\d+\] +\d+\.\d+: \w+: "
    )
    remarks = re.compile(rb"cpus=|version = |CPU \d+ is empty|CPU:\d+ \[")
