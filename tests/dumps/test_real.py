"""Cores as real producers write them: gdb's gcore, and the kernel of this machine."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.dumps.reading import PAGE, runs
from zswapbench.dumps import open_dump

PATTERN = b"zswap-" * 682 + b"more"

# Anonymous memory of 64 pages: one of zeros that were written, one of the pattern, the rest never touched.
PROCESS = f"""
import ctypes, mmap, os, signal, sys
memory = mmap.mmap(-1, 64 * {PAGE}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory.madvise(mmap.MADV_NOHUGEPAGE)
memory[8 * {PAGE}:9 * {PAGE}] = bytes({PAGE})
memory[16 * {PAGE}:17 * {PAGE}] = {PATTERN!r}
print(ctypes.addressof(ctypes.c_char.from_buffer(memory)), flush=True)
os.abort() if sys.argv[1] == "abort" else signal.pause()
"""


class Process(NamedTuple):
    """A process that left a core."""

    core: Path
    address: int
    """Of its 64 pages."""


def start(action: str, directory: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The process above, once its memory is as described, and the address of that."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", PROCESS, action],
        stdout=subprocess.PIPE,
        cwd=directory,
        env={},  # nothing of this machine's secrets in a dump
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2),
    )
    with process.stdout or pytest.fail("no pipe") as output:
        return process, int(output.readline())


@pytest.fixture
def gcore(tmp_path: Path) -> Process:
    """What gcore writes."""
    if not shutil.which("gcore"):
        pytest.skip("gdb is not installed")
    process, address = start("wait", tmp_path)
    try:
        done = subprocess.run(
            ["gcore", "-o", tmp_path / "core", str(process.pid)], check=False, capture_output=True, text=True
        )
    finally:
        process.kill()
        process.wait()
    core = tmp_path / f"core.{process.pid}"
    if not core.exists():
        pytest.skip(f"gdb may not look at processes here: {done.stderr.strip().splitlines()[-1:]}")
    return Process(core, address)


@pytest.fixture
def aborted(tmp_path: Path) -> Process:
    """What the kernel writes."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if pattern != "core":
        pytest.skip(f"the kernel's core_pattern is {pattern!r}, not 'core'")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        pytest.skip("the hard limit on the size of cores is not unlimited")
    process, address = start("abort", tmp_path)
    process.wait()
    return Process(next(tmp_path.glob("core*")), address)


def pages_of(process: Process) -> list[bytes | None]:
    """The 64 pages as the core has them; None for one in a hole."""
    with open_dump(process.core) as dump:
        kept = runs(dump, "anonymous")
    pages: list[bytes | None] = []
    for address in range(process.address, process.address + 64 * PAGE, PAGE):
        (run,) = [run for run in kept if run.vaddr <= address < run.vaddr + run.length]
        pages.append(run.data[address - run.vaddr :][:PAGE] if run.data else None)
    return pages


def test_gcore_gives_back_the_bytes_of_a_process(gcore: Process) -> None:
    pages = pages_of(gcore)
    assert pages[16] == PATTERN
    assert {page for index, page in enumerate(pages) if index != 16} <= {bytes(PAGE), None}


def test_gcore_is_recognised_and_its_segments_are_named(gcore: Process) -> None:
    with open_dump(gcore.core) as dump:
        assert (dump.producer, dump.format) == ("gcore", "elf-core")
        names = {segment.name for segment in dump.segments}
    assert {"[stack]", "[heap]"} <= names
    assert any("libc" in name for name in names)


def test_the_kernel_leaves_holes_for_pages_that_were_never_touched(aborted: Process) -> None:
    pages = pages_of(aborted)
    assert pages[8] == bytes(PAGE)
    assert pages[16] == PATTERN
    assert [index for index, page in enumerate(pages) if page is not None] == [8, 16]


def test_a_kernel_core_is_recognised_and_its_segments_are_named(aborted: Process) -> None:
    with open_dump(aborted.core) as dump:
        assert (dump.producer, dump.format) == ("kernel", "elf-core")
        names = {segment.name for segment in dump.segments}
        assert any(segment.dumped < segment.end - segment.start for segment in dump.segments)
    assert {"[stack]", "[heap]"} <= names
    assert any("libc" in name for name in names)
