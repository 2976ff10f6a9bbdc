"""The machine that swaps: it boots the kernel, has the guest program touch a stream of pages, and turns itself off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from booting.kernels import Kernel
from booting.qemu import PAGE_SIZE, TRANSPORT, Boot, Disk, how_it_ended, make_swap
from booting.told import Told, read_told

from machine_oracle.streams import Recipe, stream
from zswapbench.corpus.reading import Corpus

GUEST = Path(__file__).with_name("guest.c")
MODULES = (*TRANSPORT, "lz4", "lz4_compress", "zstd", "zsmalloc", "zram")
SWAP_BYTES = 256 << 20
READ_AT_A_TIME = 16
"""Pages that the guest program reads ahead of what pages are to hold."""


def write_input(path: Path, recipe: Recipe, corpus: Corpus) -> None:
    """The guest's first disk: head, touches, and what pages hold in the order of first touches.

    Page n of the program holds page n of ``corpus``, from the first again behind the last.
    """
    places, writes = stream(recipe)
    words = places.astype(np.uint32) | (writes.astype(np.uint32) << np.uint32(31))
    _, first = np.unique(places, return_index=True)
    order = places[np.sort(first)] % len(corpus)
    head = np.array([0x7A73777072656673, recipe.pages, recipe.touches], "<u8")
    parts = (head.tobytes(), words.astype("<u4").tobytes())
    with open(path, "wb") as file:
        file.writelines(part + bytes(-len(part) % PAGE_SIZE) for part in parts)
        file.write(corpus.pages()[order].tobytes())
        file.write(bytes(-len(order) % READ_AT_A_TIME * PAGE_SIZE))


@dataclass(frozen=True)
class Machine:
    """``memory``: MiB; ``cpus``; ``minutes`` a job may take; ``folder`` for files of its own."""

    kernel: Kernel
    initramfs: Path
    memory: int
    cpus: int
    minutes: float
    folder: Path

    def do(self, stream_file: Path, swap_bytes: int, job: Mapping[str, str]) -> Told:
        """What the guest program told of ``job``, with a swap device of ``swap_bytes``.

        Raises MissingError for what the kernel does not have, and for a machine that does not come to its end.
        """
        console, told, swap = (self.folder / name for name in ("console", "told", "swap"))
        make_swap(swap, swap_bytes)
        disks = (Disk(stream_file, "readonly=on,cache=unsafe"), Disk(swap, "cache=unsafe"))
        boot = Boot(self.kernel, self.initramfs, self.memory, self.minutes, (console, told), disks, self.cpus)
        # All RAM that is given out is in one zone: what is left of the lowest 16 MiB is reserved. Files of the
        # initramfs are no shared memory, which could be swapped out.
        words = ("memmap=15M$1M", "rootfstype=ramfs", *(f"{name}={value}" for name, value in job.items()))
        code = boot.run(words, self.folder)
        text = told.read_text(errors="replace") if told.exists() else ""
        return read_told(text, how_it_ended(code, self.minutes, console))
