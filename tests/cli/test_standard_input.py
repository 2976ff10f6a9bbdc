"""A trace or a result from standard input; what is no regular file is refused, and never waited for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import Done, zswapbench
from tests.runs.making import without_timings


def piped(trace: Path, *arguments: str | Path, cwd: Path) -> Done:
    """The command with ``trace`` coming through a pipe."""
    with subprocess.Popen(["cat", trace], stdout=subprocess.PIPE) as process:
        return zswapbench(*arguments, cwd=cwd, stdin=process.stdout)


@pytest.mark.parametrize("name", ["app.trace.bin", "app.trace.bin.zst"])
def test_trace_through_a_pipe_is_replayed_as_from_its_file(ground: Path, name: str) -> None:
    """Its corpus is looked for in the current folder."""
    from_file = zswapbench("run", name, "--format", "json", cwd=ground)
    from_pipe = piped(ground / name, "run", "-", "--format", "json", cwd=ground)
    assert (from_pipe.code, from_pipe.err) == (0, "")
    expected = [{**one, "trace": "-"} for one in _inputs(from_file.out)]
    assert _inputs(from_pipe.out) == expected


def _inputs(text: str) -> list[dict[str, object]]:
    """What results say of their trace, and what they counted."""
    found = without_timings(text)
    return [{**one["inputs"], **one["counters"]} for one in (found if isinstance(found, list) else [found])]


@pytest.mark.parametrize(
    "arguments",
    [
        ("zram", "-", "--mm-stat"),
        ("trace", "info", "-"),
        ("trace", "check", "-"),
        ("compare", "lru", "fifo", "--trace", "-"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_whoever_takes_a_trace_takes_it_from_a_pipe(ground: Path, arguments: tuple[str, ...]) -> None:
    done = piped(ground / "app.trace.bin.zst", *arguments, cwd=ground)
    assert (done.code, done.err) == (0, "")


def test_check_takes_a_trace_from_a_pipe_but_cannot_measure_with_it(ground: Path, tmp_path: Path) -> None:
    (tmp_path / "app.zpages").write_bytes((ground / "app.zpages").read_bytes())
    trace = ground / "app.trace.bin"
    assert piped(trace, "check", "-", "--baseline", "b.json", "--update", cwd=tmp_path).code == 0
    done = piped(trace, "check", "-", "--baseline", "b.json", cwd=tmp_path)
    assert (done.code, "no worse" in done.out) == (0, True)
    done = piped(trace, "check", "-", "--baseline", "b.json", "--timings", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "standard input can be read once: name a file" in done.err


def test_standard_input_that_is_empty_closed_or_no_trace_is_told(ground: Path) -> None:
    for source, words in ((os.devnull, "is not a trace"), (ground / "core.1", "is not a trace")):
        with open(source, "rb") as file:
            done = zswapbench("run", "-", cwd=ground, stdin=file)
        assert (done.code, done.out, len(done.err.splitlines())) == (3, "", 1)
        assert words in done.err
    closed = zswapbench("run", "-", cwd=ground, preexec_fn=lambda: os.close(0))
    assert (closed.code, closed.err) == (3, "zswapbench: -: standard input is closed\n")


@pytest.mark.parametrize(
    "command", [("run",), ("zram",), ("trace", "info"), ("check", "--baseline", "b.json")]
)
def test_named_pipe_and_device_are_refused_at_once(
    ground: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        done = zswapbench(*command, path, cwd=ground)
        assert (done.code, done.out) == (3, "")
        assert done.err == f"zswapbench: {path}: is not a regular file; save it to one first\n"


@pytest.fixture
def result(ground: Path, tmp_path: Path) -> Path:
    """A result of the trace."""
    path = tmp_path / "result.json"
    run = ("run", ground / "app.trace.bin", "--codec", "lz4", "--format", "json", "-o", path)
    assert zswapbench(*run, cwd=tmp_path).code == 0
    return path


@pytest.mark.parametrize(
    "command", [("check", "-", "--baseline", "result.json"), ("report", "-", "-o", "page.html")]
)
def test_a_result_may_come_from_standard_input(
    result: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    with result.open() as file:
        done = zswapbench(*command, cwd=tmp_path, stdin=file)
    assert (done.code, done.err) == (0, "")


def test_standard_input_is_read_once(result: Path, tmp_path: Path) -> None:
    for more in (("-",), (str(result), "--trace", "-", "--sweep-limits")):
        done = zswapbench("report", "-", *more, "-o", "page.html", cwd=tmp_path, stdin=subprocess.DEVNULL)
        assert done.code == 2
        assert "standard input holds one RESULT" in done.err
    done = zswapbench("report", "-", "-o", "page.html", cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert done.code == 3
    assert done.err.startswith("zswapbench: -: is not JSON")


def test_a_file_of_the_name_of_standard_input_is_a_file(ground: Path, tmp_path: Path) -> None:
    (tmp_path / "-").write_bytes((ground / "app.trace.bin").read_bytes())
    done = zswapbench("trace", "info", "./-", cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert (done.code, done.err) == (0, "")
    assert "3,000" in done.out
