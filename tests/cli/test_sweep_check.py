"""``check`` of two sweeps: its exit code, what it shows, and what it refuses."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.running import Done, inside
from tests.results.sweeps.sweeping import NAMES, change, copied, more_refaults, sweep
from zswapbench.results.sweeps.store import Store


@pytest.fixture(autouse=True)
def no_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("sweep") / "old.sqlite")


@pytest.fixture
def new(old: Path, tmp_path: Path) -> Path:
    """Of 24 units 8 are worse."""
    path = copied(old, tmp_path / "new.sqlite")
    assert change(path, "json_extract(cell, '$.policy') = 'clock'", more_refaults) == 8
    return path


def check(new: Path, old: Path, *options: str | Path) -> Done:
    return inside("check", new, "--baseline", old, *options)


def refused(done: Done, code: int) -> str:
    assert done.code == code, done
    assert not done.out
    assert done.err.count("\n") == 1
    return done.err


def test_the_same_again_is_no_worse(old: Path) -> None:
    done = check(old, old)
    assert done == (0, "no worse, in 24 units\n\nunits: 24 same\n", "")


def test_what_is_worse_ends_with_1_and_the_worst_come_first(old: Path, new: Path) -> None:
    done = check(new, old)
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith("worse: 8 of 24 units; first: ")
    assert "trace.bin: codec=" in lines[0]
    assert len([line for line in lines if line.endswith("  worse")]) == 8
    assert lines[-1] == "units: 16 same, 8 worse"


def test_twenty_are_shown_and_all_with_all(old: Path, new: Path) -> None:
    change(new, "1", more_refaults)
    shown = check(new, old).out
    assert shown.count("  worse\n") == 20
    assert "and 4 more figures that differ: --all shows them" in shown
    assert check(new, old, "--all").out.count("  worse\n") == 24
    assert check(new, old, "--format", "csv").out.count(",worse\n") == 24


def test_only_what_is_named_can_fail(old: Path, new: Path) -> None:
    assert check(new, old, "--fail-on", "device writes:0").code == 0
    assert check(new, old, "--fail-on", "refaults:1%").code == 1
    assert "nothing can fail by" in refused(check(new, old, "--fail-on", "refaults_of_bound:1%"), 2)


def test_json_and_junit_have_all_units(old: Path, new: Path, tmp_path: Path) -> None:
    done = check(new, old, "--junit", tmp_path / "j.xml", "--format", "json")
    told = json.loads(done.out)
    assert (told["worse"], told["units"], told["units_failing"]) == (True, {"same": 16, "worse": 8}, 8)
    assert len(told["verdicts"]) == 8
    suites = ET.parse(tmp_path / "j.xml").getroot()
    assert len(suites.findall(".//failure")) == 8
    (same,) = [suite for suite in suites if suite.get("name") == "the same"]
    assert len(same) == 16


def test_the_step_summary_has_the_table(
    old: Path, new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    check(new, old)
    assert (tmp_path / "summary").read_text().startswith("### worse: 8 of 24 units")


def test_a_sweep_and_something_else_are_refused(old: Path, tmp_path: Path) -> None:
    trace = old.parent / NAMES[0]
    assert f"{trace}: is no sweep, and {old} is one" in refused(check(trace, old), 3)
    assert f"{trace}: is no sweep, and {old} is one" in refused(check(old, trace), 3)
    (tmp_path / "result.json").write_text("{}")
    assert "result.json: is no sweep" in refused(check(tmp_path / "result.json", old), 3)
    assert "result.json: is no sweep" in refused(check(old, tmp_path / "result.json"), 3)
    assert "there is no baseline yet; copy" in refused(check(old, tmp_path / "no"), 3)
    assert "cannot be read: No such file" in refused(check(tmp_path / "no", old), 3)


def test_options_of_a_replay_and_of_json_are_refused(old: Path, tmp_path: Path) -> None:
    assert "--policy needs a TRACE" in refused(check(old, old, "--policy", "lru"), 2)
    assert "a sweep is its own file" in refused(check(old, old, "--update"), 2)
    assert "a sweep is its own file" in refused(check(old, old, "--save", tmp_path / "x"), 2)


def test_other_traces_and_versions_are_refused(old: Path, new: Path, tmp_path: Path) -> None:
    some = sweep(tmp_path / "some.sqlite", names=NAMES[:1])
    assert "lacks b.trace.bin" in refused(check(some, old), 3)
    with Store.append(new) as store:
        store.note("zswapbench", "0.0.1")
    assert "was made by zswapbench 0.0.1" in refused(check(new, old), 3)
    assert "run it anew" in refused(check(old, new), 3)
