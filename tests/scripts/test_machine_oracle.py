"""scripts/machine-oracle up to the boot, and after it: what needs no qemu.

The boot itself is not for tests: it takes a kernel's package and minutes. tests/sim/machine/test_against_kernels.py has
what was measured.
"""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from booting.guest import build_guest
from booting.told import read_told
from machine_oracle.cases import CASES, STREAMS
from machine_oracle.counted import counted
from machine_oracle.machine import GUEST, write_input
from machine_oracle.streams import Recipe, stream

from tests.making import make_corpus
from zswapbench.corpus.reading import Corpus

ROOT = Path(__file__).parents[2]

TOLD = """text kernel_release 7.3.4
lines before.vmstat
nr_zspages 1
nr_anon_pages 30
nr_inactive_anon 0
nr_active_anon 0
pswpin 5
pswpout 7
.
lines before.zoneinfo
Node 0, zone    DMA32
  pages free     900
        boost    0
        min      50
        low      60
        high     70
        managed  1000
      nr_free_pages 900
  pagesets
    cpu: 0
              count:    8
              high:     60
    cpu: 1
              count:    2
Node 0, zone  Movable
        min      32
        low      32
        high     32
        managed  0
.
lines before.diskstats
 254      16 vdb 4 0 32 2 0 0 0 0 0 0
.
lines after.vmstat
nr_zspages 11
nr_inactive_anon 300
nr_active_anon 200
pswpin 105
pswpout 57
.
lines after.zoneinfo
Node 0, zone    DMA32
        managed  1000
      nr_free_pages 65
.
lines after.diskstats
 254      16 vdb 14 0 832 2 3 0 400 0 0 0
.
lines after.zswap
.
lines samples
100 11 530 100 200
140 11 130 200 300
.
lines after.mm_stat
   4096 100 8192 0 12288 3 0 0
.
done
"""


def test_the_guest_program_compiles_without_a_warning(tmp_path: Path) -> None:
    assert build_guest(GUEST, tmp_path).startswith(b"\x7fELF")


def test_a_stream_is_the_same_on_every_machine() -> None:
    digests = {}
    for name in STREAMS:
        places, writes = stream(Recipe(name, 1_000, 20_000))
        packed = places.astype("<u4").tobytes() + writes.tobytes()
        digests[name] = hashlib.sha256(packed).hexdigest()[:12]
        assert 0 <= places.min() <= places.max() < 1_000
    assert digests == {"zipf": "ce0749919d71", "mixed": "58d7f89994e3", "loop": "a12626d4b485"}


def test_the_first_disk_has_each_page_where_it_is_touched_first(tmp_path: Path) -> None:
    recipe = Recipe("zipf", 40, 60)
    pages = np.arange(30, dtype=np.uint8)[:, None].repeat(4096, 1)
    with Corpus(make_corpus(tmp_path / "made.zpages", pages)) as corpus:
        write_input(tmp_path / "stream", recipe, corpus)
    whole = (tmp_path / "stream").read_bytes()
    assert struct.unpack_from("<QQQ", whole) == (0x7A73777072656673, 40, 60)
    words = np.frombuffer(whole, "<u4", 60, 4096)
    places, writes = stream(recipe)
    assert (words & 0x7FFFFFFF).tolist() == places.tolist()
    assert (words >> 31).astype(bool).tolist() == writes.tolist()
    order = list(dict.fromkeys(places.tolist()))
    assert [whole[8192 + 4096 * place] for place in range(len(order))] == [page % 30 for page in order]
    assert len(whole) % (16 * 4096) == 8192


def test_what_was_told_is_counted_from_before_to_after() -> None:
    found = counted(read_told(TOLD, ""))
    assert found["vmstat"] == {"pswpin": 100, "pswpout": 50}
    assert found["watermarks"] == {"min": 50, "low": 60, "high": 70}
    assert (found["frames_before"], found["managed_pages"]) == (910, 1000)
    assert (found["free_after"], found["resident_after"], found["pool_after"]) == (65, 500, 10)
    assert found["frames_mean"] == 630
    assert found["disks"] == {
        "disk": {"read_requests": 10, "pages_read": 100, "write_requests": 3, "pages_written": 50}
    }
    assert found["mm_stat"]["mem_used_max"] == 12288
    assert "zswap" not in found


def test_a_case_is_found_by_its_name() -> None:
    case = CASES["machine.mixed.lists.zswap.ahead"]
    assert case.cpus == 2
    assert case.job()["page_cluster"] == "3"
    assert case.job()["lru_gen"] == "n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--help",), 0, ""),
        (
            ("--cases", "nothing.*"),
            2,
            "--cases 'nothing.*': there is none; they are machine.zipf.lists.disk, ",
        ),
    ],
)
def test_what_is_asked_for_is_checked_before_anything_is_done(
    arguments: tuple[str, ...], code: int, said: str
) -> None:
    script = [
        sys.executable,
        str(ROOT / "scripts" / "machine-oracle"),
        "app.zpages",
        "--kernel",
        "/",
        *arguments,
    ]
    done = subprocess.run(script, check=False, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stderr.startswith(f"machine-oracle: {said}") or not said) == (code, True)


def test_what_was_measured_is_what_the_cases_say() -> None:
    """A case that was changed is to be measured anew."""
    for path in sorted((ROOT / "tests" / "golden" / "machine").glob("*.json")):
        for name, measured in json.loads(path.read_text())["cases"].items():
            case = CASES[name]
            assert measured["job"] == case.job()
            assert (measured["recipe"], measured["cpus"]) == (case.recipe.as_json(), case.cpus)
