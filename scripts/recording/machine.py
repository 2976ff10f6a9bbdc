"""The machine that records: its disks are the root file system, the results, swap, and the job."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from booting.initramfs import initramfs
from booting.kernels import Kernel
from booting.qemu import TRANSPORT, Boot, Disk, how_it_ended, make_swap

from recording.root import Root
from zswapbench.common.errors import MissingError
from zswapbench.traces import record_scripts

SCRIPTS = Path(__file__).resolve().parents[1]
CARRIED = ("recording", "workloads")
"""Folders of scripts/ that the machine gets."""

MODULES = (
    *TRANSPORT,
    *("crc32c_generic", "crc32c_intel", "crc32c", "ext4"),
    *("zsmalloc", "zbud", "z3fold", "lzo", "lzo_rle", "lz4", "lz4hc", "zstd", "842", "deflate"),
)
"""What it loads, under the names of all kernels; what zswap may be set to among them."""

RESULTS, SWAP = 8 << 30, 1 << 30
"""Bytes of these disks; as long as nothing is written there, they take no place."""


WORDS = ("mitigations=off", "quiet", "clocksource=acpi_pm", "tsc=unstable")
"""For the kernel's command line. The emulated TSC, measured while this machine is busy, may run many times too fast."""


@dataclass(frozen=True)
class Machine:
    """``memory``: MiB; ``minutes`` that a recording may take; ``folder`` for files of its own."""

    kernel: Kernel
    root: Root
    memory: int
    minutes: float
    folder: Path

    def record(self, job: Mapping[str, Any], files: Path, out: Path) -> None:
        """Do ``job``, whose data is in ``files``, and put what it recorded into ``out``.

        Raises MissingError for what the kernel does not have, and for a machine that does not come to its end.
        """
        console, results, swap, jobs, first = (
            self.folder / name for name in ("console", "results", "swap", "job.tar", "initramfs")
        )
        first.write_bytes(self._initramfs())
        with open(results, "wb") as file:
            file.truncate(RESULTS)
        make_swap(swap, SWAP)
        pack_job(job, files, jobs)
        disks = (
            Disk(self.root.image, "snapshot=on,cache=unsafe"),  # each begins with the same
            Disk(results, "cache=unsafe"),
            Disk(swap, "cache=unsafe"),
            Disk(jobs, "readonly=on"),
        )
        boot = Boot(self.kernel, first, self.memory, self.minutes, (console,), disks)
        code = boot.run(WORDS, self.folder)
        unpack_results(results, out, how_it_ended(code, self.minutes, console))

    def _initramfs(self) -> bytes:
        init = Path(__file__).with_name("init").read_bytes()
        return initramfs(self.kernel, init, MODULES, {"busybox": self.root.busybox.read_bytes()})


def pack_job(job: Mapping[str, Any], files: Path, archive: Path) -> None:
    """What the machine finds in /job: job.json, pagemap.py, files/, and the packages that run there."""
    with tarfile.open(archive, "w") as tar:
        _add(tar, "job.json", json.dumps(job).encode())
        _add(tar, "pagemap.py", record_scripts.script("pagemap", job["hooks"]).encode())
        for path in sorted(files.iterdir()):
            _add(tar, f"files/{path.name}", path.read_bytes())
        for package in CARRIED:
            for path in sorted((SCRIPTS / package).rglob("*.py")):
                _add(tar, str(path.relative_to(SCRIPTS)), path.read_bytes())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """A file of nobody in particular: no user and no date of this machine."""
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def unpack_results(archive: Path, out: Path, otherwise: str) -> None:
    """The files of ``archive``, in ``out``.

    Raises MissingError with the machine's own reason if it failed, and with ``otherwise`` if it did not come to
    its end.
    """
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                content = tar.extractfile(member)
                assert content is not None
                if member.name == "done":
                    return
                if member.name == "failed":
                    raise MissingError(content.read().decode(errors="replace").strip())
                with open(out / Path(member.name).name, "wb") as file:
                    while block := content.read(1 << 20):
                        file.write(block)
    except tarfile.TarError:
        pass  # cut short
    raise MissingError(otherwise)
