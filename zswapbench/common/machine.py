"""What the machine is that a time was measured on. Nothing here names the machine or its owner."""

from __future__ import annotations

import os
import platform
import re
from itertools import combinations
from pathlib import Path

from zswapbench import __version__
from zswapbench.common.errors import UsageError


def processor() -> str:
    """The processor's name as Linux has it; "" if it has none."""
    return _field("/proc/cpuinfo", "model name")


def cpus() -> int:
    """CPUs that this process may run on."""
    return len(os.sched_getaffinity(0))


def two_cores() -> tuple[int, int] | None:
    """Two CPUs that this process may run on: of one package, and of two cores, where there are such.

    None if it may run on one only. What the kernel does not tell counts as one package, and as a core each.
    """
    mine = sorted(os.sched_getaffinity(0))
    pairs = [(one, other) for one, other in combinations(mine, 2) if _core(one) != _core(other)]
    return min(pairs or combinations(mine, 2), key=lambda pair: len({*map(_package, pair)}), default=None)


def _package(cpu: int) -> str:
    return _topology(cpu, "physical_package_id")


def _core(cpu: int) -> tuple[str, str]:
    return _package(cpu), _topology(cpu, "core_id") or str(cpu)


def _topology(cpu: int, name: str) -> str:
    try:
        return Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/{name}").read_text().strip()
    except OSError:
        return ""


def kernel() -> str:
    """The version of the kernel that runs here, without what a distribution adds; "" if it does not say one."""
    return re.match(r"[0-9.]*", platform.release())[0].rstrip(".")  # type: ignore[index]


def describe() -> dict[str, str | int]:
    """Processor, CPUs of it for us, memory, kernel and Python, as far as they can be told."""
    memory = _field("/proc/meminfo", "MemTotal").partition(" ")[0]
    return {
        "processor": processor() or platform.machine(),
        "architecture": platform.machine(),
        "cpus": cpus(),
        "memory_kib": int(memory) if memory.isdigit() else 0,
        "kernel": kernel(),
        "python": platform.python_version(),
    }


RUNNING = "running"
"""In place of a kernel's version: the kernel that runs here."""


def of_running_kernel(text: str) -> str:
    """``text``, with the version of the running kernel (``6.12``) for a leading ``running``.

    Raises UsageError where the kernel does not say its version.
    """
    name, colon, rest = text.partition(":")
    if name != RUNNING:
        return text
    found = re.match(r"[0-9]+\.[0-9]+", platform.release())
    if not found:
        raise UsageError(
            f"the running kernel calls itself {platform.release()!r}; name a version, such as 6.12"
        )
    return found[0] + colon + rest


def _field(path: str, name: str) -> str:
    """What follows ``name:`` in a file of /proc; "" if nothing does."""
    try:
        found = re.search(rf"^{name}\s*:\s*(.+)$", Path(path).read_text(), re.MULTILINE)
    except OSError:
        return ""
    return found[1] if found else ""


def environment() -> dict[str, str]:
    """What a result says of where it was made."""
    return {
        "zswapbench": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processor": processor(),
        "kernel": kernel(),
    }
