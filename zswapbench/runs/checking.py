"""The story of a gate: the baseline's results, the same settings replayed now, and the judgement on both.

Its steps are called one after the other by the command ``check``, which shows and keeps what comes of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, cast

from zswapbench.common.errors import InputError, UsageError
from zswapbench.common.progress import Progress
from zswapbench.results.files import read_any
from zswapbench.results.gate import Judgement, Verdict, judge
from zswapbench.results.gate import difference as replays_differ
from zswapbench.results.records import Result
from zswapbench.results.thresholds import Thresholds
from zswapbench.results.whole import WHOLES, Whole, command_of, difference, judge_whole
from zswapbench.runs.options import Options, recorded
from zswapbench.runs.timing import Side, measure, notes_on
from zswapbench.runs.zswap import compare


@dataclass(frozen=True)
class Check:
    """What is held against what. ``subject``: path of results or of a trace; ``baseline``: path of results.

    ``options``: how to replay a trace, in the names of Options; ``given``: the parameters that the user named, because
    defaults are not what he asked for; ``update``: whether the baseline is made anew.
    """

    subject: str
    baseline: str
    update: bool
    corpus: str | None
    bounds: bool
    timings: bool
    rounds: int
    baseline_python: str
    trust: bool
    options: dict[str, Any]
    given: list[str]


def baseline_of(check: Check) -> list[Result] | Whole:
    """The results of the baseline; none where --update is to make it. Raises InputError if it cannot be read."""
    path = check.baseline
    try:
        os.stat(path)  # noqa: PTH116  which takes any name
    except OSError as error:
        if check.update:
            return []
        missing = isinstance(error, FileNotFoundError)
        why = (
            "there is no baseline yet; --update makes it" if missing else f"cannot be read: {error.strerror}"
        )
        raise InputError(path, why) from None
    try:
        return read_any(path)
    except InputError as error:
        if not check.update:
            raise
        raise InputError(path, f"{error.problem}; remove it, then --update makes a new one") from None


def settings_of(check: Check, old: list[Result]) -> list[Options]:
    """What to replay the trace with: as each result of the baseline was, but for the options that are given."""
    if not old:
        return [Options(**check.options)]
    changes = {name: value for name, value in check.options.items() if name in check.given}
    limits: dict[str, Any] = {"ram": "", "max_pool_percent": None}
    if "limit" in changes:  # each way to say the limit takes the place of the other
        changes = {**limits, **changes}
    elif limits.keys() & changes.keys():
        changes = {"limit": "", **changes}
    settings = []
    for one in old:
        if not one.asked:
            raise InputError(
                check.baseline,
                "records no settings to replay, since it was made before schema 4; "
                "remove it, then --update makes a new one",
            )
        if check.timings and one.is_zram:
            raise UsageError(f"--timings measures 'run', which has no zram: leave it out, or {one.label}")
        # With --timings the old settings are replayed, too: nothing takes their place.
        standing = {} if check.timings else changes
        options = recorded(one.asked, check.baseline, trust=check.trust, changes=standing)
        settings.append(replace(options, label=one.label, **changes))
    return settings


def replayed(check: Check, old: list[Result], settings: list[Options], progress: Progress) -> list[Result]:
    """The results of the trace. Raises InputError where it is the baseline that asks for what cannot be."""
    bounds = check.bounds or any(one.bounds for one in old)
    try:
        # A cost that the baseline recorded may be of a codec that --codec has taken the place of.
        recorded_cost = "cost" not in check.given
        return compare(
            check.subject, settings, check.corpus, progress, bounds=bounds, idle_costs=recorded_cost
        )
    except UsageError as error:
        if not old or any(name in check.given for name in ("corpus", "bounds", *check.options)):
            raise
        raise InputError(check.baseline, f"its settings cannot be replayed: {error}") from None


def judged(check: Check, old: list[Result], found: list[Result], thresholds: Thresholds) -> Judgement:
    """The verdict. Raises InputError for what cannot be compared, unless it is to be the baseline."""
    what = replays_differ(old, found)
    if not what:
        return judge(old, found, thresholds, updated=check.update)
    if not check.update:
        raise InputError(
            check.subject,
            f"cannot be compared with {check.baseline}: {what}; --update makes a new baseline",
        )
    judgement = judge([], found, thresholds, updated=True)
    return replace(judgement, notes=(f"not compared with the old baseline: {what}", *judgement.notes))


def judged_whole(
    check: Check,
    old: list[Result] | Whole,
    found: list[Result] | Whole | None,
    thresholds: Thresholds,
) -> tuple[Judgement, Whole]:
    """The verdict where one of the two is a result of 'zram' or 'machine', and ``found``, which is None for a trace.

    Raises InputError unless both are of one command, and of one trace; where the baseline is made anew another trace,
    and an ``old`` that is not there yet, will do.
    """
    if not isinstance(found, WHOLES) or (old and not isinstance(old, WHOLES)):
        what = difference(old, found)
        hint = {"zram": "; to replay a trace over zram and check it, begin with 'compare zram'"}
        command = command_of(found if isinstance(found, WHOLES) else cast("Whole", old))
        raise InputError(
            check.subject,
            f"cannot be compared with {check.baseline}: {what}{hint.get(command, '')}",
        )
    base = old if isinstance(old, WHOLES) else None
    what = difference(base, found) if base else ""
    if what and not check.update:
        raise InputError(
            check.subject,
            f"cannot be compared with {check.baseline}: {what}; --update makes a new baseline",
        )
    return judge_whole(None if what else base, found, thresholds), found


def timed(
    check: Check,
    judgement: Judgement,
    old: list[Result],
    settings: list[Options],
    thresholds: Thresholds,
    progress: Progress,
) -> Judgement:
    """The judgement with timings, measured now."""
    rounds = check.rounds
    sides = [
        (Side(one.asked, check.baseline_python), Side(new.asked()))
        for one, new in zip(old, settings, strict=True)
    ]
    inputs = (check.subject, check.corpus)
    verdicts: list[Verdict] = []
    with progress("timings", 2 * rounds * len(sides), "runs") as told:
        for one, pair in zip(old, sides, strict=True):
            verdicts += measure(one.label, pair, inputs, rounds, thresholds, told)
    notes = (*judgement.notes, *notes_on(sides, rounds))
    return replace(judgement, verdicts=(*judgement.verdicts, *verdicts), notes=notes)
