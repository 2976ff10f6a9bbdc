"""The machine: a PC in qemu, by emulation. It needs neither KVM nor root."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from booting.kernels import Kernel
from zswapbench.common.errors import MissingError

PAGE_SIZE = 4096
QEMU = "qemu-system-x86_64"
NEEDED = {QEMU: "qemu-system-x86", "setpriv": "util-linux"}
"""Programs, with the Debian package of each."""

TRANSPORT = ("virtio_pci", "virtio_blk")
"""Modules, where they are modules, that the disks of the machine need."""


def refuse_what_is_missing(programs: Mapping[str, str]) -> None:
    """Raise MissingError if this machine lacks one of ``programs``: name -> Debian package."""
    for program, package in programs.items():
        if not shutil.which(program):
            raise MissingError(f"{program} is not installed; run: apt install {package}")


@dataclass(frozen=True)
class Disk:
    """A file as a disk, /dev/vda and so on. ``option``: qemu's for the drive, as ``readonly=on``."""

    path: Path
    option: str


@dataclass(frozen=True)
class Boot:
    """``memory``: MiB; ``minutes``: that it may take; ``serial``: files for /dev/ttyS0 (the console), ttyS1, ..."""

    kernel: Kernel
    initramfs: Path
    memory: int
    minutes: float
    serial: Sequence[Path]
    disks: Sequence[Disk]
    cpus: int = 1

    def run(self, words: Iterable[str], folder: Path) -> int | None:
        """Boot with ``words`` on the kernel's command line; the exit code of qemu, None if the time was up.

        ``folder``: for files of qemu's own. Raises MissingError with qemu's complaint if it has one.
        """
        with subprocess.Popen(
            self._command(words),
            env=os.environ | {"TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
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

    def _command(self, words: Iterable[str]) -> list[str]:
        # Emulated on a machine that has other work, a timer may be late for the check that a kernel makes of it.
        line = " ".join(["console=ttyS0", "panic=-1", "no_timer_check", *words])
        serial = [part for path in self.serial for part in ("-serial", f"file:{path}")]
        drives = [f"file={disk.path},format=raw,if=virtio,{disk.option}" for disk in self.disks]
        return [
            # An interrupt may come when qemu runs, and we do not know it yet.
            *("setpriv", "--pdeathsig", "KILL"),
            *(
                QEMU,
                "-machine",
                "pc",
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-smp",
                str(self.cpus),
                "-m",
                str(self.memory),
            ),
            *("-nodefaults", "-no-reboot", "-display", "none", "-kernel", str(self.kernel.image)),
            *("-initrd", str(self.initramfs), "-append", line),
            *serial,
            *(part for drive in drives for part in ("-drive", drive)),
        ]


def how_it_ended(code: int | None, minutes: float, console: Path) -> str:
    """What to say of a machine that did not come to its end; ``code`` as Boot.run gives it."""
    ended = f"the machine ended with {code}" if code else "the machine turned off early"
    if code is None:
        ended = f"the machine was not done after {minutes:g} minutes; --minutes gives it more"
    return f"{ended}; {_last_words(console)}"


def _last_words(console: Path) -> str:
    """What the kernel died of, or else what it said last."""
    text = console.read_text(errors="replace") if console.exists() else ""
    said = [line.strip() for line in text.split("\n") if line.strip()]
    said += [line for line in said if "Kernel panic" in line]
    return f"the kernel said: {said[-1]}" if said else "the kernel said nothing"


def make_swap(path: Path, size: int) -> None:
    """A swap device of ``size`` bytes, as mkswap would make it. Source: union swap_header, include/linux/swap.h."""
    with open(path, "wb") as file:
        file.truncate(size)
        file.seek(1024)
        file.write(struct.pack("<III", 1, size // PAGE_SIZE - 1, 0))
        file.seek(PAGE_SIZE - 10)
        file.write(b"SWAPSPACE2")
