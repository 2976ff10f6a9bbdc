"""A sweep as people run it: what it says, what it refuses, and what is left when it is interrupted or killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.runs.sweeps.making import made_trace, rows_of
from zswapbench.cli import run
from zswapbench.results.sweeps.store import Store

PROGRAM = [sys.executable, "-m", "zswapbench", "sweep"]
COSTS = ("--cost", "lz4=2us/1us")


def grid(*limits: int, policies: str = "lru,class-lru") -> list[str]:
    said = ",".join(f"{limit}p" for limit in limits)
    return ["--vary", "codec=lz4", "--vary", f"limit={said}", "--vary", f"policy={policies}", *COSTS]


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_rows(path: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Until ``path`` has so many rows, while ``process`` puts them there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        if path.exists():
            with Store.open(path) as store:
                if store.count() >= count:
                    return
        time.sleep(0.02)
    raise AssertionError(f"{path} has not {count} rows")


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(one) for one in text.split()]


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("killed", ["parent", "worker", "interrupted"])
def test_what_is_killed_in_the_middle_goes_on_and_comes_to_the_same(tmp_path: Path, killed: str) -> None:
    trace, path, whole = str(made_trace(tmp_path)), tmp_path / "s.sqlite", tmp_path / "whole.sqlite"
    asked = [*grid(*range(5, 105)), trace, "--workers", "2"]
    assert run(["sweep", *asked, "-o", str(whole)]) == 0
    process = started(*asked, "-o", str(path))
    wait_for_rows(path, 10, process)
    workers = children_of(process.pid)
    assert workers
    if killed == "worker":
        os.kill(workers[0], signal.SIGKILL)
        assert process.wait(60) == 0
    else:
        process.send_signal(signal.SIGKILL if killed == "parent" else signal.SIGINT)
        assert process.wait(60) == (-signal.SIGKILL if killed == "parent" else 130)
        _, told = process.communicate()
        assert ("the same command goes on" in told) == (killed == "interrupted")
        deadline = time.monotonic() + 10
        while not all(map(ended, workers)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert all(map(ended, workers))
        with Store.open(path) as store:
            there = store.count()
        assert 10 <= there < 200
        again = subprocess.run(
            [*PROGRAM, *asked, "-o", str(path)], capture_output=True, text=True, check=True
        )
        assert f"{there} of 200 runs were there already" in again.stderr
    process.communicate()
    assert rows_of(path) == rows_of(whole)
    assert len(rows_of(path)) == 200


DEADLY = """
import os, signal
from zswapbench.policy import Policy
class Mine(Policy):
    "kills its process"
    def __init__(self, capacity, pool):
        os.kill(os.getpid(), signal.SIGKILL)
    def on_store(self, entry, *given): ...
    def on_remove(self, entry): ...
    def victim(self, *given): return 0
"""


def test_a_run_that_kills_its_worker_is_given_up_and_tried_again_the_next_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(DEADLY)
    trace, path = str(made_trace(tmp_path)), tmp_path / "s.sqlite"
    asked = [*grid(9, policies=f"lru,{tmp_path}/mine.py:Mine"), trace, "-o", str(path)]
    assert run(["sweep", *asked]) == 4
    with Store.open(path) as store:
        (problem,) = [row.problem for row in store.rows("problem != ''")]
        assert problem.startswith("its worker was killed by SIGKILL, 3 times of 3")
        assert store.count("problem = ''") == 1
    capsys.readouterr()
    assert run(["sweep", *asked]) == 4
    assert "1 of 2 runs was there already" in capsys.readouterr().err


GRID = """
traces = ["*.trace.bin"]
cost = ["lz4=2us/1us"]

[[grid]]
codec = "lz4"
limit = ["9p", "12p"]

[[grid]]
setup = ["zram"]
codec = ["lz4"]
seed = "5..6"
"""


def test_a_grid_file_says_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_trace(tmp_path)
    (tmp_path / "g.toml").write_text(GRID)
    assert run(["sweep", str(tmp_path / "g.toml"), "-o", str(tmp_path / "s.sqlite")]) == 0
    told = capsys.readouterr().out
    assert re.search("runs of the grid +4\n", told)
    assert "zswapbench sweep show" in told
    with Store.open(tmp_path / "s.sqlite") as store:
        assert sorted((row.label, row.seed) for row in store.rows()) == [
            ("lru,lz4,zsmalloc,zswap-2013,limit=12p", 5),
            ("lru,lz4,zsmalloc,zswap-2013,limit=9p", 5),
            ("zram,lz4,linux-6.12", 5),
            ("zram,lz4,linux-6.12", 6),
        ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\ncodec = [1 2]", "is not TOML: .*line 2"),
        ("codec = 'lz4'", "line 1: there is no key 'codec' outside of"),
        ("grid = 3", "grid is no list of tables"),
        ("[[grid]]\ncodec = []", "line 2: codec: has no values"),
        ("[[grid]]\n\ncodec = ['lz4', 'lz4']", "line 3: codec: lz4 is given twice"),
        ("[[grid]]\ncodecs = ['lz4']", "line 2: codecs: there is no key 'codecs'; did you mean codec?"),
        ("[[grid]]\ncodec = {a = 1}", "line 2: codec: codec is no text or number"),
        (
            "[[grid]]\ncodec = ['lz4']\n[[grid]]\ncodec = ['lz9']",
            "line 4: codec: codec=lz9: no codec is called 'lz9'",
        ),
        (
            "[[grid]]\nlimit = ['10%']\nram = ['1GiB']",
            "line 2: limit: limit=10%, ram=1GiB: --pool-limit sets",
        ),
        ("[[grid]]\nlimit = ['10']", "line 2: limit: limit=10: 10 is less than one page frame"),
        ("[[grid]]\nmem-limit = ['1MiB']", "line 2: mem-limit: zswap takes no mem-limit: leave it out"),
        ("[[grid]]\nsample-rate = 1.5", "line 2: sample-rate: sample-rate=1.5: '1.5' is not a share above 0"),
        ("[[grid]]\nseed = [-1]", "line 2: seed: '-1' is not a whole number"),
        ("[[grid]]\nseed = '9..1'", "line 2: seed: 9..1: a range rises"),
        ("", "nothing is to vary"),
        ("[[grid]]\nera = ['6.12']\nkernel = ['6.6']", "line 3: kernel: kernel is another word for era"),
        ("[[grid]]\nkernel = ['9.99']", "line 2: kernel: kernel=9.99: "),
        ("\ntraces = 5\n[[grid]]\ncodec = 'lz4'", "line 2: traces is no text, and no list of texts"),
        ("traces = ['none-*.bin']\n[[grid]]\ncodec = 'lz4'", "no file is called none-"),
        ("traces = ['g.toml']\n[[grid]]\ncodec = 'lz4'", "is neither a trace nor a file of references"),
        (
            "traces = ['a.trace.bin', 'b.trace.bin']\n[[grid]]\ncodec = 'lz4'",
            "b.trace.bin: is the same as .*a.trace.bin",
        ),
    ],
)
def test_what_cannot_be_is_told_in_one_line_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    trace = made_trace(tmp_path)
    (tmp_path / "b.trace.bin").write_bytes(trace.read_bytes())
    file = tmp_path / "g.toml"
    file.write_text(text)
    named = [] if "traces" in text else [str(trace)]
    assert run(["sweep", str(file), *named, "-o", str(tmp_path / "s.sqlite")]) in (2, 3)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert re.search(told, error), error
    assert not (tmp_path / "s.sqlite").exists()


@pytest.mark.parametrize("line", ["traces = 5", "corpora = [true]", "cost = [['lz4=1us/1us']]"])
def test_what_is_no_list_of_texts_is_refused_though_the_command_names_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    trace, file = made_trace(tmp_path), tmp_path / "g.toml"
    file.write_text(f"\n{line}\n[[grid]]\ncodec = 'lz4'\n")
    named = ["--corpus", str(tmp_path / "a.zpages"), "--cost", "lz4=2us/1us"]
    assert run(["sweep", str(file), str(trace), *named, "-o", str(tmp_path / "s.sqlite")]) == 2
    key = line.partition(" ")[0]
    assert capsys.readouterr().err.endswith(f"g.toml: line 2: {key} is no text, and no list of texts\n")


def test_a_command_that_there_is_not_is_offered_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sweep", "rnu"]) == 2
    assert "did you mean run?" in capsys.readouterr().err
