"""What kernels counted (tests/golden/machine) beside what a machine makes of the same touches in the same RAM.

``python -m tests.sim.machine.against_kernels`` prints the table of docs/machine-against-kernels.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tests.sim.machine.building import CONTENTS, zram
from tests.sim.reclaim.streams import Setting
from zswapbench.common.progress import silent
from zswapbench.corpus.reading import Corpus
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.rules.watermarks import NO_WATERMARKS, Watermarks
from zswapbench.runs.options import Options
from zswapbench.runs.setups.base import Found, Ground
from zswapbench.runs.setups.spec import setup_of
from zswapbench.sim.reclaim.ways import Area, Program, make_memory
from zswapbench.traces.refs import REFERENCE

if TYPE_CHECKING:
    from machine_oracle.streams import Recipe

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "machine"
KERNELS = ("6.12", "7.3")
PAGE = 4096
SWAP_SLOTS = (256 << 20) // PAGE - 1
_FIRST = 0x200000000
"""Number of the program's first page, at a page table of its own as in the kernels that were measured."""


@dataclass(frozen=True)
class Measured:
    """One case on one kernel, as it was ``told``; ``over_disk``: as that was with a disk alone in its place."""

    kernel: str
    name: str
    told: dict[str, Any]
    over_disk: dict[str, Any]

    @property
    def job(self) -> dict[str, str]:
        job: dict[str, str] = self.told["job"]
        return job

    @property
    def recipe(self) -> Recipe:
        from machine_oracle.streams import Recipe

        return Recipe(**self.told["recipe"])

    @property
    def setup(self) -> str:
        return self.job["setup"]

    @property
    def way(self) -> str:
        return "lists" if self.job["lru_gen"] == "n" else "mglru"

    @property
    def in_cgroup(self) -> bool:
        return self.job["where"] == "cgroup"

    @property
    def frames(self) -> int:
        """What touched pages and a pool could have: less what the kernel took for itself meanwhile.

        What it notes of compressed pages the machine takes, too: of zswap that is what it takes over a disk less.
        """
        if self.in_cgroup:
            return int(self.job["frames"]) - int(self.told["memory.stat"]["kernel"]) // PAGE
        if self.setup == "zswap":
            taken = self.over_disk["frames_before"] - self.over_disk["frames_mean"]
            return int(self.told["frames_before"]) - int(taken)
        return int(self.told["frames_mean"]) + self._noted

    def counted(self) -> dict[str, int]:
        """By the kernel."""
        events, disk = self.told["vmstat"], self.told["disks"]["disk"]
        reclaim = self.told["memory.stat"] if self.in_cgroup else events
        # What zswap writes back passes the lists: it gets a page there, which then leaves as any other.
        beside = events.get("zswpwb", 0)
        counted = {
            "swapped in": events["pswpin"] + events["zswpin"] + events["swpin_zero"],
            "swapped out": events["pswpout"] + events["zswpout"] - events["zswpwb"] + events["swpout_zero"],
            "looked at": reclaim["pgscan_direct"] + reclaim.get("pgscan_kswapd", 0) - beside,
            "left": reclaim["pgsteal_direct"] + reclaim.get("pgsteal_kswapd", 0) - beside,
        }
        if self.setup in ("zswap", "zram+disk"):
            counted |= {"disk reads": disk["pages_read"], "disk writes": disk["pages_written"]}
        if self.setup == "zswap":
            counted |= {"into the pool": events["zswpout"], "written back": events["zswpwb"]}
        if self.setup.startswith("zram") and not self.in_cgroup:
            counted |= {"pool peak": self.told["mm_stat"]["mem_used_max"] // PAGE}
        if self.name.endswith("ahead"):
            counted |= {"read ahead": events["swap_ra"], "of these wanted": events["swap_ra_hit"]}
        return counted

    def modelled(self) -> dict[str, int]:
        """The same of a machine."""
        model, memory = self._machine(self.frames)
        memory.feed(references(self.recipe))
        zswap = model.zswap.counters() if self.setup == "zswap" else {}
        counted = {
            "swapped in": model.loads,
            "swapped out": model.stores - model.refusals,
            "looked at": memory.scanned,
            "left": memory.stolen,
            "disk reads": model.device.reads,
            "disk writes": model.device.writes,
            "pool peak": model.zram.stats()["max_used_pages"] if "zram" in self.setup else 0,
            "read ahead": memory.read_ahead,
            "of these wanted": memory.cache_hits,
            "into the pool": zswap.get("zswpout", 0),
            "written back": zswap.get("written_back_pages", 0),
        }
        return {name: counted[name] for name in self.counted()}

    @cached_property
    def _noted(self) -> int:
        """Page frames that a machine takes for what is noted of a zram's pages, at the end."""
        if self.setup == "disk":
            return 0
        model, memory = self._machine(int(self.told["frames_mean"]))
        memory.feed(references(self.recipe))
        return int(model.limiter.frames - model.zram.pool.frames)

    def _machine(self, frames: int) -> tuple[Any, Any]:
        """Its side, and the memory over it."""
        model, areas = self._side(frames)
        marks = self.told["watermarks"]
        return model, make_memory(
            program(int(self.told["recipe"]["pages"]), alike=self.in_cgroup),
            self.way,
            reclaim_rules(self.kernel),
            frames=frames,
            areas=areas,
            page_cluster=int(self.job["page_cluster"]),
            side=model,
            watermarks=NO_WATERMARKS
            if self.in_cgroup
            else Watermarks(marks["min"], marks["low"], marks["high"]),
        )

    def _side(self, frames: int) -> tuple[Any, tuple[Area, ...]]:
        if self.in_cgroup and self.setup == "zram":
            return self._zram_beside()
        limit = int(self.told["managed_pages"]) * int(self.job["max_pool_percent"]) // 100
        spec = {
            "disk": "disk",
            "zram": f"zram,lz4,disksize={self.job['disksize']}",
            "zswap": f"zswap,lz4,max-pool-percent={round(100 * limit / frames)}",
            "zram+disk": f"zram+disk,lz4,disksize={self.job['disksize']}",
        }[self.setup]
        setup, asked = setup_of(spec, Options(era=self.kernel, cost="lz4=5us/2us", device="nvme"))
        its = program(int(self.told["recipe"]["pages"]), alike=self.in_cgroup)
        ground = Ground(corpus(), frames * PAGE, frames, SWAP_SLOTS, silent, its, Found(SIZES))
        side = setup.side(asked, ground)
        return side.model, side.areas

    def _zram_beside(self) -> tuple[Any, tuple[Area, ...]]:
        """A zram that takes no frame: what it holds is not charged to the cgroup."""
        slots = int(self.job["disksize"]) // PAGE - 1
        setting = Setting(self.way, self.kernel, frames=self.frames, slots=slots)
        side = zram(setting, np.full(CONTENTS, PAGE, np.uint32), np.ones(CONTENTS, np.uint8))
        return side, (Area(slots, synchronous=True),)


FAR = 0.05
"""How far a count may be off, as a share of the kernel's."""

FARTHER = (
    ("* machine.*.zswap* written back", 0.48, "P"),
    ("* machine.loop.lists.zswap disk reads", 0.4, "P"),
    ("* machine.*.zswap* disk *", 0.25, "P"),
    ("* machine.*.zswap* *", 0.1, "P"),
    ("* *.late *", 0.15, "L"),
    ("* *.mglru.disk looked at", 0.47, "W"),
    ("* *disk* looked at", 0.25, "W"),
    ("7.3 *.mglru.disk *", 0.17, "W"),
    ("7.3 *.mglru.zram+disk disk writes", 0.17, "W"),
    ("* cgroup.*.mglru.zram looked at", 0.12, "?"),
    ("7.3 *.mglru.zram+disk *", 0.06, "W"),
    ("* machine.*.zram+disk *", 0.06, "?"),
)
"""Pattern of KERNEL CASE COUNTER, how far it is known to be off, and the cause's letter in the documentation."""

SIZES: dict[str, NDArray[np.uint32]] = {}
"""Of the corpus, found once."""


@cache
def corpus() -> Corpus:
    """What pages held; it stays open."""
    opened = Corpus(ROOT / "corpora" / "redis-7.3.zpages")
    opened.__enter__()
    return opened


def program(pages: int, *, alike: bool) -> Program:
    """Page n of the program holds page n of the corpus; ``alike``: each the first."""
    numbers = np.arange(pages)
    contents = np.zeros(pages, np.uint32) if alike else numbers.astype(np.uint32)
    return Program((_FIRST + numbers).astype(np.uint64), contents, np.zeros(pages, np.uint32))


@cache
def references(recipe: Recipe) -> NDArray[np.void]:
    """1 us apart: the kernels ran in an emulator, whose time tells nothing."""
    from machine_oracle.streams import stream

    places, writes = stream(recipe)
    found = np.zeros(len(places), REFERENCE)
    found["page"], found["write"], found["delta_us"] = places + _FIRST, writes, 1
    return found


def measured() -> Iterator[Measured]:
    for kernel in KERNELS:
        told = json.loads((GOLDEN / f"{kernel}.json").read_text())
        for name, case in told["cases"].items():
            over_disk = told["cases"].get(name.replace(f".{case['job']['setup']}", ".disk"), case)
            yield Measured(kernel, name, case, over_disk)


def cause_of(one: Measured, counter: str) -> tuple[float, str]:
    """How far a count may be off, as a share of the kernel's, and by which cause of the documentation."""
    told = f"{one.kernel} {one.name} {counter}"
    return next(((share, why) for pattern, share, why in FARTHER if fnmatch(told, pattern)), (FAR, ""))


def main() -> None:
    """Print a row of each counter of each case, the kernels beside each other."""
    sys.path.insert(0, str(ROOT / "scripts"))  # pytest does so by itself
    rows: dict[tuple[str, str], list[str]] = {}
    for one in measured():
        modelled = one.modelled()
        for counter, value in one.counted().items():
            off = modelled[counter] / value - 1 if value else 0.0
            why = f" {cause_of(one, counter)[1]}" if abs(off) > FAR else ""
            row = rows.setdefault((one.name, counter), [])
            row += [f"{value:,}", f"{modelled[counter]:,}", f"{off:+.1%}{why}"]
    for (name, counter), cells in sorted(rows.items(), key=lambda row: row[0][0]):
        print(f"| `{name}` | {counter} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
