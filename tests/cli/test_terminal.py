"""On a real terminal: colours and progress bars; and none of either where there is no terminal."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, environment, zswapbench

COLUMNS = 100


def on_terminal(
    folder: Path,
    *arguments: str | Path,
    errors: bool = False,
    env: dict[str, str] | None = None,
    columns: int = COLUMNS,
) -> tuple[int, str]:
    """Run with standard output, or standard error, on a terminal; the exit code and what it showed."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env={**environment(folder / "cache"), "TERM": "xterm-256color", **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if errors else slave,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    while part := _read(master):
        shown += part
    os.close(master)
    return process.wait(), shown.decode()


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # how Linux says that nobody has the other side open any more
        return b""


def compare(ground: Path) -> tuple[str | Path, ...]:
    """A comparison with differences."""
    return ("compare", "lru", "class-lru", "--trace", ground / "app.trace.bin", "--codec", "lz4")


def test_the_best_is_green_on_a_terminal(ground: Path, tmp_path: Path) -> None:
    code, shown = on_terminal(tmp_path, *compare(ground))
    assert code == 0
    assert re.search(r"\x1b\[32m *[\d,.]+(x| %)? \*", shown)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_escape_code_is_written_where_none_is_wanted(
    ground: Path, tmp_path: Path, name: str, value: str
) -> None:
    code, shown = on_terminal(tmp_path, *compare(ground), env={name: value})
    assert code == 0
    assert "\x1b" not in shown
    assert " *" in shown


def test_an_empty_no_color_is_none(ground: Path, tmp_path: Path) -> None:
    _, shown = on_terminal(tmp_path, *compare(ground), env={"NO_COLOR": ""})
    assert "\x1b[32m" in shown


def test_lines_keep_to_the_width_of_the_terminal(ground: Path, tmp_path: Path) -> None:
    _, shown = on_terminal(tmp_path, *compare(ground), env={"NO_COLOR": "1"})
    assert max(len(line.rstrip("\r")) for line in shown.split("\n")) <= COLUMNS


def test_other_forms_have_no_colour_on_a_terminal_either(ground: Path, tmp_path: Path) -> None:
    code, shown = on_terminal(tmp_path, *compare(ground), "--format", "markdown")
    assert code == 0
    assert "\x1b" not in shown


def test_a_file_gets_no_colour_even_from_a_terminal(ground: Path, tmp_path: Path) -> None:
    code, shown = on_terminal(tmp_path, *compare(ground), "-o", "out")
    assert (code, shown) == (0, "")
    assert "\x1b" not in (tmp_path / "out").read_text()


LONG = ("trace", "make", "--events", "12000000", "-o", "long.trace.bin")


def test_long_work_shows_a_bar_on_a_terminal_and_takes_it_away(ground: Path, tmp_path: Path) -> None:
    code, shown = on_terminal(tmp_path, *LONG, ground / "app.zpages", errors=True)
    assert code == 0
    assert "events" in shown
    assert " %" in shown
    assert "\x1b[2K" in shown[-40:]
    (tmp_path / "long.trace.bin").unlink()


def test_long_work_shows_no_bar_without_a_terminal(ground: Path, tmp_path: Path) -> None:
    done = zswapbench(*LONG, ground / "app.zpages", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    (tmp_path / "long.trace.bin").unlink()


def test_short_work_shows_no_bar(ground: Path, tmp_path: Path) -> None:
    assert on_terminal(tmp_path, "list", errors=True) == (0, "")
    assert on_terminal(tmp_path, *compare(ground), errors=True) == (0, "")
