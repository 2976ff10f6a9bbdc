"""``machine --cgroup``: limits of memory cgroups, their figures, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.machines import FIRST, PAGES, found, machine
from tests.cli.running import inside
from tests.making import PAGE
from zswapbench.results.files import read_any
from zswapbench.results.machine import MachineResult, to_json
from zswapbench.traces.refs import REFERENCE, References, write_refs

pytestmark = pytest.mark.usefixtures("own_cache")

SETUPS = ("none", "disk,nvme", "zswap,lz4,nvme", "zram,lz4,disksize=8MiB")


@pytest.fixture(scope="module")
def shared(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same pages, the lower half touched by cgroup 1, the upper by cgroup 2, and some of these by 5."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "app.zpages").symlink_to(program / "app.zpages")
    random = np.random.default_rng(4)
    some = np.zeros(20_000, REFERENCE)
    places = random.integers(0, PAGES, len(some))
    some["page"] = FIRST // PAGE + places
    some["write"] = random.random(len(some)) < 0.3
    some["delta_us"] = 20
    some["cgroup"] = np.where(places < PAGES // 2, 1, np.where(places < PAGES - 50, 2, 5))
    write_refs(folder / "app.refs", References("app", PAGE, {"form": "made"}, [some], [], len(some)))
    return folder


def of(setup: dict[str, Any]) -> dict[Any, dict[str, float]]:
    """Figures of each cgroup of a set-up, by id."""
    return {one["id"]: one["figures"] for one in setup["cgroups"]}


def test_what_a_cgroup_forbids_to_write_is_no_write_back_that_zram_refused(program: Path) -> None:
    words = ("zswap+zram,lz4,max-pool-percent=5,zram-codec=lz4,disksize=8MiB", "--cgroup")
    (one,) = found(program, *words, "0:memory.zswap.writeback=0")["setups"]
    assert one["counters"]["refused"] > 0
    assert one["counters"]["written_back"] == one["counters"]["failed_writebacks"] == 0


def test_each_cgroup_has_its_figures_and_what_nobody_named_is_of_others(shared: Path) -> None:
    result = found(
        shared, *SETUPS, "--cgroup", "1:memory.max=800KiB", "--cgroup", "2:memory.max=max", ram="64MiB"
    )
    limits = result["setting"]["cgroups"]
    assert [(one["id"], one["memory.max"]) for one in limits] == [(1, 800 << 10), (2, None)]
    for setup in result["setups"]:
        figures = of(setup)
        assert list(figures) == [None, 1, 2]
        assert sum(one["touches"] for one in figures.values()) == setup["counters"]["touches"] == 20_000
        assert sum(one["first_touches"] for one in figures.values()) == setup["counters"]["first_touches"]
        assert sum(one["faults_major"] for one in figures.values()) == setup["counters"]["faults_major"]
        assert sum(one["resident_pages"] for one in figures.values()) == setup["counters"]["resident_pages"]
        assert sum(one["waited_ns"] for one in figures.values()) == setup["metrics"]["total_ns"]
        assert figures[2]["faults_major"] == figures[2]["max_events"] == 0
        assert figures[2]["slowdown"] == 1
        if setup["kind"] == "none":
            assert figures[1]["faults_major"] == figures[1]["max_events"] == 0
        else:
            assert figures[1]["resident_pages"] <= 200 < figures[1]["faults_major"]
            assert figures[1]["max_events"] > 0
            assert figures[1]["slowdown"] > 1
            assert 0 < figures[1]["swap_pages"] <= PAGES // 2
    done = machine(shared, *SETUPS, "--cgroup", "1:memory.max=800KiB", ram="64MiB")
    assert "cgroup 1: memory.max 800.0 KiB" in done.out
    assert "memory cgroups" in done.out


def test_a_result_with_cgroups_is_read_back_as_it_was(shared: Path, tmp_path: Path) -> None:
    kept = tmp_path / "m.json"
    assert machine(shared, "disk", "zram,lz4", "--cgroup", "1", "-o", kept).code == 0
    again = read_any(kept)
    assert isinstance(again, MachineResult)
    assert again.setups[0].cgroups[1].id == 1
    assert to_json(again) == kept.read_text()


def test_out_of_memory_in_a_cgroup_says_so(shared: Path) -> None:
    words = ("zram,lz4,disksize=100KiB", "--cgroup", "2:memory.max=400KiB")
    result = found(shared, *words, ram="64MiB")
    setup = result["setups"][0]
    assert setup["out_of_memory_in"] == 2
    assert 0 < setup["out_of_memory_at"] < 20_000
    assert f"out of memory in cgroup 2 at touch {setup['out_of_memory_at']:,}" in machine(
        shared, *words, ram="64MiB"
    ).out.replace("\n", " ")
    whole = found(shared, "zram,lz4,disksize=100KiB", "--cgroup", "2")
    assert whole["setups"][0]["out_of_memory_in"] is None


def test_zswap_has_limits_for_each_cgroup(shared: Path) -> None:
    words = ("--cgroup", "1:memory.zswap.max=0", "--cgroup", "2:memory.zswap.max=100KiB", "--cgroup", "5")
    result = found(shared, "zswap,lz4,nvme,max-pool-percent=100", *words)
    figures = of(result["setups"][0])
    assert list(figures) == [1, 2, 5]
    assert figures[1]["zswap_bytes"] == 0 < figures[1]["swap_pages"]
    assert 90 << 10 < figures[2]["zswap_bytes"] < 104 << 10
    assert figures[5]["zswap_bytes"] > 0
    done = machine(shared, "zswap,lz4", *words)
    assert "cgroup 2: memory.zswap.max 100.0 KiB" in done.out


def test_what_must_not_be_written_back_stays_in_zswap_or_in_memory(shared: Path) -> None:
    words = ("zswap,lz4,nvme,max-pool-percent=10", "--cgroup", "1:memory.zswap.writeback=0")
    alone = found(shared, *words, "--cgroup", "2", "--cgroup", "5", ram="3MiB")["setups"][0]
    both = found(
        shared,
        *words,
        *("--cgroup", "2:memory.zswap.writeback=0", "--cgroup", "5:memory.zswap.writeback=0"),
        ram="3MiB",
    )["setups"][0]
    assert alone["counters"]["device_writes"] > 0 < alone["counters"]["refused"]
    assert both["counters"]["device_writes"] == both["counters"]["device_reads"] == 0


@pytest.mark.parametrize(
    ("setup", "text", "told"),
    [
        (
            "zswap,linux-6.5",
            "1:memory.zswap.writeback=0",
            "a kernel of linux-6.5 has no memory.zswap.writeback (--cgroup 1), which came with 6.8",
        ),
        (
            "zswap,linux-5.7",
            "1:memory.zswap.max=1MiB",
            "a kernel of linux-5.7 has no memory.zswap.max (--cgroup 1), which came with 5.19",
        ),
        ("zswap,era=6.12:cgroups=off", "1", "cgroups=off and --cgroup do not go together"),
        ("zswap,policy=zspage-lru", "1", "with --cgroup zswap of 6.8 on takes one that goes by entries"),
    ],
)
def test_what_an_era_does_not_have_is_refused(shared: Path, setup: str, text: str, told: str) -> None:
    done = machine(shared, setup, "--cgroup", text)
    assert done.code == 2
    assert told in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3", "app.refs has no reference of it; it has 1, 2 and 5"),
        ("x", "write it like 1:memory.max=64MiB"),
        ("1:", "write it like 1:memory.max=64MiB"),
        ("70000", "write it like 1:memory.max=64MiB"),
        ("1:memory.max", "'memory.max' is none of memory.max=..., memory.zswap.max=..."),
        ("1:memory.limit=1MiB", "'memory.limit=1MiB' is none of memory.max=..."),
        ("1:memory.high=1MiB", "memory.high is not modelled; memory.max, memory.zswap.max and"),
        ("1:memory.max=1MiB,memory.max=2MiB", "memory.max is given twice"),
        ("1:memory.max=much", "'much' is not a size; write it like 4096, 64K or 1.5GiB, or max"),
        ("1:memory.max=100", "the kernel takes memory.max=100 down to 0, in which nothing can run"),
        ("1:memory.zswap.writeback=2", "the kernel refuses memory.zswap.writeback=2 (Invalid argument)"),
    ],
)
def test_what_there_cannot_be_is_refused_in_one_line(shared: Path, text: str, told: str) -> None:
    done = machine(shared, "disk", "--cgroup", text)
    assert done.code == 2
    assert told in done.err
    assert done.err.count("\n") == 1


def test_ram_gained_is_not_asked_for_under_a_limit_that_ram_does_not_lift(shared: Path) -> None:
    done = machine(shared, "zram,lz4", "--cgroup", "1:memory.max=1MiB", "--gained")
    assert done.code == 2
    assert "--gained and a --cgroup with memory.max do not go together" in done.err
    assert machine(shared, "zram,lz4", "--cgroup", "1", "--gained").code == 0


def test_a_cgroup_is_given_once(shared: Path) -> None:
    done = machine(shared, "disk", "--cgroup", "1:memory.max=1MiB", "--cgroup", "1")
    assert done.code == 2
    assert "--cgroup 1: is given twice; give all of a cgroup at once" in done.err


def test_programs_that_were_reduced_by_themselves_need_cgroups_of_their_own(
    program: Path, tmp_path: Path
) -> None:
    less, corpus = tmp_path / "less.refs", program / "app.zpages"
    assert inside("trace", "import-refs", program / "app.refs", "-o", less, "--least-ram", "100K").code == 0
    both = "trace", "merge-refs", less, program / "app.refs", "--corpus", corpus, "--corpus", corpus
    done = inside(*both, "-o", tmp_path / "app.refs", "--corpus-out", tmp_path / "app.zpages")
    assert done.code == 0, done.err
    assert "run it with --cgroup 1, and so much memory" in done.err
    for cgroup, told in (
        ("2", "app.refs lacks touches of cgroup 1 that its program alone cannot tell (--least-ram)"),
        (
            "1:memory.max=80K",
            "--cgroup 1: memory.max: 20 page frames are fewer than the 25 that its program's",
        ),
    ):
        done = machine(tmp_path, "disk", "--cgroup", cgroup, ram="4MiB")
        assert done.code == 2
        assert told in done.err
    alone = found(program, "disk", "--reclaim", "lru", "--cgroup", "0:memory.max=1MiB", ram="64MiB")
    words = ("--cgroup", "1:memory.max=1MiB", "--cgroup", "2:memory.max=1MiB", "--reclaim", "lru")
    result = found(tmp_path, "disk", *words, ram="64MiB")
    faults = [one["figures"]["faults_major"] for one in result["setups"][0]["cgroups"]]
    assert faults == [alone["setups"][0]["counters"]["faults_major"]] * 2
    short = machine(tmp_path, "disk", *words, ram="1MiB")
    assert short.code == 0
    done = inside(
        "trace", "from-refs", tmp_path / "app.refs", "--corpus", tmp_path / "app.zpages", "--ram", "4MiB"
    )
    assert done.code == 2


def test_check_says_that_limits_are_others(shared: Path, tmp_path: Path) -> None:
    free, limited = tmp_path / "free.json", tmp_path / "limited.json"
    assert machine(shared, "disk", "-o", free, ram="64MiB").code == 0
    assert machine(shared, "disk", "--cgroup", "1:memory.max=1MiB", "-o", limited, ram="64MiB").code == 0
    done = inside("check", limited, "--baseline", free)
    assert done.code == 1
    assert "cgroups: [] -> [{'id': 1, 'memory.max': 1048576" in (done.out + done.err).replace("\n", " ")
