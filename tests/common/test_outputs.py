"""Outputs that keep nothing: standard output, pipes and devices take binary data once it is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zswapbench.common.errors import MissingError, UsageError
from zswapbench.common.files import PRIVATE
from zswapbench.common.outputs import is_stream, output_file, refuse_terminal, write_text


@pytest.mark.parametrize(("path", "expected"), [("-", True), ("/dev/null", True), ("/dev/absent", False)])
def test_what_keeps_nothing_is_a_stream(path: str, expected: bool, tmp_path: Path) -> None:
    assert is_stream(path) == expected
    (tmp_path / "file").write_bytes(b"")
    assert not is_stream(tmp_path / "file")
    assert not is_stream(tmp_path)


def test_a_file_is_written_in_place_and_private_where_it_is_asked_for(tmp_path: Path) -> None:
    with output_file(tmp_path / "a", mode=PRIVATE) as file:
        file.write(b"abc")
        file.seek(0)
        file.write(b"x")
    assert (tmp_path / "a").read_bytes() == b"xbc"
    assert (tmp_path / "a").stat().st_mode & 0o777 == PRIVATE


def test_a_device_takes_what_is_written_with_seeking_and_stays_one() -> None:
    with output_file("/dev/null") as file:
        file.write(b"abc")
        assert file.seek(0) == 0
    assert Path("/dev/null").is_char_device()


def test_a_full_device_is_what_the_machine_lacks() -> None:
    with (
        pytest.raises(MissingError, match="/dev/full: cannot be written: No space left"),
        output_file("/dev/full") as file,
    ):
        file.write(bytes(1 << 20))
    with pytest.raises(MissingError, match="/dev/full: cannot be written: No space left"):
        write_text("/dev/full", "text")


def test_an_error_of_the_block_is_not_one_of_the_stream() -> None:
    with pytest.raises(FileNotFoundError), output_file("/dev/null"), open("/absent"):
        pass


def test_a_pipe_that_nobody_reads_is_refused_before_any_work(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="No such device or address"), output_file(tmp_path / "pipe"):
        pytest.fail("work was begun")


def test_a_terminal_takes_text_and_no_binary_data() -> None:
    master, slave = os.openpty()
    try:
        name = os.ttyname(slave)
        write_text(name, "text")
        assert os.read(master, 100) == b"text"
        for refused in (lambda: refuse_terminal(name), lambda: output_file(name).__enter__()):
            with pytest.raises(UsageError, match=f"{name} is a terminal"):
                refused()
    finally:
        os.close(master)
        os.close(slave)
