"""'scale' as people type it: its forms, its plot, and one line for what cannot be."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.running import inside

pytestmark = pytest.mark.usefixtures("own_cache")
GIVEN = ("--cost", "usual", "--cost", "lzo=4us/1.5us", "--cost", "zstd=9us/3us")
FEW = ("--cpus", "2,4,8", "--locks", "zcache-2011,zswap-2013,linux-7.3")


def test_what_it_prints(ground: Path) -> None:
    done = inside("scale", ground / "app.trace.bin", *FEW, *GIVEN, "--plot")
    assert done.code == 0, done.err
    for told in (
        "Speed-up by CPUs: lzo, zswap alone",
        "Speed-up by CPUs: lzo, with the rest of the fault path",
        "4 CPUs, lzo, zswap-2013: CPUs wait",
        "Where each design ends",
        "What each design does",
        "Latency on 4 CPUs",
        "lockstat on 4 CPUs: lzo, zswap alone",
        "steps, usual: copy 250 ns",
        "CPUs",
    ):
        assert told in done.out
    assert "linux-6.12" not in done.out


def test_what_programs_read(ground: Path, tmp_path: Path) -> None:
    places = (
        "-o",
        tmp_path / "x.json",
        "-o",
        tmp_path / "x.csv",
        "-o",
        tmp_path / "x.html",
        "-o",
        tmp_path / "x.md",
    )
    wanted = ("--codec", "lzo", "--codec", "zstd", "--no-around", "--lock-stat", "8")
    done = inside("scale", ground / "app.trace.bin", *FEW, *GIVEN, *wanted, *places)
    assert (done.code, done.out) == (0, "")
    found = json.loads((tmp_path / "x.json").read_text())
    assert [(one["design"], one["codec"]) for one in found["curves"]] == [
        *(("zcache-2011", "lzo"), ("zcache-2011", "zstd"), ("zswap-2013", "lzo"), ("zswap-2013", "zstd")),
        *(("linux-7.3", "lzo"), ("linux-7.3", "zstd")),
    ]
    assert all([point["cpus"] for point in one["points"]] == [1, 2, 4, 8] for one in found["curves"])
    assert found["costs"]["origins"]["tree_find"] == "usual"
    rows = [*csv.reader(io.StringIO((tmp_path / "x.csv").read_text()))]
    assert any("zswap-2013" in row for row in rows)
    assert "lockstat on 8 CPUs" in (tmp_path / "x.md").read_text()
    page = (tmp_path / "x.html").read_text()
    assert "Speed-up by CPUs" in page
    assert "Time that CPUs wait" in page


def test_a_cost_that_is_given_is_used_and_told(ground: Path) -> None:
    options = ("--locks", "zswap-2013", "--cpus", "8", "--no-around", "--format", "json")
    slow = inside("scale", ground / "app.trace.bin", *options, *GIVEN, "--cost", "tree=20us,line=1us")
    fast = inside("scale", ground / "app.trace.bin", *options, *GIVEN)
    slow_found, fast_found = json.loads(slow.out), json.loads(fast.out)
    assert slow_found["costs"]["ns"]["tree_find"] == 20_000
    assert slow_found["costs"]["origins"]["tree_find"] == "given"
    assert slow_found["curves"][0]["points"][1]["speedup"] < 1.5
    assert fast_found["curves"][0]["points"][1]["speedup"] > 4


def test_what_was_measured_here_is_told(ground: Path) -> None:
    done = inside("scale", ground / "app.trace.bin", "--locks", "zswap-2013", "--cpus", "2", "--codec", "lz4")
    assert done.code == 0, done.err
    assert "steps, measured: " in done.out


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        (("--cpus", "0"), 2, "--cpus: 0 is not a number of CPUs from 1 to 4,096"),
        (("--cpus", "4097"), 2, "--cpus: 4,097 is not a number of CPUs from 1 to 4,096"),
        (("--cpus", "two"), 2, "--cpus: 'two' is not whole numbers with commas between, such as 1,2,4"),
        (("--cpus", ""), 2, "--cpus: '' is not whole numbers"),
        (("--locks", "zswap-2012"), 2, "no lock design is called 'zswap-2012'"),
        (("--deal", "cpu", "--cpus", "64"), 3, "CPU(s), not 64"),
        (("--cost", "tree_fnd=20ns"), 2, "no step is called 'tree_fnd'"),
        (("--cost", "tree=fast"), 2, "fast"),
        (("--codec", "lz5"), 2, "lz5"),
        (("--locks", ""), 2, "no lock design is called ''"),
        (("--between", "soon"), 2, "soon"),
        (("--between", "2h"), 2, "--between: 7,200,000,000,000 ns is not from 0 to 1h"),
        (("--between", "1h"), 2, "the CPUs are not done after 26 days"),
        (("--cost", "tree=2h"), 2, "--cost: tree cannot take 7.2e+12 ns, only from 0 to 1h"),
        (("--cost", "lz4=5s/1s", "--codec", "lz4"), 2, "--cost: a codec can take 4s at most, for a page"),
        (("--plot", "--format", "json"), 2, "--plot"),
        (("--corpus", "nothing.zpages"), 3, "nothing.zpages"),
    ],
)
def test_one_line_for_what_cannot_be(ground: Path, typed: tuple[str, ...], code: int, told: str) -> None:
    done = inside("scale", ground / "app.trace.bin", *GIVEN, *typed)
    assert done.code == code
    assert done.out == ""
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_spaces_and_repeats_do_no_harm(ground: Path) -> None:
    once = inside(
        "scale", ground / "app.trace.bin", *GIVEN, "--locks", "zswap-2013,linux-6.8", "--codec", "lzo"
    )
    spaced = ("--locks", "zswap-2013, linux-6.8", "--codec", "lzo", "--codec", "lzo")
    twice = inside("scale", ground / "app.trace.bin", *GIVEN, *spaced)
    assert once.code == twice.code == 0
    assert once.out == twice.out


def test_designs_are_listed() -> None:
    done = inside("list", "locks")
    assert done.code == 0
    assert "zcache2-2012" in done.out
    assert "linux-7.3" in done.out
