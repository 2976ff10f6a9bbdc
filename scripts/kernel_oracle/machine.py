"""The machine that measures: it boots the kernel, has the guest program do one job, and turns itself off.

Each job has a machine of its own, so that none depends on what another left behind.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from booting.kernels import Kernel
from booting.qemu import NEEDED, PAGE_SIZE, Boot, Disk, how_it_ended, make_swap, refuse_what_is_missing

from kernel_oracle.told import Told, read_told
from zswapbench.common.errors import MissingError

GUEST = Path(__file__).with_name("guest.c")
COMPILE = ("gcc", "-std=gnu11", "-O2", "-static", "-Wall", "-Wextra", "-Werror")
KERNEL_ITSELF = 192 << 20
"""Bytes of memory that a kernel of a distribution and the guest program take at most, without pages."""


def refuse_what_cannot_work() -> None:
    """Raise MissingError if this machine lacks a program that is needed whatever the kernel."""
    refuse_what_is_missing({**NEEDED, "gcc": "gcc libc6-dev"})


def build_guest(folder: Path) -> bytes:
    """The guest program, compiled without a library that it would need at run time."""
    program = folder / "init"
    done = subprocess.run([*COMPILE, "-o", program, GUEST], check=False, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line or "cannot find" in line]
        raise MissingError(f"gcc cannot build the guest program: {(lines or ['it says nothing'])[0]}")
    return program.read_bytes()


def memory_for(pages: int) -> int:
    """MiB of memory that the machine needs: each page may be there twice, in the program and compressed."""
    return -(-(KERNEL_ITSELF + 2 * pages * PAGE_SIZE) >> 20)


@dataclass(frozen=True)
class Machine:
    """``pages``: a file of pages; ``memory``: MiB; ``minutes`` a job may take; ``folder`` for files of its own."""

    kernel: Kernel
    initramfs: Path
    pages: Path
    memory: int
    minutes: float
    folder: Path

    def do(self, job: dict[str, str]) -> Told:
        """What the guest program told of ``job``.

        Raises MissingError for what the kernel does not have, and for a machine that does not come to its end.
        """
        console, told, swap = (self.folder / name for name in ("console", "told", "swap"))
        make_swap(swap, 4 * self.pages.stat().st_size + (64 << 20))
        disks = (Disk(self.pages, "readonly=on"), Disk(swap, "cache=unsafe"))
        boot = Boot(self.kernel, self.initramfs, self.memory, self.minutes, (console, told), disks)
        code = boot.run((f"{name}={value}" for name, value in job.items()), self.folder)
        text = told.read_text(errors="replace") if told.exists() else ""
        return read_told(text, how_it_ended(code, self.minutes, console))
