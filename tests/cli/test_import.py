"""``corpus import``: what it says of the dumps, what it asks twice for, and what it does not open."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.running import inside
from tests.dumps.elfwriter import Core, Load, file_note
from tests.dumps.live.running import running
from tests.making import PAGE
from zswapbench.corpus.reading import Corpus

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


HOLDING = """
at = memory(64)
for page in range(64):
    put(at, page, b"page %d" % page)
print(at, flush=True)
time.sleep(100)
"""


def test_a_process_is_imported_as_it_runs_and_what_changed_is_told(tmp_path: Path) -> None:
    with running(HOLDING) as program:
        done = inside("corpus", "import", "--pid", str(program.pid), "-o", tmp_path / "a.zpages")
        assert done.code == 0
        first = done.err.splitlines()[0]
        assert first.startswith(f"process {program.pid}: read while it ran, in ")
        assert first.endswith("none had changed; mappings: as before")
        done = inside("corpus", "import", "--pid", str(program.pid), "--freeze", "-o", tmp_path / "b.zpages")
        assert done.code == 0
        assert done.err.startswith(f"process {program.pid}: stopped for ")
        assert program.state() == "S"
    with Corpus(tmp_path / "a.zpages") as one, Corpus(tmp_path / "b.zpages") as other:
        other.verify()
        assert one.digest == other.digest
        held = dict(zip(other.vaddr.tolist(), other.pages()[other.index], strict=True))
        for page in range(64):
            assert bytes(held[program.at + page * PAGE]) == (b"page %d" % page * PAGE)[:PAGE]
        (source,) = other.manifest.sources
    told = json.dumps(source)
    assert source["file"] == f"process {program.pid}"
    assert (source["format"], source["frozen"], source["kernel"]) == ("process", True, os.uname().release)
    assert sys.executable not in told, "no command line"
    assert "/usr/bin:/bin" not in told, "no environment"


def test_a_process_and_a_core_make_one_corpus(core: Path, tmp_path: Path) -> None:
    with running(HOLDING) as program:
        done = inside("corpus", "import", core, "--pid", str(program.pid), "-o", tmp_path / "a.zpages")
    assert done.code == 0
    with Corpus(tmp_path / "a.zpages") as corpus:
        assert [source["file"] for source in corpus.manifest.sources] == ["core", f"process {program.pid}"]
        assert corpus.manifest.sources[0].keys() >= {"sha256"}
    done = inside("corpus", "info", tmp_path / "a.zpages")
    assert (done.code, f"process {program.pid}" in done.out) == (0, True)


def test_a_process_that_is_not_there_is_bad_input_and_leaves_no_file(tmp_path: Path) -> None:
    with running(HOLDING) as program:
        pass
    done = inside("corpus", "import", "--pid", str(program.pid), "-o", tmp_path / "a.zpages")
    assert (done.code, done.err) == (
        3,
        f"zswapbench: process {program.pid}: does not exist; ps -e shows those that do\n",
    )
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "there is nothing to import; give a dump, or a process with --pid"),
        (
            ("core", "--freeze"),
            "--freeze stops a process while it is read; give one with --pid, or leave it out",
        ),
        (("--pid", "1", "--raw"), "--raw is for files, and a process is none; leave it out"),
    ],
)
def test_what_makes_no_sense_with_a_process_is_a_usage_error(
    arguments: tuple[str, ...], problem: str, tmp_path: Path
) -> None:
    done = inside("corpus", "import", *arguments, "-o", tmp_path / "a.zpages")
    assert (done.code, done.err) == (2, f"zswapbench: {problem}\n")
