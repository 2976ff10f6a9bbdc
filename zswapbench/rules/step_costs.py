"""What each step of an operation takes where nobody measures it: a table of round numbers, in nanoseconds.

It is what ``--cost usual`` takes, so that a run gives the same figures on every machine, and what stands for steps that
cannot be measured outside of a kernel. Each number has one of these behind it:

* measured: by zswapbench.sim.locks on one CPU of an AMD EPYC (Zen 4, 2.6 GHz, in a virtual machine, 6.18), with 65,536
  entries (256 MiB of pages) in random order, and rounded. Nothing else runs meanwhile, so it is rather the least.
* of others: see the sources below.
* split: a part of what zswapbench.rules.work_costs has for a whole fault or a whole page that leaves. Those add up to
  what was measured; how the parts share it is guessed.
* by rule: a multiple of ``line``, see BY_RULE.

Between sockets a line took 108 to 136 ns on four Intel Xeons with 44 to 51 ns within one, 2.1 to 2.8 times as long.
Within a socket of an AMD EPYC it takes 23 ns in a group of eight cores, and 107 from group to group: ``line`` is
between.

Sources: N. Viennot, core-to-core-latency, https://github.com/nviennot/core-to-core-latency (lines); S. Boyd-Wickizer,
M. Kaashoek, R. Morris, N. Zeldovich, "Non-scalable locks are dangerous", Linux Symposium 2012, section 3 (waiters).
"""

from __future__ import annotations

from dataclasses import dataclass

from zswapbench.rules.lock_steps import WORKS

HAND_OVERS = {
    "atomic": "a lock taken and given back that nobody else wants",
    "line": "a cache line gone to a waiter's CPU",
    "line_per_waiter": "what a ticket lock's hand-over takes longer for each who waits",
    "far_line": "a cache line gone to a CPU of another socket",
}
"""What a lock costs besides the steps under it, by name."""

BY_RULE = {
    # Each waiter fetches the line that was written; they are served one by one, and the next holder is, on the mean,
    # in the middle of them.
    "line_per_waiter": 0.5,
    # The middle of 2.1 to 2.8.
    "far_line": 2.5,
}
"""Costs that are so many times ``line`` where nobody says more."""

MOST_NS = 3_600_000_000_000
"""Nanoseconds of an hour: no step may take longer, nor what a CPU does between two operations."""

COSTS = {**WORKS, **HAND_OVERS}
"""All that there is a cost for, in a few words each."""

GROUPS = {
    group: names
    for group in dict.fromkeys(name.partition("_")[0] for name in WORKS)
    if len(names := tuple(name for name in WORKS if name.startswith(f"{group}_"))) > 1
}
"""Works that one word stands for: ``tree`` for all that begin with ``tree_``."""


@dataclass(frozen=True, slots=True)
class StepCost:
    """``ns``: nanoseconds for one. ``source``: what stands behind it, as above."""

    ns: float
    source: str


def _measured(ns: float) -> StepCost:
    return StepCost(ns, "measured")


_A_TOUCH = "of others: a first touch, 1,000"
_A_LOOK = "of others, fitted: a look at a page at the tail of a list, 300"
_LEAVES = "split: of a page that leaves, 2,000"
_SWAP_IN = "split: of a swap-in, 1,300, less a first touch"

USUAL = {
    "copy": _measured(250),
    "entry_alloc": _measured(10),
    "entry_free": _measured(10),
    "tree_find": _measured(100),
    "tree_insert": _measured(130),
    "tree_erase": _measured(45),
    "xa_load": _measured(60),
    "xa_store": _measured(15),
    "xa_erase": _measured(60),
    "list": _measured(30),
    "zs_malloc": _measured(45),
    "zs_free": _measured(30),
    "zbud_alloc": _measured(45),
    "zbud_free": _measured(15),
    "filled": _measured(150),
    "fill": _measured(250),
    "rmap": StepCost(300, _A_LOOK),
    "unmap": StepCost(1_500, _LEAVES),
    "slot_alloc": StepCost(200, _LEAVES),
    "slot_free": StepCost(100, _SWAP_IN),
    "lru": StepCost(100, _SWAP_IN),
    "fault": StepCost(1_000, _A_TOUCH),
    "atomic": StepCost(5, "measured, 2; guessed: 3 for the preemption count"),
    "line": StepCost(50, "of others: Intel Xeon, 44 to 51; AMD EPYC, 23 and 107"),
}
"""The table; those of BY_RULE are not in it."""
