"""Cores as real producers write them: gdb's gcore, and the kernel of this machine."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.dumps.reading import PAGE, runs
from zswapbench.dumps import open_dump, select

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


def start(action: str, directory: Path, program: str = PROCESS) -> tuple[subprocess.Popen[bytes], int]:
    """A process of ``program``, once its memory is as described, and the number that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", program, action],
        stdout=subprocess.PIPE,
        cwd=directory,
        env={},  # nothing of this machine's secrets in a dump
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2),
    )
    with process.stdout or pytest.fail("no pipe") as output:
        return process, int(output.readline())


def dumped_by_gcore(directory: Path, program: str = PROCESS) -> Process:
    """What gcore writes of ``program``."""
    if not shutil.which("gcore"):
        pytest.skip("gdb is not installed")
    process, address = start("wait", directory, program)
    try:
        done = subprocess.run(
            ["gcore", "-o", directory / "core", str(process.pid)], check=False, capture_output=True, text=True
        )
    finally:
        process.kill()
        process.wait()
    core = directory / f"core.{process.pid}"
    if not core.exists():
        pytest.skip(f"gdb may not look at processes here: {done.stderr.strip().splitlines()[-1:]}")
    return Process(core, address)


def dumped_by_the_kernel(directory: Path, program: str = PROCESS) -> Process:
    """What the kernel writes of ``program``."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if pattern != "core":
        pytest.skip(f"the kernel's core_pattern is {pattern!r}, not 'core'")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        pytest.skip("the hard limit on the size of cores is not unlimited")
    process, address = start("abort", directory, program)
    process.wait()
    return Process(next(directory.glob("core*")), address)


@pytest.fixture
def gcore(tmp_path: Path) -> Process:
    return dumped_by_gcore(tmp_path)


@pytest.fixture
def aborted(tmp_path: Path) -> Process:
    return dumped_by_the_kernel(tmp_path)


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


# A page of each letter in each kind of memory. What is read-only in the end was written before.
KINDS = f"""
import ctypes, mmap, os, signal, sys
PRIVATE, SHARED = mmap.MAP_PRIVATE, mmap.MAP_SHARED
protect = ctypes.CDLL(None).mprotect
protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
kept = []
def written(letter, file, flags, protection=None):
    memory = mmap.mmap(file, {PAGE}, flags=flags | (mmap.MAP_ANONYMOUS if file < 0 else 0))
    memory[:] = letter * {PAGE}
    kept.append(memory)
    if protection is not None:
        protect(ctypes.addressof(ctypes.c_char.from_buffer(memory)), {PAGE}, protection)
def sized(file):
    os.ftruncate(file, {PAGE})
    return file
name = f"/dev/shm/zswapbench-{{os.getpid()}}"
written(b"A", -1, PRIVATE)
written(b"B", -1, SHARED)
written(b"C", sized(os.memfd_create("x")), SHARED)
written(b"D", sized(os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)), SHARED)
os.unlink(name)
written(b"E", os.open("/dev/zero", os.O_RDWR), PRIVATE)
written(b"F", -1, PRIVATE, 1)
written(b"G", -1, PRIVATE, 5)
print(0, flush=True)
os.abort() if sys.argv[1] == "abort" else signal.pause()
"""


@pytest.mark.parametrize(
    ("dumped", "letters"),
    [(dumped_by_the_kernel, "ABCDEFG"), (dumped_by_gcore, "ABCDEG")],
    ids=["kernel", "gcore"],
)
def test_what_the_kernel_would_swap_is_taken_of_a_real_process(
    tmp_path: Path, dumped: Callable[[Path, str], Process], letters: str
) -> None:
    with open_dump(dumped(tmp_path, KINDS).core) as dump:
        chosen = [dump.segments[index] for index in select(dump)]
        pages = {
            run.data[at : at + PAGE]
            for run in runs(dump, "swappable")
            if run.data
            for at in range(0, run.length, PAGE)
        }
        libc = [
            segment.permissions
            for segment in dump.segments
            if "libc.so" in segment.name and segment in chosen
        ]
    assert [letter for letter in "ABCDEFG" if letter.encode() * PAGE in pages] == [*letters]
    assert libc == ["r--", "rw-"], "relocated data that is read-only now, and what is written still"
    assert {"[vdso]", "[vvar]", "[vsyscall]"}.isdisjoint(segment.name for segment in chosen)
    assert not any("x" in segment.permissions and segment.name for segment in chosen)
