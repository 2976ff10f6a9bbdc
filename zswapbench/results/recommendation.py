"""What a machine should do with the memory that it cannot hold: one set-up, why this one, and how sure that is.

Nothing is recommended where the figures do not carry it: ``refused`` says why, and ``settle`` what would settle it.

Same inputs, costs and seed: same recommendation, byte for byte, the ``timings`` and the seconds of ``search`` apart.
The JSON form carries SCHEMA_VERSION. Its history:

1  the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zswapbench.results.machine import SetupResult
from zswapbench.results.machine_gained import Gained
from zswapbench.results.records import Result

SCHEMA_VERSION = 1

TIME, MEMORY, WEAR = GOALS = ("time", "memory", "wear")
"""What should be least: the time paid; the RAM for the time that is paid now; bytes written to a device, then time."""

CLOSED, REPLAY = LOOPS = ("closed", "replay")
"""How set-ups were tried: swap traffic followed from what was held, or it was given."""


@dataclass(frozen=True)
class Candidate:
    """A set-up that was tried with the whole work.

    ``spec``: SETUP of 'machine', or in a replay SPEC of 'compare'. ``kind``: disk, zswap, zram, zram+disk or
    zswap+zram. ``total_ns``: time paid, or in a replay the total time. ``slowdown``: None in a replay, and of a work
    without any trace time. ``gained``: the RAM that a bare disk would need beyond what there is to be as fast, None if
    nobody looked. ``device_writes``: pages. ``page_frames_mean``: of the pool, mean over the course.
    ``out_of_memory_at``: number of the touch that found no page frame. ``needs``: what it takes beside settings, such
    as "a kernel built with CONFIG_ZSMALLOC_CHAIN_SIZE=16". ``result``: all of it.
    """

    spec: str
    kind: str
    total_ns: float
    slowdown: float | None
    gained: Gained | None
    device_writes: int
    page_frames_mean: float
    out_of_memory_at: int | None
    needs: tuple[str, ...]
    result: SetupResult | Result


@dataclass(frozen=True)
class Margin:
    """How many times more the other, ``than``, pays of what the goal is about: ``ratio``, other by chosen.

    ``low`` and ``high``: of the ratio over ``draws``, the same ones for both, and over what codecs may cost. Each is
    None where the chosen pays nothing, and the other does. ``of``: what it is a ratio of, in words: "time paid",
    "device writes", "RAM", "page frames".
    """

    than: str
    ratio: float | None
    low: float | None
    high: float | None
    draws: int
    of: str


@dataclass(frozen=True)
class Recommendation:
    """The answer. ``chosen`` is None exactly if ``refused`` says why; ``settle`` says what would settle it then.

    ``goal``: of GOALS; ``loop``: of LOOPS. ``machine``: RAM, device, reclaim and what the kernel offers; empty in a
    replay. ``distribution``: whose ``default`` it is, which ``default_said`` tells in words. ``runner_up``: the best
    that can be told from the chosen. ``over_default``, ``over_runner_up``: None without either. ``rebuilt``: what is
    surely ahead of the chosen and takes a kernel to be built, ``rebuilt_over_chosen``: by how much; the chosen never
    takes one. ``ties``: specs that cannot be told from the chosen, or where none is, from the best. ``front``: those
    that no other is better than in all of time paid, device writes and page frames, the fastest first.
    ``not_considered``: what is not in the space, each with why. ``traffic``: where it came from, in a sentence;
    ``made``: it was made, not recorded. ``search``: see zswapbench.runs.recommend.search. ``ram_needed``: for the goal
    memory, bytes in which the chosen is as fast as the default in all of RAM.
    """

    goal: str
    loop: str
    machine: dict[str, Any]
    kernel: str
    distribution: str
    default_said: str
    chosen: Candidate | None
    default: Candidate
    runner_up: Candidate | None
    over_default: Margin | None
    over_runner_up: Margin | None
    rebuilt: Candidate | None
    rebuilt_over_chosen: Margin | None
    refused: str
    settle: str
    ties: tuple[str, ...]
    front: tuple[Candidate, ...]
    not_considered: tuple[str, ...]
    traffic: str
    made: bool
    search: dict[str, Any]
    ram_needed: int | None
    interrupted: bool
    remarks: tuple[str, ...]
    inputs: dict[str, Any]
    environment: dict[str, str]
    timings: dict[str, float]
    schema_version: int = SCHEMA_VERSION
