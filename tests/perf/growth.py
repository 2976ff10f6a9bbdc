"""How a replay grows: seconds and memory for traces of a million to a billion events, made on the fly.

python -m tests.perf.growth [--most 1000000000]

A trace is a file of 16 bytes an event over a million offsets, mapped, in the folder of --dir; it is removed at once.
Memory is the most that the process that replays it took of its own (anonymous memory), and does not count the file.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from tests.perf.replay import PAGES, Work, memory, zipf_events
from zswapbench.traces.event import EVENT
from zswapbench.traces.scan import scan

OFFSETS = 1_000_000
PIECE = 10_000_000


def write(path: Path, count: int) -> None:
    """``count`` events into ``path``: the same ten millions again and again, each time from another place on."""
    events = zipf_events(min(count, PIECE), OFFSETS, 1.0)
    with path.open("wb") as file:
        left = count
        while left:
            some = min(left, len(events))
            np.roll(events, left // 7)[:some].tofile(file)
            left -= some


def measure(path: Path) -> tuple[float, float, int]:
    """Seconds to look through the trace and to replay it under lru, and the most memory seen meanwhile."""
    events = np.memmap(path, EVENT, "r")
    most = 0
    done = threading.Event()

    def look() -> None:
        nonlocal most
        while not done.wait(0.05):
            most = max(most, memory("RssAnon"))

    watcher = threading.Thread(target=look)
    watcher.start()
    begin = time.process_time()
    found = scan(events, PAGES)
    middle = time.process_time()
    Work(events, found).ours("lru")
    end = time.process_time()
    done.set()
    watcher.join()
    return middle - begin, end - middle, most


def main() -> None:
    """One row for each power of ten, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000_000)
    parser.add_argument("--dir", type=Path, default=None)
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        scanned, replayed, most = measure(options.only)
        count = options.only.stat().st_size // EVENT.itemsize
        rate = count / (scanned + replayed) / 1e6
        print(f"| {count:,} | {scanned:.1f} | {replayed:.1f} | {rate:.1f} | {most / 1e6:.0f} |", flush=True)
        return
    print(
        "| events | s to look through | s to replay | M events/s | memory, MB |\n|---|---|---|---|---|",
        flush=True,
    )
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        count = 1_000_000
        while count <= options.most:
            if shutil.disk_usage(folder).free < 2 * count * EVENT.itemsize:
                sys.exit(f"{count:,} events: not enough room in {folder} (--dir)")
            path = Path(folder, "trace")
            write(path, count)
            subprocess.run([sys.executable, "-m", "tests.perf.growth", "--only", str(path)], check=True)
            count *= 10


if __name__ == "__main__":
    main()
