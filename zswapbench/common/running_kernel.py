"""What the running system says of its kernel: the configuration that it was built with, and what zram lists.

Files are read, and nothing is changed. None of them need be there: a container may have neither /boot nor a zram.
"""

from __future__ import annotations

import gzip
import platform
import zlib
from dataclasses import dataclass
from pathlib import Path

_CONFIGS = ("boot/config-{release}", "lib/modules/{release}/config", "proc/config.gz")
"""Where a kernel's configuration may be, the first first. Debian has it in /boot, and newer ones beside the modules."""


@dataclass(frozen=True)
class Running:
    """``release``: as ``uname -r`` has it. ``config``: text, None if none can be read; ``config_path``: of it.

    ``tried``: all places, as they are called. ``comp_algorithm``: what the first device of zram lists, "" without one;
    ``recompresses``: whether that has a recomp_algorithm, too.
    """

    release: str
    config: str | None
    config_path: str
    tried: tuple[str, ...]
    comp_algorithm: str
    comp_algorithm_path: str
    recompresses: bool


def running_kernel(root: Path = Path("/")) -> Running:
    """What can be read below ``root``, which is the root of the system that runs."""
    release = _content(root / "proc/sys/kernel/osrelease") or platform.release()
    places = [one.format(release=release) for one in _CONFIGS]
    found = next(((place, text) for place in places if (text := _content(root / place))), None)
    devices = sorted(root.glob("sys/block/zram*/comp_algorithm"))
    listed = _content(devices[0]) if devices else None
    return Running(
        release=release,
        config=found[1] if found else None,
        config_path=f"/{found[0]}" if found else "",
        tried=tuple(f"/{place}" for place in places),
        comp_algorithm=listed or "",
        comp_algorithm_path=f"/{devices[0].relative_to(root)}" if listed else "",
        recompresses=bool(devices) and (devices[0].parent / "recomp_algorithm").exists(),
    )


def _content(path: Path) -> str | None:
    """The text of a file, unpacked; None if it cannot be read."""
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace").strip()
    except (OSError, EOFError, zlib.error):
        return None
