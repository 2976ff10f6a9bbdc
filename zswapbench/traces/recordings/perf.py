"""Text of ``perf script``: thread and number apart, the event with the name of its group.

perf numbers the CPU only if it recorded all of them (-a), and says how many events a line stands for if that was asked.
"""

from __future__ import annotations

import re

from zswapbench.traces.recordings.base import Form


class Perf(Form):
    """perf's form."""

    name = "perf"
    help = "perf script"
    rank = 2
    sign = re.compile(rb"(?m)^ *\S.*? +\d+(/\d+)? +(\[\d+\] +)?\d+\.\d+: +(\d+ +)?[\w-]+(:\w+)?: ")
