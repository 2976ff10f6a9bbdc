"""References that are made over a program's pages, where nobody recorded any.

A corpus says what pages hold, and not how they are used. So they are used in three ways that differ much: some pages
far more often than others (zipf), a working set that moves (phase), a walk over everything through a hot part (scan).
First each page is touched once, in the order of addresses, as a program that fills its memory does. What suits all
three may suit the program; what does not is told, and nothing is recommended.

Source: zswapbench.traces.patterns, which 'trace make' has its touches from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.corpus.reading import Corpus
from zswapbench.results.machine import SetupResult
from zswapbench.runs.from_refs import program_of
from zswapbench.runs.recommend.ranking import may_be_chosen, rank
from zswapbench.runs.recommend.trials import Work
from zswapbench.traces.patterns import PATTERNS
from zswapbench.traces.refs import ASSUMED, BATCH, REFERENCE, References
from zswapbench.traces.touches import Kind

USED = ("zipf", "phase", "scan")
SEEDS = 2
"""Of each pattern: six draws in all, for of five or more chance hardly sets the ranges of twins apart."""

TOUCHES = 12
"""Of each page in the mean, once it was touched first."""

INTERVAL_US = 100.0
"""Mean time between two touches: an assumption, which the result tells."""

WRITES, SKEW = 0.4, 0.8
"""As 'trace make' has them."""

MADE_BY = "zswapbench recommend"


def made_works(corpus: Corpus, seed: int) -> list[Work]:
    """A work for each pattern and seed, the first seed of each pattern before the second."""
    numbers = program_of(corpus).numbers
    count = len(numbers) * (1 + TOUCHES)
    return [
        Work(f"{name}, seed {one}", partial(_stream, corpus, numbers, name, one), count)
        for one in range(seed, seed + SEEDS)
        for name in USED
    ]


def lasting_s(work: Work) -> float:
    """How long a made work lasts, about: seconds."""
    return work.count * INTERVAL_US / 1e6


def said_of(works: int, seed: int) -> str:
    """What the traffic is, in a sentence."""
    return (
        f"made, not recorded: {works} draws of three patterns ({', '.join(USED)}; seeds {seed} to {seed + SEEDS - 1}), "
        f"a touch each {INTERVAL_US:g} us, {WRITES:.0%} of them writes"
    )


def said_by_each(goal: str, tried: Sequence[tuple[str, Sequence[SetupResult]]]) -> str:
    """What each pattern says, in words. ``tried``: SETUPs, each with its outcome in each of ``made_works``."""
    told = []
    for place, name in enumerate(USED):
        able = [(spec, outcomes[place :: len(USED)]) for spec, outcomes in tried]
        spec, outcomes = min(able, key=lambda one: rank(goal, one[1]))
        told.append(f"{name} says {spec if may_be_chosen(outcomes) else 'nothing'}")
    return ", ".join(told)


@contextmanager
def _stream(corpus: Corpus, numbers: NDArray[np.uint64], name: str, seed: int) -> Iterator[References]:
    said = {
        "made_by": MADE_BY,
        "form": f"made: {name}",
        "seed": seed,
        "clock": f"{ASSUMED}: {INTERVAL_US:g} us",
    }
    yield References("<made>", corpus.page_size, said, _batches(numbers, name, seed), [])


def _batches(numbers: NDArray[np.uint64], name: str, seed: int) -> Iterator[NDArray[np.void]]:
    for first in range(0, len(numbers), BATCH):
        some = numbers[first : first + BATCH]
        filled = np.zeros(len(some), REFERENCE)
        filled["page"], filled["delta_us"], filled["write"] = some, int(INTERVAL_US), 1
        yield filled
    pattern: Any = PATTERNS[name](
        len(numbers), skew=SKEW, writes=WRITES, interval_us=INTERVAL_US, cpus=1, seed=seed
    )
    left = len(numbers) * TOUCHES
    while left > 0:
        touches = pattern.touches(min(left, BATCH))
        left -= len(touches)
        touches = touches[touches["kind"] != int(Kind.FREE)]
        made = np.zeros(len(touches), REFERENCE)
        made["page"], made["delta_us"] = numbers[touches["number"]], touches["delta_us"]
        made["write"] = touches["kind"] == int(Kind.WRITE)
        yield made
