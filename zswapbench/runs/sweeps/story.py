"""The whole of a sweep: a grid in, a database out, and nothing done that is there already."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from zswapbench.common.errors import InputError, UsageError
from zswapbench.common.files import refuse_overwriting
from zswapbench.common.outputs import is_stream
from zswapbench.common.progress import Progress, silent
from zswapbench.common.units import format_count
from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import sizes_of
from zswapbench.plugins.registry import CODECS
from zswapbench.results.sweeps.columns import NAMES
from zswapbench.results.sweeps.store import Input, Row, Store, other_inputs
from zswapbench.runs.sweeps.axes import Grid
from zswapbench.runs.sweeps.contract import Scheduler, Task, row_of
from zswapbench.runs.sweeps.costs import as_json, measured, of_json
from zswapbench.runs.sweeps.planning import Plan, Unit, plan_of
from zswapbench.runs.sweeps.sources import inputs_of

IMPOSSIBLE = 2
"""The exit code in the rows of cells that there cannot be."""


@dataclass(frozen=True)
class Summary:
    """What came of a sweep. ``runs``: that the grid asks for and that can be; of these ``were_there`` before.

    ``left_out``: that cannot be. ``problems``: how many of all runs failed, by exit code; ``examples``: what the first
    of each met. ``seconds``: that what was ``done`` now took.
    """

    path: Path
    runs: int
    were_there: int
    done: int
    left_out: int
    problems: dict[int, int]
    examples: dict[int, str]
    seconds: float


def sweep(
    grid: Grid,
    output: str | os.PathLike[str],
    scheduler: Scheduler,
    progress: Progress = silent,
    tell: Callable[[str], object] = lambda _line: None,
    *,
    keep_going: bool = False,
) -> Summary:
    """Run all of ``grid`` that is not in the file ``output`` yet, by ``scheduler``, and put it there.

    ``tell``: gets lines that somebody may want to read meanwhile. Raises what ``plan_of``, Store and the scheduler
    raise; an interrupt loses no run that has ended.
    """
    if is_stream(output):
        raise UsageError(f"{output}: keeps nothing that could be gone on with: name a file")
    with ExitStack() as stack:
        plan = plan_of(grid, stack, progress, keep_going=keep_going)
        refuse_overwriting(output, [path for one in plan.sources for path in (one.path, one.corpus)])
        store = stack.enter_context(_opened(output, plan, grid))
        done = store.done()
        missing = sum(unit.wanted is not None and unit.key not in done for unit in plan.units())
        there = plan.count - missing
        if there:
            tell(f"{_some_of(there, plan.count, 'was', 'were')} there already")
        if store.count("exit_code = ?", [IMPOSSIBLE]):
            store.forget(plan.keys_if_impossible())
        for unit in plan.impossible:
            store.put(_impossible(unit))
        start, count = time.monotonic(), 0
        if missing:
            _find_costs(plan, store, progress)
            try:
                for row in _rows(plan, done, scheduler, missing, progress):
                    store.put(row)
                    count += 1
            except BaseException:
                tell(
                    f"{_some_of(there + count, plan.count, 'is', 'are')} in {output}; the same command goes on"
                )
                raise
        seconds = time.monotonic() - start
        problems, examples = _problems(plan, store)
        return Summary(
            Path(output), plan.count, there, count, len(plan.impossible), problems, examples, seconds
        )


def _some_of(count: int, runs: int, one: str, more: str) -> str:
    """``count`` of ``runs`` with the verb that goes with it."""
    return f"{count:,} of {format_count(runs, 'run')} {one if count == 1 else more}"


@contextmanager
def _opened(output: str | os.PathLike[str], plan: Plan, grid: Grid) -> Iterator[Store]:
    """The file to write to, made if it is not there. Raises InputError for one of other traces."""
    if Path(output).exists():
        opened = Store.append(output)
    else:
        made = datetime.now(timezone.utc).isoformat(timespec="seconds")
        opened = Store.create(output, {"grid": "[]", "made": made})
    ours = inputs_of(plan.sources)
    with opened as store:
        _refuse_other_inputs(store, ours)
        store.add_inputs(ours)
        grids = store.grids()
        if _told(grid) not in grids:
            store.note("grid", json.dumps([*grids, _told(grid)]))
        yield store


def _refuse_other_inputs(store: Store, ours: list[Input]) -> None:
    """Raises InputError if ``store`` is of other inputs than ``ours``; one that is new is of none."""
    theirs = {one.digest: one.name for one in store.inputs()}
    wanted = {one.digest: one.name for one in ours}
    ways = other_inputs(theirs, wanted)
    if theirs and ways:
        told = ", ".join(f"{what} {' '.join(names)}" for what, names in ways)
        raise InputError(store.path, f"is a sweep of other traces ({told}): name another file")


def _told(grid: Grid) -> dict[str, Any]:
    """What was asked for, as the file says it."""
    blocks = [{axis.key: [*axis.values] for axis in block.axes} for block in grid.blocks]
    return {"blocks": blocks, "cost": [*grid.costs]}


def _find_costs(plan: Plan, store: Store, progress: Progress) -> None:
    """What codecs cost, from the file or measured now, into the plan and the file; sizes are remembered on disk."""
    corpora = {one.corpus_digest: one.corpus for one in plan.sources}
    stored = _stored_costs(store)
    for digest, codecs in plan.used.items():
        known = {codec: costs for (one, codec), costs in stored.items() if one == digest}
        with Corpus(corpora[digest]) as corpus:
            for codec in [codec for codec in codecs if codec not in plan.measured[digest]]:
                with progress(f"sizes under {codec}", len(corpus), "pages") as told:
                    sizes_of(corpus, CODECS.choose(codec), told)
            found = measured(corpus, plan.measured[digest], known, progress)
        said = {(digest, codec): as_json(costs) if costs else None for codec, costs in found.items()}
        plan.costs.update(said)
        store.add_costs({which: costs for which, costs in said.items() if costs})


def _stored_costs(store: Store) -> dict[tuple[str, str], CodecCosts]:
    """Those in the file. Raises InputError for values that none can have."""
    try:
        return {which: of_json(costs) for which, costs in store.costs().items()}
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(store.path, f"is damaged: table costs: {error!r}") from None


def _rows(
    plan: Plan, done: set[str], scheduler: Scheduler, missing: int, progress: Progress
) -> Iterator[Row]:
    """A row for each of the ``missing`` runs, as they end."""
    files = {
        digest: path
        for one in plan.sources
        for digest, path in zip(one.inputs, (one.path, one.corpus), strict=True)
    }
    handed: dict[str, Task] = {}

    def tasks() -> Iterator[Task]:
        for task in plan.tasks(done, scheduler.lanes):
            handed[task.key] = task
            yield task

    with progress("sweep", missing, "runs") as told:
        for outcome in scheduler.outcomes(tasks(), files, told):
            yield row_of(handed.pop(outcome.key), outcome)


def _impossible(unit: Unit) -> Row:
    """The row of a cell that cannot be: it stays listed."""
    label = ",".join(f"{key}={value}" for key, value in unit.given.items())
    return Row(
        key=unit.key,
        kind=unit.source.kind,
        trace=unit.source.digest,
        corpus=unit.source.corpus_digest,
        label=label,
        cell=dict(unit.given),
        seed=unit.seed,
        columns=dict.fromkeys(NAMES),
        seconds=0.0,
        problem=unit.problem,
        exit_code=IMPOSSIBLE,
        result="",
    )


def _problems(plan: Plan, store: Store) -> tuple[dict[int, int], dict[int, str]]:
    """How many of the plan's runs failed, by exit code, and what the first of each met."""
    failed = {row.key: row for row in store.rows("exit_code != 0")}
    found = (
        [failed[unit.key] for unit in plan.units() if unit.key in failed and unit.wanted] if failed else []
    )
    counts = Counter(row.exit_code for row in found)
    return dict(sorted(counts.items())), {
        row.exit_code: f"{row.label}: {row.problem}" for row in reversed(found)
    }
