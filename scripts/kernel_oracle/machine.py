"""The machine that measures: it boots the kernel, has the guest program do one job, and turns itself off.

Each job has a machine of its own, so that none depends on what another left behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from booting.kernels import Kernel
from booting.qemu import PAGE_SIZE, Boot, Disk, how_it_ended, make_swap
from booting.told import Told, read_told

GUEST = Path(__file__).with_name("guest.c")
KERNEL_ITSELF = 192 << 20
"""Bytes of memory that a kernel of a distribution and the guest program take at most, without pages."""


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
