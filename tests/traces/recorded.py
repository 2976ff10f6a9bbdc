"""Recordings in a few lines, as tracers write them, and the real ones under tests/golden/recordings."""

from __future__ import annotations

import io
from pathlib import Path

from zswapbench.traces.recording import Recording
from zswapbench.traces.swaps import Reading

GOLDEN = Path(__file__).parents[1] / "golden" / "recordings"
KERNELS = ("6.1", "6.12", "7.3")
WITH_PAGEMAP = ("6.1", "7.3")
"""Of these there are a snapshot of the pagemap and a list of the probes, too."""

STORED = """\
  redis-server-134 [000] .....  65.234246: so: (swap_writeout+0x4/0x340) off=6125 type=0 idx=0x7fb2aea5c fl=0x40d ord=40
  redis-server-134 [000] .....  65.234249: st: (zswap_store+0x4/0xc70) off=6125 type=0 idx=0x7fb2aea5c
  redis-server-134 [000] .....  65.234251: str: (swap_writeout+0x151/0x340 <- zswap_store) ret=1
"""
"""A page that zswap takes, on 7.3."""

SAMPLES = {
    "ftrace": STORED,
    "trace-cmd": """\
cpus=1
    redis-server-134   [000]    65.234246: so:                   (ffffffffa0a0) off=6125 type=0 idx=0x7fb2aea5c
    redis-server-134   [000]    65.234249: st:                   (ffffffffa0a4) off=6125 type=0 idx=0x7fb2aea5c
    redis-server-134   [000]    65.234251: str:                  (ffffffffa0a4 <- ffffffffa0a8) ret=1
""",
    "perf": """\
         python3   134 [000]    65.234246: zswapbench:so: (ffffffff8892abc4) off=6125 type=0 idx=0x7fb2aea5c
         python3   134 [000]    65.234249: zswapbench:st: (ffffffff8892abc8) off=6125 type=0 idx=0x7fb2aea5c
         python3   134 [000]    65.234251: zswapbench:str: (ffffffff8892abc8 <- ffffffff8892abc0) ret=1
""",
    "csv": """\
event;time;offset;type;pid;index;result
so;65.234246;6125;0;134;34278664796;
st;65.234249;6125;0;134;34278664796;
str;65.234251;;;134;;1
""",
    "bpftrace": """\
Attaching 9 probes...
# zswapbench recording: bpftrace, kernel 7.3
time_ns,cpu,pid,event,type,offset,order,cgroup,index,result
65234246000,0,134,so,0,6125,0,1,34278664796,
65234249000,0,134,st,0,6125,0,1,34278664796,
65234251000,0,134,str,,,,1,,1
""",
}
"""The same by each tracer."""


def reading(text: str | bytes, kernel: str = "") -> Reading:
    """Of a recording that is in memory."""
    data = text.encode() if isinstance(text, str) else text
    return Reading(Recording("recorded.txt", io.BytesIO(data)), kernel)


def golden(kernel: str) -> bytes:
    """The recording of ``kernel``, packed."""
    return (GOLDEN / kernel / "trace.txt.zst").read_bytes()


def grown(kernel: str) -> dict[str, int]:
    """What the counters of /proc/vmstat grew by meanwhile."""
    start, end = (
        dict(line.split() for line in (GOLDEN / kernel / f"vmstat.{when}").read_text().splitlines())
        for when in ("start", "end")
    )
    return {name: int(value) - int(start.get(name, 0)) for name, value in end.items()}
