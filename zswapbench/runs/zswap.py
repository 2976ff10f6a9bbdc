"""The whole story of a run of zswap: a trace, the corpus that it stores pages of, what they cost, what happens.

``run`` and ``compare`` are what the command line and zswapbench.api call.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from zswapbench.common.progress import Progress, silent
from zswapbench.corpus.reading import Corpus
from zswapbench.results.records import Result
from zswapbench.runs.bounds import beside_bounds, bounds_of
from zswapbench.runs.loading import load
from zswapbench.runs.options import Options
from zswapbench.runs.planning import plan_of
from zswapbench.runs.replaying import replay_all
from zswapbench.traces.format import Trace


def run(
    trace: str | os.PathLike[str] | Trace,
    options: Options,
    corpus: str | os.PathLike[str] | Corpus | None = None,
    progress: Progress = silent,
    *,
    bounds: bool = False,
) -> Result:
    """Replay ``trace`` once. Raises what ``compare`` raises."""
    return compare(trace, [options], corpus, progress, bounds=bounds)[0]


def compare(
    trace: str | os.PathLike[str] | Trace,
    options: Sequence[Options],
    corpus: str | os.PathLike[str] | Corpus | None = None,
    progress: Progress = silent,
    *,
    bounds: bool = False,
) -> list[Result]:
    """Replay ``trace`` once for each of ``options``, at the same time; the results in their order.

    With ``bounds`` each has beside it what the offline bounds make of the same setting, replayed once for each of
    these. An error in one ends them all. Raises UsageError for what cannot be asked for, and what ``load``,
    ``sizes_of`` and sim.replay raise.
    """
    with load(trace, corpus) as loaded:
        plans = [plan_of(loaded, one, progress) for one in options]
        replayed = [*plans, *bounds_of(plans)] if bounds else plans
        results = replay_all(loaded, replayed, progress)
    return beside_bounds(plans, replayed, results) if bounds else results
