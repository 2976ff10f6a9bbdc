"""Who may not be read, and why, in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dumps.live.running import running
from zswapbench.common.errors import DumpError, UsageError
from zswapbench.dumps import read_process
from zswapbench.dumps.live import proc as module
from zswapbench.dumps.live.filter import DEFAULT_FILTER
from zswapbench.dumps.live.proc import Proc

IDLE = "print(0, flush=True)\ntime.sleep(100)\n"


def test_a_process_that_is_not_there() -> None:
    with running(IDLE) as program:
        pid = program.pid
    with pytest.raises(DumpError, match=f"^process {pid}: does not exist; ps -e shows those that do$"):
        Proc(pid)


def test_this_process_itself() -> None:
    with pytest.raises(UsageError, match="is this process itself"):
        Proc(os.getpid())


def test_a_thread_of_the_kernel() -> None:
    threads = [
        int(stat.parent.name)
        for stat in Path("/proc").glob("[0-9]*/stat")
        if stat.read_text().rpartition(")")[2].split()[1] == "2"
    ]
    if not threads:
        pytest.skip("none can be seen here")
    with pytest.raises(DumpError, match="is a thread of the kernel, which has no memory of its own"):
        Proc(threads[0])


def test_a_process_that_has_ended_and_was_not_waited_for() -> None:
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(DumpError, match="has ended, or its first thread has"):
        Proc(process.pid)
    process.wait()


def as_nobody(pid: int) -> str:
    """What reading the process ``pid`` gives to another user; skips where nobody can become one."""
    if os.geteuid():
        pytest.skip("takes root")
    handle, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgid(65534)
            os.setuid(65534)
            read_process(pid).close()
            os.write(writer, b"was read")
        except BaseException as error:  # noqa: BLE001  it is told to the parent
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(handle, "rb") as file:
        return file.read().decode()


def test_a_process_of_another_user_names_the_capability() -> None:
    with running(IDLE) as program:
        assert as_nobody(program.pid) == (
            f"MissingError: process {program.pid}: may not be read without the capability CAP_SYS_PTRACE: "
            "it is of another user (uid 0); run zswapbench as root"
        )


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        (1, "ptrace_scope is 1, which allows a process and those that it started only; "),
        (3, "ptrace_scope is 3, which allows nobody at all until the next boot; "),
        (0, "it has privileges that you lack, or asked not to be read (PR_SET_DUMPABLE), or "),
    ],
)
def test_one_s_own_process_says_what_forbids_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scope: int, why: str
) -> None:
    file = tmp_path / "ptrace_scope"
    file.write_text(f"{scope}\n")
    monkeypatch.setattr(module, "_YAMA", file)
    monkeypatch.setattr(module, "_SYS_PTRACE", 0)  # a capability that nobody has
    with running(IDLE) as program, Proc(program.pid) as proc:
        problem = str(proc.problem(PermissionError(1, "Operation not permitted")))
    assert problem.startswith(
        f"process {program.pid}: may not be read without the capability CAP_SYS_PTRACE: "
    )
    assert why in problem


def test_who_has_the_capability_is_not_told_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_status", lambda pid: {"CapEff": "80000"})
    with running(IDLE) as program, Proc(program.pid) as proc:
        problem = str(proc.problem(PermissionError(1, "Operation not permitted")))
    assert "in spite of the capability CAP_SYS_PTRACE: a security module" in problem


def test_what_is_known_of_a_process() -> None:
    with running(IDLE) as program, Proc(program.pid) as proc:
        assert proc.threads() == [program.pid]
        assert proc.kind() == (64 if sys.maxsize > 1 << 32 else 32, os.uname().machine)
        assert proc.filter() == DEFAULT_FILTER
        Path(f"/proc/{program.pid}/coredump_filter").write_text("0x1")
        assert proc.filter() == 1
        assert [vma[:5] for vma in proc.vmas()] == [vma[:5] for vma in proc.mappings()]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x7fELF\x01" + bytes(13) + (3).to_bytes(2, sys.byteorder), (32, "i686")),
        (b"\x7fELF\x02" + bytes(13) + (999).to_bytes(2, sys.byteorder), (64, "machine 999")),
        (b"#!/bin/sh -x exec something else", (0, "")),
        (b"\x7fELF\x01", (0, "")),
    ],
)
def test_the_program_tells_bits_and_machine(head: bytes, kind: tuple[int, str]) -> None:
    assert module._kind_of(head[:20]) == kind


def test_no_file_stays_open() -> None:
    def handles() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with running(IDLE) as program:
        before = handles()
        read_process(program.pid, freeze=True).close()
        with pytest.raises(UsageError):
            read_process(program.pid, "none")
        assert handles() == before
