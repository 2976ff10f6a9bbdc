"""What the steps of an operation take in a run: as somebody says, as measured here, or as the table has it.

``--cost`` says it: ``tree_find=200ns``, or ``tree=200ns`` for all that a tree does, ``line=60ns`` for a cache line that
goes from CPU to CPU; ``usual`` has nothing measured. Parts like ``lz4=3us/1us`` are of a codec, see
zswapbench.runs.choices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.common.machine import two_cores
from zswapbench.common.names import offer
from zswapbench.common.units import parse_picoseconds
from zswapbench.corpus.codec_costs import NOISY, TRIES, spread_of
from zswapbench.plugins.registry import POOLS
from zswapbench.rules.step_costs import BY_RULE, COSTS, GROUPS, MOST_NS, USUAL
from zswapbench.sim.locks.line_times import atomic_times, line_times
from zswapbench.sim.locks.work_times import Allocated, Held, InPool, InTree, InXarray, OnList, Pages, times
from zswapbench.sim.pools.base import FrameLimiter

Origin: TypeAlias = Literal["given", "measured", "usual", "by rule"]
"""Where a cost is from: a person, this machine, the table of zswapbench.rules.step_costs, or a multiple of a line."""

USUAL_COSTS = "usual"
"""In ``--cost``: nothing is measured."""

FEWEST, MOST = 256, 1 << 20
"""Entries that are measured with, whatever a replay holds: fewer lie in the first cache, too, and more take minutes."""

_MOST_PAGES = 4096
_LARGEST = 3840
"""Bytes of the largest object: larger ones zbud refuses."""

_LEAST_NS = 0.1
"""A step that takes less than its loop varies by takes this."""


@dataclass(frozen=True)
class StepCosts:
    """``ns``: nanoseconds of each of zswapbench.rules.step_costs.COSTS, and ``origins`` where each is from.

    ``spreads``: of those that were measured, as in zswapbench.corpus.codec_costs. ``entries``: measured with so many,
    0 if nothing was measured.
    """

    ns: Mapping[str, float]
    origins: Mapping[str, Origin]
    spreads: Mapping[str, float] = field(default_factory=dict)
    entries: int = 0

    @property
    def noisy(self) -> tuple[str, ...]:
        """Those whose rounds differ too much."""
        return tuple(name for name, spread in self.spreads.items() if spread > NOISY)


@dataclass(frozen=True)
class AskedCosts:
    """What ``--cost`` says. ``steps``: nanoseconds by name; ``codecs``: the parts that are of codecs, as they are."""

    steps: Mapping[str, float]
    codecs: str
    measured: bool


def asked_costs(text: str) -> AskedCosts:
    """What ``text`` says: parts with commas between. Raises UsageError for what is none.

    >>> asked_costs("usual, tree=200ns, lz4=3us/1us, tree_erase=0.5us").codecs
    'lz4=3us/1us'
    >>> asked_costs("tree=200ns,tree_erase=0.5us").steps
    {'tree_find': 200.0, 'tree_insert': 200.0, 'tree_erase': 500.0}
    """
    steps: dict[str, float] = {}
    codecs: list[str] = []
    measured = True
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, equals, time = (one.strip() for one in part.rpartition("="))
        if part == USUAL_COSTS:
            measured = False
        elif "/" in time and name:
            codecs.append(part)
        elif not equals:
            raise UsageError(
                f"{part!r} is no cost; write it like tree_find=200ns, lz4=3us/1us or {USUAL_COSTS}"
            )
        else:
            _check(name)
            steps[name] = parse_picoseconds(time) / 1000
    return AskedCosts(_expanded(steps), ",".join(codecs), measured)


def step_costs(
    given: Mapping[str, float],
    entries: int,
    measured: bool,
    sizes: NDArray[np.uint32] | None = None,
) -> StepCosts:
    """Each step's cost. ``given``: nanoseconds by name, or by group; they count before all others.

    ``measured``: the rest is measured here where that can be, in a second or a few, with ``entries`` entries, which
    should be as many as the replay holds at most; else it is as usual. ``sizes``: of the objects in the pools, uint32,
    bytes; all sizes alike if it is not said. Where this process may run on one CPU only, ``line`` is as usual.
    Raises UsageError for a cost that there is not, or that is below 0 or above an hour.
    """
    known = _expanded(given)
    count = min(max(entries, FEWEST), MOST)
    rounds = _measured(known, count, sizes) if measured else {}
    ns = {name: usual.ns for name, usual in USUAL.items()}
    origins: dict[str, Origin] = dict.fromkeys(USUAL, "usual")
    for name, found in rounds.items():
        ns[name], origins[name] = float(np.median(found)), "measured"
    for name, said in known.items():
        ns[name], origins[name] = said, "given"
    for name, times_line in BY_RULE.items():
        if name not in ns:
            ns[name], origins[name] = times_line * ns["line"], "by rule"
    spreads = {name: spread_of(found) for name, found in rounds.items()}
    return StepCosts(
        {name: ns[name] for name in COSTS},
        {name: origins[name] for name in COSTS},
        spreads,
        count if rounds else 0,
    )


def _check(name: str) -> None:
    if name not in COSTS and name not in GROUPS:
        raise UsageError(f"--cost: no step is called {name!r}; {offer(name, [*COSTS, *GROUPS])}")


def _expanded(given: Mapping[str, float]) -> dict[str, float]:
    """``given`` with the works of each group, which count less than those that are named themselves."""
    found: dict[str, float] = {}
    for name, ns in given.items():
        _check(name)
        if not 0 <= ns <= MOST_NS:
            raise UsageError(f"--cost: {name} cannot take {ns:g} ns, only from 0 to 1h")
        found |= dict.fromkeys(GROUPS.get(name, ()), ns)
    return found | {name: ns for name, ns in given.items() if name in COSTS}


def _measured(
    known: Mapping[str, float], entries: int, sizes: NDArray[np.uint32] | None
) -> dict[str, NDArray[np.float64]]:
    """Nanoseconds in each round, of what can be measured and is not ``known``."""
    objects = _objects(entries, sizes)
    loop = np.median(times(Held(entries)), axis=0)

    def pool(name: str) -> Callable[[int], Held]:
        return lambda count: InPool(count, POOLS.choose(name).make(count, FrameLimiter()), objects)

    structures: dict[tuple[str, str, str], Callable[[int], Held]] = {  # what find, put and take are there
        ("tree_find", "tree_insert", "tree_erase"): InTree,
        ("xa_load", "xa_store", "xa_erase"): InXarray,
        ("list", "", ""): OnList,
        ("", "entry_alloc", "entry_free"): Allocated,
        ("", "zs_malloc", "zs_free"): pool("zsmalloc"),
        ("", "zbud_alloc", "zbud_free"): pool("zbud"),
        ("filled", "copy", "fill"): lambda count: Pages(min(count, _MOST_PAGES)),
    }
    found: dict[str, NDArray[np.float64]] = {}
    for names, structure in structures.items():
        wanted = [(name, place) for place, name in enumerate(names) if name and name not in known]
        for _ in range(TRIES if wanted else 0):
            each = (times(structure(entries)) - loop).clip(_LEAST_NS)
            for name, place in wanted:
                best = found.setdefault(name, each[:, place])
                found[name] = min(best, each[:, place], key=spread_of)
            if all(spread_of(found[name]) <= NOISY for name, _ in wanted):
                break
    if "atomic" not in known:
        found["atomic"] = _blocks(atomic_times())
    cores = two_cores()
    line = line_times(*cores) if cores and "line" not in known else None
    return found if line is None else {**found, "line": _blocks(line)}


def _blocks(rounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Medians of seven rounds each. One of these rounds is so short that losing the CPU spoils it."""
    return np.asarray(np.median(rounds.reshape(-1, 7), axis=1))


def _objects(entries: int, sizes: NDArray[np.uint32] | None) -> NDArray[np.int32]:
    """Bytes of ``entries`` objects, in random order: int32[entries]."""
    kept = np.empty(0, np.uint32) if sizes is None else sizes[(sizes > 0) & (sizes <= _LARGEST)]
    some = kept if len(kept) else np.arange(64, _LARGEST + 1, 64)
    return np.random.default_rng(1).choice(some, entries).astype(np.int32)
