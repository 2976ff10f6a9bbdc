"""What a made trace is asked to be, and what it says of itself.

A made-up program touches pages in a pattern (zswapbench.traces.patterns). Between it and the swap device is the reclaim
that real programs' references go through (zswapbench.sim.reclaim). zswapbench.runs.making puts the two together.

The same workload over the same corpus gives the same trace, on any machine.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.common.units import format_duration
from zswapbench.traces.format import Trace
from zswapbench.traces.likeness import LIKE, Likeness, likeness_told
from zswapbench.traces.patterns import PATTERNS

MADE_BY = "zswapbench trace make"
"""What a trace from here says of its origin."""

RECIPE = 2
"""The way from a workload to its events. Traces of the first way, one LRU list, do not say a number."""

LEAST_EVENTS = 200_000
EVENTS_PER_ADDRESS = 20
"""How long a trace is where nobody says: a pool of 20 % of the footprint turns over ten times."""

USUAL_INTERVALS = {"zipf": "1ms", "scan": "3ms", "loop": "6ms", "phase": "1ms"}
"""Mean time between two touches where nobody says. The more touches of a pattern swap, the longer: a trace of each has
200 to 450 events a second, and lasts long enough for 80 FLUSHes."""

_MOST_SEEDS = 1 << 63
"""Seeds are from 0 to this one."""

_ADDRESSES_PER_EVENT = 256
_FEW_ADDRESSES = 1 << 22
"""A recipe that is drawn again may have as many addresses at least, or so many for each event of its trace."""

_LONGEST_ORIGIN = 160

_KERNEL = re.compile(r"\bkernel (\d{1,4}\.\d{1,4})(?!\d)")
"""In what ``trace import`` says of a recording."""

ASSUMED_CLOCK = "assumed clock"
"""What an origin has of a trace whose program is real, and whose times are made up."""

_LIMITS = {
    "events": (0, 1 << 40),
    "addresses": (0, (1 << 30) - 1),
    "memory": (0, 1),
    "page_cluster": (0, 5),
    "writes": (0, 1),
    "change": (0, 1),
    "skew": (0, 10),
    "interval_us": (0, 1e9),
    "cpus": (1, 1 << 16),
    "flush_every": (0, 1 << 40),
    "flush_interval_us": (0, 1e15),
    "flush_frames": (1, (1 << 32) - 1),
    "seed": (0, _MOST_SEEDS),
}
_SHARES = ("memory", "writes", "change")


@dataclass(frozen=True)
class Workload:
    """What to make. ``addresses``: 0 for those of the corpus; ``events``: 0 for as many as ``filled_in`` says.

    ``memory``: frames as a share of the addresses; ``reclaim``, ``kernel``, ``page_cluster``: see
    zswapbench.sim.reclaim. ``writes``: share of touches that write; ``change``: share of the pages written to that hold
    something else when they are stored next. ``skew``: Zipf's exponent. ``interval_us``: mean time between two touches.

    A FLUSH for ``flush_frames`` page frames comes after every ``flush_every`` events; or, if that is 0, after a
    random time of ``flush_interval_us`` in the mean (0: none).

    ``like``: of the pattern LIKE, which no other has; its touches are what zswapbench.traces.likeness says.
    """

    pattern: str = "zipf"
    events: int = 0
    addresses: int = 0
    memory: float = 0.5
    reclaim: str = "lists"
    kernel: str = "6.12"
    page_cluster: int = 0
    writes: float = 0.4
    change: float = 0.9
    skew: float = 0.8
    interval_us: float = 1000.0
    cpus: int = 4
    flush_every: int = 0
    flush_interval_us: float = 5e6
    flush_frames: int = 32
    seed: int = 0
    like: Likeness | None = None


def filled_in(work: Workload, addresses: int) -> Workload:
    """``work`` over a corpus of ``addresses``, with nothing left open. Raises UsageError if it makes no sense."""
    if work.pattern not in ({*PATTERNS} if work.like is None else {LIKE}):
        raise UsageError(f"no pattern is called {work.pattern!r}; there are: {', '.join(PATTERNS)}")
    for name, (low, high) in _LIMITS.items():
        value = getattr(work, name)
        if not low <= value <= high:
            given, least, most = (_shown(name, one) for one in (value, low, high))
            option = name.removesuffix("_us").replace("_", "-")
            raise UsageError(f"--{option} {given} is not from {least} to {most}")
    if not addresses:
        raise UsageError("the corpus has no pages to make a trace over; import a dump that has some")
    count = work.addresses or addresses
    events = work.events or max(LEAST_EVENTS, EVENTS_PER_ADDRESS * count)
    return replace(work, addresses=count, events=events)


def _shown(name: str, value: float) -> str:
    """``value`` of the field ``name``, with its unit."""
    if name.endswith("_us"):
        return format_duration(value * 1000)
    return f"{100 * value:g}%" if name in _SHARES else f"{value}"


def provenance(work: Workload) -> dict[str, Any]:
    """What a trace says of how it was made."""
    return {"made_by": MADE_BY, "recipe": RECIPE, **asdict(work)}


def is_synthetic(trace: Trace) -> bool:
    """Does ``trace`` say that it was made here?"""
    return trace.provenance.get("made_by") == MADE_BY


def origin_of(trace: Trace) -> str:
    """Where ``trace`` comes from, as it says itself: "synthetic: phase", "derived: ..." or "recorded: ..."."""
    if is_synthetic(trace):
        like = likeness_told(trace.provenance.get("like"))
        what = f"like {like.trace}" if like else trace.provenance.get("pattern")
        return f"synthetic: {what}"[:_LONGEST_ORIGIN]
    if derived := trace.provenance.get("derived"):
        return f"derived: {derived}"[:_LONGEST_ORIGIN]
    told = trace.provenance.get("made_by")
    return f"recorded: {told}"[:_LONGEST_ORIGIN] if told else "recorded: the trace does not say how"


def kernel_told(origin: str) -> str:
    """The kernel that a recording of this origin was made on, such as ``6.12``; "" if it does not say."""
    found = _KERNEL.search(origin)
    return found[1] if found else ""


def recipe_told(trace: Trace) -> Workload:
    """The workload that ``trace``, which is synthetic, says it is of. Raises TraceError if that cannot be made here."""
    said = trace.provenance
    if said.get("recipe") != RECIPE:
        raise no_recipe(
            trace, "it was made by another version, whose way to make traces this one does not know"
        )
    work = {one.name: said.get(one.name) for one in fields(Workload) if one.name != "like"}
    like = likeness_told(said.get("like"))
    if like is None and said.get("like") is not None:
        raise no_recipe(trace, "it is not complete")
    texts = {one.name for one in fields(Workload) if one.type == "str"}
    for name, one in work.items():
        fits = isinstance(one, str) if name in texts else isinstance(one, int | float)
        if not fits or isinstance(one, bool):
            raise no_recipe(trace, "it is not complete")
    recipe = Workload(**work, like=like)  # type: ignore[arg-type]
    most = max(_FEW_ADDRESSES, _ADDRESSES_PER_EVENT * len(trace.events))
    if recipe.events != len(trace.events) or recipe.addresses > most:
        raise no_recipe(trace, "it does not go with the number of events")
    return recipe


def no_recipe(trace: Trace, why: str) -> TraceError:
    """``trace`` cannot be made again, and ``why``."""
    return TraceError(
        trace.path,
        f"says that it was made by '{MADE_BY}', but its recipe is not that of these events: {why}; "
        "make it anew, or leave out --seeds",
    )


def seeds_after(work: Workload, count: int) -> list[int]:
    """``count`` seeds: that of ``work``, then those that follow it."""
    return [(work.seed + number) % _MOST_SEEDS for number in range(count)]
