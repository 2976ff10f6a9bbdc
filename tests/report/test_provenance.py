"""How results were made: when, where, from what, and by which command, which makes them again."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import inside
from tests.report.made import better, of_zram, result
from tests.report.test_charts import old
from zswapbench.corpus.shipped import folder
from zswapbench.report.command import commands_of
from zswapbench.report.provenance import in_short, provenance
from zswapbench.results.files import read_results
from zswapbench.results.records import ZRAM, Result
from zswapbench.runs.choices import every_policy
from zswapbench.runs.options import Options, options_of

TRACE = folder() / "python.trace.bin.zst"


def asked(label: str, **options: Any) -> Result:
    one = result(label)
    return replace(one, asked={"policy": label, **options}, bounds={})


def test_date_machine_era_and_origin_are_told() -> None:
    one = result("lru")
    one = replace(
        one,
        inputs={**one.inputs, "origin": "recorded: bpftrace"},
        environment={**one.environment, "processor": "Quick 9", "machine": "x86_64"},
    )
    facts = dict(provenance([one, better()]))
    assert facts["made"] == "2030-03-17 17:46 UTC"
    assert facts["machine"].split("; ")[0] == "Quick 9, x86_64, Linux 6.12.1"
    assert facts["kernel era"] == "zswap-2013"
    assert facts["where the trace is from"] == "recorded: bpftrace"
    assert facts["pool limit"] == "20% = 2,048 page frames (8.0 MiB)"
    assert in_short([one]) == (
        "2030-03-17 17:46 UTC; 400,000 events; recorded: bpftrace; era zswap-2013; "
        "pool limit 20% = 2,048 page frames (8.0 MiB)"
    )


def test_what_old_results_do_not_know_is_left_out() -> None:
    before = replace(old("before"), asked={}, environment={}, timings={})
    assert (
        not {"made", "machine", "zswapbench", "where the trace is from"} & dict(provenance([before])).keys()
    )
    assert commands_of([before]) == []


@pytest.mark.parametrize("when", [0, -1, 1e18, 253_402_300_800])
def test_a_moment_that_no_calendar_has_is_left_out(when: float) -> None:
    one = replace(result("lru"), timings={"made_unix_s": when})
    assert "made" not in dict(provenance([one]))


@pytest.mark.parametrize(
    ("results", "command"),
    [
        ([asked("lru")], "zswapbench run app.trace.bin"),
        ([asked("fifo", codec="zstd:3")], "zswapbench run app.trace.bin --policy fifo --codec zstd:3"),
        ([asked("lru"), asked("class-lru")], "zswapbench compare lru class-lru --trace app.trace.bin"),
        (
            [asked("lru", limit="10%", what_if=True), asked("lru", limit="20%", what_if=True)],
            "zswapbench compare lru,limit=10% lru,limit=20% --trace app.trace.bin --what-if",
        ),
        (
            [
                asked("lru", ram="1GiB", cost="lzo=1us/1us"),
                asked("class-lru", ram="1GiB", cost="lzo=1us/1us"),
            ],
            "zswapbench compare lru class-lru --trace app.trace.bin --ram 1GiB --cost lzo=1us/1us",
        ),
        (
            [replace(asked("./my own.py:P"), verified_pages=3, bounds={"refaults": 1})],
            "zswapbench run app.trace.bin --policy './my own.py:P' --verify --bounds",
        ),
    ],
)
def test_the_command_is_one_that_can_be_pasted(results: list[Result], command: str) -> None:
    assert commands_of(results) == [command]


def of_spec(spec: str, label: str = "") -> Result:
    """A result of what ``spec`` asks for, beside nothing else."""
    options = options_of(spec, Options())
    one = of_zram() if options.setup == ZRAM else result("lru")
    return replace(one, label=label or spec, asked=options.asked(), bounds={})


@pytest.mark.parametrize(
    ("results", "specs"),
    [
        ([of_spec("zram"), of_spec("zswap")], "zram zswap"),
        ([of_spec("zswap"), of_spec("zstd"), of_spec("zstd,zbud")], "zswap zstd lru,pool=zbud,codec=zstd"),
        ([of_spec("zram,7.3", "zram"), of_spec("zram")], "zram,kernel=7.3 zram"),
        ([of_spec("zswap", "zswap (a.json)"), of_spec("fifo", "clock")], "lru fifo"),
    ],
)
def test_a_bare_word_stays_where_it_says_all(results: list[Result], specs: str) -> None:
    assert commands_of(results) == [f"zswapbench compare {specs} --trace app.trace.bin"]


def test_all_policies_are_asked_for_by_all() -> None:
    every = [
        replace(of_spec("lru"), asked=one.asked(), label=one.label) for one in every_policy(Options())[0]
    ]
    results = [replace(one, bounds={"refaults": 1}) for one in [*every, of_spec("zstd")]] + [of_spec("zram")]
    (command,) = commands_of(results)
    assert command == "zswapbench compare --all zstd zram --trace app.trace.bin"
    (unbounded,) = commands_of(every)
    assert unbounded.startswith("zswapbench compare class-lru class-lru-frames clock ")
    (some,) = commands_of(results[1:])
    assert some.endswith(" zstd zram --trace app.trace.bin --bounds")
    assert "--all" not in some


def test_no_code_of_a_result_is_run_to_tell_its_command(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("raise SystemExit('ran')")
    mine = f"{tmp_path}/mine.py:Mine"
    some = [
        replace(asked(name, codec=mine, pool=mine), bounds={"refaults": 1}, label=name)
        for name in ("lru", mine)
    ]
    (command,) = commands_of(some)
    assert command == (
        f"zswapbench compare lru {mine} --trace app.trace.bin --pool {mine} --codec {mine} --bounds"
    )


def test_results_that_no_spec_tells_apart_have_a_command_each() -> None:
    some = [asked("lru", chain_size=4), asked("lru", chain_size=8)]
    assert commands_of(some) == [f"zswapbench run app.trace.bin --chain-size {size}" for size in (4, 8)]


@pytest.mark.parametrize(
    "typed",
    [
        ("compare", "lru", "class-lru", "--trace", TRACE, "--seeds", "2", "--codec", "lz4"),
        ("compare", "zbud", "zsmalloc", "--trace", TRACE, "--era", "6.1", "--bounds", "--codec", "lz4"),
        ("compare", "6.1", "6.12,lz4", "--trace", TRACE, "--device", "hdd", "--max-pool-percent", "30"),
        ("compare", "zram", "zswap", "zstd", "--trace", TRACE),
        ("compare", "--all", "zram", "lru,lz4", "--trace", TRACE, "--pool-limit", "9%"),
        ("compare", "--trace", TRACE, "--pool-limit", "9%", "--pool-limit", "2000p", "--cost", "lzo=1us/2us"),
        ("compare", "lzo", "lz4", "zstd", "--trace", TRACE, "--cost", "lzo=1us/2us,lz4=2us/3us"),
        (
            "run",
            TRACE,
            "--policy",
            "fifo",
            "--ram",
            "64MiB",
            "--accept-threshold-percent",
            "80",
            "--era",
            "6.1",
        ),
    ],
)
def test_the_command_makes_the_same_results_again(
    typed: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert inside(*typed, "-o", tmp_path / "first.json").code == 0
    (command,) = commands_of(read_results(tmp_path / "first.json"))
    monkeypatch.chdir(folder())
    name, *words = shlex.split(command)
    assert name == "zswapbench"
    assert inside(*words, "-o", tmp_path / "again.json").code == 0
    first, again = (timeless(tmp_path / f"{one}.json") for one in ("first", "again"))
    assert first == again


def timeless(path: Path) -> list[dict[str, Any]]:
    """The results in ``path``, without what differs from run to run, and the names that were typed."""
    told = json.loads(path.read_text())
    different = ("timings", "label", "asked")
    return [
        {
            **{name: value for name, value in one.items() if name not in different},
            "draws": {name: value for name, value in one["draws"].items() if name != "timings"},
        }
        for one in (told if isinstance(told, list) else [told])
    ]
