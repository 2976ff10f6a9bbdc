"""``zswapbench recommend``: from what is given to an answer, from a process that runs too, and after an interrupt."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.machines import write_program
from tests.cli.running import COMMAND, environment, inside
from tests.dumps.live.running import running
from tests.runs.recommend.making import DEBIAN, OF_ZRAM

NARROW = ("--kernel", "6.18", "--allow", "zram", "--distribution", "debian", "--cost", OF_ZRAM)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_program(tmp_path_factory.mktemp("program"))


def recommended(*words: str | Path, code: int = 0) -> dict[str, Any]:
    """The JSON of the command."""
    done = inside("recommend", *words, "--format", "json")
    assert done.code == code, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_references_give_a_set_up_with_its_margin(program: Path) -> None:
    found = recommended(program / "app.refs", "--corpus", program / "app.zpages", "--ram", "2MiB", *NARROW)
    assert found["chosen"]["kind"] == "zram"
    assert found["over_default"]["low"] > 1
    assert found["chosen"]["result"]["metrics"]["total_ns"] == found["chosen"]["total_ns"]
    assert found["schema_version"] == 1


HOLDING = """
import random
at = memory(700)
random.seed(1)
for page in range(700):
    put(at, page, random.randbytes(1500))
print(at, flush=True)
time.sleep(100)
"""


def test_a_process_that_runs_is_read_and_its_traffic_is_made(tmp_path: Path) -> None:
    with running(HOLDING) as process:
        kept = tmp_path / "kept.zpages"
        found = recommended("--pid", f"{process.pid}", *NARROW, "--keep-corpus", kept)
    assert found["made"]
    assert found["traffic"].startswith("made, not recorded")
    assert any(line.startswith(f"process {process.pid}: read while it ran") for line in found["remarks"])
    assert kept.exists()
    assert (found["chosen"] is None) == bool(found["refused"])


def test_a_process_that_there_is_not_is_told_in_one_line() -> None:
    with running("print(1, flush=True)\ntime.sleep(100)") as process:
        gone = process.pid
    done = inside("recommend", "--pid", f"{gone}", *NARROW)
    assert done.code == 3
    assert done.err.startswith(f"zswapbench: process {gone}: does not exist")


def test_nothing_given_is_a_question_of_usage() -> None:
    done = inside("recommend")
    assert done.code == 2
    assert "give one thing to look at" in done.err


def test_an_output_does_not_take_the_place_of_an_input(program: Path) -> None:
    refs = program / "app.refs"
    done = inside("recommend", refs, "--corpus", program / "app.zpages", *NARROW, "-o", refs)
    assert done.code == 2
    assert refs.read_bytes().startswith(b"zswaprfs")


def test_an_interrupt_prints_the_best_so_far(tmp_path: Path) -> None:
    words = ["recommend", "redis-run", "--ram", "8MiB", "--distribution", "debian", "--cost", DEBIAN]
    words += ["--format", "json"]
    master, slave = os.openpty()
    process = subprocess.Popen(
        [*COMMAND, *words],
        cwd=tmp_path,
        env={**environment(tmp_path / "cache"), "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
    )
    os.close(slave)
    shown = b""
    while not re.search(rb"recommend.*? ([5-9]|[1-9]\d) %", shown):
        shown += os.read(master, 4096)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    os.close(master)
    assert process.returncode == 130
    found = json.loads(out)
    assert found["interrupted"]
    assert found["search"]["whole"] < found["search"]["cells"]
    assert re.search(r"interrupted: [\d,]+ of [\d,]+ set-ups had all of the work", found["remarks"][-1])
    assert (found["chosen"] is None) == bool(found["refused"])


def test_help_says_what_is_taken_and_when_nothing_is() -> None:
    done = inside("recommend", "--help")
    assert done.code == 0
    assert "A set-up is recommended only if" in done.out
