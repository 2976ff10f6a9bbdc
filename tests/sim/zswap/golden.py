"""zswap's counters, row by row, as running kernels counted them and as the core counts them in their stead.

A program has its pages pushed out one by one in order (store1), writes to each in order (load1), has them pushed
out again (store2), and writes to them in a random order (load2); see tests/golden/README.md. Run as a module it
prints how many phases are equal, and of those that are not the measured and modelled figures and differences.

Two things of the kernels are put into the events here, since a trace has them too:

* 6.1 frees swap slots 64 at a time: the first of a new batch has the batch before it invalidated. z3fold's
  worker runs after each batch.
* Eviction is asynchronous. The measuring program waited until the shrinker was still, but at times it took a
  snapshot while entries were being written back. A *guided* comparison reads off the kernel's written_back_pages
  how far its worker had come, and the core's worker gets as much time: a flush takes it FLUSH_NS. Before a store
  that the kernel accepted it gets all the time it wants, so that one that would do more than the kernel's is found
  out. An *unguided* one gives it all the time it wants after each store, as a kernel without anything else to do.
"""

from __future__ import annotations

import csv
import io
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from tests.model.zram_sequences import GOLDEN, SEED, xorshift64
from zswapbench.corpus.pages import Kind
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.era_cells import Era, pool_bounds
from zswapbench.rules.era_choice import choose_era
from zswapbench.rules.overflow import Fate, entry_bytes, never_raw, overflow_of, zswap_fates
from zswapbench.sim.buffers import TemporaryBuffers
from zswapbench.sim.device import SwapDevice
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import Costs
from zswapbench.sim.zswap.cache import Zswap
from zswapbench.traces.event import EVENT, Op

PAGE_SIZE = 4096
PHASES = ("store1", "load1", "store2", "load2")
COUNTERS = (
    "stored_pages",
    "pool_pages",
    "same_filled_pages",
    "written_back_pages",
    "pool_limit_hit",
    "reject_reclaim_fail",
    "reject_compress_poor",
    "reject_compress_fail",
    "stored_incompressible_pages",
)
"""Columns that both have. same_filled_pages is always 0 in 6.12; the last is there from 6.18 on."""

FLUSH_NS = 1 << 30
ALL_THE_TIME_US = 4 * 10**9
SWAP_SLOTS = 64
LOADS_A_ROW = 100


@dataclass(frozen=True)
class Kernel:
    """What stands for a kernel. ``zstd``: column of its sizes; ``pools``: by zpool. ``rules``: for overflow_of.

    ``cursor``: visits that the round of the worker had behind it when a run began, at most all.
    """

    era: str
    rules: str
    zstd: str
    pools: dict[str, str]
    slots_at_once: int
    cursor: int = 0


END_OF_ROUND = 2
"""Where earlier work had left the worker. Where each refused store is one visit, every row of the run shows it."""

KERNELS = {
    # Both have the safe lzo of 2025, as stable kernels do.
    "6.1": Kernel(
        "linux-5.7",
        "6.1:lzo=safe",
        "zstd-6.1",
        {"zbud": "zbud", "z3fold": "z3fold:5.10:when-told", "zsmalloc": "zsmalloc:4.2"},
        SWAP_SLOTS,
    ),
    "6.12": Kernel(
        "linux-6.12",
        "6.12:lzo=safe",
        "zstd-6.12-zswap",
        {"zbud": "zbud", "z3fold": "z3fold:5.10", "zsmalloc": "zsmalloc:6.4"},
        0,
    ),
    # An oracle is the same version in a small configuration, and another size of RAM.
    **{
        name: Kernel(f"linux-{version}", version, "zstd-7.3", {"zsmalloc": "zsmalloc:6.4"}, 0, END_OF_ROUND)
        for version in ("6.18", "7.2", "7.3")
        for name in (version, f"{version}-oracle")
    },
}

VARIANTS = {"": "", "cg": ":cgroups=child", "nowb": ":cgroups=child:writeback=0"}
"""Where the program ran, as the era has it: in the root cgroup, in a child, in one that forbids writeback."""


@dataclass(frozen=True)
class Run:
    """One measured run: a program's pages through a kernel's zswap. ``variant``: of VARIANTS."""

    kernel: str
    program: str
    zpool: str
    compressor: str
    mode: str
    variant: str = ""

    @property
    def name(self) -> str:
        parts = (self.program, self.zpool, self.compressor, self.mode, self.variant)
        return ".".join(part for part in parts if part)

    def row(self) -> Kernel:
        return KERNELS[self.kernel]

    def costs(self, count: int) -> Costs:
        return costs_of(self, count)

    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((GOLDEN / "zswap" / self.kernel / f"{self.name}.json").read_text())
        return found

    def class_tables(self) -> dict[str, Any]:
        """By moment the ``columns`` and ``rows`` of debugfs' class table; empty if they were not noted."""
        packed = GOLDEN / "zswap" / self.kernel / f"{self.name}.classes.json.xz"
        tables: dict[str, Any] = json.loads(lzma.decompress(packed.read_bytes())) if packed.exists() else {}
        return tables

    def measured(self, phase: str) -> dict[str, NDArray[np.int64]]:
        """Column by name; the first row is from before the phase."""
        return _columns(self.kernel, f"{self.name}.{phase}")


RUNS = [
    Run(kernel, *path.name.removesuffix(".json").split("."))
    for kernel in KERNELS
    for path in sorted((GOLDEN / "zswap" / kernel).glob("*.json"))
]


@cache
def _columns(kernel: str, name: str) -> dict[str, NDArray[np.int64]]:
    return read_columns(GOLDEN / "zswap" / kernel / f"{name}.csv.zst")


def read_columns(path: Path) -> dict[str, NDArray[np.int64]]:
    """Column by name of a .csv.zst."""
    packed = path.read_bytes()
    text = zstandard.ZstdDecompressor().decompressobj().decompress(packed).decode()
    head, *rows = csv.reader(io.StringIO(text))
    table = np.array(rows, np.int64)
    return {column: table[:, number] for number, column in enumerate(head)}


@cache
def _kinds(program: str, count: int) -> NDArray[np.uint8]:
    """Zero pages are the same-filled ones that never reached a later kernel's zswap, by a run that rejects none."""
    with np.load(GOLDEN / "zram" / f"{program}.sizes.npz") as columns:
        kinds: NDArray[np.uint8] = (columns["same_filled"][:count] > 0).astype(np.uint8)
    kernel = "7.3" if program == "mixed" else "6.12"
    stored = np.diff(_columns(kernel, f"{program}.zsmalloc.lz4.nofill.store1")["stored_pages"])
    known = kinds[: len(stored)]
    known[(known == Kind.SAME_FILLED) & (stored[: len(known)] == 0)] = Kind.ZERO
    return kinds


def costs_of(run: Run, count: int) -> Costs:
    kernel = KERNELS[run.kernel]
    column = kernel.zstd if run.compressor == "zstd" else run.compressor
    with np.load(GOLDEN / "zram" / f"{run.program}.sizes.npz") as columns:
        sizes = columns[column][:count].astype(np.uint32)
    rules = overflow_of(kernel.rules)
    if run.variant == "nowb":
        rules = never_raw(rules)
    fates = zswap_fates(run.compressor, sizes, PAGE_SIZE, rules, run.zpool)
    stored = np.where(fates == int(Fate.RAW), PAGE_SIZE, sizes).astype(np.uint32)
    return Costs(stored, _kinds(run.program, count), fates)


def random_order(count: int) -> list[int]:
    """Fisher-Yates from the end."""
    order, state = list(range(count)), SEED
    for last in range(count - 1, 0, -1):
        state = xorshift64(state)
        other = state % (last + 1)
        order[last], order[other] = order[other], order[last]
    return order


class Machine:
    """The core in the place of a kernel. Each phase that stores takes swap slots of its own."""

    def __init__(self, run: Run, *, guided: bool = True) -> None:
        self.run = run
        self.guided = guided
        self.kernel = run.row()
        told = run.parameters()
        self.count = int(told["n_pages"])
        self.nowhere = 2 * self.count  # a slot that never holds anything
        self.cached_total = bool(self._era(told).cached_total)
        self.zswap = self._zswap(told)
        self.freed_slots: list[int] = []
        self.classes: dict[str, list[dict[str, Any]]] = {}

    def _era(self, told: dict[str, Any]) -> Era:
        return replace(
            choose_era(self.kernel.era + VARIANTS[self.run.variant]),
            cursor=self.kernel.cursor,
            max_pool_percent=int(told["max_pool_percent"]),
            accept_threshold_percent=int(told["accept_threshold_percent"]),
            flush_hold_ns=FLUSH_NS,
        )

    def _zswap(self, told: dict[str, Any]) -> Zswap:
        era, capacity = self._era(told), 2 * self.count + 2
        choice = POOLS.choose(self.kernel.pools[self.run.zpool])
        pool = choice.make(capacity, FrameLimiter(), PAGE_SIZE)
        ram = told["MemTotal_kB"] // (PAGE_SIZE // 1024)
        return Zswap(
            {0: self.nowhere + 1},
            self.run.costs(self.count),
            pool,
            POLICIES.choose(era.lru).make(capacity, pool),
            SwapDevice(0, 0, 0, 0, 0),
            TemporaryBuffers(0),
            era,
            pool_bounds(era, ram * era.max_pool_percent // 100, ram),
            entry_bytes(overflow_of(self.kernel.rules), self.run.zpool),
        )

    def event(self, op: Op, offset: int, page: int = 0, delta_us: int = 0) -> None:
        self.zswap.replay(np.array([(delta_us, op, 0, 0, offset, page)], EVENT), 0, 1)

    def wait(self, delta_us: int) -> None:
        self.event(Op.INVALIDATE, self.nowhere, delta_us=delta_us)

    def write_fault(self, offset: int) -> None:
        """The page is read, and its slot freed."""
        self.event(Op.LOAD, offset)
        if len(self.freed_slots) >= self.kernel.slots_at_once:
            for slot in self.freed_slots:
                self.event(Op.INVALIDATE, slot)
            self.freed_slots.clear()
            if self.run.zpool == "z3fold":
                self.zswap.pool.squeeze()
        self.freed_slots.append(offset)

    def row(self) -> list[int]:
        counters = self.zswap.counters() | {"pool_pages": self.zswap.believed_pages()}
        return [int(counters[name]) for name in COUNTERS]

    def stores(self, base: int, measured: dict[str, NDArray[np.int64]]) -> Iterator[list[int]]:
        """A row after each page."""
        flushed = np.diff(measured["written_back_pages"])
        accepted = np.diff(measured["stored_pages"]) + flushed == 1
        for page in range(self.count):
            self.event(Op.STORE, base + page, page)
            self.wait(int(flushed[page]) * FLUSH_NS // 1000 + 1 if self.guided else ALL_THE_TIME_US)
            yield self.row()
            if self.guided and page + 1 < self.count and accepted[page + 1]:
                self.wait(ALL_THE_TIME_US)

    def loads(self, base: int, order: list[int], phase: str) -> Iterator[list[int]]:
        """A row after each hundredth page and the last."""
        for number, page in enumerate(order, 1):
            self.write_fault(base + page)
            if number == self.count // 2:
                self.classes[f"{phase}_half"] = self.zswap.describe()
            if number % LOADS_A_ROW == 0 or number == self.count:
                yield self.row()

    def phase(self, phase: str) -> NDArray[np.int64]:
        """The rows of ``phase``, in the order of COUNTERS. Notes the class table when the kernel's was noted."""
        base = 0 if phase.endswith("1") else self.count
        if phase.startswith("store"):
            rows = list(self.stores(base, self.run.measured(phase)))
            self.classes[phase] = self.zswap.describe()
        else:
            order = random_order(self.count) if phase == "load2" else list(range(self.count))
            rows = list(self.loads(base, order, phase))
        return np.array(rows, np.int64)


@dataclass(frozen=True)
class Comparison:
    """One phase of a run: ``rows`` compared, ``differing`` ones, and by counter the last values and distance."""

    run: Run
    phase: str
    rows: int
    differing: int
    measured: dict[str, int]
    modelled: dict[str, int]
    distance: dict[str, int]
    peak: dict[str, int]


def compare(run: Run, *, guided: bool = True) -> Iterator[Comparison]:
    """All phases of ``run``, one after the other."""
    machine = Machine(run, guided=guided)
    for phase in PHASES:
        modelled = machine.phase(phase)
        columns = run.measured(phase)
        absent = np.zeros_like(columns["stored_pages"])
        measured = np.column_stack([columns.get(name, absent)[1:] for name in COUNTERS])
        away = np.abs(modelled - measured)
        yield Comparison(
            run,
            phase,
            len(away),
            int((away > 0).any(axis=1).sum()),
            *(
                dict(zip(COUNTERS, (int(value) for value in values), strict=True))
                for values in (measured[-1], modelled[-1], away.max(axis=0), measured.max(axis=0))
            ),
        )


def summary() -> dict[tuple[str, str], tuple[int, int, int]]:
    """By kernel and zpool: phases, those equal in every row when guided, and those when not."""
    found: dict[tuple[str, str], tuple[int, int, int]] = {}
    for run in RUNS:
        equal = [sum(not one.differing for one in compare(run, guided=guided)) for guided in (True, False)]
        before = found.get((run.kernel, run.zpool), (0, 0, 0))
        found[run.kernel, run.zpool] = (before[0] + len(PHASES), before[1] + equal[0], before[2] + equal[1])
    return found


def main() -> None:
    print("| kernel | pool | phases | equal, guided | equal, unguided |\n|---|---|---|---|---|")
    for (kernel, zpool), counts in summary().items():
        print(f"| {kernel} | {zpool} | {' | '.join(str(count) for count in counts)} |")
    shown = ("stored_pages", "pool_pages", "written_back_pages")
    print(
        "\n| kernel, file | phase | rows equal | "
        + " | ".join(f"{name}: measured, modelled, most apart" for name in shown)
        + " |"
    )
    print("|---|---|---|" + "---|" * len(shown))
    for run in RUNS:
        for one in compare(run):
            if one.differing:
                cells = [
                    f"{one.measured[name]:,}, {one.modelled[name]:,}, {one.distance[name]}" for name in shown
                ]
                equal = f"{one.rows - one.differing} of {one.rows}"
                print(f"| {run.kernel} {run.name} | {one.phase} | {equal} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
