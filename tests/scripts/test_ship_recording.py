"""scripts/ship-recording: from the folder of a recording to a corpus, a trace and the kernel's counters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard
from shipping.counted import counted

from tests.dumps.elfwriter import Core, Load
from tests.making import PAGE, text_page
from tests.traces.recorded import golden
from zswapbench.traces.format import read_trace

SHIP = Path(__file__).parents[2] / "scripts" / "ship-recording"
FACTS = {
    "program": "redis",
    "seed": 1,
    "limit": 16,
    "zswap": {"compressor": "lzo", "max_pool_percent": "2"},
    "turnovers": 10,
    "frames": 1000,
    "seconds": 1200,
    "kernel": "7.3.4+deb13-cloud-amd64",
    "kernel_version": "#1 SMP PREEMPT_DYNAMIC Debian 7.3.4-1~bpo13+1 (2026-11-15)",
    "command": "/usr/bin/redis-server --port 0",
    "packages": ["redis-server 5:7.0.15-1~deb12u10"],
    "memory_kb": 211336,
}
COLUMNS = (
    "time,vmstat.zswpout,vmstat.zswpin,zswap.written_back_pages,vmstat.pswpout,vmstat.pswpin,zswap.stored_pages,"
    "zswap.reject_reclaim_fail,zswap.pool_total_size\n"
)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """The folder of a recording: a golden one's events, counters of three moments."""
    folder = tmp_path / "redis-7.3"
    folder.mkdir()
    packed = zstandard.ZstdCompressor()
    (folder / "facts.json").write_text(json.dumps(FACTS))
    (folder / "check.txt").write_text("= stores into zswap: 7,802 in the trace, 7,802 by zswpout\n")
    rows = "7.1,5,0,1,2,3,4,0,4096\n8.1,6,0,1,2,3,64,0,20480\n9.1,105,40,21,32,43,54,1,12288\n"
    (folder / "counters.csv.zst").write_bytes(packed.compress((COLUMNS + rows).encode()))
    (folder / "trace.txt.zst").write_bytes(golden("7.3"))
    Core([Load(0x7F0000000 * PAGE, text_page(1) + text_page(2))]).write(tmp_path / "core")
    (folder / "core.zst").write_bytes(packed.compress((tmp_path / "core").read_bytes()))
    (folder / "pagemap.csv.zst").write_bytes(
        packed.compress(b"vpn_hex,state,swap_type,swap_offset_or_pfn\n7f0000000,swapped,0,1\n")
    )
    return folder


def test_counters_grew_from_the_first_row_to_the_last_and_frames_are_those_at_the_end(
    recording: Path,
) -> None:
    assert json.loads(counted(recording)) == {
        "options": {
            "era": "linux-7.3",
            "codec": "lzo",
            "pool": "zsmalloc",
            "ram": "211336KiB",
            "max_pool_percent": 2,
        },
        "counters": {
            "zswpout": 100,
            "zswpin": 40,
            "written_back_pages": 20,
            "device_writes": 30,
            "device_reads": 40,
            "stored_pages": 50,
            "reject_reclaim_fail": 1,
            "pool_pages": 3,
        },
        "most": {"stored_pages": 64, "pool_pages": 5},
    }


def test_a_recording_is_shipped_with_the_counters_of_its_kernel(recording: Path, tmp_path: Path) -> None:
    corpora, counters = tmp_path / "corpora", tmp_path / "golden"
    counters.mkdir()
    command: list[str | Path] = [sys.executable, SHIP, recording, "--corpora", corpora, "--golden", counters]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    subprocess.run(command, check=True, capture_output=True, env={"PATH": path, "HOME": str(tmp_path)})
    assert (counters / "redis-7.3.counters.json").read_text() == counted(recording)
    trace = read_trace(corpora / "redis-7.3.trace.bin.zst")
    assert trace.provenance["counters"]["zswpout"] == 7802
    assert trace.provenance["write_back_us"] > 0
    assert (corpora / "redis-7.3.zpages").exists()
