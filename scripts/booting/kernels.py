"""The kernel to boot: found in a folder, unpacked from Debian packages, or fetched as one."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zswapbench.common.errors import InputError, MissingError, UsageError

_PARTS = re.compile(r"(linux-(?:image|binary|modules)-\S+)(?: \(= ([^)]+)\))?")
"""What a kernel's package needs of the kernel's other packages; newer ones are split in three."""


@dataclass(frozen=True)
class Kernel:
    """``image``: vmlinuz; ``modules``: lib/modules/RELEASE, with the modules as they were packed."""

    release: str
    image: Path
    modules: Path

    @property
    def version(self) -> str:
        """As measurements are named after it: "6.12" of 6.12.117+deb13-amd64."""
        found = re.match(r"\d+\.\d+", self.release)
        return found[0] if found else self.release


def find_kernel(given: Sequence[str], release: str | None, sources: Path | None, folder: Path) -> Kernel:
    """What ``given`` names: a folder, .deb files, or a package, which is unpacked in ``folder``.

    ``release`` chooses where there are several. ``sources``: a sources list of apt's, for a package that the system's
    own does not have. Raises UsageError if none of these is named or to be had, InputError if there is no kernel in it,
    MissingError if this machine has no dpkg or apt.
    """
    if all(name.endswith(".deb") for name in given):
        unpack([Path(name) for name in given], folder)
        return kernel_in(folder, " ".join(given), release)
    if len(given) > 1:
        raise UsageError(f"--kernel {' '.join(given)}: give one folder, one package name, or .deb files")
    if Path(given[0]).is_dir():
        return kernel_in(Path(given[0]), given[0], release)
    if "/" in given[0]:
        raise UsageError(f"--kernel {given[0]}: is no folder and no .deb file")
    unpack(fetch(given[0], sources, folder), folder)
    return kernel_in(folder, given[0], release)


def kernel_in(root: Path, name: str, release: str | None) -> Kernel:
    """The kernel under ``root``, which the user calls ``name``."""
    found = {kernel.release: kernel for kernel in _kernels(root)}
    if release is not None and found:
        found = {one: kernel for one, kernel in found.items() if one == release}
        if not found:
            there = ", ".join(kernel.release for kernel in _kernels(root))
            raise UsageError(f"--release {release}: {name} has {there}")
    if not found:
        raise InputError(name, "holds no kernel: no boot/vmlinuz-RELEASE or lib/modules/RELEASE/vmlinuz")
    if len(found) > 1:
        raise UsageError(
            f"{name}: holds several kernels; choose with --release, of {', '.join(sorted(found))}"
        )
    return next(iter(found.values()))


def _kernels(root: Path) -> Iterator[Kernel]:
    """Each image under ``root`` that has modules; the newer packages keep both in one folder."""
    for modules in sorted({*root.glob("lib/modules/*/"), *root.glob("usr/lib/modules/*/")}):
        release = modules.name
        for image in (modules / "vmlinuz", root / f"boot/vmlinuz-{release}", root / f"vmlinuz-{release}"):
            if image.is_file():
                yield Kernel(release, image, modules)
                break


def unpack(packages: Sequence[Path], folder: Path) -> None:
    """The files of Debian ``packages``, under ``folder``."""
    for package in packages:
        done = _run(["dpkg-deb", "--extract", str(package.resolve()), str(folder)], folder)
        if done.returncode:
            raise InputError(package, f"is no Debian package that can be unpacked: {_why(done)}")


def fetch(package: str, sources: Path | None, folder: Path) -> list[Path]:
    """The .deb files of ``package``, NAME or NAME=VERSION, and of the kernel's packages that it needs."""
    options: list[str] = ["-o", "APT::Sandbox::User=root"]
    if sources is not None:
        lists, cache = folder / "apt-lists", folder / "apt-cache"
        lists.mkdir()
        cache.mkdir()
        places = (f"Etc::sourcelist={sources.resolve()}", "Etc::sourceparts=/dev/null")
        for place in (*places, f"State::lists={lists}", f"Cache={cache}"):
            options += ["-o", f"Dir::{place}"]
        done = _run(["apt-get", *options, "update"], folder)
        if done.returncode:
            raise UsageError(f"--sources {sources}: {_why(done)}")
    wanted = _with_parts(package, options, folder)
    done = _run(["apt-get", *options, "download", *wanted], folder)
    if done.returncode:
        raise UsageError(f"--kernel {package}: {_why(done)}")
    return sorted(folder.glob("*.deb"))


def _with_parts(package: str, options: list[str], folder: Path) -> list[str]:
    found, left = [package], [package]
    while left:
        done = _run(["apt-cache", *options, "show", "--no-all-versions", left.pop()], folder)
        if done.returncode:
            raise UsageError(f"--kernel {package}: {_why(done)}; --sources names a sources list that has it")
        depends = " ".join(line for line in done.stdout.splitlines() if line.startswith("Depends:"))
        for name, version in _PARTS.findall(depends):
            part = f"{name.rstrip(',')}={version}" if version else name.rstrip(",")
            if part not in found:
                found.append(part)
                left.append(part)
    return found


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, cwd=folder, check=False, capture_output=True, text=True, errors="replace"
        )
    except FileNotFoundError:
        raise MissingError(
            f"{command[0]} is not installed; unpack the kernel elsewhere, and give the folder"
        ) from None


def _why(done: subprocess.CompletedProcess[str]) -> str:
    """The first complaint, without what the program puts before it."""
    lines = [line for line in done.stderr.splitlines() if line and not line.startswith("W:")]
    return (
        lines[0].removeprefix("E: ").removeprefix("dpkg-deb: error: ")
        if lines
        else f"{done.args[0]} ended with {done.returncode}"
    )
