"""What to know beside a recommendation in a closed loop: whom the references say nothing of, and how far it came."""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.common.units import format_count
from zswapbench.results.marks import WORTH
from zswapbench.runs.recommend.cells import DISK, ZSWAP
from zswapbench.runs.recommend.figures import TIME_PAID
from zswapbench.runs.recommend.judging import Contender
from zswapbench.runs.recommend.search import Searched


def untold(contenders: Sequence[Contender]) -> list[str]:
    """Whose need of RAM the references could not tell to the end."""
    some = [one for one in contenders if one.untold]
    told = (
        f"{format_count(len(some), 'set-up')} may do in less RAM than is told: the references lack touches that so few "
        "pages would tell (a smaller --least-ram)"
    )
    return [told] if some else []


def beside(
    found: Searched, contenders: Sequence[Contender], default: Contender, chosen: Contender | None
) -> list[str]:
    """What to know beside the answer: who could not be judged, and how far the search came."""
    told = []
    out = {
        cell
        for cell, outcomes in found.whole.items()
        if any(one.out_of_memory_at is not None for one in outcomes)
    }
    off = [one for one in contenders if not one.eligible and one.cell not in out and one.cell.chain is None]
    if off:
        fastest = min(off, key=lambda one: one.paid[0])
        edge = ""
        by_time = chosen is not None and chosen.figures[0].of == TIME_PAID
        if chosen and by_time and fastest.paid[0] < chosen.paid[0] * (1 + WORTH):
            edge = ", and may be as good as what is recommended or better: these references cannot say"
        told.append(
            f"{format_count(len(off), 'set-up')} had fewer pages in memory than the references are for: faults off, "
            f"and nothing is said of them; the fastest is {fastest.spec}{edge}"
        )
    if out:
        told.append(f"{format_count(len(out), 'set-up')} ran out of memory")
    if not default.eligible:
        told.append(
            f"what there is by default, {default.spec}, does not do this work in so much RAM: no margin over it"
        )
    if default.cell.kind in (DISK, ZSWAP):
        told.append(
            "page-cluster is 0 for all, also for what there is by default, where kernels come with 3: reading ahead is "
            "not in these figures ('machine --page-cluster 3' has it)"
        )
    if found.interrupted:
        told.append(f"interrupted: {len(found.whole):,} of {found.cells:,} set-ups had all of the work")
    return told
