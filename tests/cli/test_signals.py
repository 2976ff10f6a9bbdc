"""A process that is asked to end: nothing half written stays, no worker, and the exit code is the documented one."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import pytest

from tests.cli.running import COMMAND, begin, environment
from tests.left_behind import PROGRAM

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
WORDS = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "ended by SIGTERM",
    signal.SIGHUP: "ended by SIGHUP",
}


DROPS = {
    "__del__": "type('Gone', (), {'__del__': lambda self: end()})()",
    "a weak reference": "gone = set(); kept = weakref.ref(gone, lambda reference: end()); del gone",
}
"""Where Python calls back, and drops what is raised. They call ``end``."""


def dropped_in(callback: str, number: signal.Signals) -> str:
    """A module that gets the signal in such a callback, when it is loaded, and then goes on for ever."""
    return (
        "import signal, weakref\n"
        f"def end():\n    signal.raise_signal({int(number)})\n    return None\n"
        f"{DROPS[callback]}\n"
        "while True:\n    pass\n"
    )


def workers_of(folder: Path) -> list[int]:
    """Worker processes that were started in ``folder``."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if PROGRAM in (entry / "cmdline").read_bytes() and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Pages that take a codec seconds."""
    path = tmp_path / "bare"
    path.write_bytes(Random(0).randbytes(24 << 20))
    return path


@pytest.mark.parametrize("number", CODES)
def test_an_import_that_is_ended_leaves_the_old_corpus_and_nothing_else(
    tmp_path: Path, bare: Path, number: signal.Signals
) -> None:
    (tmp_path / "old.zpages").write_bytes(b"old")
    process = begin(tmp_path, "corpus", "import", "--raw", *[bare] * 40, "-o", "old.zpages")
    time.sleep(1)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors.strip()) == (CODES[number], f"zswapbench: {WORDS[number]}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare", "old.zpages"]
    assert (tmp_path / "old.zpages").read_bytes() == b"old"


@pytest.mark.parametrize("number", [*CODES, signal.SIGKILL])
def test_workers_end_with_whoever_started_them(tmp_path: Path, bare: Path, number: signal.Signals) -> None:
    done = subprocess.run(
        [*COMMAND, "corpus", "import", "--raw", bare, "-o", "app.zpages"],
        cwd=tmp_path, env=environment(tmp_path / "cache"), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    process = begin(tmp_path, "corpus", "sizes", "app.zpages", "-o", "out.zpages", "--codec", "libzstd:22")
    deadline = time.monotonic() + 30
    while not workers_of(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == CODES.get(number, -number)
    assert "Traceback" not in errors
    while workers_of(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    left = {path.name for path in tmp_path.iterdir()} - {"bare", "app.zpages", "cache"}
    assert all(number == signal.SIGKILL and name.endswith(".part") for name in left)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_was_ignored_from_the_start_stays_so(
    tmp_path: Path, bare: Path, number: signal.Signals
) -> None:
    ignoring = f"trap '' {number.name};"
    process = begin(tmp_path, "corpus", "import", "--raw", *[bare] * 8, "-o", "a.zpages", before=ignoring)
    time.sleep(0.8)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 0
    process = begin(tmp_path, "corpus", "import", "--raw", *[bare] * 40, "-o", "b.zpages", before=ignoring)
    time.sleep(0.8)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert not (tmp_path / "b.zpages").exists()


def test_an_interrupt_at_any_moment_of_the_start_is_told_in_one_line(tmp_path: Path) -> None:
    """Only Python's own start, its first 60 ms or so, could still show a traceback."""
    random = Random(0)
    for _ in range(12):
        process = begin(tmp_path, "list", "policies")
        time.sleep(0.08 + 0.25 * random.random())
        if process.poll() is None:
            os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        if "site" in errors or "runpy" in errors:  # not begun yet
            continue
        assert (process.returncode, errors.strip()) in [(0, ""), (130, "zswapbench: interrupted")]


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("callback", DROPS)
@pytest.mark.parametrize("when", ["at its start", "later"])
def test_a_signal_that_python_drops_comes_again(
    ground: Path, tmp_path: Path, when: str, callback: str, number: signal.Signals
) -> None:
    name = "click.py" if when == "at its start" else "mine.py"
    (tmp_path / name).write_text(dropped_in(callback, number))
    run = ("run", ground / "app.trace.bin", "--policy", "./mine.py:Mine", "-o", "out")
    process = begin(tmp_path, *run)
    try:
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, errors.strip()) == (CODES[number], f"zswapbench: {WORDS[number]}")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", CODES)
def test_a_signal_that_python_makes_another_error_of_is_told(tmp_path: Path, number: signal.Signals) -> None:
    """Python 3.11 raises a RuntimeError in its place, if it comes while a class names its fields."""
    (tmp_path / "click.py").write_text(
        "import signal\n"
        f"class Field:\n    def __set_name__(self, owner, name):\n        signal.raise_signal({int(number)})\n"
        "class Fields:\n    one = Field()\n"
    )
    process = begin(tmp_path, "list")
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (CODES[number], f"zswapbench: {WORDS[number]}\n")


def test_what_else_python_drops_is_told(ground: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("class Gone:\n    def __del__(self):\n        1 / 0\n\nGone()\n")
    process = begin(tmp_path, "run", ground / "app.trace.bin", "--policy", "./mine.py:Mine")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2  # there is no Mine
    assert "ZeroDivisionError" in errors
