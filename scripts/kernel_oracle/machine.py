"""The machine: a PC of one CPU in qemu, that boots the kernel, has the guest program do one job, and turns itself off.

Each job has a machine of its own, so that none depends on what another left behind.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kernel_oracle.kernels import Kernel
from kernel_oracle.pages import PAGE_SIZE
from kernel_oracle.told import Told, read_told
from zswapbench.common.errors import MissingError

QEMU = "qemu-system-x86_64"
GUEST = Path(__file__).with_name("guest.c")
COMPILE = ("gcc", "-std=gnu11", "-O2", "-static", "-Wall", "-Wextra", "-Werror")
KERNEL_ITSELF = 192 << 20
"""Bytes of memory that a kernel of a distribution and the guest program take at most, without pages."""


def refuse_what_cannot_work() -> None:
    """Raise MissingError if this machine lacks a program that is needed whatever the kernel."""
    for program, package in ((QEMU, "qemu-system-x86"), ("gcc", "gcc libc6-dev"), ("setpriv", "util-linux")):
        if not shutil.which(program):
            raise MissingError(f"{program} is not installed; run: apt install {package}")


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
        code = self._run(job, console, told, swap)
        text = told.read_text(errors="replace") if told.exists() else ""
        ended = f"the machine ended with {code}" if code else "the machine turned off early"
        if code is None:
            ended = f"the machine was not done after {self.minutes:g} minutes; --minutes gives it more"
        return read_told(text, f"{ended}; {last_words(console)}")

    def _run(self, job: dict[str, str], console: Path, told: Path, swap: Path) -> int | None:
        """The exit code of qemu, None if the time was up."""
        # Emulated on a machine that has other work, a timer may be late for the check that a kernel makes of it.
        line = " ".join(
            [
                "console=ttyS0",
                "panic=-1",
                "no_timer_check",
                *(f"{name}={value}" for name, value in job.items()),
            ]
        )
        command = [
            *(
                "setpriv",
                "--pdeathsig",
                "KILL",
            ),  # an interrupt may come when qemu runs, and we do not know it yet
            *(QEMU, "-machine", "pc", "-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", str(self.memory)),
            *("-nodefaults", "-no-reboot", "-display", "none", "-kernel", str(self.kernel.image)),
            *("-initrd", str(self.initramfs), "-append", line),
            *("-serial", f"file:{console}", "-serial", f"file:{told}"),
            *("-drive", f"file={self.pages},format=raw,if=virtio,readonly=on"),
            *("-drive", f"file={swap},format=raw,if=virtio,cache=unsafe"),
        ]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as qemu:
            try:
                _, complaint = qemu.communicate(timeout=self.minutes * 60)
            except subprocess.TimeoutExpired:
                return None
            finally:
                qemu.kill()
                qemu.wait()
        if qemu.returncode and complaint:
            raise MissingError(complaint.splitlines()[-1])
        return qemu.returncode


def make_swap(path: Path, size: int) -> None:
    """A swap device of ``size`` bytes, as mkswap would make it. Source: union swap_header, include/linux/swap.h."""
    with open(path, "wb") as file:
        file.truncate(size)
        file.seek(1024)
        file.write(struct.pack("<III", 1, size // PAGE_SIZE - 1, 0))
        file.seek(PAGE_SIZE - 10)
        file.write(b"SWAPSPACE2")


def last_words(console: Path) -> str:
    """What the kernel died of, or else what it said last."""
    text = console.read_text(errors="replace") if console.exists() else ""
    said = [line.strip() for line in text.split("\n") if line.strip()]
    said += [line for line in said if "Kernel panic" in line]
    return f"the kernel said: {said[-1]}" if said else "the kernel said nothing"
