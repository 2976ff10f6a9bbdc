"""Which page is touched when: streams that a recipe makes, the same on every machine.

``zipf``: each touch is a draw of its own, and the page of rank r has the weight r^-0.9. What leaves hardly matters.
``loop``: round and round over all pages, and every fourth touch a draw of the first eighth of them. An order by
recency has the worst there, and what leaves matters most.
``mixed``: the draws of ``zipf``, and at times a run over all pages, as a program has phases.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PHASE = 5_000
"""Touches between two looks whether ``mixed`` draws or runs."""


@dataclass(frozen=True)
class Recipe:
    """``pages`` of the program, ``touches`` of them, of which the share ``writes`` writes."""

    kind: str
    pages: int
    touches: int
    seed: int = 1
    writes: float = 0.3

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def stream(recipe: Recipe) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The page of each touch, from 0 on, and whether it writes. Raises KeyError for a kind that there is not."""
    random = np.random.default_rng(recipe.seed)
    places = {"zipf": _zipf, "loop": _loop, "mixed": _mixed}[recipe.kind](recipe, random)
    return places, random.random(recipe.touches) < recipe.writes


def _zipf(recipe: Recipe, random: np.random.Generator) -> NDArray[np.int64]:
    weights = np.arange(1, recipe.pages + 1) ** -0.9
    ranks = np.searchsorted(np.cumsum(weights) / weights.sum(), random.random(recipe.touches))
    order = np.argsort(random.random(recipe.pages))
    return order[np.minimum(ranks, recipe.pages - 1)]


def _loop(recipe: Recipe, random: np.random.Generator) -> NDArray[np.int64]:
    drawn = (random.random(recipe.touches) * (recipe.pages // 8)).astype(np.int64)
    of_loop = np.arange(recipe.touches) % 4 < 3
    drawn[of_loop] = np.arange(int(of_loop.sum())) % recipe.pages
    return drawn


def _mixed(recipe: Recipe, random: np.random.Generator) -> NDArray[np.int64]:
    draws = _zipf(recipe, random)
    phases = -(-recipe.touches // PHASE)
    runs = np.repeat(random.random(phases) < 0.25, PHASE)[: recipe.touches]
    draws[runs] = np.arange(int(runs.sum())) % recipe.pages
    return draws
