"""Idle marks, writeback and recompression against running kernels: slot by slot, after every step.

A log of each experiment has what was written to the attributes, what that returned, and the counters in between. The
writes go through the same parser as a user's, so that what a kernel refused must be refused here too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest
import zstandard
from numpy.typing import NDArray

from tests.model.zram_sequences import GOLDEN, numbers
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import nobody
from zswapbench.plugins.registry import POOLS
from zswapbench.results.zram import stat_files
from zswapbench.rules.zram_actions import (
    Action,
    CompressedWriteback,
    Idle,
    RecompAlgorithm,
    Recompress,
    Writeback,
    WritebackLimit,
)
from zswapbench.rules.zram_attributes import parse_writes
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import happen
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.replay import check_conservation
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import EVENT, Op

PAGE_SIZE = 4096
PAGES = 632
EVERY = 12
MADE_SAME = (1, 1, 1, 0, 0, 0)
LONGER_THAN_A_PAGE = 4200
"""What the last pages, which are random, take under any algorithm; how much longer does not matter."""

KERNELS = ("6.18", "7.2", "7.3")
LETTERS = {"same": "s", "wb": "w", "huge": "h", "idle": "i", "incompressible": "n"}

EVENTS: dict[str, list[tuple[Op, range, int]]] = {
    "after-read-3-4-write-7-8": [(Op.LOAD, range(3, 5), 0), (Op.STORE, range(7, 9), 0)],
    "read-20-29": [(Op.LOAD, range(20, 30), 5)],
    "rewritten100": [(Op.STORE, range(100), 0)],
    "discarded10": [(Op.INVALIDATE, range(10), 0)],
    "freed": [(Op.INVALIDATE, range(PAGES), 0)],
}
"""What happened before the step of this name, beside writes: what, to which slots, after how many seconds."""


@cache
def measured(kernel: str) -> Any:
    packed = (GOLDEN / "zram" / f"special-{kernel}.json.zst").read_bytes()
    return json.loads(zstandard.ZstdDecompressor().decompressobj().decompress(packed))["experiments"]


def sizes_under(algorithm: str) -> NDArray[np.uint32]:
    column = "zstd-7.3" if algorithm == "zstd" else algorithm
    return np.array([*numbers("mixed.sizes.npz", column)[::EVERY], *[LONGER_THAN_A_PAGE] * 6], np.uint32)


@dataclass
class Bench:
    """One experiment: a device, and what was written to it so far."""

    kernel: str
    codec: str = ""
    accepted: list[str] = field(default_factory=list)
    zram: Zram | None = None
    seconds: int = 0

    def __post_init__(self) -> None:
        self.rules = rules_of(self.kernel, PAGE_SIZE)
        self.content: dict[int, int] = {}
        """Of the backing device, by block: the page last written there."""
        self.waiting: list[Action] = []

    def fill(self) -> None:
        same = [*numbers("mixed.sizes.npz", "same_filled")[::EVERY], *MADE_SAME]
        pool = POOLS.choose(self.rules.zsmalloc).make(PAGES + 1, FrameLimiter(), PAGE_SIZE)
        sizes = sizes_under(self.codec)
        self.zram = Zram(0, PAGES, sizes, np.array(same, np.uint8), pool, Clock(), self.rules)
        for action in self.waiting:
            self.apply(action)
        self.happen(Op.STORE, range(PAGES))

    def happen(self, op: Op, slots: range, after: int = 0) -> None:
        assert self.zram is not None
        trace = np.zeros(len(slots), EVENT)
        trace["op"] = op
        trace["offset"] = slots
        if op is Op.STORE:
            trace["page"] = slots
        trace["delta_us"][0] = after * 1_000_000
        happen(trace, {0: self.zram}, nobody)

    def write(self, attribute: str, value: str) -> str:
        """What the write ends with: "ok", or words of the kernel's."""
        text = f"{attribute}={value}"
        try:
            plan = parse_writes([*self.accepted, text], self.rules, self.codec)
        except UsageError:
            return "Invalid argument"
        self.accepted.append(text)
        return self.apply(plan.writes[-1].action)

    def apply(self, action: Action) -> str:
        zram = self.zram
        if zram is None:
            self.waiting.append(action)
            return "ok"
        match action:
            case Idle(seconds):
                zram.mark_idle(-1 if seconds is None else seconds)
            case WritebackLimit(units):
                zram.limit_writeback(units)
            case CompressedWriteback(on):
                zram.write_back_compressed(on)
            case RecompAlgorithm(algo, priority):
                zram.add_algorithm(priority, sizes_under(algo.partition(":")[0]))
            case Recompress(flags, threshold, most, first, last):
                zram.recompress(flags, threshold, -1 if most is None else most, first, last + 1)
            case Writeback(flags, ranges):
                if any(last >= PAGES for _, last in ranges):
                    return "Numerical result out of range"
                _, error = zram.writeback(flags, ranges)
                held = zram.slots_held()
                self.content |= {one["block"]: page for page, one in held.items() if "wb" in one["flags"]}
                return "Input/output error" if error == "EIO" else "ok"
            case _:
                pytest.fail(f"no such action: {action}")
        return "ok"

    def flags(self) -> list[str]:
        assert self.zram is not None
        held = self.zram.slots_held()
        return [token(held[slot]) if slot in held else "_" for slot in range(PAGES)]

    def sizes(self) -> list[int]:
        """Bytes of each slot's object; 0 for a slot without one."""
        assert self.zram is not None
        found = [0] * PAGES
        for slot, one in self.zram.slots_held().items():
            found[slot] = 0 if "wb" in one["flags"] else one["size"]
        return found


def token(held: dict[str, Any]) -> str:
    """Flags as debugfs block_state has them."""
    letters = {LETTERS[word] for word in held["flags"]} | ({"r"} if held["priority"] else set())
    return "".join(letter for letter in "swhirn" if letter in letters) or "-"


def cases() -> Iterator[Any]:
    for kernel in KERNELS:
        for name in measured(kernel):
            yield pytest.param(kernel, name, id=f"{kernel}-{name}")


TOO_LATE = "Device or resource busy"
"""What compressed_writeback says once there is a disksize. Here there are only writes that come later."""

WRITE = re.compile(r"echo '(?P<value>.*)' > (?P<attribute>\w+) : (?P<outcome>ok|FAILED sh: write error: .*)")
STATS = re.compile(r"(?P<step>\S+) (?P<file>mm_stat|bd_stat) (?P<figures>[\d ]+)")


@pytest.mark.parametrize(("kernel", "name"), [*cases()])
def test_every_slot_and_counter_is_as_measured(kernel: str, name: str) -> None:
    found = measured(kernel)[name]
    bench = Bench(kernel)
    for line in found["log"]:
        if line.endswith(TOO_LATE):
            continue
        if write := WRITE.fullmatch(line):
            if write["attribute"] == "comp_algorithm":
                bench.codec = write["value"]
            elif write["attribute"] not in ("disksize", "backing_dev", "writeback_limit_enable"):
                outcome = bench.write(write["attribute"], write["value"])
                assert outcome == write["outcome"].removeprefix("FAILED sh: write error: "), line
        elif line == "read back: equal":
            # The caches were dropped before, and zsmalloc's shrinker is one of them.
            bench.happen(Op.FLUSH, range(1))
            bench.happen(Op.LOAD, range(PAGES))
        elif stats := STATS.fullmatch(line):
            step = stats["step"]
            if stats["file"] == "mm_stat":
                if step == "freed":
                    assert bench.sizes() == [int(size) for size in found["final_size"].split()]
                bench.fill() if step == "written" else None
                for op, slots, after in EVENTS.get(step, []):
                    bench.happen(op, slots, after)
                if step in found["flags"]:
                    assert bench.flags() == found["flags"][step].split(), step
            assert bench.zram is not None
            zram = bench.zram
            check_conservation(zram)
            mm_stat, _, bd_stat = stat_files(zram.stats(), zram.pool.frames, 0, PAGE_SIZE)
            ours = mm_stat if stats["file"] == "mm_stat" else bd_stat
            assert [*ours.values()] == [int(figure) for figure in stats["figures"].split()], line
    if "backing_blocks" in found:
        assert bench.content.keys() == {block for block, _ in found["backing_blocks"]}
        raw = {block: page for block, page in found["backing_blocks"] if page is not None}
        assert {block: bench.content[block] for block in raw} == raw
