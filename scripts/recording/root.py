"""The root file system of the machine: Debian with the program, made by mmdebstrap, as an image of ext4."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from booting.qemu import refuse_what_is_missing

from zswapbench.common.errors import MissingError

SUITE = "bookworm"
ALWAYS = ("python3", "busybox-static")
"""What each machine needs: guest.py's interpreter, and the program of the initramfs."""

NEEDED = {"mmdebstrap": "mmdebstrap", "mkfs.ext4": "e2fsprogs"}
ROOM = 3 << 30
"""Bytes of the image beyond what is in it; as long as nothing is written there, they take no place."""

OF_THIS_MACHINE = ("etc/hostname", "etc/resolv.conf", "etc/apt/sources.list", "etc/apt/apt.conf.d")
"""What mmdebstrap copies, and a recording must not know."""


@dataclass(frozen=True)
class Root:
    """``image``: the disk; ``busybox``: the program of the same name, which needs no library."""

    image: Path
    busybox: Path


def find_root(folder: Path, name: str, packages: Sequence[str]) -> Root:
    """The root file system ``name`` in ``folder``, made if it is not there.

    Raises MissingError if it cannot be made: by another user than root, or without a package that is named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = Root(folder / f"{name}.ext4", folder / f"{name}.busybox")
    if not root.image.exists():
        _make(root, packages)
    return root


def _make(root: Root, packages: Sequence[str]) -> None:
    refuse_what_is_missing(NEEDED)
    if os.geteuid():
        raise MissingError(
            f"{root.image}: only root can make it; run as root, or give --root a folder with it"
        )
    include = ",".join((*ALWAYS, *packages))
    with tempfile.TemporaryDirectory(prefix=".", dir=root.image.parent) as beside:
        files, image = Path(beside, "files"), Path(beside, "image")
        _run(
            *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--format=directory"),
            *("--aptopt=APT::Install-Recommends false", "--skip=output/dev", f"--include={include}"),
            *(SUITE, str(files)),
        )
        for name in OF_THIS_MACHINE:
            path = files / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        held = sum(path.lstat().st_blocks * 512 for path in files.rglob("*"))
        with open(image, "wb") as file:
            file.truncate(held + ROOM)
        _run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-d", str(files), str(image))
        shutil.copyfile(files / "bin" / "busybox", root.busybox)
        image.replace(root.image)  # last: where it is, the other is, too


def _run(*command: str) -> None:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        said = [
            line for line in done.stderr.splitlines() if line.startswith("E: ")
        ] or done.stderr.splitlines()
        raise MissingError(f"{command[0]}: {said[0].removeprefix('E: ') if said else done.returncode}")
