"""A set-up in words -> the values that a kernel's files must have for it, and no others."""

from __future__ import annotations

from dataclasses import dataclass

from zswapbench.codecs.base import Codec
from zswapbench.plugins.registry import Choice
from zswapbench.results.recommendation import Candidate
from zswapbench.results.records import ZRAM, Result
from zswapbench.rules.era_cells import SHRINKER_SINCE
from zswapbench.rules.zram_kernels import Rules, rules_of
from zswapbench.runs.choices import codec_of, era_of, pool_of
from zswapbench.runs.options import Options, options_of
from zswapbench.runs.setups.base import Asked
from zswapbench.runs.setups.spec import setup_of
from zswapbench.runs.setups.zram import disksize_of
from zswapbench.runs.setups.zram_upkeep import Duties, duties_of
from zswapbench.runs.zram_choices import limit_pages

_NO_ZPOOL = (6, 18)
"""The first kernel whose zswap has no parameter zpool: zsmalloc is built in."""

Values = tuple[tuple[str, str], ...]
"""Name and value of files of the kernel, in the order of writing."""


@dataclass(frozen=True)
class Zswap:
    """``parameters``: below /sys/module/zswap/parameters, without ``enabled``. ``codec``: as the kernel calls it.

    ``limit_pages``: the pool's limit in page frames, where it is no percentage of RAM; else None.
    """

    parameters: Values
    codec: str
    limit_pages: int | None = None

    def value(self, name: str) -> str:
        """A parameter; "" of one that is not set."""
        return dict(self.parameters).get(name, "")


@dataclass(frozen=True)
class Zram:
    """``before``, ``after``: what is written around ``disksize``. ``codec``: the algorithm, as the kernel calls it.

    ``parameters``: what algorithm_params gets of it, ""; ``second``: what recompresses, ""; ``mem_limit``: bytes, 0 for
    none. ``backing``: whether it has a backing device. ``rounds``: what is written every ``every_ns`` nanoseconds.
    """

    codec: str
    parameters: str
    second: str
    disksize: int
    mem_limit: int
    backing: bool
    before: Values
    after: Values
    rounds: Values
    every_ns: int


@dataclass(frozen=True)
class Wanted:
    """``disk``: whether pages go to a swap device, too. ``chain``: of zsmalloc, None for the kernel's own."""

    zswap: Zswap | None
    zram: Zram | None
    disk: bool
    chain: int | None = None


def wanted_of(candidate: Candidate, kernel: str, ram: int, page_size: int) -> Wanted | None:
    """What ``candidate`` takes on a machine of ``ram`` bytes; None of a zram that was replayed, for it has no size.

    A replay whose pool is a share of the footprint has a limit in page frames: nobody knows of how much RAM.

    Raises UsageError for what is no SETUP.
    """
    result = candidate.result
    if not isinstance(result, Result):
        return wanted_by(candidate.spec, kernel, ram, page_size)
    if result.is_zram:
        return None
    limit = None if result.asked["ram"] else result.setting["pool_limit_pages"]
    return Wanted(_zswap(Options(**result.asked), shrinks=False, limit=limit), None, disk=True)


def replayed_by(spec: str, kernel: str) -> Zswap | None:
    """What a SPEC of 'compare' takes, but for a limit; None of a zram. Raises UsageError for what is no SPEC."""
    options = options_of(spec, Options(era=kernel))
    return None if options.setup == ZRAM else _zswap(options, shrinks=False, limit=0)


def wanted_by(spec: str, kernel: str, ram: int, page_size: int) -> Wanted:
    """The same of the words of a set-up alone. Raises UsageError for what is no SETUP."""
    setup, asked = setup_of(spec, Options(era=kernel))
    zswap = zram = None
    if setup.name.startswith("zswap"):
        zswap = _zswap(asked.options, shrinks=asked.own.get("shrinker") == "1")
    if setup.name.startswith("zram"):
        zram = _zram(asked, asked.options.codec, ram, page_size)
    elif setup.name == "zswap+zram":
        zram = _zram(asked, asked.own.get("zram-codec", ""), ram, page_size)
    disk = setup.name in ("disk", "zswap", "zram+disk")
    return Wanted(zswap, zram, disk, asked.options.chain_size)


def _zswap(options: Options, *, shrinks: bool, limit: int | None = None) -> Zswap:
    era = era_of(options)
    codec = codec_of(options, era).leaf.kernel_name
    parameters = [("compressor", codec)]
    if era.version < _NO_ZPOOL:
        parameters.append(("zpool", pool_of(options, era).leaf.name))
    if limit is None:
        parameters.append(("max_pool_percent", str(era.max_pool_percent)))
    if era.accept_threshold_percent:
        parameters.append(("accept_threshold_percent", str(era.accept_threshold_percent)))
    if era.version >= SHRINKER_SINCE:
        parameters.append(("shrinker_enabled", "Y" if shrinks else "N"))
    return Zswap(tuple(parameters), codec, limit)


def _zram(asked: Asked, codec: str, ram: int, page_size: int) -> Zram:
    options = asked.options
    rules = rules_of(options.era.partition(":")[0], page_size)
    chosen = rules.choose(codec or rules.codec)
    name, parameters = chosen.leaf.kernel_name, _level(chosen, rules)
    duties = duties_of(asked, rules, page_size)
    writes = _writes(duties)
    mem_limit = limit_pages(options.mem_limit or "0", rules, page_size) * page_size
    after = [("mem_limit", str(mem_limit))] if mem_limit else []
    if any(attribute == _LIMIT for attribute, _ in writes):
        after += [(f"{_LIMIT}_enable", "1"), *(one for one in writes if one[0] == _LIMIT)]
    return Zram(
        codec=name,
        parameters=parameters,
        second=duties.second.leaf.kernel_name if duties and duties.second else "",
        disksize=disksize_of(asked, ram, page_size),
        mem_limit=mem_limit,
        backing=bool(duties and duties.backing),
        before=(
            ("comp_algorithm", name),
            *([("algorithm_params", f"algo={name} {parameters}")] if parameters else []),
            *(one for one in writes if one[0] == _SECOND),
        ),
        after=tuple(after),
        rounds=tuple(one for one in writes if one[0] not in (_LIMIT, _SECOND)),
        every_ns=duties.every_ns if duties else 0,
    )


_LIMIT, _SECOND = "writeback_limit", "recomp_algorithm"


def _writes(duties: Duties | None) -> list[tuple[str, str]]:
    """Attribute and value of all that is written, in order."""
    parts = [write.text.partition("=") for write in duties.writes] if duties else []
    return [(attribute, value) for attribute, _, value in parts]


def _level(codec: Choice[Codec], rules: Rules) -> str:
    """What algorithm_params gets so that zram compresses as the run did; "" where the kernel does that by itself."""
    usual = rules.choose(codec.leaf.name).parameters
    changed = [name for name in ("level", "acceleration") if codec.parameters.get(name) != usual.get(name)]
    return f"level={codec.parameters[changed[0]]}" if changed else ""
