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
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of
from zswapbench.plugins.registry import CODECS, POOLS
from zswapbench.results.zram import EVENTS, Device, State, Step, ZramResult, stat_files
from zswapbench.rules.zram_actions import (
    Action,
    Compact,
    CompressedWriteback,
    Idle,
    Plan,
    RecompAlgorithm,
    Recompress,
    Write,
    Writeback,
    WritebackLimit,
)
from zswapbench.rules.zram_attributes import parse_writes
from zswapbench.rules.zram_kernels import DEFAULT, Rules, rules_of
from zswapbench.runs.loading import Loaded, load
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.replay import happen
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import Op
from zswapbench.traces.format import Trace

WRITEBACK_ERRORS = {
    "": "",
    "EIO": "-EIO: writeback_limit is used up",
    "ENOSPC": "-ENOSPC: the backing device is full",
}
"""What a write to ``writeback`` ends with in the kernel; no error of ours."""

Sizes = dict[str, NDArray[np.uint32]]
"""By codec, as ``str()`` of the choice gives it: compressed bytes of each corpus page."""


@dataclass(frozen=True)
class ZramOptions:
    """What to run a trace with, in the words of the command line. Empty: the kernel's. ``writes``: ATTR=VALUE.

    ``backing_dev``: size of each device's backing device; "": as large as it is wanted.
    """

    kernel: str = DEFAULT
    chain_size: int | None = None
    codec: str = ""
    mem_limit: str = "0"
    writes: Sequence[str] = ()
    backing_dev: str = ""


def run(
    trace: str | os.PathLike[str] | Trace,
    options: ZramOptions,
    corpus: str | os.PathLike[str] | Corpus | None = None,
    progress: Progress = silent,
) -> ZramResult:
    """Let ``trace`` happen to a zram for each of its swap types, then write to their attributes.

    Raises UsageError for what cannot be asked for, and what ``load`` and ``sizes_of`` raise.
    """
    with load(trace, corpus) as loaded:
        rules = rules_of(options.kernel, loaded.corpus.page_size, options.chain_size)
        plan = parse_writes(options.writes, rules, options.codec)
        _check_indexes(loaded, plan.writes)
        page_size = loaded.corpus.page_size
        limit_pages = _limit_pages(options.mem_limit, rules, page_size)
        bd_pages = _bd_pages(options.backing_dev, rules, page_size)
        sizes = _sizes(loaded, [plan.codec, *_secondary(plan.writes)], progress)
        devices = _devices(loaded, rules, sizes[plan.codec], limit_pages, bd_pages)
        start = time.perf_counter()
        with progress("replay", len(loaded.events), "events") as told:
            happen(loaded.events, devices, told)
        seconds = time.perf_counter() - start
        steps = [_step("trace", devices, {})]
        for write in plan.writes:
            done = {kind: _apply(device, write.action, loaded, sizes) for kind, device in devices.items()}
            steps.append(_step(write.text, devices, done))
        return ZramResult(
            setting=_setting(loaded, rules, plan, limit_pages, bd_pages),
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


def _bd_pages(text: str, rules: Rules, page_size: int) -> int:
    """The backing device in pages, rounded down; -1: as many as are wanted."""
    if not text:
        return -1
    if not rules.has("writeback"):
        raise UsageError(f"zram of kernel {rules.kernel} has no writeback, which came with 5.0")
    pages = parse_size(text) // page_size
    if pages <= rules.first_block:
        least = rules.first_block + 1
        raise UsageError(
            f"--backing-dev {text}: the smallest device that kernel {rules.kernel} can write to has {least} "
            f"page{'s' if least > 1 else ''}, {least * page_size} bytes; give that or more"
        )
    return pages


def _check_indexes(loaded: Loaded, writes: Sequence[Write]) -> None:
    """Raises UsageError for a page_index that no device of the trace has: the kernel's -ERANGE, or -EINVAL."""
    last = max(loaded.summary.keys.values()) - 1
    for write in writes:
        ranges = write.action.ranges if isinstance(write.action, Writeback) else ()
        if any(high > last for _, high in ranges):
            raise UsageError(f"{write.text}: the last slot of the trace is {last}")


def _secondary(writes: Sequence[Write]) -> list[str]:
    return [write.action.algo for write in writes if isinstance(write.action, RecompAlgorithm)]


def _sizes(loaded: Loaded, codecs: Sequence[str], progress: Progress) -> Sizes:
    """Of each codec, once."""
    return {codec: loaded.sizes_under(CODECS.choose(codec), progress) for codec in dict.fromkeys(codecs)}


def _devices(
    loaded: Loaded, rules: Rules, sizes: NDArray[np.uint32], limit_pages: int, bd_pages: int
) -> dict[int, Zram]:
    """A device with a pool of its own for each swap type, in order."""
    least = Kind.ZERO if rules.same_filled == "zero" else Kind.SAME_FILLED
    same = (loaded.corpus.kinds >= least).astype(np.uint8)
    clock = Clock()
    devices = {}
    for swap_type, keys in sorted(loaded.keys.items()):
        pool: Pool = POOLS.choose(rules.zsmalloc).make(keys + 1, FrameLimiter(), loaded.corpus.page_size)
        devices[swap_type] = Zram(swap_type, keys, sizes, same, pool, clock, rules, limit_pages, bd_pages)
    return devices


def _apply(device: Zram, action: Action, loaded: Loaded, sizes: Sizes) -> tuple[int | None, str]:
    """Let ``action`` happen to one device: the State's ``pages`` and ``error``."""
    match action:
        case Compact():
            return device.compact(), ""
        case Idle(seconds):
            return device.mark_idle(-1 if seconds is None else seconds), ""
        case WritebackLimit(units):
            device.limit_writeback(units)
        case CompressedWriteback(on):
            device.write_back_compressed(on)
        case Writeback(flags, ranges):
            slots = [found for low, high in ranges if (found := _slots(loaded, device, low, high))]
            if ranges and not slots:
                return 0, ""
            pages, error = device.writeback(flags, slots)
            return pages, WRITEBACK_ERRORS[error]
        case RecompAlgorithm(algo, priority):
            device.add_algorithm(priority, sizes[algo])
        case Recompress(flags, threshold, most, first, last):
            return device.recompress(flags, threshold, -1 if most is None else most, first, last + 1), ""
    return None, ""


def _slots(loaded: Loaded, device: Zram, low: int, high: int) -> tuple[int, int] | None:
    """First and last slot of ``device`` for offsets ``low`` to ``high`` of the trace; None if it has none there.

    They are the same unless offsets far apart were renumbered for the replay, which keeps their order.
    """
    last = loaded.keys[device.swap_type] - 1
    if loaded.events is loaded.trace.events:
        return (low, min(high, last)) if low <= last else None
    trace = loaded.trace.events
    here = (trace["swap_type"] == device.swap_type) & (trace["op"] <= int(Op.INVALIDATE))
    places = np.flatnonzero(here & (trace["offset"] >= low) & (trace["offset"] <= high))
    slots = loaded.events["offset"][places]
    return (int(slots.min()), int(slots.max())) if len(slots) else None


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


def _setting(loaded: Loaded, rules: Rules, plan: Plan, limit_pages: int, bd_pages: int) -> dict[str, object]:
    identities = {
        name: identity_of(loaded.corpus, CODECS.choose(name))
        for name in [plan.codec, *_secondary(plan.writes)]
    }
    return {
        "kernel": rules.kernel,
        "rules": asdict(rules),
        "pool": rules.zsmalloc,
        "codec": plan.codec,
        "codec_identity": identities[plan.codec],
        "recomp_algorithms": [
            {
                "priority": one.action.priority,
                "codec": one.action.algo,
                "identity": identities[one.action.algo],
            }
            for one in plan.writes
            if isinstance(one.action, RecompAlgorithm)
        ],
        "mem_limit_pages": limit_pages,
        "backing_dev_pages": None if bd_pages < 0 else bd_pages,
        "writes": [write.text for write in plan.writes],
        "page_size": loaded.corpus.page_size,
    }
