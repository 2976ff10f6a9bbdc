"""From a grid to units: what is the same is one, what cannot be is told, and a large plan takes little."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.runs.making import make_trace as make_recorded
from tests.runs.sweeps.making import grid_of, made_trace
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import silent
from zswapbench.runs.sweeps.axes import Grid
from zswapbench.runs.sweeps.planning import Plan, plan_of
from zswapbench.traces.format import read_trace


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def planned(grid: Grid, stack: ExitStack) -> Plan:
    return plan_of(grid, stack, silent, keep_going=False)


def keys_of(plan: Plan) -> list[str]:
    return [unit.key for unit in plan.units()]


def labels_of(plan: Plan) -> list[str]:
    return [unit.wanted.label for unit in plan.units() if unit.wanted]


def test_a_set_up_runs_once_where_it_does_not_take_a_key(tmp_path: Path, stack: ExitStack) -> None:
    vary = ("setup=zswap,zram", "codec=lz4", "policy=lru,clock")
    assert sorted(labels_of(planned(grid_of(made_trace(tmp_path), vary=vary), stack))) == [
        "clock,lz4,zsmalloc,zswap-2013,max-pool-percent=20",
        "lru,lz4,zsmalloc,zswap-2013,max-pool-percent=20",
        "zram,lz4,linux-6.12",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("codec=lzo",), ("era=zswap-2013",)),
        (("era=6.12",), ("kernel=linux-6.12",)),
        (("pool=zsmalloc",), ("codec=lzo", "pool=zsmalloc:2012")),
        (("codec=lzo",), ("max-pool-percent=20",)),
        (("limit=20.0%",), ("limit=20%",)),
        (("codec=lzo",), ("seed=5",)),
        (("codec=lzo",), ("what-if=0",)),
        (("codec=lzo",), ("sample-rate=1",)),
        (("limit=1000p", "sample-rate=0.5"), ("limit=1000p", "sample-rate=0.50")),
        (("codec=lzo",), ("device=ssd", "policy=lru", "setup=zswap")),
    ],
)
def test_the_same_in_other_words_is_the_same_run(
    tmp_path: Path, stack: ExitStack, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    trace = made_trace(tmp_path)
    first, second = (planned(grid_of(trace, vary=vary, cost=()), stack) for vary in (one, other))
    assert keys_of(first) == keys_of(second)


@pytest.mark.parametrize(
    "other",
    [("codec=zstd",), ("seed=6",), ("device=hdd",), ("limit=20%",), ("era=zswap-2013:flush_batch=2",)],
)
def test_what_decides_the_result_is_in_the_key(
    tmp_path: Path, stack: ExitStack, other: tuple[str, ...]
) -> None:
    trace = made_trace(tmp_path)
    first, second = (planned(grid_of(trace, vary=vary, cost=()), stack) for vary in (("codec=lz4",), other))
    assert keys_of(first) != keys_of(second)


def test_a_rate_is_in_the_cell_and_in_the_key_unless_it_is_1(tmp_path: Path, stack: ExitStack) -> None:
    vary = ("codec=lz4", "limit=1000p", "sample-rate=0.25,0.5,1")
    plan = planned(grid_of(made_trace(tmp_path), vary=vary), stack)
    cells = [unit.wanted.cell for unit in plan.units() if unit.wanted]
    assert [cell.get("sample-rate") for cell in cells] == [0.25, 0.5, None]
    assert [label.partition("sample-rate=")[2] for label in labels_of(plan)] == ["0.25", "0.5", ""]
    assert len({*keys_of(plan)}) == 3


@pytest.mark.parametrize("rate", ["0", "1.5", "nan", "10%", "-1", "x"])
def test_a_rate_that_is_no_share_is_refused(tmp_path: Path, stack: ExitStack, rate: str) -> None:
    with pytest.raises(
        UsageError, match=f"sample-rate={rate}: '{rate}' is not a share above 0 and up to 1; .*0.1"
    ):
        planned(grid_of(made_trace(tmp_path), vary=("codec=lz4", f"sample-rate={rate}")), stack)


@pytest.mark.parametrize(
    ("vary", "problem"),
    [
        (("limit=1000p", "sample-rate=0.1"), "leaves 100 of the pool's 1,000 page frames.*give 0.21 or more"),
        (("limit=1000p", "sample-rate=1e-12"), "leaves 0 of the pool's 1,000 page frames"),
        (("limit=1000p", "sample-rate=0.5", "seed=1"), "leave out seed, or sample-rate"),
        (("setup=zram", "sample-rate=0.5"), "pages, too few to fill a device"),
        (("setup=zram", "backing-dev=1MiB", "write=writeback_limit=9", "sample-rate=0.5"), "names pages or"),
    ],
)
def test_what_a_sample_cannot_tell_is_refused_before_anything_runs(
    tmp_path: Path, stack: ExitStack, vary: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(UsageError, match=problem):
        planned(grid_of(made_trace(tmp_path), vary=vary, cost=()), stack)


def test_costs_that_are_given_decide_too(tmp_path: Path, stack: ExitStack) -> None:
    trace = made_trace(tmp_path)
    costs: tuple[tuple[str, ...], ...] = ((), ("lz4=2us/1us",), ("lz4=2us/2us",))
    keys = [keys_of(planned(grid_of(trace, vary=("codec=lz4",), cost=cost), stack))[0] for cost in costs]
    assert len({*keys}) == 3


def test_the_end_of_a_key_says_what_the_draws_of_a_cell_were_made_with(
    tmp_path: Path, stack: ExitStack
) -> None:
    trace = made_trace(tmp_path)
    vary = ("codec=lz4", "seed=1,2")
    plans = [
        planned(grid_of(trace, vary=vary, cost=(cost,)), stack) for cost in ("lz4=2us/1us", "lz4=3us/1us")
    ]
    ends = [[key[-8:] for key in keys_of(plan)] for plan in plans]
    assert [len(keys_of(plan)) for plan in plans] == [2, 2]
    assert [len({*end}) for end in ends] == [1, 1]
    assert ends[0] != ends[1]


def test_a_recorded_trace_is_not_drawn_anew(tmp_path: Path, stack: ExitStack) -> None:
    made = made_trace(tmp_path)
    recorded = make_recorded(tmp_path / "r.trace.bin", tmp_path / "pages.zpages", read_trace(made).events)
    with pytest.raises(UsageError, match=r"r.trace.bin: was recorded, and seed is for made traces"):
        planned(grid_of(made, recorded, vary=("seed=1,2",), cost=()), stack)


def test_a_cost_that_no_run_uses_is_told(tmp_path: Path, stack: ExitStack) -> None:
    with pytest.raises(UsageError, match="--cost zstd: no run uses it; they use lz4"):
        planned(grid_of(made_trace(tmp_path), vary=("codec=lz4",), cost=("zstd=1us/1us",)), stack)


def test_tasks_of_one_place_follow_one_another_on_each_lane(tmp_path: Path, stack: ExitStack) -> None:
    traces = [made_trace(tmp_path, name, seed=seed) for name, seed in (("a", 5), ("b", 6), ("c", 7))]
    plan = planned(grid_of(*traces, vary=("codec=lz4", "limit=5p,6p,7p")), stack)
    places = [sources.digest for sources in plan.sources]
    plan.costs.update(dict.fromkeys([(plan.sources[0].corpus_digest, "lz4")], None))
    one, two = ([task.inputs[0] for task in plan.tasks(set(), lanes)] for lanes in (1, 2))
    first, second, third = places
    assert one == [first] * 3 + [second] * 3 + [third] * 3
    assert two == [first, second] * 3 + [third] * 3


def test_a_plan_of_many_cells_is_not_held_in_memory(tmp_path: Path, stack: ExitStack) -> None:
    limits = ",".join(f"{frames}p" for frames in range(1, 301))
    vary = ("codec=lz4", f"limit={limits}", "policy=lru,clock,fifo,sieve", "device=ssd,hdd,nvme")
    grid = grid_of(made_trace(tmp_path), vary=vary)
    planned(grid_of(made_trace(tmp_path, "b"), vary=("codec=lz4", "limit=9p")), stack)  # modules are loaded
    tracemalloc.start()
    plan = planned(grid, stack)
    tasks = sum(1 for _ in plan.tasks(set(), 1))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert tasks == plan.count == 3_600
    assert peak < 4 << 20  # of which keys take 1 MB; tasks of 2 KB each would take 7
