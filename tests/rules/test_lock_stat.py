"""Lock designs against running kernels: is each lock taken as often as /proc/lock_stat says? See golden/lock-stat."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from booting.told import read_told

from zswapbench.rules.lock_designs import LOCK_DESIGNS, LockDesign
from zswapbench.rules.lock_steps import Operation, Steps, Under
from zswapbench.rules.lock_surroundings import SURROUNDINGS

GOLDEN = Path(__file__).parents[1] / "golden" / "lock-stat"
KERNELS = {"6.12": "linux-6.12", "7.3": "linux-7.3"}
"""Golden file -> lock design."""

SHOWN = {
    "6.12": {
        "&xa->xa_lock": "&xa->xa_lock#9",
        "&xa->xa_lock#2": "&xa->xa_lock#8",
        "key": "key#3",
        "ptlock_ptr(ptdesc)": "ptlock_ptr(ptdesc)#2",
        "&per_cpu_ptr(pool->acomp_ctx, cpu)->mutex": "&per_cpu_ptr(pool->acomp_ctx, cpu)->m",
    },
    "7.3": {
        "&xa->xa_lock": "&xa->xa_lock#7",
        "&pool->lock": "&pool->lock#2",
        "ptlock_ptr(ptdesc)": "ptlock_ptr(ptdesc)#2",
    },
}
"""Lock of a design -> what the golden calls it: the kernel cuts long names, and numbers those that it meets again."""

EXACT = 0.02
"""Part by which a count may be off: by 1 / 64 for a batch, or a tree's node, that is not full, and by the few pages of
the program itself."""

MADE = 0.1
"""The class's lock is taken once more for each zspage that is made, and here a zspage holds 11 objects."""

BATCHES = 0.15
"""Part by which a count of the LRU lists' lock may be off: how reclaim goes depends on what the program does."""

LRU = "&lruvec->lru_lock"
CHOOSING = ("zswap_shrink_lock", "&lru->node[i].lock", "&l->lock")
"""What a worker takes to choose an entry, see test_a_worker_visits_each_cgroup_and_its_root."""

UNMODELLED = {
    "stock_lock": "of a CPU: its stock of a cgroup's charges",
    "": "of a CPU: the cluster that it takes slots from; a lock without a name",
    "lock": "of a CPU: local_lock, which is a lock only in kernels for real time",
    "lock_irq": "the same",
    "scomp_scratch.lock": "of a CPU: the codec's buffers",
    "&ps->lock": "the same",
    "&zspage->lock": "of a zspage: shared by its readers",
    "zspage->lock": "the same",
    "&zsl->lock": "of a zspage: to count its readers",
    "&pcp->lock": "of a CPU: its stock of page frames",
    "&base->lock": "of a CPU: its timers",
    "&rq->__lock": "of a CPU: its tasks",
    "hrtimer_bases.lock": "of a CPU: its timers",
    "&rcu_state.gp_wq": "of the thread of RCU",
    **dict.fromkeys(
        ("&mm->mmap_lock", "vm_lock", "ptlock_ptr(ptdesc)", LRU), "of madvise() itself, page by page"
    ),
}
"""Locks that are taken for every other page or more often, and that no design has in that phase, with what they are."""

OUT, BACK, GONE, WRITTEN, PRESSURE = "out", "in", "single", "write", "pressure"


@dataclass(frozen=True)
class Phase:
    """``counted``: by the names of /proc/vmstat, of memory.stat, and stored_pages. ``taken``: by lock."""

    name: str
    pages: int
    counted: Counter[str]
    taken: Counter[str]

    @property
    def operations(self) -> dict[Operation, int]:
        """How often zswap did what."""
        counted = self.counted
        stores, loads, written_back = (counted[name] for name in ("zswpout", "zswpin", "zswpwb"))
        return {
            Operation.STORE: stores,
            Operation.STORE_REFUSED: counted["pswpout"] - written_back,
            Operation.LOAD: loads,
            Operation.WRITEBACK: written_back,
            Operation.INVALIDATE: stores - loads - written_back - counted["stored_pages"],
            # A fault that writes gives its slot up, and the slot is held by zswap no longer.
            Operation.INVALIDATE_MISS: loads if self.name.startswith(("write", "pressure")) else 0,
        }


@cache
def phases(kernel: str) -> dict[str, Phase]:
    """All of a golden file."""
    told = read_told((GOLDEN / f"{kernel}.txt").read_text(), "not whole")
    found = {}
    for block, rows in told.blocks.items():
        name = block.removesuffix(".locks")
        taken: Counter[str] = Counter()
        for row in rows:
            lock, _, numbers = row.rpartition(": ")
            taken[re.sub("-[RW]$", "", lock)] += int(numbers.split()[7])
        found[name] = Phase(name, told.facts["pages"], Counter(told.facts[name]), taken)
    return found


def times(steps: Steps, part: float = 1) -> Iterator[tuple[str, float]]:
    """Each lock that ``steps`` take, with how often."""
    for step in steps:
        if isinstance(step, Under):
            yield step.lock.name, part / step.batch
            yield from times(step.steps, part / step.batch)


def expected(kernel: str, phase: Phase, programs: Mapping[Operation, Steps]) -> dict[str, float]:
    """How often ``programs`` take each lock, by the golden's names."""
    found: dict[str, float] = defaultdict(float)
    for operation, count in phase.operations.items():
        for lock, often in times(programs[operation]):
            found[SHOWN[kernel].get(lock, lock)] += often * count
    return found


def whole_ways(design: LockDesign) -> dict[Operation, Steps]:
    around = SURROUNDINGS[design.surroundings]
    return {operation: around.of(operation).around(program) for operation, program in design.programs.items()}


def differences(phase: Phase, foreseen: Mapping[str, float]) -> dict[str, tuple[int, int]]:
    """Lock -> how often it should be taken, and was, where these differ."""
    found = {}
    for lock, often in foreseen.items():
        more = max(phase.pages, often)
        made = MADE if lock == "&class->lock" else 0
        least, most = often - EXACT * more, often + (EXACT + made) * more
        if lock == LRU:
            least, most = often * (1 - BATCHES), often * (1 + BATCHES)
        if not least <= phase.taken[lock] <= most:
            found[lock] = (round(often), phase.taken[lock])
    return found


def of_phases(*names: str) -> pytest.MarkDecorator:
    """Parameters: each golden, and each phase in it of ``names``, by one thread and by four."""
    return pytest.mark.parametrize(
        ("kernel", "name"),
        [(kernel, f"{name}{threads}") for kernel in KERNELS for name in names for threads in (1, 4)],
    )


@of_phases(OUT, BACK, "again", "free", GONE, WRITTEN, PRESSURE, "full")
def test_zswap_takes_its_locks_as_often_as_the_design_says(kernel: str, name: str) -> None:
    phase = phases(kernel)[name]
    foreseen = expected(kernel, phase, LOCK_DESIGNS[KERNELS[kernel]].programs)
    if phase.operations[Operation.WRITEBACK]:
        foreseen = {lock: often for lock, often in foreseen.items() if lock not in CHOOSING}
    assert differences(phase, foreseen) == {}


@of_phases(OUT, BACK, GONE, WRITTEN, PRESSURE)
def test_the_way_to_zswap_takes_its_locks_as_often_as_the_surroundings_say(kernel: str, name: str) -> None:
    phase = phases(kernel)[name]
    design = LOCK_DESIGNS[KERNELS[kernel]]
    foreseen = expected(kernel, phase, whole_ways(design))
    # Here it is known how often pages were looked at: the table has two times for each that leaves.
    looked = phase.counted["pgscan"] + phase.counted["pgrefill"] if name.startswith(PRESSURE) else 0
    for lock in ("&anon_vma->rwsem", "ptlock_ptr(ptdesc)#2"):
        foreseen[lock] += looked - 2 * phase.operations[Operation.STORE]
    # What madvise() takes itself; and a page that is read stays, so that of 64 only the first moves their node.
    unlike = {OUT: (LRU,), GONE: ("ptlock_ptr(ptdesc)#2", "vm_lock"), BACK: ("key#3",)}.get(name[:-1], ())
    foreseen = {lock: often for lock, often in foreseen.items() if lock not in unlike}
    assert differences(phase, foreseen) == {}


@of_phases("full")
def test_a_worker_visits_each_cgroup_and_its_root_at_each_pass_with_or_without_entries(
    kernel: str, name: str
) -> None:
    phase = phases(kernel)[name]
    stores, written = phase.operations[Operation.STORE], phase.operations[Operation.WRITEBACK]
    # The cgroup with the pages, the root, which has none, and the end; the worker may stop before it has come there.
    passes = phase.taken["zswap_shrink_lock"] / 3
    at_once = 1 if kernel == "6.12" else 32
    assert 2 * written <= passes * at_once <= stores + written  # an entry is spared once, then written back
    lists = phase.taken["&lru->node[i].lock"] + phase.taken["&l->lock"]
    assert lists == pytest.approx(stores + 2 * written + 2 * passes, abs=2)


@of_phases(OUT, BACK, GONE, WRITTEN)
def test_no_lock_that_is_often_taken_is_left_out(kernel: str, name: str) -> None:
    phase = phases(kernel)[name]
    foreseen = expected(kernel, phase, whole_ways(LOCK_DESIGNS[KERNELS[kernel]]))
    often = {lock.partition("#")[0] for lock, times in phase.taken.items() if times > phase.pages / 2}
    known = {lock.partition("#")[0] for lock, times in foreseen.items() if times > phase.pages / 2}
    assert often - known <= set(UNMODELLED)
