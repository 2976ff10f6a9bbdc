"""Reading a dump takes no more memory than reading a small one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest
import zstandard

from tests.dumps.elfwriter import Core, Load

# VmHWM and not ru_maxrss, which a child inherits from the test runner.
_READ = """
import sys
from zswapbench.dumps import open_dump, select
with open_dump(sys.argv[1]) as dump:
    read = sum(run.length for run in dump.runs(select(dump, "all"), 4096) if run.data is not None)
print(read, next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def bytes_read_and_peak(path: Path) -> tuple[int, int]:
    """Bytes of data in all runs of ``path``, and the most memory that reading them took, in bytes."""
    root = Path(__file__).parents[2]
    printed = subprocess.run(
        [sys.executable, "-c", _READ, path], capture_output=True, check=True, cwd=root
    ).stdout
    read, peak = map(int, printed.split())
    return read, peak << 10


@pytest.mark.parametrize("pack", [bytes, zstandard.compress, lz4.frame.compress], ids=["plain", "zst", "lz4"])
def test_peak_memory_does_not_grow_with_the_dump(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    peaks = []
    for mebibytes in (64, 512):
        size = mebibytes << 20
        path = tmp_path / "core"
        with path.open("wb") as file:
            file.write(pack(Core([Load(1 << 32, filesz=size, memsz=size)]).to_bytes()))
            file.writelines([pack(bytes(1 << 20))] * mebibytes)
        read, peak = bytes_read_and_peak(path)
        assert read == size
        peaks.append(peak)
    assert peaks[1] < peaks[0] + (4 << 20)
    assert peaks[1] < 64 << 20
