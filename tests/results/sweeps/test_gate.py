"""Two sweeps, unit by unit: what is the same, better, worse, new and missing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.results.sweeps.sweeping import AXES, NAMES, change, copied, more_refaults, sweep
from zswapbench.common.errors import InputError
from zswapbench.results.gate import BETTER, CHANGED, MISSING, NEW, SAME, WHOLE, WORSE
from zswapbench.results.sweeps import gate
from zswapbench.results.sweeps.gate import SweepJudgement, judge_sweeps
from zswapbench.results.sweeps.store import Store
from zswapbench.results.thresholds import thresholds_of

REDIS = "json_extract(cell, '$.policy') = 'clock' AND json_extract(cell, '$.codec') = 'lz4'"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("sweep") / "old.sqlite")


def judged(old: Path, new: Path, *fail_on: str) -> SweepJudgement:
    with Store.open(old) as before, Store.open(new) as after:
        return judge_sweeps(before, after, thresholds_of(fail_on))


def test_a_sweep_run_again_is_the_same(base: Path, tmp_path: Path) -> None:
    again = sweep(tmp_path / "new.sqlite")
    judgement = judged(base, again)
    assert judgement.units == {SAME: 24}
    assert len(judgement.same) == 24
    assert judgement.passed
    assert judgement.compared
    assert not judgement.verdicts


def test_units_that_got_worse_fail_and_are_named_by_trace_and_cell(base: Path, tmp_path: Path) -> None:
    new = copied(base, tmp_path / "new.sqlite")
    assert change(new, REDIS, more_refaults) == 4
    judgement = judged(base, new)
    assert judgement.units == {SAME: 20, WORSE: 4}
    assert (judgement.failed, len(judgement.failing)) == (4, 4)
    assert {verdict.name for verdict in judgement.verdicts} == {"refaults"}
    labels = {verdict.label for verdict in judgement.verdicts}
    assert "a.trace.bin: codec=lz4,limit=12p,policy=clock" in labels
    changes = [verdict.change or 0 for verdict in judgement.verdicts]
    assert changes == sorted(changes, reverse=True)
    assert judged(base, new, "refaults:5000").passed
    assert judged(base, new, "refaults:1%").failed == 4
    assert "stores" in judged(base, new).names


def test_better_and_changed_units_are_counted(base: Path, tmp_path: Path) -> None:
    new = copied(base, tmp_path / "new.sqlite")
    change(new, REDIS, lambda result: more_refaults(result, -5))

    def other(result: dict[str, Any]) -> None:
        result["counters"]["swpout_zero"] += 1

    change(new, REDIS.replace("clock", "lru"), other)
    judgement = judged(base, new)
    assert judgement.passed
    assert judgement.units == {SAME: 16, BETTER: 4, CHANGED: 4}


def test_new_and_vanished_units_are_told(base: Path, tmp_path: Path) -> None:
    fewer = {**AXES, "policy": ("lru", "clock", "fifo")}
    judgement = judged(base, sweep(tmp_path / "new.sqlite", fewer))
    assert judgement.units == {SAME: 16, NEW: 8, MISSING: 8}
    assert judgement.failed == 8
    assert {verdict.word for verdict in judgement.failing} == {MISSING}
    assert {verdict.name for verdict in judgement.verdicts} == {WHOLE}


def test_a_unit_that_has_a_problem_now_fails_and_says_why(base: Path, tmp_path: Path) -> None:
    new = copied(base, tmp_path / "new.sqlite")
    change(new, REDIS, lambda result: None, problem="no such codec", exit_code=2)
    judgement = judged(base, new)
    assert judgement.units == {SAME: 20, MISSING: 4}
    assert any(note.endswith("policy=clock: no such codec") for note in judgement.notes)
    assert judged(new, base).units == {SAME: 20, NEW: 4}


def test_of_many_figures_the_worst_are_kept(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = copied(base, tmp_path / "new.sqlite")
    change(new, "1", more_refaults)
    whole = judged(base, new)
    monkeypatch.setattr(gate, "MOST_KEPT", 5)
    some = judged(base, new)
    assert some.verdicts == whole.verdicts[:5]
    assert (some.failed, some.figures, some.units) == (24, 24, {WORSE: 24})


def test_other_traces_are_refused(base: Path, tmp_path: Path) -> None:
    new = sweep(tmp_path / "new.sqlite", names=NAMES[:1])
    with pytest.raises(InputError, match=r"new.sqlite: is of other traces than .*: lacks b.trace.bin"):
        judged(base, new)
    with pytest.raises(InputError, match=r"old.sqlite: is of other traces .*: has b.trace.bin"):
        judged(new, base)


@pytest.mark.parametrize("name", ["zswapbench", "rules"])
def test_another_version_is_refused(base: Path, tmp_path: Path, name: str) -> None:
    new = copied(base, tmp_path / "new.sqlite")
    with Store.append(new) as store:
        store.note(name, "0.0.1")
    for one, other in ((base, new), (new, base)):
        with pytest.raises(InputError, match=r"new.sqlite: was made by .*0\.0\.1.*: run it anew"):
            judged(one, other)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda result: result.pop("counters"), "is damaged: run .*counters"),
        (lambda result: result.update(setting={}), "is damaged: run .*setting"),
        (lambda result: result["counters"].update(refaults="many"), "is damaged: run .*refaults"),
        (lambda result: result.update(setting=7), "is damaged: run .*setting"),
    ],
)
def test_a_damaged_result_is_told(base: Path, tmp_path: Path, damage: Any, problem: str) -> None:
    new = copied(base, tmp_path / "new.sqlite")
    change(new, REDIS, damage)
    for one, other in ((base, new), (new, base)):
        with pytest.raises(InputError, match=rf"new.sqlite: {problem}"):
            judged(one, other)


def test_runs_of_earlier_code_are_held_against_their_own(base: Path, tmp_path: Path) -> None:
    new = copied(base, tmp_path / "new.sqlite")
    with Store.append(new) as store:
        (first, *_) = store.rows(results=True)
        store.put(replace(first, key="made by other code"))
    assert judged(base, new).units == {SAME: 24, NEW: 1}
    assert judged(new, base).units == {SAME: 24, MISSING: 1}
    with closing(sqlite3.connect(new)) as database, database:
        database.execute("DELETE FROM runs WHERE key = ?", (first.key,))
    assert judged(base, new).units == {SAME: 24}
