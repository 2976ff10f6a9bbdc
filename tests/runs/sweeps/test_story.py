"""A whole sweep: each run once, whatever comes between, and the same rows in whatever order they were done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.making import make_export
from tests.runs.sweeps.making import OWN, grid_of, made_trace, rows_of
from zswapbench.common.errors import InputError, UsageError
from zswapbench.common.progress import Told
from zswapbench.corpus.codec_costs import ANEW
from zswapbench.results.sweeps.store import Store
from zswapbench.runs.sweeps.contract import Outcome, Scheduler, Task
from zswapbench.runs.sweeps.local import Local
from zswapbench.runs.sweeps.story import sweep
from zswapbench.runs.sweeps.working import do

VARY = ("codec=lz4", "limit=5p,9p,12p", "policy=lru,class-lru")


class Here:
    """Does all tasks in this process, in their order or backwards."""

    def __init__(self, *, lanes: int = 1, backwards: bool = False) -> None:
        self.lanes = lanes
        self.backwards = backwards

    def outcomes(self, tasks: Iterable[Task], inputs: Mapping[str, Path], told: Told) -> Iterator[Outcome]:
        for task in reversed([*tasks]) if self.backwards else tasks:
            yield do(task, inputs.__getitem__)
            told(1)


def test_all_runs_are_done_and_none_again(tmp_path: Path) -> None:
    grid = grid_of(made_trace(tmp_path), vary=VARY)
    lines: list[str] = []
    first = sweep(grid, tmp_path / "s.sqlite", Local(2), tell=lines.append)
    assert (first.runs, first.done, first.were_there, first.problems) == (6, 6, 0, {})
    before = rows_of(tmp_path / "s.sqlite")
    again = sweep(grid, tmp_path / "s.sqlite", Local(2), tell=lines.append)
    assert (again.runs, again.done, again.were_there) == (6, 0, 6)
    assert lines == ["6 of 6 runs were there already"]
    assert rows_of(tmp_path / "s.sqlite") == before


def test_a_single_run_is_told_in_the_singular(tmp_path: Path) -> None:
    lines: list[str] = []
    for _ in range(2):
        sweep(
            grid_of(made_trace(tmp_path), vary=("codec=lz4",)),
            tmp_path / "s.sqlite",
            Here(),
            tell=lines.append,
        )
    assert lines == ["1 of 1 run was there already"]


def test_rows_do_not_hang_on_the_order_or_the_process(tmp_path: Path) -> None:
    traces = made_trace(tmp_path, "a", seed=5), made_trace(tmp_path, "b", seed=6)
    grid = grid_of(*traces, vary=(*VARY, "seed=5,6"))
    ways: dict[str, Scheduler] = {"a": Here(), "b": Here(lanes=3), "c": Here(backwards=True), "d": Local(2)}
    for name, way in ways.items():
        assert sweep(grid, tmp_path / f"{name}.sqlite", way).done == 24
    assert len({json.dumps(rows_of(tmp_path / f"{name}.sqlite"), sort_keys=True) for name in ways}) == 1


def test_a_larger_grid_runs_only_what_is_new(tmp_path: Path) -> None:
    trace = made_trace(tmp_path)
    sweep(grid_of(trace, vary=VARY), tmp_path / "s.sqlite", Here())
    larger = sweep(grid_of(trace, vary=("codec=lz4", "limit=5p,9p,20p")), tmp_path / "s.sqlite", Here())
    assert (larger.runs, larger.were_there, larger.done) == (3, 2, 1)
    with Store.open(tmp_path / "s.sqlite") as store:
        assert len(json.loads(store.about()["grid"])) == 2


def test_other_traces_are_another_sweep(tmp_path: Path) -> None:
    trace, other = made_trace(tmp_path, "a"), made_trace(tmp_path, "b", seed=6)
    sweep(grid_of(trace, vary=VARY), tmp_path / "s.sqlite", Here())
    for traces, told in (
        ((other,), "has a.trace.bin, lacks b.trace.bin"),
        ((trace, other), "lacks b.trace.bin"),
    ):
        with pytest.raises(InputError, match=told):
            sweep(grid_of(*traces, vary=VARY), tmp_path / "s.sqlite", Here())


def test_cells_that_cannot_be_stop_it_before_anything_ran_or_stay_listed(tmp_path: Path) -> None:
    grid = grid_of(
        made_trace(tmp_path), vary=("codec=lz4", "limit=9p", "policy=lru,none-such,zspage-lru", "pool=zbud")
    )
    told = "--vary policy: policy=none-such.*nor can 1 other cell; --keep-going"
    with pytest.raises(UsageError, match=told):
        sweep(grid, tmp_path / "s.sqlite", Here())
    assert not (tmp_path / "s.sqlite").exists()
    summary = sweep(grid, tmp_path / "s.sqlite", Here(), keep_going=True)
    assert (summary.runs, summary.done, summary.left_out, summary.problems) == (1, 1, 2, {})
    with Store.open(tmp_path / "s.sqlite") as store:
        listed = {row.cell["policy"]: row.problem for row in store.rows("problem != ''")}
    assert "no policy is called 'none-such'" in listed["none-such"]
    assert "is for pools of zspages, and zbud has page frames" in listed["zspage-lru"]


def test_a_cell_that_can_be_now_is_no_problem_any_more(tmp_path: Path) -> None:
    own = tmp_path / "mine.py"
    vary = ("codec=lz4", "limit=9p", f"policy=lru,{own}:Mine,none-such")
    backwards = (vary[2], vary[1], vary[0])
    trace, path = made_trace(tmp_path), tmp_path / "s.sqlite"
    assert sweep(grid_of(trace, vary=vary), path, Here(), keep_going=True).left_out == 2
    own.write_text(OWN)
    assert sweep(grid_of(trace, vary=backwards), path, Here(), keep_going=True).done == 1
    with Store.open(path) as store:
        assert [row.cell["policy"] for row in store.rows("problem != ''")] == ["none-such"]
        assert store.count() == 3


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE about SET value = '[' WHERE name = 'grid'", "table about: "),
        ("UPDATE about SET value = '1' WHERE name = 'grid'", "table about: grid is no list"),
        ("DELETE FROM about WHERE name = 'grid'", "table about: a text is missing"),
        ("UPDATE costs SET costs = '{}'", "table costs: KeyError"),
    ],
)
def test_a_damaged_file_is_not_gone_on_with(tmp_path: Path, sql: str, problem: str) -> None:
    trace, path = made_trace(tmp_path), tmp_path / "s.sqlite"
    sweep(grid_of(trace, vary=("codec=lz4", "limit=9p"), cost=()), path, Here())
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(sql)
    with pytest.raises(InputError, match=rf"s\.sqlite: is damaged: {problem}"):
        sweep(grid_of(trace, vary=("codec=lz4", "limit=8p"), cost=()), path, Here())


def test_codecs_are_measured_once_for_all_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = made_trace(tmp_path)
    sweep(grid_of(trace, vary=("codec=lz4", "limit=9p"), cost=()), tmp_path / "s.sqlite", Here())
    monkeypatch.setenv(ANEW, "anew")
    sweep(grid_of(trace, vary=("codec=lz4,lzo", "limit=9p,12p"), cost=()), tmp_path / "s.sqlite", Local(2))
    with Store.open(tmp_path / "s.sqlite") as store:
        costs = {codec.partition(":")[0]: said["means"][0] for (_, codec), said in store.costs().items()}
        rows = [*store.rows(results=True)]
    assert [*sorted(costs)] == ["lz4", "lzo"]
    assert len(rows) == 4
    for row in rows:
        timings = json.loads(row.result)["timings"]
        assert timings["compress_ns"] == costs[row.cell["codec"]]
        assert row.columns["total_ns"] == timings["total_ns"]


def test_over_an_export_nothing_is_said_of_time(tmp_path: Path) -> None:
    trace = made_trace(tmp_path)
    export = make_export(tmp_path / "sizes.zpages", tmp_path / "pages.zpages", "lz4")
    (tmp_path / "pages.zpages").unlink()
    grid = replace(grid_of(trace, vary=("codec=lz4", "limit=9p"), cost=()), corpora=(str(export),))
    assert sweep(grid, tmp_path / "s.sqlite", Here()).problems == {}
    with Store.open(tmp_path / "s.sqlite") as store:
        (row,) = store.rows()
    assert row.columns["total_ns"] is None
    assert row.columns["device_writes"]
