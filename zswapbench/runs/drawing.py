"""Results beside what other draws of their trace make of the same: how sure each figure is.

A synthetic trace is drawn again from its own recipe with other seeds, and all plans are replayed over each draw. What
pages cost and how large the pool may be stays as it is, so that nothing differs but the draw. Draws are made and
replayed a few at a time, as many as keep all processors busy, and each is forgotten before the next. A recorded trace
is replayed once, and its blocks are drawn: see zswapbench.results.spread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from zswapbench.common.errors import OwnCodeError, UsageError
from zswapbench.common.progress import Progress
from zswapbench.results.records import Result
from zswapbench.results.spread import drawn_by_seeds
from zswapbench.runs.loading import Loaded, load
from zswapbench.runs.making import another_draw, recipe_of
from zswapbench.runs.replaying import AnyPlan, replay_all
from zswapbench.runs.zram_planning import ZramPlan
from zswapbench.sim.series import SAMPLES
from zswapbench.traces.synth import Workload, is_synthetic, seeds_after

MOST_SEEDS = 1000
"""Draws of one trace; the range of more says nothing new."""

_SMALL_BYTES = 64 << 20
"""Events of a trace that is held in memory more than once at a time."""

Finished = Callable[[list[Result]], list[Result]]
"""From the results of all plans to those that were asked for."""


def with_draws(
    loaded: Loaded, plans: Sequence[AnyPlan], count: int, finished: Finished, progress: Progress
) -> list[Result]:
    """The ``finished`` results of ``plans``, which are of ``loaded``, each beside ``count`` draws.

    Raises TraceError for a synthetic trace that is not what its recipe makes, UsageError for a recorded one that is too
    short to have blocks, and what ``replay_all`` raises.
    """
    if not is_synthetic(loaded.trace):
        if loaded.summary.events < SAMPLES:
            raise UsageError(
                f"--seeds: {loaded.trace.path} was recorded and has {loaded.summary.events} events; with fewer than "
                f"{SAMPLES} it cannot be cut into blocks that say anything: leave out --seeds"
            )
        _refuse_writes(loaded, plans)
        return finished(replay_all([(loaded, plans)], progress, blocks_drawn=count)[0])
    recipe = recipe_of(loaded.trace, loaded.corpus)
    results = finished(replay_all([(loaded, plans)], progress)[0])
    seeds = seeds_after(recipe, count)
    draws = [results, *map(finished, _replays(loaded, plans, recipe, seeds[1:], progress))]
    return [
        replace(result, draws=drawn_by_seeds(seeds, drawn))
        for result, *drawn in zip(results, *draws, strict=True)
    ]


def _refuse_writes(loaded: Loaded, plans: Sequence[AnyPlan]) -> None:
    """Raises UsageError for writes to attributes of zram, which no block of a trace has."""
    for plan in plans:
        if isinstance(plan, ZramPlan) and plan.attributes.writes:
            raise UsageError(
                f"--seeds: {loaded.trace.path} was recorded, and what is written to attributes after it is in none of "
                f"its blocks: leave out --seeds, or write= of {plan.options.label}"
            )


def _replays(
    loaded: Loaded, plans: Sequence[AnyPlan], recipe: Workload, seeds: Sequence[int], progress: Progress
) -> Iterator[list[Result]]:
    """The results of ``plans`` over the draw of each of ``seeds``."""
    small = loaded.trace.events.nbytes <= _SMALL_BYTES
    together = max(1, (os.cpu_count() or 1) // len(plans)) if small else 1
    for first in range(0, len(seeds), together):
        some = seeds[first : first + together]
        with _named(some):
            draws = [drawn_again(loaded, replace(recipe, seed=seed)) for seed in some]
            works = [(draw, [plan.over(draw, loaded) for plan in plans]) for draw in draws]
            yield from replay_all(works, progress)


def drawn_again(loaded: Loaded, recipe: Workload) -> Loaded:
    """The trace of ``recipe``, of which the one that was ``loaded`` is another draw, over the same corpus."""
    with load(another_draw(loaded.trace, loaded.corpus, recipe), loaded.corpus) as draw:
        return draw


@contextmanager
def _named(seeds: Sequence[int]) -> Iterator[None]:
    """A policy of the user's own that fails here did so at an event that the trace at hand does not have."""
    try:
        yield
    except OwnCodeError as error:
        drawn = " or ".join(str(seed) for seed in seeds)
        raise OwnCodeError(f"{error}; this is the trace with seed {drawn}, as --seeds draws it") from None
