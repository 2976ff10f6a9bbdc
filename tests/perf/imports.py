"""Import speed and memory: a core of random pages, against reading it and hashing it once.

The yardstick is what no import with provenance can do without: one SHA-256 over the file. Peak memory
is that of a process of its own, for a small and a large core.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.dumps.elfwriter import Core, Load
from zswapbench.dumps import digest

CHILD = """
import re, sys, time
from pathlib import Path
from zswapbench.corpus.importing import Wish, import_dumps
start = time.perf_counter()
import_dumps([sys.argv[1]], sys.argv[2], Wish(sample=int(sys.argv[3]) or None))
seconds = time.perf_counter() - start
# Not ru_maxrss: a child begins with its parent's.
print(seconds, re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def make_core(path: Path, size: int) -> None:
    """A core of ``size`` bytes in segments of 64 MiB, every page different, in this much memory."""
    block = np.random.default_rng(1).integers(0, 256, 64 << 20, np.uint8)
    loads = []
    for number in range(max(size // block.nbytes, 1)):
        block.view(np.uint64)[::512] += np.uint64(number + 1)
        loads.append(
            Load(0x7F0000000000 + number * 2 * block.nbytes, block[: min(size, block.nbytes)].tobytes())
        )
    Core(loads).write(path)


def hashed(path: Path) -> float:
    """Seconds to read the file and hash it."""
    start = time.perf_counter()
    digest(path)
    return time.perf_counter() - start


def imported(path: Path, output: Path, sample: int) -> tuple[float, int]:
    """Seconds and peak KiB of an import, in a process of its own."""
    command = [sys.executable, "-c", CHILD, str(path), str(output), str(sample)]
    seconds, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), int(peak)


def main() -> None:
    """A small core and a large one; a sample, and everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1024, help="of the large core, MiB")
    parser.add_argument("--dir", type=Path, default=None, help="where to put the cores")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        for size in (options.size // 8 << 20, options.size << 20):
            core = Path(folder, "made.core")
            make_core(core, size)
            hash_s = hashed(core)
            for sample, what in ((8000, "8,000 sampled"), (0, "all pages")):
                seconds, peak = imported(core, Path(folder, "made.zpages"), sample)
                print(
                    f"{size >> 20:5} MiB, {what:13}: {size / seconds / 1e6:6,.0f} MB/s, "
                    f"{hash_s / seconds:.2f} of hashing the file once; peak memory {peak / 1024:.0f} MiB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
