"""``machine --sweep`` and ``--gained``, and the course of each run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.machines import found, machine
from tests.cli.running import inside
from tests.making import PAGE

pytestmark = pytest.mark.usefixtures("own_cache")


def test_a_sweep_of_ram_is_the_runs_at_each_value_and_names_the_knees(program: Path) -> None:
    words = ("disk,nvme", "zswap,lz4", "zram,lz4,disksize=8MiB")
    swept = found(program, *words, "--sweep", "ram=1.5MiB..4MiB:6", ram="")
    assert (swept["key"], swept["unit"], swept["values"][1]) == ("ram", "B", 2 << 20)
    assert swept["results"][1]["setups"] == found(program, *words)["setups"]
    done = machine(program, *words, "--sweep", "ram=1.5MiB..4MiB:6", ram="")
    assert done.code == 0, done.err
    assert "disk,nvme: the knee is at 4.0 MiB (1.00x); in 3.5 MiB it is 1." in done.out
    assert "\n1.5 MiB " in done.out
    assert "out of memory" in done.out
    assert "ram, MiB" in done.out
    assert done.out.endswith("\na disk,nvme  b zswap,lz4  c zram,lz4,disksize=8MiB\n")


def test_a_sweep_of_a_key_leaves_alone_who_does_not_take_it_or_has_it(program: Path) -> None:
    words = ("disk", "zswap,lz4", "zswap,lz4,max-pool-percent=20", "--sweep", "max-pool-percent=10..40:4")
    swept = found(program, *words)
    limits = [
        [one["setting"].get("pool_limit_pages") for one in result["setups"]] for result in swept["results"]
    ]
    assert limits == [[None, 512 * percent // 100, 102] for percent in (10, 20, 30, 40)]
    assert {json.dumps(result["setups"][0]) for result in swept["results"]} == {
        json.dumps(swept["results"][0]["setups"][0])
    }
    told = machine(program, *words).out.split("\n")[0]
    assert told.startswith("zswap,lz4: the least time is paid at max-pool-percent ")
    assert "disk" not in told


def test_the_course_of_each_set_up_ends_with_its_counters(program: Path) -> None:
    for one in found(program, "disk", "zswap,lz4")["setups"]:
        series, counters = one["series"], one["counters"]
        assert len(series["references"]) == 118
        for name in ("faults_major", "device_writes", "resident_pages", "pool_pages"):
            assert series[name][-1] == counters[name]
    metrics = one["metrics"]
    assert 0 < metrics["lru_inversion_mean"] < 1
    assert metrics["lru_inversion"] == series["lru_inversion"][-1]


def test_ram_gained_is_between_a_disk_that_is_slower_and_one_that_is_as_fast(program: Path) -> None:
    words = ("disk,nvme", "zswap,lz4,ssd", "zram,lz4,disksize=8MiB", "--device", "nvme")
    result = found(program, *words, "--gained", ram="2.5MiB")
    gained = {one["label"]: one for one in result["gained"]}
    assert [*gained] == ["zswap,lz4,ssd", "zram,lz4,disksize=8MiB"]
    assert [one["disk"] for one in gained.values()] == ["disk,ssd", "disk,nvme"]
    paid = {one["label"]: one["metrics"]["total_ns"] for one in result["setups"]}
    for label, one in gained.items():
        assert 0 < one["as_fast"] - one["slower"] <= max(PAGE, 0.01 * one["as_fast"])
        times = [
            found(program, one["disk"], ram=str(one[end]))["setups"][0]["metrics"]["total_ns"]
            for end in ("slower", "as_fast")
        ]
        assert times[0] > paid[label] >= times[1]
    done = machine(program, *words, "--gained", ram="2.5MiB")
    assert "RAM gained" in done.out
    assert f"by {one['runs']} runs of disks" in done.out


def test_ram_gained_wants_references_that_can_be_read_again(program: Path) -> None:
    done = inside("machine", "-", "--corpus", program / "app.zpages", "--ram", "2MiB", "disk", "--gained")
    assert (done.code, "a pipe can be read once: name a file" in done.err) == (2, True)


def test_no_ram_is_refused(program: Path) -> None:
    done = machine(program, "disk", ram="")
    assert (done.code, "give --ram, or --sweep ram=A..B" in done.err) == (2, True)


def test_results_become_a_page_and_pass_the_gate(program: Path, tmp_path: Path) -> None:
    for name, words, ram in (
        ("one", ("disk", "zswap,lz4", "--gained"), "2MiB"),
        ("sweep", ("disk", "zswap,lz4", "--sweep", "ram=2MiB,3MiB"), ""),
    ):
        file, page = tmp_path / f"{name}.json", tmp_path / f"{name}.html"
        done = machine(program, *words, "-o", file, "-o", page, "-o", "-", ram=ram)
        assert done.code == 0, done.err
        assert inside("report", file, "-o", tmp_path / "again.html").code == 0
        assert (tmp_path / "again.html").read_text() == page.read_text()
        assert inside("check", file, "--baseline", file).out.startswith("no worse")
    done = inside("check", tmp_path / "one.json", "--baseline", tmp_path / "sweep.json")
    assert (done.code, done.out.splitlines()[0]) == (1, "worse: disk at ram 2.0 MiB is missing, and 3 more")


def test_a_plot_shows_the_course(program: Path) -> None:
    done = machine(program, "disk", "zswap,lz4", "--plot")
    assert "page frames of the pool" in done.out
    assert done.out.endswith("\na disk  b zswap,lz4\n")
    assert "needs --format table" in machine(program, "disk", "--plot", "--format", "json").err


REFUSED = {
    "RAM gained by a sweep": (
        ("zram", "--gained", "--sweep", "mem-limit=1MiB,2MiB"),
        "--gained and --sweep do not go",
    ),
    "RAM twice": (("disk", "--sweep", "ram=1MiB..4MiB"), "--ram and --sweep ram: give one of them"),
    "nobody has the key": (
        ("disk", "--sweep", "disksize=1MiB..4MiB"),
        "--sweep disksize: no set-up takes it",
    ),
    "all have it": (("zram,disksize=4MiB", "--sweep", "disksize=1MiB..4MiB"), "or all say what it is"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_swept_is_refused_in_one_line(case: str, program: Path) -> None:
    words, message = REFUSED[case]
    done = machine(program, *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err.splitlines()[-1]
