"""Standard output and error: what cannot be written never turns a verdict into a success, nor a success into less."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import COMMAND, environment, inside, zswapbench

LIMIT = ("--codec", "lz4", "--pool-limit", "9p")


@pytest.fixture
def worse(ground: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A baseline, and a result that is worse."""
    base, result = tmp_path / "base.json", tmp_path / "worse.json"
    for path, policy in ((base, "lru"), (result, "random")):
        run = ("run", ground / "app.trace.bin", "--policy", policy, *LIMIT, "--format", "json", "-o", path)
        assert zswapbench(*run, cwd=tmp_path).code == 0
    return base, result


def into_a_closed_pipe(*arguments: str | Path, cwd: Path, **more: str) -> int:
    """The exit code of a command whose reader has gone away."""
    reader, writer = os.pipe()
    os.close(reader)
    env = {**environment(cwd / ".cache"), **more}
    done = zswapbench(*arguments, cwd=cwd, env=env, stdout=writer)
    os.close(writer)
    assert done.err == "" or "is now the baseline" in done.err
    return done.code


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_goes_away_does_not_change_the_verdict(
    worse: tuple[Path, Path], tmp_path: Path, unbuffered: str
) -> None:
    base, result = worse
    check = ("check", result, "--baseline", base)
    for form in ("table", "json", "markdown", "csv", "junit"):
        asked = (*check, "--format", form)
        assert into_a_closed_pipe(*asked, cwd=tmp_path, PYTHONUNBUFFERED=unbuffered) == 1
    assert into_a_closed_pipe("check", base, "--baseline", base, cwd=tmp_path) == 0


def test_a_reader_who_goes_away_does_not_keep_the_baseline_from_being_updated(
    worse: tuple[Path, Path], tmp_path: Path
) -> None:
    base, result = worse
    before = base.read_text()
    more = ("--junit", tmp_path / "junit.xml", "--update")
    assert into_a_closed_pipe("check", result, "--baseline", base, *more, cwd=tmp_path) == 0
    assert base.read_text() != before
    assert (tmp_path / "junit.xml").exists()
    assert inside("check", result, "--baseline", base).code == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_output_that_cannot_be_written_is_2_and_4_where_the_disk_is_full(
    worse: tuple[Path, Path], tmp_path: Path, kind: str, unbuffered: str
) -> None:
    base, result = worse
    mode = {"full": os.O_WRONLY, "read-only": os.O_RDONLY}[kind]
    out = os.open("/dev/full", mode)
    env = environment(tmp_path / ".cache", PYTHONUNBUFFERED=unbuffered)
    for arguments in (("list",), ("check", result, "--baseline", base), ("check", base, "--baseline", base)):
        done = zswapbench(*arguments, cwd=tmp_path, env=env, stdout=out)
        assert done.code == {"full": 4, "read-only": 2}[kind]
        assert done.err.startswith("zswapbench: standard output cannot be written: ")
        assert len(done.err.splitlines()) == 1
    os.close(out)


def with_errors_to(place: str, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command whose standard error is the file ``place``."""
    with Path(place).open("w") as full:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)], cwd=cwd, env=environment(cwd / ".cache"),
            stdout=subprocess.PIPE, stderr=full, text=True, check=False,
        )  # fmt: skip


def test_messages_that_cannot_be_written_do_not_change_the_exit_code(
    worse: tuple[Path, Path], tmp_path: Path
) -> None:
    base, result = worse
    codes: list[tuple[int, tuple[Any, ...]]] = [
        (0, ("list",)),
        (0, ("check", base, "--baseline", base, "--update")),
        (1, ("check", result, "--baseline", base)),
        (2, ("list", "-o", "/no/such/folder/x")),
        (2, ("list", "--colour")),
        (3, ("run", "absent")),
    ]
    for code, arguments in codes:
        assert with_errors_to("/dev/full", *arguments, cwd=tmp_path).returncode == code, arguments


SILENT = """
import sys
from zswapbench.policy import Policy

class Mine(Policy):
    def __init__(self, capacity, pool):
        {step}
        self.entries = {{}}
    def on_store(self, entry, klass, key):
        self.entries[entry] = klass
    def on_load(self, entry):
        pass
    def on_remove(self, entry):
        del self.entries[entry]
    def victim(self, need, amount):
        return next(iter(self.entries))
"""


@pytest.mark.parametrize(
    "step", ["sys.stdout = None", "sys.stderr = None", "sys.stdout.close()", "sys.stderr.close()"]
)
def test_a_policy_that_takes_the_streams_away_takes_no_result_away(
    ground: Path, tmp_path: Path, step: str
) -> None:
    (tmp_path / "mine.py").write_text(SILENT.format(step=step))
    run = ("run", ground / "app.trace.bin", "--policy", "mine.py:Mine", *LIMIT)
    done = zswapbench(*run, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "refaults" in done.out


def test_a_pipe_that_is_slow_and_does_not_block_gets_everything(tmp_path: Path) -> None:
    program = (
        "import os, subprocess, sys, time\n"
        "reader, writer = os.pipe()\n"
        "os.set_blocking(writer, False)\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=writer)\n"
        "os.close(writer)\n"
        "time.sleep(1)\n"
        "text = open(reader).read()\n"
        "print(len(text), child.wait())\n"
    )
    big = tmp_path / "big"
    command = [sys.executable, "-c", program, *COMMAND, "list", "--format", "json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    zswapbench("list", "--format", "json", "-o", big, cwd=tmp_path)
    assert done.stdout.split() == [str(len(big.read_text())), "0"]


def test_a_thread_that_a_policy_leaves_behind_does_not_keep_the_process(ground: Path, tmp_path: Path) -> None:
    step = "import threading, time; threading.Thread(target=time.sleep, args=(1000,)).start()"
    (tmp_path / "mine.py").write_text(SILENT.format(step=step))
    done = zswapbench("run", ground / "app.trace.bin", "--policy", "mine.py:Mine", *LIMIT, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "refaults" in done.out
