"""From words to things: the era, the codec, the pool, the policy and the pool limit that Options ask for.

Nothing here looks at a trace, but for its footprint: of what a limit may be a share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import UsageError
from zswapbench.common.machine import of_running_kernel
from zswapbench.common.units import parse_duration, parse_percent, parse_size
from zswapbench.corpus.codec_costs import CodecCosts, given_costs
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS, Choice, names_file
from zswapbench.results.records import SETUPS
from zswapbench.rules.era_cells import Era
from zswapbench.rules.era_choice import choose_era
from zswapbench.rules.overflow import check_pool, lacks, overflow_of
from zswapbench.rules.pool_forms import form_of
from zswapbench.rules.zstd_parameters import zswap_form
from zswapbench.runs.options import LRU, Options
from zswapbench.sim.policies.base import FlushPolicy
from zswapbench.sim.pools.base import Pool

FRAME_LRUS = ("frame-lru", "zspage-lru")
"""The LRU of a pool of page frames, and of one of zspages: the same rule."""

_MOST_FRAMES = 1 << 52
"""Of 4 KiB: what 64-bit addresses reach."""


def era_of(options: Options) -> Era:
    """The era, with the cells that have an option of their own. Raises UsageError as choose_era does."""
    asked = {name: getattr(options, name) for name in ("max_pool_percent", "accept_threshold_percent")}
    cells = [f"{name}={value}" for name, value in asked.items() if value is not None]
    return choose_era(":".join([of_running_kernel(options.era), *cells]))


def codec_of(options: Options, era: Era) -> Choice[Codec]:
    """The codec, as the era's kernel has it. Raises UsageError for one that there is not."""
    return CODECS.choose(options.codec or era.codec, lambda name: zswap_form(name, era.version))


def cost_of(options: Options, codec: Choice[Codec]) -> CodecCosts | None:
    """The costs of ``codec`` if ``options.cost`` says them; else None. Raises UsageError as ``cost_asked`` does."""
    part = cost_asked(options, codec)
    return _given(part) if part else None


def cost_asked(options: Options, codec: Choice[Codec]) -> str:
    """The part of ``options.cost`` that is of ``codec``, by all its parameters or by its name; "" if none is.

    Raises UsageError for what is not CODEC=COMPRESS/DECOMPRESS, once or more, with commas between.
    """
    parts = _costs_by_name(options.cost)
    names = (str(codec), codec.short, codec.place or codec.leaf.name)
    return next((parts[name] for name in names if name in parts), "")


def refuse_idle_costs(asked: Iterable[Options], used: Iterable[str], codecs: Iterable[Choice[Codec]]) -> None:
    """Raises UsageError for a cost that was ``asked`` for and is of none of ``codecs``, which the runs use.

    ``used``: what ``cost_asked`` found for each run.
    """
    named = {name for text in used for name in _costs_by_name(text)}
    for name in dict.fromkeys(name for one in asked for name in _costs_by_name(one.cost)):
        if name not in named:
            there = dict.fromkeys(codec.place or codec.leaf.name for codec in codecs)
            raise UsageError(f"--cost {name}: no run uses it; they use {', '.join(there) or 'no codec'}")


@cache
def _costs_by_name(text: str) -> dict[str, str]:
    """The parts of a cost by the codec that each names. Hundreds of set-ups may have the same."""
    parts = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, times = part.rpartition("=")
        if not name.strip() or "/" not in times:
            raise UsageError(f"{part!r} is not the cost of a codec; write it like lz4=2.1us/0.6us")
        if not names_file(name.strip()):
            CODECS.choose(name.strip())  # says what there is
        _given(part)
        parts[name.strip()] = part
    return parts


def _given(part: str) -> CodecCosts:
    compress, _, decompress = part.rpartition("=")[2].partition("/")
    return given_costs(parse_duration(compress), parse_duration(decompress))


def pool_of(options: Options, era: Era) -> Choice[Pool]:
    """The pool in the era's form of it, with its chain.

    Raises UsageError for one that there is not, that has no chain to set, or that the era's zswap has not, unless
    that is what is asked for.
    """
    text = options.pool or era.pool
    if options.chain_size is not None:
        text = f"{text}:chain={options.chain_size}"
    pool: Choice[Pool] = POOLS.choose(text, lambda name: form_of(name, era.version))
    if not options.what_if and lacks(era.overflow, pool.leaf.name):
        try:
            check_pool(overflow_of(era.overflow), pool.leaf.name)
        except UsageError as error:
            raise UsageError(
                f"{error}; add --what-if to replay it all the same (in Python: what_if=True)"
            ) from None
    return pool


def policy_of(options: Options, era: Era, pool: Choice[Pool]) -> Choice[FlushPolicy]:
    """The policy. ``lru`` is the era's own, and where that is the pool's LRU of frames, in the pool's form.

    Raises UsageError for one that there is not, or that does not serve the pool.
    """
    if options.policy.partition(",")[0] in SETUPS:
        raise UsageError(
            f"{options.policy} is no policy but a SPEC of compare, as in 'compare zram zswap' or, in Python, "
            'compare(trace, ["zram", "zswap"])'
        )
    if options.policy not in ("", LRU):
        policy: Choice[FlushPolicy] = POLICIES.choose(options.policy)
        if not serves(policy.leaf, pool.leaf):
            raise UsageError(
                f"policy {policy.leaf.name} is for pools of {policy.leaf.packed_in}, and {pool.leaf.name} has "
                f"{pool.leaf.packed_in}; 'list policies' says where each makes sense"
            )
        return policy
    if era.lru in FRAME_LRUS:
        return POLICIES.choose(FRAME_LRUS[pool.leaf.packed_in == "zspages"])
    return POLICIES.choose(era.lru)


def own_lru(options: Options, era: Era, pool: Choice[Pool]) -> Choice[FlushPolicy]:
    """The policy that the era has by itself over ``pool``."""
    return policy_of(replace(options, policy=LRU), era, pool)


def serves(policy: type[FlushPolicy], pool: type[Pool]) -> bool:
    """Does ``policy`` make sense over ``pool``?"""
    return policy.packed_in in ("", pool.packed_in)


def every_policy(options: Options) -> tuple[list[Options], list[str]]:
    """``options`` with each policy that serves its pool, and the names of the policies that do not.

    The plain lru is among them only where it is the era's own: elsewhere its name stands for another.
    """
    era = era_of(options)
    pool = pool_of(options, era)
    own = own_lru(options, era, pool).leaf.name
    leaves = [leaf for leaf in POLICIES.leaves() if leaf.name != LRU or own == LRU]
    served = [leaf.name for leaf in leaves if serves(leaf, pool.leaf)]
    others = [leaf.name for leaf in leaves if not serves(leaf, pool.leaf)]
    return [replace(options, policy=name, label=name) for name in served], others


@dataclass(frozen=True)
class Limit:
    """The pool's limit in page frames, and how it came to be. ``ram``: page frames, None if unknown."""

    frames: int
    ram: int | None
    shown: str


def pool_limit(options: Options, era: Era, footprint: int, page_size: int) -> Limit:
    """The limit that ``options`` ask for: itself, or ``max_pool_percent`` of RAM.

    Without either the footprint stands for RAM: the most pages that the trace has swapped out at once,
    uncompressed, which depends on neither codec nor pool. Raises UsageError if both are asked for.
    """
    if options.limit:
        if options.ram or options.max_pool_percent is not None:
            raise UsageError(
                "--pool-limit sets the size of the pool, as --ram and --max-pool-percent do: use one or the other"
            )
        return Limit(parse_frames(options.limit, footprint, page_size), None, options.limit.strip())
    ram = parse_frames(options.ram, footprint, page_size) if options.ram else footprint
    frames = ram * era.max_pool_percent // 100
    shown = f"{era.max_pool_percent}% of {options.ram.strip() or 'the footprint'}"
    if frames < 1:
        raise UsageError(f"{shown} is less than one page frame")
    return Limit(frames, ram, shown)


def parse_frames(text: str, footprint: int, page_size: int) -> int:
    """Page frames meant by ``text``: ``4096p``, ``64MiB``, or a share of ``footprint`` page frames, ``20%``.

    Raises UsageError if ``text`` is none of these or means no frame.
    """
    if text.strip().endswith("%"):
        frames = int(min(parse_percent(text) * footprint, _MOST_FRAMES + 1))
    elif re.fullmatch(r"\s*\d{1,20}\s*p\s*", text):
        frames = int(text.strip()[:-1])
    else:
        frames = parse_size(text) // page_size
    if not 1 <= frames <= _MOST_FRAMES:
        amount = "less than one page frame" if frames < 1 else "more than any machine can have"
        raise UsageError(f"{text.strip()} is {amount}")
    return frames
