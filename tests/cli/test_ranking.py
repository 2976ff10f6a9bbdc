"""``compare --all``, ``--bounds`` and ``--plot`` as one types them."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import inside, zswapbench
from tests.cli.test_terminal import on_terminal
from zswapbench.corpus.shipped import folder
from zswapbench.plugins.registry import POLICIES
from zswapbench.results.metrics import METRICS
from zswapbench.runs.choices import every_policy
from zswapbench.runs.options import Options

pytestmark = pytest.mark.usefixtures("own_cache")

LZ4 = ("--codec", "lz4")
PYTHON = folder() / "python.trace.bin.zst"


def rows(text: str) -> list[dict[str, str]]:
    """The first table of a CSV."""
    return list(csv.DictReader(io.StringIO(text.split("\n\n", 1)[0])))


@pytest.mark.parametrize("era", ["zswap-2013", "linux-3.11", "linux-6.12"])
def test_all_policies_are_ranked_on_a_shipped_trace(era: str, tmp_path: Path) -> None:
    run = ("compare", "--all", "--trace", PYTHON, "--era", era, *LZ4)
    done = zswapbench(*run, "--format", "csv", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    found = rows(done.out)
    names = [one.policy for one in every_policy(Options(era=era))[0]]
    assert sorted(row["policy"] for row in found) == names
    foresees = [leaf.name for leaf in POLICIES.leaves() if leaf.foresees]
    assert [row["policy"] for row in found if not row["rank"]] == [row["policy"] for row in found][
        -len(foresees) :
    ]
    ranks = [int(row["rank"]) for row in found if row["rank"]]
    assert ranks == sorted(ranks)
    assert ranks[0] == 1
    paid = ("device_writes", "total_ns" if "total_ns_place" in found[0] else "refaults", "pool_pages_mean")
    costs = [math.prod(float(row[name]) + 1 for name in paid) for row in found if row["rank"]]
    assert costs == pytest.approx(sorted(costs), rel=1e-6)


def test_the_ranking_says_what_was_run_and_what_its_columns_mean(ground: Path) -> None:
    done = inside("compare", "--all", "--trace", ground / "app.trace.bin", "--era", "linux-6.12", *LZ4)
    assert (done.code, done.err) == (0, "")
    for words in (
        "policies by rank",
        "era linux-6.12, pool zsmalloc:rules=6.4, codec lz4",
        "second-chance: the LRU of this era's own kernel",
        "frames, each as times the lowest",
        "x min: refaults (pages read back from the swap device), divided by those of min or min-frames",
    ):
        assert words in done.out


def test_specs_are_ranked_beside_all_policies_and_none_twice(ground: Path) -> None:
    specs = ("lru", "class-lru", "lru,limit=9p", "class-lru,pool=zsmalloc:6.4")
    run = ("compare", "--all", *specs, "--trace", ground / "app.trace.bin", *LZ4)
    labels = [row["policy"] for row in rows(inside(*run, "--format", "csv").out)]
    assert sorted(labels) == sorted({*specs, *(one.policy for one in every_policy(Options())[0])})


def test_all_policies_in_json_are_the_list_of_results(ground: Path) -> None:
    run = ("compare", "--all", "--trace", ground / "app.trace.bin", *LZ4, "--format", "json")
    found = json.loads(inside(*run).out)
    assert [one["label"] for one in found] == [one.policy for one in every_policy(Options())[0]]
    least = {one["label"]: one["counters"]["refaults"] for one in found}["min"]
    for one in found:
        assert one["bounds"] == {"refaults": least}
        assert one["setting"]["policy_foresees"] == (one["label"] in ("min", "min-frames"))
        assert len(one["series"]["event"]) == 120


def test_all_policies_in_markdown_are_two_tables(ground: Path) -> None:
    run = ("compare", "--all", "--trace", ground / "app.trace.bin", *LZ4, "--format", "markdown")
    done = inside(*run)
    assert [line for line in done.out.splitlines() if line.startswith("### ")] == [
        "### app.trace.bin, 3,000 events (synthetic: zipf, one seed): policies by rank",
        "### The same policies, in other figures",
    ]


def test_the_ranking_and_the_chart_fit_into_80_columns(ground: Path, tmp_path: Path) -> None:
    run = ("compare", "--all", "--plot", "--trace", ground / "app.trace.bin", *LZ4)
    code, shown = on_terminal(tmp_path, *run, env={"NO_COLOR": "1"}, columns=80)
    assert code == 0
    assert max(len(line.rstrip("\r")) for line in shown.split("\n")) <= 80
    for one in every_policy(Options())[0]:
        assert sum(one.policy in line.split() for line in shown.splitlines()) >= 3


def test_explain_says_what_each_row_or_column_means(ground: Path) -> None:
    trace = ("--trace", ground / "app.trace.bin", *LZ4)
    for specs in (("lru", "class-lru"), ("--all",)):
        explained = inside("compare", *specs, *trace, "--explain").out
        assert "What the rows mean" in explained
        for metric in METRICS[:3]:
            assert f"  {metric.meaning}\n" in explained
        assert "What the rows mean" not in inside("compare", *specs, *trace).out


@pytest.mark.parametrize("command", ["run", "compare"])
def test_bounds_are_shown_where_they_are_asked_for(ground: Path, command: str) -> None:
    trace = ground / "app.trace.bin"
    run: tuple[Any, ...] = (
        ("run", trace) if command == "run" else ("compare", "lru", "class-lru", "--trace", trace)
    )
    shown = [
        line
        for line in inside(*run, *LZ4, "--bounds").out.splitlines()
        if "refaults, x of the reference" in line
    ]
    without = [line for line in inside(*run, *LZ4).out.splitlines() if "refaults, x of the reference" in line]
    assert "x" in shown[0].replace("x of the reference", "")
    assert not without


@pytest.mark.parametrize("command", ["run", "compare"])
def test_the_chart_stands_below_the_table_on_the_screen_and_in_a_file(
    ground: Path, tmp_path: Path, command: str
) -> None:
    trace = ground / "app.trace.bin"
    run: tuple[Any, ...] = (
        ("run", trace) if command == "run" else ("compare", "lru", "class-lru", "--trace", trace)
    )
    shown = inside(*run, *LZ4, "--plot").out
    chart = shown[shown.index("page frames of the pool") :]
    assert "seconds" in chart
    assert "a lru" in chart
    assert "- pool limit" in chart
    assert not [line for line in shown.splitlines() if line != line.rstrip()]
    assert inside(*run, *LZ4, "--plot", "-o", tmp_path / "out") == (0, "", "")
    assert (tmp_path / "out").read_text().endswith(chart)
    assert "page frames of the pool" not in inside(*run, *LZ4).out


def test_a_terminal_too_narrow_for_a_chart_shows_the_table_alone(ground: Path, tmp_path: Path) -> None:
    run = ("compare", "lru", "class-lru", "--plot", "--trace", ground / "app.trace.bin", *LZ4)
    code, shown = on_terminal(tmp_path, *run, env={"NO_COLOR": "1"}, columns=39)
    assert code == 0
    assert "┤" not in shown
