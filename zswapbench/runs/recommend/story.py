"""The whole story of a recommendation: what is given, what the kernel offers, what was found, and what may be said."""

from __future__ import annotations

import time
from dataclasses import dataclass

from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer
from zswapbench.common.progress import Progress, silent
from zswapbench.results.recommendation import GOALS, Recommendation
from zswapbench.rules.distributions import detect
from zswapbench.rules.kernel_config import offers
from zswapbench.runs.recommend.asking import Source, given_by
from zswapbench.runs.recommend.cells import ZSWAP
from zswapbench.runs.recommend.closed import in_closed_loop
from zswapbench.runs.recommend.replayed import in_a_replay
from zswapbench.runs.recommend.scene import Closed
from zswapbench.runs.recommend.space import kinds_of

ALLOWED = "zswap,zram,zram+disk,zswap+zram"
"""Kinds of set-up that may be recommended beside a disk, where nobody says."""


@dataclass(frozen=True)
class Asked:
    """What to recommend for, in the words of the command line. ``ram``: "" for half of what the program touches.

    ``kernel``: a version, or running. ``allow``: kinds of set-up; "": all in a closed loop, zswap in a replay.
    ``distribution``: "": what runs here. ``default``: a set-up that is there already, in place of the distribution's.
    """

    source: Source
    goal: str = "time"
    ram: str = ""
    kernel: str = "6.12"
    allow: str = ""
    device: str = "ssd"
    cost: str = ""
    swap: str = ""
    distribution: str = ""
    default: str = ""
    seed: int = 0


def recommend(asked: Asked, progress: Progress = silent) -> Recommendation:
    """The set-up to take, or why none is recommended.

    Raises UsageError for what cannot be asked for, and what reading the inputs raises.
    """
    if asked.goal not in GOALS:
        raise UsageError(f"no goal is called {asked.goal!r}; {offer(asked.goal, GOALS)}")
    start = time.perf_counter()
    distribution = asked.distribution or detect()
    kernel = offers(asked.kernel, distribution)
    with given_by(asked.source, progress) as given:
        usual, answer = (ZSWAP, in_a_replay) if given.trace else (ALLOWED, in_closed_loop)
        return answer(
            given,
            Closed(
                goal=asked.goal,
                ram=asked.ram,
                swap=asked.swap,
                device=asked.device,
                cost=asked.cost,
                kinds=kinds_of(asked.allow or usual),
                offers=kernel,
                distribution=distribution,
                default=asked.default,
                seed=asked.seed,
                began=start,
            ),
            progress,
        )
