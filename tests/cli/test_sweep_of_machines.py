"""A sweep of machines, from its runs to what is read from it: what is best is best in the same RAM."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import inside
from tests.results.sweeps.sweeping import change, copied
from zswapbench.results.sweeps.store import Store

RAM = ("2112KiB", "2304KiB")


@pytest.fixture(scope="module")
def made(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep") / "m.sqlite"
    done = inside(
        *("sweep", program / "app.refs", "--corpus", program / "app.zpages", "-o", path, "--workers", "1"),
        *(
            "--vary",
            "setup=none,disk,zswap,zram",
            "--vary",
            f"ram={','.join(RAM)}",
            "--vary",
            "codec=lz4,zstd",
        ),
        *("--cost", "lz4=2us/1us", "--cost", "zstd=6us/2us"),
    )
    assert done.code == 0, done.err
    return path


def test_the_best_is_named_for_each_ram(made: Path) -> None:
    out = inside("sweep", "show", made, "--goal", "time").out
    for ram in RAM:
        assert f"on app, ram={ram} (recorded): " in out.split("\n\n")[0]
    table = out.split("\nLeast time, of ")[1].splitlines()
    assert [line.split()[1] for line in table[2:4]] == [f"ram={ram}" for ram in RAM]
    assert not any(" none" in line for line in table[2:4])


def test_memory_is_given_and_no_goal(made: Path) -> None:
    assert "Least memory" not in inside("sweep", "show", made).out
    assert "their RAM is given" in inside("sweep", "show", made, "--goal", "memory").out


def test_more_ram_is_held_against_less_where_that_is_asked(made: Path) -> None:
    lines = inside("sweep", "show", made, "--by", "ram").out.splitlines()
    assert lines[0].startswith("ram, all else equal: ")
    assert [line.split()[0] for line in lines[2:4]] == [*RAM]
    assert float(lines[2].split()[1][:-1]) > float(lines[3].split()[1][:-1])
    assert "RAM and device writes at once" in inside("sweep", "show", made, "--pareto").out
    assert "setup, each at its best" in inside("sweep", "show", made, "--by", "setup").out


def test_two_are_held_against_each_other(made: Path, tmp_path: Path) -> None:
    assert inside("check", made, "--baseline", made).code == 0
    new = copied(made, tmp_path / "new.sqlite")

    def slower(result: dict[str, list[dict[str, dict[str, float]]]]) -> None:
        result["setups"][0]["counters"]["faults_major"] += 50

    count = change(new, "json_extract(cell, '$.setup') = 'disk'", slower)
    done = inside("check", new, "--baseline", made)
    assert done.code == 1
    assert f"{count} worse" in done.out
    assert "faults_major" in done.out


def test_a_damaged_machine_is_told(made: Path, tmp_path: Path) -> None:
    new = copied(made, tmp_path / "new.sqlite")
    change(new, "1", lambda result: result.pop("setups"))
    done = inside("check", new, "--baseline", made)
    assert (done.code, done.out) == (3, "")
    assert "new.sqlite: is damaged" in done.err


def test_it_has_a_page_and_rows(made: Path, tmp_path: Path) -> None:
    assert inside("sweep", "report", made, "-o", tmp_path / "m.html").code == 0
    rows = json.loads(inside("sweep", "show", made, "--format", "json").out)
    with Store.open(made) as store:
        assert len(rows) == store.count()
    assert {row["kind"] for row in json.loads(inside("sweep", "show", made, *COLUMNS).out)} == {"machine"}


COLUMNS = ("--columns", "kind,slowdown", "--format", "json")
