"""The gate for sweeps: the same units of two sweeps held against each other, each by its whole result.

Units are the same if trace, corpus, cell and seed are; rules, words and thresholds are those of zswapbench.results.gate
and zswapbench.results.machine_gate. Most units of two sweeps are alike to the last figure: these are found without
judging any of their figures, and are only named. Of those that differ the worst figures are kept, MOST_KEPT at most.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from zswapbench.common.errors import InputError
from zswapbench.common.progress import Told, nobody
from zswapbench.results.gate import (
    BETTER,
    CHANGED,
    MISSING,
    NEW,
    SAME,
    WHOLE,
    WORSE,
    Judgement,
    Verdict,
    judge,
)
from zswapbench.results.machine import MachineResult
from zswapbench.results.machine_gate import judge_machine
from zswapbench.results.records import Result
from zswapbench.results.sweeps.cells import split
from zswapbench.results.sweeps.looking import names_of
from zswapbench.results.sweeps.store import Input, Row, Store, other_inputs
from zswapbench.results.sweeps.wholes import blaming, document_of, whole_of
from zswapbench.results.thresholds import Thresholds

MOST_KEPT = 10_000
"""Figures that differ, the worst of them: more than anybody reads."""

MOST_NOTES = 8
"""Of what differs in how the two were made."""

MEASURED = ("timings", "environment")
"""Parts of a result that differ from run to run, and from machine to machine."""

RUN_ANEW = "run it anew"
"""What to do with a sweep of another version."""

Unit = tuple[str, str, str, str, int | None]
"""What two sweeps know a unit by: kind, digests of trace and corpus, cell, seed."""


@dataclass(frozen=True)
class SweepJudgement(Judgement):
    """A Judgement whose verdicts are those that differ, worst first; a label is that of a unit.

    ``units``: how many, by word of the gate; ``same``: the labels of those that are the same; ``failed``: how many have
    a figure that fails; ``figures``: how many figures differ, those that were not kept included.
    """

    units: dict[str, int] = field(default_factory=dict)
    same: tuple[str, ...] = ()
    failed: int = 0
    figures: int = 0
    judged: frozenset[str] = frozenset()
    """Names of all figures of the units that are not the same."""

    @property
    def names(self) -> set[str]:
        """Of all figures that were looked at."""
        return {*self.judged}

    def as_dict(self) -> dict[str, Any]:
        """The JSON form. ``units``: by word; ``figures``: how many differ; ``verdicts``: those, MOST_KEPT at most."""
        return {
            "worse": bool(self.failed),
            "units": self.units,
            "units_failing": self.failed,
            "figures": self.figures,
            "verdicts": [verdict.as_dict() for verdict in self.verdicts],
            "notes": list(self.notes),
        }

    @property
    def compared(self) -> bool:
        """Was any unit held against one of the baseline's?"""
        return any(self.units.get(word) for word in (SAME, BETTER, WORSE, CHANGED, MISSING))


def refuse_other_traces(old: Store, new: Store) -> None:
    """Raises InputError where the two are of other traces."""
    parts = [f"{word} {', '.join(names)}" for word, names in other_inputs(_traces(new), _traces(old))]
    if parts:
        raise InputError(
            new.path, f"is of other traces than {old.path}: {' and '.join(parts)}; compare sweeps of the same"
        )


def _traces(store: Store) -> dict[str, str]:
    """The names of its traces and references, by digest."""
    inputs = store.inputs()
    names = names_of(inputs)
    return {one.digest: names[one.digest] for one in inputs if one.is_traffic}


def judge_sweeps(old: Store, new: Store, thresholds: Thresholds, told: Told = nobody) -> SweepJudgement:
    """Hold ``new`` against ``old``, unit by unit. ``told``: of each unit of ``new``.

    Raises InputError for other versions, other traces, and rows that are damaged.
    """
    for store in (old, new):
        store.refuse_other_rules(RUN_ANEW)
    refuse_other_traces(old, new)
    return _Judging(old, new, thresholds).judgement(told)


class _Judging:
    """Two sweeps, and what was found so far."""

    def __init__(self, old: Store, new: Store, thresholds: Thresholds) -> None:
        self._old, self._new, self._thresholds = old, new, thresholds
        self._labels = _Labels([*old.inputs(), *new.inputs()], old, new)
        # A unit may have several runs, if it was run again after code of the user's own, or a library, had changed.
        self._keys: dict[Unit, list[str]] = {}
        for row in old.rows():
            self._keys.setdefault(_unit(row), []).append(row.key)
        self._new_keys = {row.key for row in new.rows()}
        self._kept: list[Verdict] = []
        self._units: Counter[str] = Counter()
        self._same: list[str] = []
        self._notes: dict[str, None] = {}
        self._names: set[str] = set()
        self._failed = self._figures = 0

    def judgement(self, told: Told) -> SweepJudgement:
        for row in self._new.rows(results=True):
            self._take(row, self._partner(row))
            told(1)
        for row in self._old.rows() if any(self._keys.values()) else ():
            if row.key in self._keys[_unit(row)]:
                self._note(
                    MISSING, [Verdict(self._labels.of(row), WHOLE, "", None, None, MISSING, fails=True)]
                )
        more = len(self._notes) - MOST_NOTES
        notes = [*self._notes][:MOST_NOTES] + ([f"and {more} more of what differs so"] if more > 0 else [])
        return SweepJudgement(
            tuple(sorted(self._kept, key=_badness)[:MOST_KEPT]),
            tuple(notes),
            dict(self._units),
            tuple(self._same),
            self._failed,
            self._figures,
            frozenset(self._names),
        )

    def _partner(self, row: Row) -> str | None:
        """The key of the run to hold ``row`` against: its own if that is there, else one that has no such partner."""
        keys = self._keys.get(_unit(row), [])
        free = [key for key in keys if key == row.key or key not in self._new_keys]
        found = row.key if row.key in free else free[0] if free else None
        if found:
            keys.remove(found)
        return found

    def _take(self, row: Row, key: str | None) -> None:
        label = self._labels.of(row)
        base = None if key is None else self._old.row(key)
        if base is None or (base.problem and not row.problem):
            self._note(NEW, [Verdict(label, WHOLE, "", None, None, NEW)])
        elif row.problem and not base.problem:
            self._note(MISSING, [Verdict(label, WHOLE, "", None, None, MISSING, fails=True)])
            self._notes[f"{label}: {row.problem}"] = None
        elif self._alike(base, row):
            self._units[SAME] += 1
            self._same.append(label)
        else:
            self._compare(label, base, row)

    def _alike(self, base: Row, row: Row) -> bool:
        if row.problem:  # of both
            return True
        before, after = document_of(self._old.path, base), document_of(self._new.path, row)
        return all(
            before.get(name) == after.get(name)
            for name in {*before, *after}
            if name not in (*MEASURED, "label")
        )

    def _compare(self, label: str, base: Row, row: Row) -> None:
        before, after = whole_of(self._old.path, base), whole_of(self._new.path, row)
        with (
            blaming(self._old.path, base, document_of(self._old.path, base)),
            blaming(self._new.path, row, document_of(self._new.path, row)),
        ):
            judgement = self._judged(before, after)
        self._notes.update(dict.fromkeys(judgement.notes))
        self._names |= judgement.names
        differing = [replace(one, label=label) for one in judgement.verdicts if one.word != SAME]
        words = {one.word for one in differing}
        word = next((one for one in (WORSE, MISSING, CHANGED, BETTER, NEW) if one in words), SAME)
        if word == SAME:
            self._same.append(label)
        self._note(WORSE if word == MISSING else word, differing)

    def _judged(self, before: Result | MachineResult, after: Result | MachineResult) -> Judgement:
        if isinstance(before, Result) and isinstance(after, Result):
            return judge([before], [replace(after, label=before.label)], self._thresholds)
        assert isinstance(before, MachineResult)
        assert isinstance(after, MachineResult)
        return judge_machine(before, after, self._thresholds)

    def _note(self, word: str, verdicts: list[Verdict]) -> None:
        self._units[word] += 1
        self._failed += any(one.fails for one in verdicts)
        self._figures += len(verdicts)
        self._kept += verdicts
        if len(self._kept) > 2 * MOST_KEPT:
            self._kept = sorted(self._kept, key=_badness)[:MOST_KEPT]


class _Labels:
    """What units are called: the trace, where there are several, and what tells the cell from others."""

    def __init__(self, inputs: list[Input], *stores: Store) -> None:
        self._names = names_of([*{one.digest: one for one in inputs}.values()])
        values: dict[str, set[str]] = {}
        traces, seeds = set(), set()
        for row in (row for store in stores for row in store.rows()):
            traces.add(row.trace)
            seeds.add(row.seed)
            for key, value in row.cell.items():
                values.setdefault(key, set()).add(json.dumps(value))
        self._several, self._drawn = len(traces) > 1, len(seeds) > len(traces)
        self._keys = {key for key, some in values.items() if len(some) > 1}

    def of(self, row: Row) -> str:
        given, chosen = split(row.kind, {key: one for key, one in row.cell.items() if key in self._keys})
        parts = [f"{key}={value}" for key, value in (*given.given, *chosen)]
        seed = [f"seed={row.seed}"] if self._drawn and row.seed is not None else []
        cell = ",".join([*parts, *seed]) or row.label
        return f"{self._names.get(row.trace, row.trace)}: {cell}" if self._several else cell


def _unit(row: Row) -> Unit:
    return row.kind, row.trace, row.corpus, json.dumps(row.cell, sort_keys=True), row.seed


def _badness(verdict: Verdict) -> tuple[Any, ...]:
    """What fails first, then what got worse; of these whole units, the headline, the rest; then by the change."""
    place = 0 if verdict.fails else {WORSE: 1, MISSING: 1}.get(verdict.word, 2)
    return place, verdict.weight, -abs(verdict.change or 0), verdict.label, verdict.name
