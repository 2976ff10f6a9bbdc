"""A set-up in words -> what it is: ``disk``, ``zswap,codec=lz4``, ``zram,disksize=1GiB``, ``none``.

A SPEC begins with the kind. What follows is KEY=VALUE, or the bare name of a codec, pool, era, policy or device, as in
the SPECs of compare (zswapbench.runs.options).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.common.machine import of_running_kernel
from zswapbench.common.names import offer
from zswapbench.common.units import format_size, parse_size
from zswapbench.plugins.registry import names_file
from zswapbench.results.machine import DISK, KINDS, NONE, ZRAM, ZSWAP
from zswapbench.runs.options import Options, family_of

KEYS: dict[str, dict[str, str]] = {
    NONE: {},
    DISK: {"device": "device"},
    ZSWAP: {
        "era": "era",
        "kernel": "era",
        "codec": "codec",
        "pool": "pool",
        "policy": "policy",
        "max-pool-percent": "max_pool_percent",
        "accept-threshold-percent": "accept_threshold_percent",
        "chain-size": "chain_size",
        "device": "device",
    },
    ZRAM: {
        "kernel": "era",
        "era": "era",
        "codec": "codec",
        "chain-size": "chain_size",
        "disksize": "disksize",
        "mem-limit": "mem_limit",
    },
}
"""By kind: what a SPEC can say, each key with its name."""

_NUMBERS = {"max_pool_percent": (1, 100), "accept_threshold_percent": (1, 200), "chain_size": (4, 16)}

_LARGEST_DISKSIZE = 4 << 30
_FEWEST_SWAP_PAGES = 10
"""mkswap refuses less: "swap area needs to be at least 40 KiB". Source: util-linux disk-utils/mkswap.c."""


@dataclass(frozen=True)
class Setup:
    """``label``: the SPEC. ``options``: all but the kind and ``disksize``, which is in bytes, 0 but for a zram."""

    label: str
    kind: str
    options: Options
    disksize: int = 0


def setup_of(spec: str, common: Options, ram: int, page_size: int) -> Setup:
    """The set-up that ``spec`` asks for on a machine of ``ram`` bytes; ``common``: kernel, device and costs.

    Raises UsageError for what is no SPEC, and for a set-up that no kernel could have.
    """
    kind, *parts = spec.split(",")
    if kind not in KINDS:
        raise UsageError(f"{spec!r}: no set-up is called {kind!r}; {offer(kind, KINDS)}")
    found: dict[str, Any] = {}
    for part in parts:
        name, value = _part(spec, kind, part)
        if name in found:
            raise UsageError(f"{spec!r}: {part!r} is a second {name.replace('_', '-')}; give one")
        found[name] = _number(spec, part, value, *_NUMBERS[name]) if name in _NUMBERS else value
    disksize = found.pop("disksize", "")
    options = replace(common, label=spec, **found)
    if kind != ZRAM:
        return Setup(spec, kind, options)
    _check_mem_limit(spec, options.mem_limit, ram)
    kernel = of_running_kernel(options.era).partition(":")[0]
    return Setup(spec, kind, replace(options, era=kernel), _disksize(spec, disksize, ram, page_size))


def _part(spec: str, kind: str, part: str) -> tuple[str, str]:
    """Name and value of one ``part`` of ``spec``."""
    keys = KEYS[kind]
    key, equals, value = part.partition("=")
    if not equals or ":" in key:
        key, value = family_of(spec, part), part
    if key not in keys:
        ways = ", ".join(f"{one}=..." for one in keys) or "nothing"
        raise UsageError(f"{spec!r}: {kind} does not take {part!r}; it takes {ways}")
    if not value:
        raise UsageError(f"{spec!r}: {part!r} has no value")
    if key == "policy" and names_file(value):
        raise UsageError(f"{spec!r}: a machine takes no policy in plain Python; give the name of one")
    return keys[key], value


def _number(spec: str, part: str, value: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,3}", value) or not low <= int(value) <= high:
        raise UsageError(f"{spec!r}: {part} is not a number from {low} to {high}")
    return int(value)


def _disksize(spec: str, text: str, ram: int, page_size: int) -> int:
    """Bytes. Without one it is that of zram-generator: half of RAM, 4 GiB at most.

    Source: zram-generator.conf(5), zram-size=min(ram / 2, 4096).
    """
    size = parse_size(text) if text else min(ram // 2, _LARGEST_DISKSIZE)
    if size == 0:
        raise UsageError(f"{spec!r}: the kernel refuses a disksize of 0 (Invalid argument); give a size")
    if size < _FEWEST_SWAP_PAGES * page_size:
        least = format_size(_FEWEST_SWAP_PAGES * page_size)
        raise UsageError(
            f"{spec!r}: mkswap refuses a device of {format_size(size)}: give a disksize of {least} or more"
        )
    if size // page_size >= 1 << 31:
        raise UsageError(f"{spec!r}: a disksize of {text} has more pages than can be numbered")
    return size


def _check_mem_limit(spec: str, text: str, ram: int) -> None:
    if text and parse_size(text) > ram:
        raise UsageError(
            f"{spec!r}: a mem_limit above RAM ({format_size(ram)}) never limits; give less, or leave it out"
        )
