"""The whole story of a run of zram: a trace happens to it, then its attributes are written to, one by one."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import InternalError, UsageError
from zswapbench.common.machine import environment
from zswapbench.common.progress import Progress, silent
from zswapbench.common.units import parse_size
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.sizes import identity_of
from zswapbench.plugins.registry import CODECS, POOLS
from zswapbench.results.zram import EVENTS, Device, State, Step, ZramResult, stat_files
from zswapbench.rules.zram_attributes import (
    Action,
    Compact,
    Idle,
    RecompAlgorithm,
    Recompress,
    Write,
    Writeback,
    WritebackLimit,
    parse_writes,
)
from zswapbench.rules.zram_kernels import DEFAULT, Rules, rules_of
from zswapbench.runs.loading import Loaded, load
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.replay import happen
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import Op

LIMIT_REACHED = "-EIO: writeback_limit is used up"
"""What a write to ``writeback`` ends with in the kernel; no error of ours."""

Sizes = dict[str, NDArray[np.uint32]]
"""By codec, as ``str()`` of the choice gives it: compressed bytes of each corpus page."""


@dataclass(frozen=True)
class ZramOptions:
    """What to run a trace with, in the words of the command line. Empty: the kernel's. ``writes``: ATTR=VALUE."""

    kernel: str = DEFAULT
    chain_size: int | None = None
    codec: str = ""
    mem_limit: str = "0"
    writes: Sequence[str] = ()


def run(
    trace: str | os.PathLike[str],
    options: ZramOptions,
    corpus: str | os.PathLike[str] | None = None,
    progress: Progress = silent,
) -> ZramResult:
    """Let ``trace`` happen to a zram for each of its swap types, then write to their attributes.

    Raises UsageError for what cannot be asked for, and what ``load`` and ``sizes_of`` raise.
    """
    with load(trace, corpus) as loaded:
        rules = rules_of(options.kernel, loaded.corpus.page_size, options.chain_size)
        writes = parse_writes(options.writes, rules)
        _check_indexes(loaded, writes)
        limit_pages = _limit_pages(options.mem_limit, rules, loaded.corpus.page_size)
        codec = str(CODECS.choose(options.codec or rules.codec))
        sizes = _sizes(loaded, [codec, *_secondary(writes)], progress)
        devices = _devices(loaded, rules, sizes[codec], limit_pages)
        start = time.perf_counter()
        with progress("replay", len(loaded.events), "events") as told:
            happen(loaded.events, devices, told)
        seconds = time.perf_counter() - start
        steps = [_step("trace", devices, {})]
        for write in writes:
            done = {kind: _apply(device, write.action, loaded, sizes) for kind, device in devices.items()}
            steps.append(_step(write.text, devices, done))
        return ZramResult(
            setting=_setting(loaded, options, rules, codec, limit_pages, writes),
            inputs=loaded.inputs(),
            steps=tuple(steps),
            devices=tuple(_at_the_end(device) for device in devices.values()),
            environment=environment(),
            timings={"replay_s": seconds, "events_per_s": len(loaded.events) / seconds},
        )


def _limit_pages(text: str, rules: Rules, page_size: int) -> int:
    """mem_limit in page frames, rounded up as the kernel does; 0: none."""
    pages = -(-parse_size(text) // page_size)
    if pages and not rules.mem_limit:
        raise UsageError(f"zram of kernel {rules.kernel} has no mem_limit, which came with 3.18")
    if pages >= 1 << 52:
        raise UsageError(f"a mem_limit of {text} is more than any machine can have")
    return pages


def _check_indexes(loaded: Loaded, writes: Sequence[Write]) -> None:
    """Raises UsageError for a page_index that no device of the trace has."""
    last = max(loaded.summary.keys.values()) - 1
    for write in writes:
        index = write.action.page_index if isinstance(write.action, Writeback) else None
        if index is not None and index > last:
            raise UsageError(f"{write.text}: the last slot of the trace is {last}")


def _secondary(writes: Sequence[Write]) -> list[str]:
    return [write.action.algo for write in writes if isinstance(write.action, RecompAlgorithm)]


def _sizes(loaded: Loaded, codecs: Sequence[str], progress: Progress) -> Sizes:
    """Of each codec, once."""
    return {codec: loaded.sizes_under(CODECS.choose(codec), progress) for codec in dict.fromkeys(codecs)}


def _devices(loaded: Loaded, rules: Rules, sizes: NDArray[np.uint32], limit_pages: int) -> dict[int, Zram]:
    """A device with a pool of its own for each swap type, in order."""
    least = Kind.ZERO if rules.same_filled == "zero" else Kind.SAME_FILLED
    same = (loaded.corpus.kinds >= least).astype(np.uint8)
    clock = Clock()
    devices = {}
    for swap_type, keys in sorted(loaded.keys.items()):
        pool: Pool = POOLS.choose(rules.zsmalloc).make(keys + 1, FrameLimiter(), loaded.corpus.page_size)
        devices[swap_type] = Zram(
            swap_type,
            keys,
            sizes,
            same,
            pool,
            clock,
            rules.huge_from,
            limit_pages,
            rules.shrinker,
            rules.order == "size",
            rules.recompress_tries == "one",
        )
    return devices


def _apply(device: Zram, action: Action, loaded: Loaded, sizes: Sizes) -> tuple[int | None, str]:
    """Let ``action`` happen to one device: the State's ``pages`` and ``error``."""
    match action:
        case Compact():
            return device.compact(), ""
        case Idle(seconds):
            return device.mark_idle(-1 if seconds is None else seconds * 1_000_000), ""
        case WritebackLimit(units):
            device.limit_writeback(units)
        case Writeback(flags, None):
            return _written_back(device.writeback(flags))
        case Writeback(_, int(index)):
            slot = _slot(loaded, device, index)
            return (0, "") if slot is None else _written_back(device.writeback((), slot))
        case RecompAlgorithm(algo, priority):
            device.add_algorithm(priority, sizes[algo])
        case Recompress(flags, threshold, most, first, last):
            return device.recompress(flags, threshold, -1 if most is None else most, first, last + 1), ""
    return None, ""


def _written_back(found: tuple[int, bool]) -> tuple[int, str]:
    pages, limited = found
    return pages, LIMIT_REACHED if limited else ""


def _slot(loaded: Loaded, device: Zram, index: int) -> int | None:
    """The slot of ``device`` for offset ``index`` of the trace; None if the trace has no such offset there.

    They are the same unless offsets far apart were renumbered for the replay.
    """
    if loaded.events is loaded.trace.events:
        return index if index < loaded.keys[device.swap_type] else None
    trace = loaded.trace.events
    here = (trace["swap_type"] == device.swap_type) & (trace["op"] <= int(Op.INVALIDATE))
    places = np.flatnonzero(here & (trace["offset"] == index))
    return int(loaded.events[places[0]]["offset"]) if len(places) else None


def _step(after: str, devices: dict[int, Zram], done: dict[int, tuple[int | None, str]]) -> Step:
    """All devices as they are now."""
    return Step(after, tuple(_state(device, *done.get(kind, (None, ""))) for kind, device in devices.items()))


def _state(device: Zram, pages: int | None, error: str) -> State:
    check_conservation(device)
    pool = device.pool
    files = stat_files(device.stats(), pool.frames, device.limit_pages, pool.page_size)
    return State(_name(device), *files, pages, error)


def check_conservation(device: Zram) -> None:
    """Counters, slots and pool must agree on what is held. Raises InternalError."""
    stats, found, rows = device.stats(), device.recount(), device.pool.describe()
    found["pool objects"] = sum(row["obj_used"] for row in rows)
    found["pool frames"] = sum(row["pages_used"] for row in rows)
    wanted = {
        **stats,
        "objects": stats["pages_stored"] - stats["same_pages"] - stats["bd_count"],
        "pool objects": found["objects"],
        "pool frames": device.pool.frames,
    }
    wrong = [
        f"{name} {wanted[name]}, found {count}" for name, count in found.items() if wanted[name] != count
    ]
    if wrong:
        raise InternalError(f"{_name(device)} has lost count: {'; '.join(wrong)}")


def _name(device: Zram) -> str:
    return f"zram{device.swap_type}"


def _at_the_end(device: Zram) -> Device:
    stats = device.stats()
    return Device(
        _name(device),
        {counter.name: stats[counter.name] for counter in EVENTS},
        [row for row in device.pool.describe() if row["obj_allocated"]],
    )


def _setting(
    loaded: Loaded,
    options: ZramOptions,
    rules: Rules,
    codec: str,
    limit_pages: int,
    writes: Sequence[Write],
) -> dict[str, object]:
    identities = {
        name: identity_of(loaded.corpus, CODECS.choose(name)) for name in [codec, *_secondary(writes)]
    }
    return {
        "kernel": options.kernel,
        "rules": asdict(rules),
        "pool": rules.zsmalloc,
        "codec": codec,
        "codec_identity": identities[codec],
        "recomp_algorithms": [
            {
                "priority": one.action.priority,
                "codec": one.action.algo,
                "identity": identities[one.action.algo],
            }
            for one in writes
            if isinstance(one.action, RecompAlgorithm)
        ],
        "mem_limit_pages": limit_pages,
        "writes": [write.text for write in writes],
        "page_size": loaded.corpus.page_size,
    }
