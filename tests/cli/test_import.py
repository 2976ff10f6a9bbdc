"""``corpus import``: what it says of the dumps, what it asks twice for, and what it does not open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.running import inside
from tests.dumps.elfwriter import Core, Load, file_note
from tests.making import PAGE

A, B = b"A" * PAGE, b"B" * PAGE


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """Private memory, and memory of hugetlbfs."""
    notes = [file_note((0x20000, 0x21000, b"/dev/hugepages/x"))]
    return Core([Load(0x10000, A), Load(0x20000, B)], notes).write(tmp_path / "core")


def test_what_is_left_out_is_told_on_standard_error(core: Path, tmp_path: Path) -> None:
    done = inside("corpus", "import", core, "-o", tmp_path / "a.zpages")
    assert done.code == 0
    assert done.err == (
        "left out: 4.0 KiB in 1 segment of hugetlb memory, which the kernel does not swap; --select all takes it\n"
    )
    assert "in the corpus" in done.out
    done = inside("corpus", "import", core, "-o", tmp_path / "a.zpages", "--select", "all")
    assert (done.code, done.err) == (0, "")


def test_what_is_left_out_is_told_before_that_no_page_is_left(core: Path, tmp_path: Path) -> None:
    done = inside("corpus", "import", core, "-o", tmp_path / "a.zpages", "--page-size", "64K")
    assert done.code == 3
    first, second, last = done.err.splitlines()
    assert first.startswith(
        "left out: 4.0 KiB in 1 page of which the dump has only a part; --page-size 4K takes"
    )
    assert second.startswith("left out: 4.0 KiB in 1 segment of hugetlb memory")
    assert last == f"zswapbench: {core}: holds no written page of what is selected (swappable)"


def test_a_selection_of_no_name_is_a_usage_error(core: Path, tmp_path: Path) -> None:
    done = inside("corpus", "import", core, "-o", tmp_path / "a.zpages", "--select", "")
    assert done.code == 2
    assert done.err.startswith("zswapbench: --select '' names no segments")


def test_a_core_is_taken_for_pages_only_with_force(core: Path, tmp_path: Path) -> None:
    raw = ("corpus", "import", core, "-o", tmp_path / "a.zpages", "--raw")
    done = inside(*raw)
    assert done.code == 2
    assert done.err == (
        f"zswapbench: {core}: is an ELF file, not pages; leave out --raw, or add --force to take its bytes as pages\n"
    )
    assert inside(*raw, "--force").code == 0


def test_a_fifo_is_not_read_nor_waited_for(core: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    done = inside("corpus", "import", tmp_path / "fifo", "-o", tmp_path / "a.zpages")
    assert done.code == 3
    assert "is not a regular file" in done.err
    done = inside("corpus", "import", core, "-o", tmp_path / "fifo")
    assert done.code == 2
    assert "fifo: cannot be written: No such device or address" in done.err


def test_force_says_nothing_without_raw(core: Path, tmp_path: Path) -> None:
    done = inside("corpus", "import", "--force", core, "-o", tmp_path / "a.zpages")
    assert (done.code, done.err) == (
        2,
        "zswapbench: --force is for --raw only: add it, or leave --force out\n",
    )
