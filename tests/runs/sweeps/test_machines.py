"""Cells of machines: what a set-up does not take makes no difference, and a run is what 'machine' makes of it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.runs.sweeps.test_story import Here
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import silent
from zswapbench.corpus import shipped
from zswapbench.corpus.reading import Corpus
from zswapbench.results.machine import to_json
from zswapbench.results.sweeps.store import Store
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.machine import run
from zswapbench.runs.options import Options
from zswapbench.runs.sweeps.axes import Block, Grid, axes_of
from zswapbench.runs.sweeps.planning import Plan, plan_of
from zswapbench.runs.sweeps.story import sweep
from zswapbench.traces.references.importing import open_references, wish_of

REFERENCES = shipped.folder() / "sort-run.refs.zst"
COSTS = ("lz4=2us/1us", "zstd=9us/3us")


def grid_of(*vary: str, cost: tuple[str, ...] = COSTS) -> Grid:
    return Grid((str(REFERENCES),), (), cost, (Block(tuple(axes_of(vary)), "--vary"),))


def planned(grid: Grid) -> Plan:
    with ExitStack() as stack:
        return plan_of(grid, stack, silent, keep_going=False)


def test_a_run_is_what_machine_makes_of_it(tmp_path: Path) -> None:
    grid = grid_of("setup=disk,zswap,zram", "ram=4MiB", "codec=lz4,zstd")
    assert sweep(grid, tmp_path / "s.sqlite", Here()).done == 5
    with Store.open(tmp_path / "s.sqlite") as store:
        rows = {row.label: row for row in store.rows(results=True)}
    assert [*sorted(rows)] == [
        "disk,ram=4MiB",
        "zram,codec=lz4,ram=4MiB",
        "zram,codec=zstd,ram=4MiB",
        "zswap,codec=lz4,ram=4MiB",
        "zswap,codec=zstd,ram=4MiB",
    ]
    with (
        Corpus(shipped.folder() / "sort-run.zpages") as corpus,
        open_references(REFERENCES, wish_of(corpus.page_size, "1ns", "40%", None, ())) as references,
    ):
        common = Options(era="6.12", cost="lz4=2us/1us")
        alone = run(references, corpus, ["zswap,codec=lz4"], Machine(4 << 20), common)
    ours, theirs = json.loads(rows["zswap,codec=lz4,ram=4MiB"].result), json.loads(to_json(alone))
    assert ours.pop("timings")
    assert theirs.pop("timings")
    assert ours == theirs
    columns = rows["zswap,codec=lz4,ram=4MiB"].columns
    assert columns["total_ns"] == alone.setups[0].metrics["total_ns"]
    assert columns["slowdown"] == alone.setups[0].metrics["slowdown"]
    assert columns["too_few_pages"] == 0


@pytest.mark.parametrize(
    ("vary", "told"),
    [
        (["setup=disk"], "how much memory the machine has is not known: give ram"),
        (["ram=4MiB"], "which set-ups are to be run on the references"),
        (["setup=dsk", "ram=4MiB"], "--vary setup: setup=dsk: no set-up is called 'dsk'; did you mean disk"),
        (["setup=disk", "ram=4MiB", "codec=lz4"], "disk takes no codec: leave it out"),
        (["setup=disk,none", "ram=4MiB", "codec=lz4"], "disk and none take no codec: leave it out"),
        (["setup=zswap", "ram=4MiB", "codec=lz9"], "no codec is called 'lz9'"),
        (["setup=zswap", "ram=16KiB"], "ram=16KiB"),
        (["setup=disk", "ram=4MiB", "cpus=9"], "--vary cpus: cpus=9: '9' is not a number up to 3"),
        (["setup=disk", "ram=4MiB", "reclaim=none"], "reclaim is 'none', not one of"),
        (["setup=disk", "ram=4MiB", "seed=1"], "holds references, and seed is for made traces"),
        (["setup=disk", "ram=4MiB", "limit=10%"], "there is no key 'limit'"),
        (["setup=disk", "ram=4MiB", "sample-rate=0.5"], "--vary sample-rate: references are run whole"),
    ],
)
def test_what_cannot_be_is_told(vary: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        planned(grid_of(*vary, cost=()))


def test_what_a_set_up_says_itself_is_not_varied() -> None:
    axes = [*axes_of(["ram=4MiB,6MiB", "codec=lz4,zstd"])]
    given = axes_of(["setup=zswap"])[0]
    block = Block((type(given)("setup", ("zswap,codec=lz4",), "x"), *axes), "x")
    plan = planned(Grid((str(REFERENCES),), (), ("lz4=2us/1us",), (block,)))
    assert sorted(unit.wanted.label for unit in plan.units() if unit.wanted) == [
        "zswap,codec=lz4,ram=4MiB",
        "zswap,codec=lz4,ram=6MiB",
    ]
