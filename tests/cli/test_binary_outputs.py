"""Corpora and traces on standard output: whole, alone there, and never on a terminal."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, environment, zswapbench
from tests.cli.test_terminal import on_terminal
from tests.runs.making import without_timings

WRITERS: dict[str, tuple[str, ...]] = {
    "make": ("trace", "make", "app.zpages", "--events", "5000"),
    "slice": ("trace", "slice", "app.trace.bin", "--from", "1000"),
    "merge": ("trace", "merge", "app.trace.bin", "app.trace.bin.zst"),
    "scale": ("trace", "scale", "app.trace.bin", "--copies", "2"),
    "export": ("trace", "export", "app.trace.bin", "--to", "oracleGeneral"),
    "import": ("corpus", "import", "core.1"),
    "packed": ("corpus", "import", "core.1", "--pack"),
    "sizes": ("corpus", "sizes", "app.zpages", "--codec", "lz4"),
}


def written(
    ground: Path, arguments: tuple[str, ...], **options: object
) -> subprocess.CompletedProcess[bytes]:
    """The command with standard output as bytes."""
    return subprocess.run(
        [*COMMAND, *arguments, "-o", "-"],
        cwd=ground,
        env=environment(ground / ".cache"),
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("writer", WRITERS)
def test_standard_output_gets_the_bytes_of_the_file_and_nothing_else(
    writer: str, ground: Path, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    assert zswapbench(*WRITERS[writer], "-o", file, cwd=ground).code == 0
    done = written(ground, WRITERS[writer])
    assert done.returncode == 0
    assert done.stdout == file.read_bytes()
    assert done.stderr
    assert not (ground / "-").exists()


@pytest.mark.parametrize("writer", WRITERS)
def test_a_terminal_gets_one_line_and_no_binary_data(writer: str, ground: Path, tmp_path: Path) -> None:
    inputs = [str(ground / word) if (ground / word).exists() else word for word in WRITERS[writer]]
    code, shown = on_terminal(tmp_path, *inputs, "-o", "-")
    assert code == 2
    (line,) = shown.splitlines()
    assert line.startswith(
        "zswapbench: standard output is a terminal, and what is written is not text: name a file"
    )


@pytest.mark.parametrize("writer", WRITERS)
def test_a_device_takes_it_and_a_reader_may_leave(writer: str, ground: Path) -> None:
    assert zswapbench(*WRITERS[writer], "-o", "/dev/null", cwd=ground).code == 0
    with subprocess.Popen(
        [*COMMAND, *WRITERS[writer], "-o", "-"],
        cwd=ground,
        env=environment(ground / ".cache"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
    assert process.returncode == 0


def test_a_trace_is_made_and_replayed_in_one_line(ground: Path, tmp_path: Path) -> None:
    made = written(ground, WRITERS["make"])
    replay = ("run", "-", "--codec", "lz4", "--pool-limit", "9p", "--format", "json")
    done = subprocess.run(
        [*COMMAND, *replay],
        cwd=ground,
        env=environment(ground / ".cache"),
        input=made.stdout,
        capture_output=True,
        check=True,
    )
    file = ground / "made-here.trace.bin"
    file.write_bytes(made.stdout)
    expected = zswapbench("run", file.name, *replay[2:], cwd=ground)
    file.unlink()
    assert without_timings(
        done.stdout.decode().replace('"trace": "-"', f'"trace": "{file.name}"')
    ) == without_timings(expected.out)
