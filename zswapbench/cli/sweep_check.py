"""``zswapbench check`` of two sweeps: the judgement, and where it goes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zswapbench.cli.outputs import Place, emit, write_out
from zswapbench.cli.progress import progress
from zswapbench.cli.step_summary import append_summary
from zswapbench.common.errors import InputError

if TYPE_CHECKING:
    from zswapbench.report.table import Table
    from zswapbench.results.sweeps.gate import SweepJudgement
    from zswapbench.results.thresholds import Thresholds


def judged_sweeps(subject: str, baseline: str, thresholds: Thresholds) -> SweepJudgement:
    """Hold the sweep ``subject`` against the sweep ``baseline``. Raises InputError where one of them is none."""
    from zswapbench.results.sweeps.database import is_database
    from zswapbench.results.sweeps.gate import judge_sweeps
    from zswapbench.results.sweeps.store import Store

    if is_database(subject) and not Path(baseline).exists():
        raise InputError(baseline, f"there is no baseline yet; copy {subject} to it")
    for path, other in ((subject, baseline), (baseline, subject)):
        if not is_database(path) and Path(path).is_file():
            raise InputError(path, f"is no sweep, and {other} is one: compare two sweeps, or none")
    with (
        Store.open(baseline) as old,
        Store.open(subject) as new,
        progress("units", new.count(), "units") as told,
    ):
        return judge_sweeps(old, new, thresholds, told)


def show_sweeps(
    judgement: SweepJudgement, places: Sequence[Place], junit_path: str | None, *, every: bool
) -> None:
    """Write the judgement in all forms that are asked for."""
    from zswapbench.report import junit

    def xml() -> str:
        return junit.render(judgement, judgement.same)

    if junit_path:
        write_out(xml(), junit_path)
    append_summary(partial(_tables, judgement, every=False))
    for place in places:
        if place.form == "junit":
            write_out(xml(), place.path)
            continue
        every_row = every or place.form == "csv"
        tables = partial(_tables, judgement, every=every_row)
        emit([place], tables, lambda: json.dumps(judgement.as_dict(), indent=1) + "\n")


def _tables(judgement: SweepJudgement, *, every: bool) -> list[Table]:
    from zswapbench.report.sweep_verdicts import sweep_verdict_table

    return [sweep_verdict_table(judgement, every=every)]
