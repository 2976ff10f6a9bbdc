"""What the program holds at the end, in the machine: which page is in which swap slot, and the bytes of all."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path


def keep_pagemap(pid: int, script: Path, out: Path) -> None:
    """pagemap.csv, by ``script``, which is that of ``trace record-script``; maps and status as /proc has them."""
    for name in ("maps", "status"):
        shutil.copyfile(f"/proc/{pid}/{name}", out / name)
    with open(out / "pagemap.csv", "wb") as file:
        subprocess.run([sys.executable, script, str(pid)], stdout=file, check=True)


def dump(process: subprocess.Popen[bytes], group: Path, out: Path) -> None:
    """``core``, written by the kernel, which swaps all of it in and ends the program. Raises OSError if there is none.

    By SIGSYS: no program here catches it, and a shell's child may ignore SIGQUIT.
    """
    core = out / "core"
    Path("/proc/sys/kernel/core_pattern").write_text(f"{core}\n")
    Path("/proc/sys/kernel/core_uses_pid").write_text("0\n")
    (group / "memory.max").write_text("max\n")
    os.kill(process.pid, signal.SIGSYS)
    os.kill(process.pid, signal.SIGCONT)
    process.wait()
    core.stat()
