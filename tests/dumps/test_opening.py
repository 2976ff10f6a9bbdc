"""What open_dump takes for what, and what it refuses to open."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest
import zstandard

from tests.dumps.elfwriter import Core, Load
from tests.dumps.reading import PAGE, memory_of, runs, runs_of
from zswapbench.common.errors import DumpError
from zswapbench.dumps import open_dump

A, B = b"A" * PAGE, b"B" * PAGE


@pytest.mark.parametrize("name", ["a.pages", "a.raw", "a.core.raw"])
def test_a_page_file_is_told_by_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(A + B + b"tail")
    with open_dump(path) as dump:
        assert (dump.format, dump.producer, dump.bits, dump.machine) == ("raw", "raw", 0, "")
        (segment,) = dump.segments
        assert (segment.start, segment.end, segment.permissions) == (0, 2 * PAGE + 4, "rw-")
        assert memory_of(runs(dump, "private")) == {0: A + B + b"tail"}


@pytest.mark.parametrize("name", ["a.pages.zst", "a.raw.zst", "a.raw"])
def test_a_packed_page_file_is_too(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(zstandard.compress(A * 3000))
    with open_dump(path) as dump:
        assert (dump.format, dump.packing) == ("raw", "zst")
    assert memory_of(runs_of(path)) == {0: A * 3000}


def test_any_file_is_a_page_file_on_request(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    path.write_bytes(A + B)
    with open_dump(path, raw=True) as dump:
        assert dump.format == "raw"
        assert memory_of(runs(dump)) == {0: path.read_bytes()}


def test_a_core_is_a_core_whatever_its_name(tmp_path: Path) -> None:
    path = Core([Load(0, A)]).write(tmp_path / "core.raw")
    with open_dump(path) as dump:
        assert dump.format == "elf-core"


def test_the_holes_of_a_page_file_were_never_written(tmp_path: Path) -> None:
    path = tmp_path / "a.pages"
    with path.open("wb") as file:
        file.write(A)
        file.truncate(1 << 40)
    assert [(run.vaddr, run.length) for run in runs_of(path) if run.data is None] == [
        (PAGE, (1 << 40) - PAGE)
    ]


def test_an_empty_page_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pages"
    path.touch()
    with pytest.raises(DumpError, match="holds no page"):
        open_dump(path)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="is a folder"):
        open_dump(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="none: cannot be read: No such file or directory"):
        open_dump(tmp_path / "none")


def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(DumpError, match="is not a regular file"):
        open_dump(tmp_path / "fifo")


def test_a_device_is_refused() -> None:
    with pytest.raises(DumpError, match="/dev/zero: is not a regular file"):
        open_dump("/dev/zero")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    path = Core([Load(0, A)]).write(tmp_path / "core")
    monkeypatch.setattr(os, "open", forbidden)  # root, whom CI may run as, may read everything
    with pytest.raises(DumpError, match="cannot be read: Permission denied"):
        open_dump(path)


def test_a_disk_that_fails_under_way_is_an_error_of_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    path = Core([Load(0, A)]).write(tmp_path / "core")
    with open_dump(path) as dump:
        monkeypatch.setattr(os, "preadv", broken)
        with pytest.raises(DumpError, match=f"{path}: offset 4096: cannot be read: Input/output error"):
            runs(dump)
