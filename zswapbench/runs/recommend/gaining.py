"""RAM gained by few set-ups, as 'machine --gained' finds it: in how much a bare disk would be as fast."""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.common.progress import Progress
from zswapbench.results.machine_gained import Gained
from zswapbench.runs.machine import Point, run_all
from zswapbench.runs.machine_gained import with_gained
from zswapbench.runs.recommend.trials import Bench


def ram_gained(bench: Bench, specs: Sequence[str], progress: Progress) -> dict[str, Gained]:
    """By SETUP; of those alone that can have gained any."""
    wanted = [*dict.fromkeys(specs)]
    if not wanted:
        return {}
    again = bench.works[0].again
    with again() as references:
        point = Point(bench.machine, {spec: spec for spec in wanted})
        result = run_all(references, bench.corpus, [point], bench.common, progress, bench.codecs)[0]
    gained = with_gained(result, again, bench.corpus, bench.machine, bench.common, progress).gained
    return {one.label: one for one in gained}
