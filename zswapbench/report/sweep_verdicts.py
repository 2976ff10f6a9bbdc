"""A judgement on two sweeps -> a table: the worst figures, and how many units are the same, better or worse."""

from __future__ import annotations

from dataclasses import replace

from zswapbench.common.units import format_count
from zswapbench.report.table import Table
from zswapbench.report.verdict_tables import failure, verdict_tables
from zswapbench.results.gate import BETTER, CHANGED, MISSING, NEW, SAME, WORSE
from zswapbench.results.sweeps.gate import SweepJudgement

MOST_SHOWN = 20

_WORDS = (SAME, BETTER, CHANGED, WORSE, NEW, MISSING)


def sweep_verdict_table(judgement: SweepJudgement, *, every: bool = False) -> Table:
    """The worst MOST_SHOWN figures that differ; with ``every``, all that were kept."""
    shown = judgement.verdicts if every else judgement.verdicts[:MOST_SHOWN]
    (table,) = verdict_tables(replace(judgement, verdicts=shown))
    more = judgement.figures - len(shown)
    labels = {verdict.label for verdict in shown}
    counted = [f"{judgement.units[word]:,} {word}" for word in _WORDS if judgement.units.get(word)]
    return replace(
        table,
        title=_title(judgement),
        notes=[
            *([f"all of {labels.pop()}"] if len(labels) == 1 else []),
            *(
                [f"and {more:,} more figures that differ{'' if every else ': --all shows them'}"]
                if more > 0
                else []
            ),
            f"units: {', '.join(counted) or 'none'}",
            *judgement.notes,
        ],
    )


def _title(judgement: SweepJudgement) -> str:
    """The verdict in one line: how many units fail, and the worst figure."""
    if not judgement.compared:
        return "nothing to compare with"
    units = format_count(sum(judgement.units.values()), "unit")
    if not judgement.failed:
        return f"no worse, in {units}"
    worst = failure(judgement.failing[0], labelled=True)
    return f"worse: {judgement.failed:,} of {units}; first: {worst}"
