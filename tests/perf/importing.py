"""Import speed: megabytes of ftrace text a second, against the counting of its lines.

The text is a real recording, again and again with a later time. The yardstick is Python's own search for line ends in
the same blocks. Memory is the most that the process grows from 100 MB of text to all of it.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from pathlib import Path

import zstandard

from tests.perf.replay import memory
from tests.traces.recorded import golden
from zswapbench.traces.recording import Recording
from zswapbench.traces.swaps import Reading
from zswapbench.traces.text import BLOCK

_TIME = re.compile(rb" ( *\d+)\.(\d{6}): ")
_LASTS_S = 200


def make(path: Path, size: int) -> None:
    """``size`` bytes of text, or a little more."""
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(golden("7.3"))
    with path.open("wb") as file:
        times = 0
        while file.tell() < size:
            later = times * _LASTS_S
            file.write(_TIME.sub(lambda one: b" %5d.%s: " % (int(one[1]) + later, one[2]), plain))  # noqa: B023
            times += 1


def lines_of(path: Path) -> int:
    """The yardstick."""
    lines = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            lines += block.count(b"\n")
    return lines


def events_of(path: Path, size: int) -> tuple[int, int]:
    """Events in the text, and the bytes that the process grew by after the first 100 MB."""
    events, before = 0, 0
    with path.open("rb") as file:
        for some in Reading(Recording(path, file)).swaps():
            events += len(some.events)
            if not before and file.tell() > min(100 << 20, size // 2):
                Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
                before = memory("VmHWM")
    return events, memory("VmHWM") - before


def main() -> None:
    """One line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, size = Path(folder) / "recorded.txt", options.megabytes << 20
        make(path, size)
        lines_of(path)  # so that the file is in memory
        start = time.process_time()
        lines = lines_of(path)
        middle = time.process_time()
        events, grown = events_of(path, size)
        end = time.process_time()
        megabytes = path.stat().st_size / 1e6
        print(
            f"{megabytes:.0f} MB, {lines:,} lines, {events:,} events: {megabytes / (end - middle):.0f} MB/s of CPU, "
            f"lines alone {megabytes / (middle - start):.0f} MB/s, ratio {(middle - start) / (end - middle):.3f}; "
            f"memory grew by {grown / 1e6:.1f} MB"
        )


if __name__ == "__main__":
    main()
