"""A set-up as it was run -> the values that a kernel's files must have for it, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zswapbench.plugins.registry import CODECS
from zswapbench.results.machine import SetupResult
from zswapbench.results.recommendation import Candidate
from zswapbench.rules.overflow import kernel_version
from zswapbench.rules.zram_kernels import rules_of

Version = tuple[int, int]

_NO_ZPOOL = (6, 18)
"""The first kernel whose zswap has no parameter zpool: zsmalloc is built in."""

_SHRINKER = (6, 8)


@dataclass(frozen=True)
class Zswap:
    """Parameters of zswap, in the order of writing, but for ``enabled``; names as below /sys/module/zswap/parameters.

    ``limit_pages``: the pool's limit, where it is no percentage of RAM; else None.
    """

    parameters: tuple[tuple[str, str], ...]
    codec: str
    limit_pages: int | None


@dataclass(frozen=True)
class Zram:
    """Attributes of a zram. ``before``, ``after``: name and value of those to be written around ``disksize``, in order.

    ``codec``: the algorithm; ``second``: what recompresses, "" for nothing; ``parameters``: what algorithm_params gets
    of the first one, "". ``backing``: bytes of a backing device, None without one, 0 for as many as are wanted.
    ``rounds``: what is written every ``every_ns`` nanoseconds.
    """

    codec: str
    parameters: str
    second: str
    disksize: int
    mem_limit: int
    backing: int | None
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    rounds: tuple[tuple[str, str], ...]
    every_ns: int


@dataclass(frozen=True)
class Wanted:
    """``kernel``: version that the set-up was run with; ``disk``: whether pages go to a swap device."""

    kernel: Version
    zswap: Zswap | None
    zram: Zram | None
    disk: bool


def wanted_of(candidate: Candidate, kernel: str) -> Wanted:
    """What ``candidate`` was run with. ``kernel``: where its result does not say one: that of the machine."""
    said = candidate.result.setting
    page_size = int(said.get("page_size", 4096))
    era = said.get("era", {})
    version = kernel_version(str(said.get("kernel") or era.get("overflow") or era.get("kernel") or kernel))
    zram = None
    if "zram" in candidate.kind:
        prefix = "zram_" if candidate.kind == "zswap+zram" else ""
        zram = _zram(said, prefix, version, page_size)
    return Wanted(
        kernel=version,
        zswap=_zswap(candidate, said, version) if "zswap" in candidate.kind else None,
        zram=zram,
        disk=candidate.kind in ("disk", "zswap", "zram+disk"),
    )


def _zswap(candidate: Candidate, said: dict[str, Any], version: Version) -> Zswap:
    """A replay may have a limit that is no share of RAM."""
    era = said["era"]
    of_ram = isinstance(candidate.result, SetupResult) or said.get("ram_pages")
    codec = kernel_codec(said["codec"])
    parameters = [("compressor", codec)]
    if version < _NO_ZPOOL:
        parameters.append(("zpool", said["pool"].partition(":")[0]))
    if of_ram:
        parameters.append(("max_pool_percent", str(era["max_pool_percent"])))
    if era["accept_threshold_percent"]:
        parameters.append(("accept_threshold_percent", str(era["accept_threshold_percent"])))
    if version >= _SHRINKER:
        parameters.append(("shrinker_enabled", "Y" if said.get("shrinker_enabled") else "N"))
    return Zswap(tuple(parameters), codec, None if of_ram else said["pool_limit_pages"])


def _zram(said: dict[str, Any], prefix: str, version: Version, page_size: int) -> Zram:
    """``prefix``: of what is said of its codec."""
    writes = [tuple(text.split("=", 1)) for text in said.get("writes", ())]
    codec = kernel_codec(said[f"{prefix}codec"])
    first = _parameters(said[f"{prefix}codec"], version, page_size)
    backing = said.get("backing_dev_pages") or 0
    before = [("comp_algorithm", codec)]
    before += [("algorithm_params", f"algo={codec} {first}")] if first else []
    before += [(name, value) for name, value in writes if name == "recomp_algorithm"]
    limit = [(name, value) for name, value in writes if name == "writeback_limit"]
    mem_limit = said.get("mem_limit_pages", said.get("pool_limit_pages")) or 0
    second = said.get("recomp_codec", "")
    return Zram(
        codec=codec,
        parameters=first,
        second=kernel_codec(second) if second else "",
        disksize=said.get("disksize", 0),
        mem_limit=mem_limit * page_size,
        backing=backing * page_size if said.get("backing_dev") else None,
        before=tuple(before),
        after=tuple(
            [("mem_limit", str(mem_limit * page_size))] * bool(mem_limit)
            + [("writeback_limit_enable", "1")] * bool(limit)
            + limit
        ),
        rounds=tuple(
            (name, value) for name, value in writes if name not in ("recomp_algorithm", "writeback_limit")
        ),
        every_ns=said.get("every_ns", 0),
    )


def kernel_codec(codec: str) -> str:
    """What the kernel calls ``codec``, whose parameters are left out."""
    return str(CODECS.choose(codec).leaf.kernel_name)


def _parameters(codec: str, version: Version, page_size: int) -> str:
    """What algorithm_params gets so that zram compresses as the run did; "" where that is the kernel's default."""
    chosen = CODECS.choose(codec)
    usual = rules_of("{}.{}".format(*version), page_size).choose(chosen.leaf.name)
    level = next((name for name in ("level", "acceleration") if name in chosen.parameters), "")
    if not level or chosen.parameters[level] == usual.parameters.get(level):
        return ""
    return f"level={chosen.parameters[level]}"
