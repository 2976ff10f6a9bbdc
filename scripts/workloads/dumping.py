"""A process's memory as an ELF core, written by gcore or by the kernel itself.

Both kinds are in the corpora on purpose: their segments and notes are laid out differently, and people have
both.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from workloads.room import CLEAN_ENVIRONMENT, PATIENCE, RoomError

_CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
_CORE_USES_PID = Path("/proc/sys/kernel/core_uses_pid")
_WITHOUT_SHARED_ANONYMOUS = "0x31"  # the default coredump_filter is 0x33; see core(5)


def dump(pid: int, core: Path, *, by_kernel: bool) -> str:
    """Write the memory of ``pid`` to ``core``; returns how: ``kernel`` or ``gcore``."""
    if by_kernel and not kernel_writes_plain_files():
        print(f"  {_CORE_PATTERN} is no plain file name: gcore instead of the kernel's own core")
        by_kernel = False
    (_dump_by_kernel if by_kernel else _dump_by_gcore)(pid, core)
    os.chown(core, os.geteuid(), os.getegid())
    core.chmod(0o600)
    return "kernel" if by_kernel else "gcore"


def kernel_writes_plain_files() -> bool:
    """Whether a core lands in the dying process's own folder, under a name known beforehand."""
    return not set("|/%") & set(_CORE_PATTERN.read_text().strip())


def leave_out_shared_memory(pid: int) -> None:
    """Keep shared anonymous memory, such as a database's buffers, out of the next dump of ``pid``."""
    Path(f"/proc/{pid}/coredump_filter").write_text(_WITHOUT_SHARED_ANONYMOUS)


def _dump_by_gcore(pid: int, core: Path) -> None:
    command = ["/usr/bin/gcore", "-o", str(core.absolute()), str(pid)]
    result = subprocess.run(
        command, env=CLEAN_ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False
    )
    written = core.with_name(f"{core.name}.{pid}")
    if not written.exists():
        raise RoomError(f"gcore wrote no core of process {pid}: {result.stderr.strip()}")
    written.replace(core)
    os.kill(pid, signal.SIGCONT)


def _dump_by_kernel(pid: int, core: Path) -> None:
    """End ``pid`` by SIGQUIT, which no program here handles (the compilers of GCC do handle SIGABRT)."""
    name = _CORE_PATTERN.read_text().strip()
    written = Path(f"/proc/{pid}/cwd").readlink() / name
    if _CORE_USES_PID.read_text().strip() != "0":
        written = written.with_name(f"{name}.{pid}")
    os.kill(pid, signal.SIGQUIT)
    os.kill(pid, signal.SIGCONT)
    _wait_for_end(pid)
    if not written.exists():
        raise RoomError(f"the kernel wrote no core of process {pid} to {written}")
    shutil.move(written, core)


def _wait_for_end(pid: int) -> None:
    """Until ``pid`` is gone or a zombie: by then its core is complete."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.05)
    raise RoomError(f"process {pid} did not end on SIGQUIT")
