"""A live process gives the pages that a core of it holds, is not changed by it, and its end is told."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.dumps.live.running import PAGE, Running, running
from tests.dumps.reading import memory_of, runs
from zswapbench.common.errors import DumpError, UsageError
from zswapbench.dumps import Dump, left_out, open_dump, read_process, select
from zswapbench.dumps.backing import Backing, backing
from zswapbench.dumps.live import places
from zswapbench.dumps.live.pagemap import Touched
from zswapbench.dumps.live.proc import Proc
from zswapbench.dumps.live.vmas import Vma

KINDS = """
at = memory(64)
put(at, 8, b"\\0")
put(at, 16, b"private")
ctypes.string_at(at + 30 * PAGE, 1)
shared = memory(16, SHARED)
put(shared, 3, b"shared")
file = os.memfd_create("x")
os.ftruncate(file, 8 * PAGE - 100)  # which ends in a hole
os.pwrite(file, b"unmapped" * (PAGE // 8), 5 * PAGE)
memfd = memory(8, mmap.MAP_SHARED, file)
key = memory(1)
put(key, 0, b"key")
libc.madvise(key, PAGE, 16)  # not in dumps
closed = memory(1)
put(closed, 0, b"closed")
libc.mprotect(closed, PAGE, 0)
print(at, shared, memfd, key, closed, flush=True)
time.sleep(100)
"""


def pages_of(dump: Dump, wanted: str = "swappable") -> dict[int, bytes]:
    """The pages that ``dump`` has, by address."""
    kept = memory_of(runs(dump, wanted))
    return {
        start + at: data[at : at + PAGE] for start, data in kept.items() for at in range(0, len(data), PAGE)
    }


def read(pid: int, wanted: str = "swappable") -> dict[int, bytes]:
    """The pages of the process ``pid``."""
    with read_process(pid, wanted) as dump:
        return pages_of(dump, wanted)


def pagemap_of(program: Running, pages: int) -> bytes:
    """Of its first pages: which are there, as the kernel says."""
    with Path(f"/proc/{program.pid}/pagemap").open("rb") as file:
        file.seek(program.at // PAGE * 8)
        entries = file.read(pages * 8)
    return bytes(entry >> 6 for entry in entries[7::8])


def test_pages_that_were_touched_are_taken_and_the_process_stays_as_it_was() -> None:
    with running(KINDS) as program:
        before = pagemap_of(program, 64)
        found = read(program.pid)
        assert pagemap_of(program, 64) == before
        at, shared, _, key, closed = program.numbers
        taken = {page: found[at + page * PAGE] for page in range(64) if at + page * PAGE in found}
        assert taken == {8: bytes(PAGE), 16: (b"private" * PAGE)[:PAGE]}
        assert [page for page in range(16) if shared + page * PAGE in found] == [3]
        assert found[shared + 3 * PAGE] == (b"shared" * PAGE)[:PAGE]
        assert key not in found, "what a program keeps out of its cores"
        assert found[closed] == (b"closed" * PAGE)[:PAGE], "written before it was closed"


def test_guard_pages_are_neither_swapped_out_nor_lost() -> None:
    guarded = """
at = memory(3)
for page in range(3):
    put(at, page, b"x")
print(at, libc.madvise(at + PAGE, PAGE, 102), flush=True)
time.sleep(100)
"""
    with running(guarded) as program, read_process(program.pid) as dump:
        if program.numbers[1]:
            pytest.skip("the kernel has no MADV_GUARD_INSTALL")
        found = pages_of(dump)
        assert [page for page in range(3) if program.at + page * PAGE in found] == [0, 2]
        assert (dump.particulars["unreadable"], dump.particulars["swapped_in"]) == (0, 0)


def test_pages_that_are_swapped_out_are_read_and_counted() -> None:
    swapping = """
at = memory(64)
for page in range(64):
    put(at, page, b"page %d" % page)
shared = memory(64, SHARED)
for page in range(64):
    put(shared, page, b"page %d" % page)
libc.madvise(at, 64 * PAGE, 21)  # MADV_PAGEOUT
libc.madvise(shared, 64 * PAGE, 21)
print(at, shared, flush=True)
time.sleep(100)
"""
    with running(swapping) as program:
        with Proc(program.pid) as proc:
            swapped = sum(vma.swapped for vma in proc.vmas()) // PAGE
        if not swapped:
            pytest.skip("there is no swap device")
        with read_process(program.pid) as dump:
            found = pages_of(dump)
            assert dump.particulars["swapped_in"] == swapped
            assert (
                f"{swapped} pages had been swapped out; reading brought them back into memory" in dump.remarks
            )
    for start in program.numbers:
        assert [found[start + page * PAGE][:6] for page in range(64)] == [
            (b"page %d" % page * 2)[:6] for page in range(64)
        ]


def test_shared_memory_is_asked_of_its_file_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(KINDS) as program:
        memfd = program.numbers[2]
        with Proc(program.pid) as proc:
            vma = next(vma for vma in proc.vmas() if vma.start == memfd)
            with places.Places(proc, PAGE).of(vma) as place:
                if not place.is_file:
                    pytest.skip("takes CAP_CHECKPOINT_RESTORE")
        before = Path(f"/proc/{program.pid}/statm").read_text()
        found = read(program.pid)
        assert [page for page in range(8) if memfd + page * PAGE in found] == [5]
        assert found[memfd + 5 * PAGE] == b"unmapped" * (PAGE // 8)
        assert Path(f"/proc/{program.pid}/statm").read_text() == before
        monkeypatch.setattr(Proc, "mapped", _forbidden)
        with read_process(program.pid) as dump:
            assert memfd + 5 * PAGE not in pages_of(dump)
            assert any("CAP_CHECKPOINT_RESTORE" in remark for remark in dump.remarks)


def _forbidden(*_: object) -> None:
    raise PermissionError


@pytest.mark.parametrize("scans", [True, False], ids=["scan", "words"])
def test_it_has_the_pages_of_gcore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scans: bool) -> None:
    """But gcore has zeros for what was never touched, and reads what lies in files and was not used."""
    if not shutil.which("gcore"):
        pytest.skip("gdb is not installed")
    if not scans:
        monkeypatch.setattr("zswapbench.dumps.live.pagemap._can_leave_out", lambda handle: 0)
    with running(KINDS) as program:
        os.kill(program.pid, signal.SIGSTOP)
        with read_process(program.pid, freeze=True) as dump:
            ours = pages_of(dump)
        # After that: gcore leaves pages of zeros behind wherever it reads.
        done = subprocess.run(
            ["gcore", "-o", tmp_path / "core", str(program.pid)], check=False, capture_output=True
        )
        if done.returncode:
            pytest.skip("gdb may not look at processes here")
        with open_dump(tmp_path / f"core.{program.pid}") as dump:
            theirs = pages_of(dump)
            files = [one for one in dump.segments if backing(one.name) is Backing.FILE]
    assert len(ours) > 500
    # Of gcore's core nobody can tell that memory was written before it became read-only.
    assert ours.keys() - theirs.keys() == {program.numbers[4]}
    assert [hex(page) for page in ours.keys() & theirs.keys() if ours[page] != theirs[page]] == []
    more = [page for page in theirs if page not in ours and any(theirs[page])]
    assert [hex(page) for page in more if not any(one.start <= page < one.end for one in files)] == []
    assert len(more) < 100


def test_it_has_the_pages_of_the_kernel_s_core(tmp_path: Path) -> None:
    """But the kernel reads what lies in files and was not used, and makes pages of shared memory that has none."""
    if Path("/proc/sys/kernel/core_pattern").read_text().strip() != "core":
        pytest.skip("the kernel's core_pattern is not 'core'")
    with running(f"os.chdir({str(tmp_path)!r})\n{KINDS}") as program:
        resource.prlimit(program.pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
        with read_process(program.pid, freeze=True) as dump:
            ours = pages_of(dump)
        os.kill(program.pid, signal.SIGABRT)
        program.process.wait()
        shared, memfd = program.numbers[1:3]
    with open_dump(next(tmp_path.glob("core*"))) as dump:
        theirs = pages_of(dump)
        files = [one for one in dump.segments if backing(one.name) is Backing.FILE]
    assert len(ours) > 500
    assert sorted(map(hex, ours.keys() - theirs.keys())) == []
    assert [hex(page) for page in ours if ours[page] != theirs[page]] == []
    more = {
        page for page in theirs.keys() - ours.keys() if not any(one.start <= page < one.end for one in files)
    }
    made = {start + page * PAGE for start, pages in ((shared, 16), (memfd, 8)) for page in range(pages)}
    assert more == made - ours.keys()
    assert not any(any(theirs[page]) for page in more)


def test_files_that_the_filter_adds_are_not_what_the_kernel_would_swap() -> None:
    with running(KINDS) as program:
        Path(f"/proc/{program.pid}/coredump_filter").write_text("0x37")
        with read_process(program.pid, "all") as dump:
            chosen = select(dump)
            code = [
                number
                for number, one in enumerate(dump.segments)
                if "x" in one.permissions and backing(one.name) is Backing.FILE
            ]
            assert code
            assert all(dump.segments[number].dumped for number in code)
            assert not {*chosen} & {*code}
            assert any("pages of files that nobody wrote to" in line for line in left_out([(dump, chosen)]))


def test_memory_that_a_program_named_is_memory_without_a_file() -> None:
    named = """
at = memory(2)
put(at, 0, b"private")
shared = memory(2, SHARED)
put(shared, 1, b"shared")
libc.prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_char_p)
failed = libc.prctl(0x53564D41, 0, at, 2 * PAGE, b"cache") or libc.prctl(0x53564D41, 0, shared, 2 * PAGE, b"ring")
print(at, shared, failed, flush=True)
time.sleep(100)
"""
    with running(named) as program:
        at, shared, failed = program.numbers
        if failed:
            pytest.skip("the kernel has no PR_SET_VMA_ANON_NAME")
        assert {at, shared + PAGE} <= read(program.pid).keys()
        assert at in read(program.pid, "anonymous")
        assert shared + PAGE not in read(program.pid, "private")
        assert [*read(program.pid, "[[]anon:cache]")] == [at]
        assert [*read(program.pid, "[anon_shmem:ring]")] == [shared + PAGE]


def test_what_changes_while_it_is_read_is_told() -> None:
    busy = """
at = memory(2000)
for turn in range(1 << 60):
    for page in range(2000):
        put(at, page, os.urandom(8))
    if not turn:
        print(at, flush=True)
"""
    with running(busy, sleeps=False) as program:
        with read_process(program.pid, "anonymous") as dump:
            assert dump.particulars["frozen"] is False
            assert int(dump.particulars["pages_changed"]) > 0
            assert "--freeze" in dump.remarks[0]
        with read_process(program.pid, "anonymous", freeze=True) as dump:
            assert dump.particulars["frozen"] is True
            assert dump.particulars["pages_changed"] == 0
            assert dump.particulars["mappings_changed"] == 0
            assert dump.remarks[0].endswith("none had changed; mappings: as before")


def test_address_space_that_is_only_reserved_costs_nothing() -> None:
    reserved = """
size = 1 << 40
at = libc.mmap(None, size, 3, PRIVATE | 0x4000, -1, 0)
assert at
put(at, 0, b"first")
put(at, size // PAGE - 1, b"last")
print(at, flush=True)
time.sleep(100)
"""
    with running(reserved) as program:
        began = time.process_time()
        with read_process(program.pid) as dump:
            assert dump.source.stored_size < 32 << 20
            found = pages_of(dump)
        assert time.process_time() - began < 2
        assert found[program.at + (1 << 40) - PAGE] == (b"last" * PAGE)[:PAGE]


def test_a_process_that_ends_while_it_is_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(KINDS) as program:

        def killing(vmas: object, wanted: object) -> bool:
            program.process.kill()
            program.process.wait()
            return True

        monkeypatch.setattr("zswapbench.dumps.live.process.is_dumped", killing)
        with pytest.raises(DumpError, match=f"process {program.pid}: has ended"):
            read_process(program.pid)


def test_memory_that_is_given_back_meanwhile_is_lost_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    fleeting = """
at = memory(64)
for page in range(64):
    put(at, page, b"x")
print(at, flush=True)
sys.stdin.readline()
libc.munmap(at + 32 * PAGE, 32 * PAGE)
print(flush=True)
time.sleep(100)
"""
    with running(fleeting) as program:
        touched = places.Places.touched

        def late(self: places.Places, vma: Vma, place: places.Place) -> list[Touched]:
            found = [*touched(self, vma, place)]
            if vma.start == program.at:
                program.say()
                program.hear()
            return found

        monkeypatch.setattr(places.Places, "touched", late)
        with read_process(program.pid) as dump:
            found = pages_of(dump)
            assert dump.particulars["unreadable"] == 32
            assert dump.particulars["mappings_changed"] == 1
            assert any(remark.startswith("lost: 128.0 KiB") for remark in dump.remarks)
        assert [program.at + page * PAGE in found for page in (0, 31, 32, 63)] == [True, True, False, False]


def test_it_can_be_read_twice_with_any_page_size() -> None:
    with running(KINDS) as program, read_process(program.pid, "anonymous") as dump:
        first = runs(dump, "anonymous", 4096)
        dump.park()
        assert runs(dump, "anonymous", 4096) == first
        large = memory_of(runs(dump, "anonymous", 64 << 10))
        small = memory_of(first)
    for start, data in small.items():
        (whole,) = [at for at in large if at <= start < at + len(large[at])]
        assert large[whole][start - whole :][: len(data)] == data


def test_a_selection_of_no_name_says_what_there_is() -> None:
    with (
        running(KINDS) as program,
        pytest.raises(UsageError, match=f"process {program.pid}: 'none' selects no"),
    ):
        read_process(program.pid, "none")
