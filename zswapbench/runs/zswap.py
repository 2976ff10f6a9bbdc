"""The whole story of a run: a trace, the corpus that it stores pages of, what they cost, what happens.

``run`` and ``compare`` are what the command line and zswapbench.api call.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress, silent
from zswapbench.common.units import rate_of
from zswapbench.corpus.reading import Corpus
from zswapbench.results.records import ZRAM, ZSWAP, Result
from zswapbench.runs.bounds import beside_bounds, bounds_of
from zswapbench.runs.choices import refuse_idle_costs
from zswapbench.runs.drawing import MOST_SEEDS, with_draws
from zswapbench.runs.loading import Loaded, load
from zswapbench.runs.one_speed import at_one_speed
from zswapbench.runs.options import Options
from zswapbench.runs.planning import plan_of
from zswapbench.runs.replaying import AnyPlan, replay_all
from zswapbench.runs.sampling import estimated, load_samples
from zswapbench.runs.zram_planning import zram_plan_of
from zswapbench.traces.format import Trace

_PLANNERS: dict[str, Callable[[Loaded, Options, Progress], AnyPlan]] = {ZSWAP: plan_of, ZRAM: zram_plan_of}


def run(
    trace: str | os.PathLike[str] | Trace,
    options: Options,
    corpus: str | os.PathLike[str] | Corpus | None = None,
    progress: Progress = silent,
    *,
    bounds: bool = False,
    seeds: int = 1,
) -> Result:
    """Replay ``trace`` once. Raises what ``compare`` raises."""
    return compare(trace, [options], corpus, progress, bounds=bounds, seeds=seeds)[0]


def compare(
    trace: str | os.PathLike[str] | Trace,
    options: Sequence[Options],
    corpus: str | os.PathLike[str] | Corpus | None = None,
    progress: Progress = silent,
    *,
    bounds: bool = False,
    seeds: int = 1,
    idle_costs: bool = False,
) -> list[Result]:
    """Replay ``trace`` once for each of ``options``, at the same time; the results in their order.

    With ``bounds`` each has beside it what the offline bounds make of the same setting, replayed once for each of
    these; with ``seeds`` of 2 or more what so many draws of the trace make of it, see runs.drawing. With a
    ``sample_rate`` below 1 all is estimated from samples, see runs.sampling. An error in one ends them all. Without
    ``idle_costs`` a cost of a codec that none uses is refused. Raises UsageError for what cannot be asked for, and what
    ``load``, ``sizes_of``, ``recipe_of`` and sim.replay raise.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise UsageError(f"seeds is {seeds}, not from 1 to {MOST_SEEDS}")
    rate = _rate(options)
    if rate < 1 and seeds > 1:
        raise UsageError(
            "--seeds: a sampled replay has several samples already, and their range: leave out --seeds"
        )
    with ExitStack() as stack:
        samples = stack.enter_context(load_samples(trace, corpus, rate)) if rate < 1 else None
        loaded = samples.whole if samples else stack.enter_context(load(trace, corpus))
        asked = [planned(loaded, one, progress) for one in options]
        if not idle_costs:
            refuse_idle_costs(options, [one.options.cost for one in asked], [one.codec for one in asked])
        plans = at_one_speed(loaded, asked, progress)
        replayed = [*plans, *bounds_of(plans)] if bounds else plans

        def finished(results: list[Result]) -> list[Result]:
            return beside_bounds(plans, replayed, results) if bounds else results

        if samples:
            return estimated(samples, replayed, finished, progress)
        if seeds == 1:
            return finished(replay_all([(loaded, replayed)], progress)[0])
        return with_draws(loaded, replayed, seeds, finished, progress)


def planned(loaded: Loaded, options: Options, progress: Progress) -> AnyPlan:
    """The plan of what ``options`` ask for, of either set-up. Raises what the planners do."""
    return _PLANNERS[options.setup](loaded, options, progress)


def _rate(options: Sequence[Options]) -> float:
    """The share of the slots that all of ``options`` ask for. Raises UsageError for different ones."""
    rates = {rate_of(one.sample_rate) for one in options} or {1.0}
    if len(rates) > 1:
        raise UsageError("--sample-rate: runs that are compared are over the same samples: give one rate")
    return rates.pop()
