"""``sweep show``: what is shown of a sweep in each form, and what is told of one that cannot be shown."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.running import environment, inside
from tests.results.sweeps.sweeping import AXES, copied, problem, sweep
from zswapbench.results.sweeps.columns import NAMES
from zswapbench.results.sweeps.store import Store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("sweep") / "s.sqlite")


def show(path: Path, *options: str | Path) -> str:
    done = inside("sweep", "show", path, *options)
    assert done.code == 0, done.err
    assert not done.err
    return done.out


def refused(path: Path, *options: str, code: int = 2) -> str:
    done = inside("sweep", "show", path, *options)
    assert done.code == code
    assert not done.out
    assert done.err.count("\n") == 1, done.err
    return done.err


def test_without_options_it_says_what_it_is_of_and_what_is_best(made: Path) -> None:
    out = show(made)
    first, _, title, *_ = out.splitlines()
    assert first.startswith("Least time over all 2 traces (2 synthetic): ")
    assert first.endswith("of 12 cells).") or " of 12 cells tie: " in first
    assert title == "s.sqlite: 24 runs of 2 traces"
    for line in ("codec: lz4, zstd", "limit: 9p, 12p", "policy: class-lru, clock, lru"):
        assert line in out
    for title in ("Least time", "Least memory", "Least wear"):
        assert f"\n{title}, of 12 cells\n" in out
    assert "all 2 traces" in out


def test_costs_that_were_given_are_told_and_where_levels_share_one(made: Path, tmp_path: Path) -> None:
    assert "time: what codecs take was given, by --cost lz4=2000ns/1000ns, zstd=6000ns/2500ns\n" in show(made)
    path, trace = tmp_path / "s.sqlite", made.parent / "a.trace.bin"
    axes = ("--vary", "codec=lz4:1,lz4:9", "--vary", "limit=9p", "--cost", "lz4=2us/1us")
    assert inside("sweep", *axes, trace, "-o", path, "--workers", "1").code == 0
    told = "--cost lz4=2us/1us; the same for all of lz4, whatever the level\n"
    assert told in show(path)


def test_one_goal_has_one_table(made: Path) -> None:
    out = show(made, "--goal", "wear")
    assert "\nLeast wear, of 12 cells\n" in out
    assert "Least time" not in out


def test_where_leaves_the_others_out(made: Path) -> None:
    out = show(made, "--where", "codec=lz4", "--where", "trace=a")
    assert "s.sqlite: 6 runs of 1 trace, where codec=lz4, trace=a.trace.bin" in out
    assert "zstd" not in out
    rows = rows_of(show(made, "--format", "csv", "--where", "policy=lru", "--where", "policy=clock"))
    assert {row["policy"] for row in rows} == {"lru", "clock"}
    assert len(rows) == 16


def rows_of(text: str) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(text))]


def test_csv_json_and_parquet_have_the_same_rows(made: Path, tmp_path: Path) -> None:
    from pyarrow import parquet

    listed = rows_of(show(made, "--format", "csv"))
    told = json.loads(show(made, "--format", "json"))
    show(made, "-o", tmp_path / "s.parquet", "-o", tmp_path / "s.csv")
    table = parquet.read_table(tmp_path / "s.parquet").to_pylist()
    assert rows_of((tmp_path / "s.csv").read_text()) == listed
    assert len(listed) == len(told) == len(table) == 24
    for one, other, third in zip(listed, told, table, strict=True):
        assert one.keys() == other.keys() == third.keys()
        assert one["policy"] == other["policy"] == third["policy"]
        assert float(one["total_ns"]) == other["total_ns"] == third["total_ns"]
        assert third["slowdown"] is other["slowdown"] is None
        assert one["slowdown"] == ""
    assert {path.name for path in tmp_path.iterdir()} == {"s.csv", "s.parquet"}


def test_whole_results_stand_beside_the_figures(made: Path) -> None:
    for row in json.loads(show(made, "--format", "json", "--whole")):
        assert row["result"]["counters"]["device_writes"] == row["device_writes"]


def test_columns_are_those_that_are_named(made: Path) -> None:
    out = show(made, "--columns", "policy,total_ns", "--where", "trace=a")
    assert out.splitlines()[1].split() == ["policy", "total", "ns"]
    assert show(made, "--columns", "seed,codec", "--format", "csv").startswith("seed,codec\n")
    assert "there is no column 'polcy'; did you mean policy?" in refused(made, "--columns", "polcy")


def test_a_table_of_rows_is_in_the_order_of_its_columns(made: Path) -> None:
    def listed(*columns: str) -> list[list[str]]:
        out = show(made, "--columns", ",".join(columns), "--where", "trace=a")
        return [line.split() for line in out.splitlines()[2:]]

    assert [one[:3] for one in listed("codec", "limit", "policy")] == [
        [codec, limit, policy]
        for codec in ("lz4", "zstd")
        for limit in ("9p", "12p")
        for policy in ("class-lru", "clock", "lru")
    ]
    writes = [int(one[0].replace(",", "")) for one in listed("device_writes", "codec")]
    assert writes == sorted(writes)
    assert len({*writes}) > 1


def test_of_more_rows_than_are_shown_the_first_in_order_are(tmp_path: Path) -> None:
    out = show(many(tmp_path / "s.sqlite", 300), "--columns", "limit,slowdown")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[2:202]] == [f"{one}p" for one in _limits(300)[:200]]
    assert lines[203] == "and 104 more rows: --format csv, json or parquet has them all"


def _limits(count: int) -> list[int]:
    """Of ``many`` rows: those of the real ones, 9 and 12 on two traces, stand beside those that were made."""
    return sorted([*range(1, count + 1), 9, 9, 12, 12])


def test_a_key_is_shown_all_else_equal(made: Path) -> None:
    out = show(made, "--by", "limit")
    assert out.startswith("limit, all else equal: time, on 2 traces\n")
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["9p", "12p"]
    assert "device writes, x the lowest" in show(made, "--by", "codec", "--goal", "wear")
    assert [line.split()[1] for line in show(made, "--by", "trace").splitlines()[2:4]] == ["12", "12"]
    assert "no two values of era" in show(made, "--by", "era")


def test_the_front_is_of_each_trace_and_its_rows_are_those_of_its_units(made: Path) -> None:
    out = show(made, "--pareto")
    shown = [line for line in out.splitlines() if line.startswith(("lz4,", "zstd,"))]
    assert out.count("of 12 cells are beaten by none in time, page frames and device writes at once") == 2
    assert len(rows_of(show(made, "--pareto", "--format", "csv"))) == len(shown)


def test_what_all_rows_of_a_table_have_stands_below_it_once(made: Path) -> None:
    out = show(made, "--where", "policy=lru", "--where", "policy=clock", "--goal", "time")
    assert "2 of 8 cells tie: zstd, clock, limit=12p; zstd, lru, limit=12p" in out.splitlines()[0]
    table = out[out.index("\nLeast time, of") :]
    assert table.count("tie of 2: clock; lru ") == 3  # two traces, and both
    assert table.count("zstd") == table.count("\nthe same in all rows: zstd, limit=12p\n") == 1


def test_a_front_of_one_cell_is_told_in_the_singular(made: Path) -> None:
    out = show(made, "--where", "policy=lru", "--where", "codec=lz4", "--where", "limit=9p", "--pareto")
    assert out.count("1 of 1 cell is beaten by none") == 2
    assert "the same in all rows" not in out


def test_where_the_traffic_comes_from_is_told_of_one_trace_in_a_word(made: Path) -> None:
    assert show(made, "--where", "trace=a").startswith("Least time on a (synthetic): ")


def test_markdown_is_a_table(made: Path) -> None:
    assert "| --- | ---: |" in show(made, "--format", "markdown", "--by", "codec")[:400]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--where", "codec=lz5"], "codec=lz5: no run has that; did you mean lz4? There are: lz4, zstd"),
        (["--where", "kodec=lz4"], "--where kodec: no run has such a key; did you mean codec?"),
        (["--where", "codec"], "write it like codec=zstd"),
        (["--by", "plicy"], "--by plicy: no run has such a key; did you mean policy?"),
        (["--by", "codec", "--pareto"], "--by and --pareto do not go together"),
        (["--by", "codec", "--format", "parquet", "-o", "x"], "choose csv or json"),
        (["--goal", "time", "--pareto"], "--pareto shows no best"),
        (["--whole"], "add that, or leave it out"),
    ],
)
def test_what_cannot_be_shown_is_told(made: Path, options: list[str], problem: str) -> None:
    assert problem in refused(made, *options)


def test_a_problem_is_counted_and_takes_no_part(made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path / "s.sqlite")
    with Store.append(path) as store:
        problem(store, "bad")
    out = show(path)
    assert "left out: 1 cell with a problem, or out of memory" in out
    (row,) = [one for one in json.loads(show(path, "--format", "json")) if one["problem"]]
    assert row["problem"] == "no such policy"


def test_a_sweep_that_still_runs_is_shown(made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path / "s.sqlite")
    with Store.append(path) as store:
        (first, *_) = store.rows(results=True)
        store.put(replace(first, key="one more", seed=6))
        assert "25 runs of 2 traces" in show(path)


def test_an_empty_sweep_is_shown(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s.sqlite", {}):
        pass
    assert "s.sqlite: 0 runs of 0 traces" in show(tmp_path / "s.sqlite")
    assert show(tmp_path / "s.sqlite", "--format", "json") == "[]\n"
    assert show(tmp_path / "s.sqlite", "--pareto").strip() == ""


def test_the_sweep_is_not_overwritten(made: Path) -> None:
    before = made.read_bytes()
    assert "is an input too" in refused(made, "-o", str(made))
    assert made.read_bytes() == before


def test_parquet_without_its_library_is_told(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    told = refused(made, "-o", str(tmp_path / "s.parquet"), code=4)
    assert "pip install 'zswapbench[parquet]'" in told
    assert not [*tmp_path.iterdir()]


VIEWS: list[list[str]] = [
    [],
    ["--pareto"],
    ["--by", "codec"],
    ["--format", "csv"],
    ["--format", "json", "--whole"],
]


def test_whatever_a_file_holds_it_ends_in_one_line(made: Path, tmp_path: Path) -> None:
    whole, chance = made.read_bytes(), random.Random(7)
    path, codes = tmp_path / "s.sqlite", set()
    for number in range(40):
        damaged = bytearray(whole)
        for _ in range(1 + number % 4):
            place = chance.randrange(100, len(whole) - 200)
            damaged[place : place + 200] = chance.randbytes(200)
        path.write_bytes(damaged[: len(whole) // 2] if number % 10 == 9 else damaged)
        done = inside("sweep", "show", path, *VIEWS[number % len(VIEWS)])
        assert done.code in (0, 3), done.err
        assert done.err.count("\n") == (1 if done.code else 0)
        codes.add(done.code)
    assert 3 in codes


@pytest.mark.parametrize("what", ["pipe", ".", "nothing", "text"])
def test_what_is_no_sweep_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("text").write_text("no database, " * 200)
    assert inside("sweep", "show", what).code == 3


def many(path: Path, count: int) -> Path:
    """So many rows, all of them like one that is real."""
    real = sweep(path.parent / "real.sqlite", {**AXES, "codec": ("lz4",), "policy": ("lru",)})
    copied(real, path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO runs "
            "SELECT 'k' || i, kind, trace, corpus, label, json_set(cell, '$.limit', i || 'p'), seed, "
            + ", ".join(NAMES)
            + ", seconds, problem, exit_code, x'' FROM n, (SELECT * FROM runs LIMIT 1)",
            (count,),
        )
    real.unlink()
    return path


def test_many_rows_stream_in_little_memory(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from zswapbench.cli import run; assert run(sys.argv[1:]) == 0; "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak(count: int) -> int:
        """KiB."""
        path = many(tmp_path / f"{count}.sqlite", count)
        arguments: list[str | Path] = [
            sys.executable,
            "-c",
            program,
            "sweep",
            "show",
            path,
            "-o",
            tmp_path / f"{count}.csv",
        ]
        done = subprocess.run(
            arguments, env=environment(tmp_path), check=True, timeout=60, stdout=subprocess.PIPE
        )
        return int(done.stdout)

    assert peak(20_000) - peak(100) < 19_900  # a row has a KiB as soon as it is an object
    assert (tmp_path / "20000.csv").read_text().count("\n") == 20_000 + 1 + 4
