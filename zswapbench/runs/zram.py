"""The whole story of a run of zram: a trace happens to it, then its attributes are written to, one by one."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.machine import environment
from zswapbench.common.progress import Progress, silent
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of
from zswapbench.plugins.registry import CODECS, POOLS
from zswapbench.results.zram import EVENTS, Device, State, Step, ZramResult, stat_files
from zswapbench.rules.zram_actions import Plan, RecompAlgorithm
from zswapbench.rules.zram_attributes import parse_writes
from zswapbench.rules.zram_kernels import DEFAULT, Rules, rules_of
from zswapbench.runs.loading import Loaded, load
from zswapbench.runs.zram_choices import (
    bd_pages,
    check_indexes,
    limit_pages,
    same_pages,
    secondary,
    sizes_for,
)
from zswapbench.runs.zram_writing import apply
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.replay import happen
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.replay import check_conservation, name_of
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.format import Trace


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
        check_indexes(loaded.summary.slots, plan.writes)
        limit = limit_pages(options.mem_limit, rules, loaded.corpus.page_size)
        backing = bd_pages(options.backing_dev, rules, loaded.corpus.page_size)
        sizes = sizes_for(loaded, plan, progress)
        devices = _devices(loaded, rules, sizes[plan.codec], limit, backing)
        start = time.perf_counter()
        with progress("replay", len(loaded.events), "events") as told:
            happen(loaded.events, devices, told)
        seconds = time.perf_counter() - start
        steps = [_step("trace", devices, {})]
        for write in plan.writes:
            done = {kind: apply(device, write.action, loaded, sizes) for kind, device in devices.items()}
            steps.append(_step(write.text, devices, done))
        return ZramResult(
            setting=_setting(loaded, rules, plan, limit, backing),
            inputs=loaded.inputs(),
            steps=tuple(steps),
            devices=tuple(_at_the_end(device) for device in devices.values()),
            environment=environment(),
            timings={"replay_s": seconds, "events_per_s": len(loaded.events) / seconds},
        )


def _devices(
    loaded: Loaded, rules: Rules, sizes: NDArray[np.uint32], limit: int, backing: int
) -> dict[int, Zram]:
    """A device with a pool of its own for each swap type, in order."""
    same = same_pages(loaded.corpus, rules)
    clock = Clock()
    devices = {}
    for swap_type, keys in sorted(loaded.keys.items()):
        pool: Pool = POOLS.choose(rules.zsmalloc).make(keys + 1, FrameLimiter(), loaded.corpus.page_size)
        devices[swap_type] = Zram(swap_type, keys, sizes, same, pool, clock, rules, limit, backing)
    return devices


def _step(after: str, devices: dict[int, Zram], done: dict[int, tuple[int | None, str]]) -> Step:
    """All devices as they are now."""
    return Step(after, tuple(_state(device, *done.get(kind, (None, ""))) for kind, device in devices.items()))


def _state(device: Zram, pages: int | None, error: str) -> State:
    check_conservation(device)
    pool = device.pool
    files = stat_files(device.stats(), pool.frames, device.limit_pages, pool.page_size)
    return State(name_of(device), *files, pages, error)


def _at_the_end(device: Zram) -> Device:
    stats = device.stats()
    return Device(
        name_of(device),
        {counter.name: stats[counter.name] for counter in EVENTS},
        [row for row in device.pool.describe() if row["obj_allocated"]],
    )


def _setting(loaded: Loaded, rules: Rules, plan: Plan, limit: int, backing: int) -> dict[str, object]:
    identities = {
        name: identity_of(loaded.corpus, CODECS.choose(name))
        for name in [plan.codec, *secondary(plan.writes)]
    }
    return {
        "kernel": rules.kernel,
        "rules": {**asdict(rules), "version": [*rules.version]},  # as JSON gives it back
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
        "mem_limit_pages": limit,
        "backing_dev_pages": None if backing < 0 else backing,
        "writes": [write.text for write in plan.writes],
        "page_size": loaded.corpus.page_size,
    }
