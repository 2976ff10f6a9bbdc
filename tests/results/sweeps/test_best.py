"""The best cell: named only beyond 1 %, draws and the spread of codecs' times, and only if it did the work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.results.sweeps.sweeping import AXES, NAMES, copied, sweep
from zswapbench.results.records import Result
from zswapbench.results.sweeps import best as best_module
from zswapbench.results.sweeps.best import Best, best_on, best_overall, by_field
from zswapbench.results.sweeps.cells import (
    FRAMES,
    READS,
    SAMPLE_RATE,
    TIME,
    WRITES,
    Cell,
    Draws,
    Field,
    Ground,
    cells_of,
)
from zswapbench.results.sweeps.effects import effects_of
from zswapbench.results.sweeps.goals import GOALS
from zswapbench.results.sweeps.judging import Judge
from zswapbench.results.sweeps.store import Row, Store
from zswapbench.results.sweeps.tradeoffs import RAM, tradeoffs
from zswapbench.results.sweeps.wholes import reader_of

GROUND = Ground("t", "c", Field("replay"))


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("sweep") / "s.sqlite")


@pytest.fixture
def store(exact: Path) -> Iterator[Store]:
    with Store.open(exact) as store:
        yield store


@pytest.fixture(scope="module")
def result(exact: Path) -> Result:
    """A real one, which kept no page in memory."""
    with Store.open(exact) as store:
        whole = reader_of(store)(next(iter(store.rows())).key)
    assert isinstance(whole, Result)
    return whole


def cell(name: str, *times: float, ground: Ground = GROUND, **figures: float) -> Cell:
    """A cell with so many draws; its other figures are the same in all."""
    drawn = {TIME: Draws(min(times), sorted(times)[len(times) // 2], max(times))}
    others = {WRITES: 10.0, READS: 10.0, FRAMES: 100.0, **figures}
    drawn |= {key: Draws(value, value, value) for key, value in others.items()}
    return Cell(ground, (("policy", name),), tuple(f"{name}{n}" for n in range(len(times))), drawn)


def names(best: Best) -> list[str]:
    return [dict(next(iter(one.on.values())).chosen)["policy"] for one in best.tie]


def test_the_least_is_best_beyond_one_percent_only(result: Result) -> None:
    judge = Judge(lambda key: result)
    best = best_on([cell("a", 1e6), cell("b", 0.98e6), cell("c", 2e6)], GOALS["time"], judge)
    assert names(best) == ["b"]
    assert best.of == 3
    assert best.next is not None
    assert best.next.on[GROUND] == cell("a", 1e6)
    best = best_on([cell("a", 1e6), cell("b", 0.995e6), cell("c", 2e6)], GOALS["time"], judge)
    assert names(best) == ["b", "a"]
    assert not best.why


def test_ranges_of_draws_must_lie_apart_and_be_enough(result: Result) -> None:
    judge = Judge(lambda key: result)
    low, high = (1e6, 1.1e6, 1.2e6), (1.5e6, 1.6e6, 1.7e6)
    assert names(best_on([cell("a", *low), cell("b", *high)], GOALS["time"], judge)) == ["a", "b"]
    enough = cell("a", *low, 1.1e6, 1.3e6)
    assert names(best_on([enough, cell("b", *high, 1.4e6, 1.8e6)], GOALS["time"], judge)) == ["a"]
    assert names(best_on([enough, cell("b", *high, 1.4e6, 1.2e6)], GOALS["time"], judge)) == ["a", "b"]


def test_estimates_are_held_apart_by_the_ranges_of_their_samples(result: Result) -> None:
    def estimate(low: float, high: float, **changes: Any) -> Result:
        drawn = [low, high, *[(low + high) / 2] * 3]
        metrics = {"total_ns": drawn, "device_writes": drawn, "pool_pages_mean": [100.0] * 5}
        draws = {"of": "samples", "count": 5, "metrics": metrics, "timings": {}, **changes}
        return replace(result, draws=draws, counters={**result.counters, "flush_requests": 0})

    ground = GROUND._replace(field=Field("replay", ((SAMPLE_RATE, "0.1"),)))
    cells = [cell(name, mean, ground=ground, device_writes=mean) for name, mean in (("a", 1e6), ("b", 1.5e6))]
    wholes = {"a0": estimate(0.9e6, 1.1e6), "b0": estimate(1.4e6, 1.6e6)}
    for goal in ("time", "wear"):
        assert names(best_on(cells, GOALS[goal], Judge(wholes.__getitem__))) == ["a"]
        meet = {**wholes, "b0": estimate(1.0e6, 1.6e6)}
        assert names(best_on(cells, GOALS[goal], Judge(meet.__getitem__))) == ["a", "b"]
        few = {**wholes, "b0": estimate(1.4e6, 1.6e6, count=3)}
        assert names(best_on(cells, GOALS[goal], Judge(few.__getitem__))) == ["a", "b"]
    era = {**result.setting["era"], "evictor": "worker"}
    off = {key: replace(one, setting={**one.setting, "era": era}) for key, one in wholes.items()}
    best = best_on(cells, GOALS["time"], Judge(off.__getitem__))
    assert (best.tie, best.why) == ((), best_module.FAR_OFF)
    asked = {"flush_requests": 9, "frames_asked": 9, "flushes_for_frames": 1, "stall_flushes": 3}
    off = {
        key: replace(one, counters={**one.counters, **asked}, inputs={**one.inputs, "sample": {"rate": 0.1}})
        for key, one in wholes.items()
    }
    assert best_on(cells, GOALS["time"], Judge(off.__getitem__)).why == best_module.FAR_OFF


def test_what_was_replayed_whole_stands_beside_an_estimate_where_that_is_asked() -> None:
    ground = GROUND._replace(field=Field("replay", ((SAMPLE_RATE, "0.1"),)))
    grounds = {ground: [cell("a", 1.1e6, ground=ground)], GROUND: [cell("a", 1e6)]}
    found = effects_of(grounds, SAMPLE_RATE, ["0.1", "1"], TIME)
    assert [(one.value, round(one.times, 2)) for one in found.effects] == [("0.1", 1.1), ("1", 1.0)]


def test_who_kept_pages_in_memory_is_not_best(result: Result) -> None:
    kept = replace(result, counters={**result.counters, "kept_in_memory": 1})
    judge = Judge(lambda key: kept if key.startswith("a") else result)
    cells = [cell("a", 1e6), cell("b", 2e6), cell("c", 3e6)]
    assert names(best_on(cells, GOALS["time"], judge)) == ["b"]
    best = best_on(cells[:1] * 2, GOALS["time"], judge)
    assert (best.tie, best.why) == ((), best_module.NOT_ALIKE)


def test_the_only_cell_is_named_and_of_none_nobody_is(result: Result) -> None:
    judge = Judge(lambda key: result)
    assert names(best_on([cell("a", 1e6)], GOALS["time"], judge)) == ["a"]
    assert best_on([], GOALS["time"], judge).why == best_module.NOBODY


def test_memory_is_of_those_that_pay_no_more(result: Result) -> None:
    judge = Judge(lambda key: result)
    frugal = cell("a", 5e6, page_frames_mean=90)
    lavish = cell("b", 1e6, page_frames_mean=10, device_writes=11)
    assert names(best_on([frugal, lavish, cell("c", 1e6)], GOALS["memory"], judge)) == ["a"]
    reads = cell("d", 1e6, device_reads=5)
    best = best_on([frugal, cell("e", 1e6, device_writes=5), reads], GOALS["memory"], judge)
    assert best.why == best_module.NOT_BOTH


def test_wear_is_decided_by_time_where_writes_tie(result: Result) -> None:
    judge = Judge(lambda key: result)
    cells = [cell("a", 5e6), cell("b", 1e6), cell("c", 1e5, device_writes=11)]
    assert names(best_on(cells, GOALS["wear"], judge)) == ["b"]
    assert names(best_on([cell("a", 5e6, device_writes=0), *cells], GOALS["wear"], judge)) == ["a"]


def test_over_all_traces_only_who_ran_on_all_counts(result: Result) -> None:
    judge = Judge(lambda key: result)
    other = GROUND._replace(trace="u")
    grounds = {
        GROUND: [cell("a", 1e6), cell("b", 2e6), cell("c", 1e3)],
        other: [cell("a", 8e9, ground=other), cell("b", 2e9, ground=other)],
    }
    best = best_overall(grounds, GOALS["time"], judge)
    assert names(best) == ["b"]  # 2 x and 1 x, against 1 x and 4 x
    assert best.tie[0].times == pytest.approx(2**0.5, rel=1e-3)
    assert (best.of, best.left_out) == (2, 1)


def test_a_spread_of_codecs_makes_a_tie_of_what_it_could_turn(tmp_path: Path) -> None:
    axes = {"codec": ("lz4", "zstd"), "limit": ("30p",), "policy": ("lru",)}
    for spread, tied in ((0.001, 1), (0.09, 1), (0.5, 2)):
        path = sweep(tmp_path / f"{spread}.sqlite", axes, names=NAMES[:1], spread=spread)
        with Store.open(path) as store:
            (cells,) = cells_of(store.rows()).by_ground.values()
            assert len(best_on(cells, GOALS["time"], Judge(reader_of(store), spread)).tie) == tied


def test_cells_of_one_codec_share_its_spread(tmp_path: Path) -> None:
    axes = {"codec": ("zstd",), "limit": ("9p", "12p"), "policy": ("lru",)}
    path = sweep(tmp_path / "s.sqlite", axes, names=NAMES[:1], spread=0.09)
    with Store.open(path) as store:
        (cells,) = cells_of(store.rows()).by_ground.values()
        judge = Judge(reader_of(store), 0.09)
        small, large = sorted(cells, key=lambda cell: -cell.middle(TIME))
        apart = large.middle(TIME) / small.middle(TIME)
        assert judge.times(large, small, TIME) == pytest.approx(apart, rel=0.05)
        assert judge.times(large, small, TIME, look=False) >= judge.times(large, small, TIME)


def test_a_real_sweep_has_its_best(store: Store) -> None:
    found = cells_of(store.rows())
    ((field, grounds),) = by_field(found.by_ground).items()
    assert field == Field("replay", (("setup", "zswap"),))
    assert [len(cells) for cells in grounds.values()] == [12, 12]
    judge = Judge(reader_of(store))
    for goal in GOALS.values():
        for ground, cells in grounds.items():
            best = best_on(cells, goal, judge)
            assert best.tie or best.why
            for one in best.tie[:1]:
                rivals = [other.middle(WRITES) for other in cells]
                assert goal.name != "wear" or one.on[ground].middle(WRITES) * 0.99 <= min(rivals)
        assert best_overall(grounds, goal, judge).of == 12


def test_an_effect_is_of_sets_that_differ_in_it_alone(store: Store) -> None:
    grounds = cells_of(store.rows()).by_ground
    found = effects_of(grounds, "limit", AXES["limit"], WRITES)
    assert (found.sets, found.left_out) == (2 * 2 * 3, 0)
    small, large = found.effects
    assert small.times > large.times >= 1
    assert large.within == found.sets
    some = {ground: cells[:-1] for ground, cells in grounds.items()}
    assert effects_of(some, "limit", AXES["limit"], WRITES).left_out == 2


def test_the_front_of_a_real_sweep_has_the_best_of_each_figure(store: Store) -> None:
    grounds = cells_of(store.rows()).by_ground
    found = tradeoffs(grounds)
    assert [one.of for one in found] == [12, 12]
    for one in found:
        points = [point for _, point in (*one.front, *one.rest)]
        for place in range(3):
            least = min(point[place] for point in points)
            assert least in {point[place] for _, point in one.front}


def test_machines_trade_their_ram() -> None:
    def at(ram: str, time: float) -> tuple[Ground, Cell]:
        ground = Ground("t", "c", Field("machine", (("ram", ram),)))
        return ground, cell("zram", time, ground=ground)

    grounds = [at("4MiB", 9e6), at("6MiB", 5e6), at("8MiB", 6e6)]
    (found,) = tradeoffs({ground: [one] for ground, one in grounds})
    assert found.names == (TIME, RAM, WRITES)
    assert [point[1] for _, point in found.front] == [4 << 20, 6 << 20]


def test_runs_of_other_code_are_cells_of_their_own(exact: Path, tmp_path: Path) -> None:
    path = copied(exact, tmp_path / "s.sqlite")
    with Store.append(path) as store:
        (first, *_) = store.rows(results=True)
        store.put(replace(first, key=f"{first.key[:-8]}abcdefgh"))
        grounds = cells_of(store.rows()).by_ground
    cells = next(some for ground, some in grounds.items() if ground.trace == first.trace)
    told = [dict(cell.chosen).get("run") for cell in cells]
    assert len(cells) == 13
    assert {*told} == {None, "abcdefgh", first.key[-8:]}
    assert all(len(cell.keys) == 1 for cell in cells)


def test_draws_are_put_together_with_those_of_the_same_code(exact: Path, tmp_path: Path) -> None:
    path = copied(exact, tmp_path / "s.sqlite")
    with Store.append(path) as store:
        (first, *_) = store.rows(results=True)
        for seed, made in [(6, "newer"), (7, "older"), (6, "older"), (7, "newer"), (8, "newer")]:
            store.put(replace(first, key=f"{seed}{made:_>8}", seed=seed, cell={"policy": "own"}))
        grounds = cells_of(store.rows()).by_ground
    told = {dict(one.chosen).get("run"): one.keys for one in grounds[_ground_of(first)]}
    assert told["___newer"] == ("6___newer", "7___newer", "8___newer")
    assert told["___older"] == ("6___older", "7___older")


def _ground_of(row: Row) -> Ground:
    return Ground(row.trace, row.corpus, Field(row.kind))
