"""Results that are read, judged and told from Python, as the commands do it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zswapbench
from tests.api.inputs import PAGES, SETTING
from tests.cli.running import inside
from zswapbench.common.errors import InputError, UsageError
from zswapbench.report import junit
from zswapbench.results.records import SCHEMA_VERSION

OLD = sorted((Path(__file__).parents[1] / "results/files").glob("*.json"))
SPECS = ["lru", "fifo"]
UNTYPED: Any = zswapbench
"""For what a type checker would not let pass."""


@pytest.fixture(scope="module")
def results(made: Path, tmp_path_factory: pytest.TempPathFactory) -> zswapbench.Results:
    """Of lru and fifo."""
    return zswapbench.compare(made / "app.trace.bin", SPECS, **SETTING)


@pytest.fixture
def base(results: zswapbench.Results, tmp_path: Path) -> Path:
    """They, in a file."""
    zswapbench.make_report(results, tmp_path / "base.json")
    return tmp_path / "base.json"


def read(path: Path) -> zswapbench.Results:
    """The results in a file that has none of zram."""
    found = zswapbench.read_results(path)
    assert isinstance(found, zswapbench.Results)
    return found


def without_timings(text: str) -> list[Any]:
    return [
        {name: one[name] for name in one if name not in ("timings", "environment")}
        for one in json.loads(text)
    ]


def test_results_that_were_written_are_read_back(results: zswapbench.Results, base: Path) -> None:
    again = read(base)
    assert again == results
    assert isinstance(again, zswapbench.Results)
    assert {type(one) for one in again} == {zswapbench.Result}


def test_results_in_json_are_those_of_the_command(results: zswapbench.Results, made: Path) -> None:
    arguments = (
        "--trace",
        made / "app.trace.bin",
        "--codec",
        "lz4",
        "--pool-limit",
        "9p",
        "--format",
        "json",
    )
    done = inside("compare", *SPECS, *arguments)
    assert without_timings(zswapbench.make_report(results, form="json")) == without_timings(done.out)


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_results_of_earlier_versions_are_read_and_shown(path: Path) -> None:
    (result, *_) = found = read(path)
    assert result.schema_version == SCHEMA_VERSION
    assert result.label in found._repr_html_()
    assert found.to_pandas()["refaults"].tolist() == [one.metrics["refaults"] for one in found]


def test_results_with_one_label_are_written_so_that_they_can_be_read(made: Path, tmp_path: Path) -> None:
    limits = ("5p", "9p", "9p")
    several = [zswapbench.replay(made / "app.trace.bin", codec="lz4", limit=limit) for limit in limits]
    zswapbench.make_report(several, tmp_path / "r.json")
    labels = [one.label for one in read(tmp_path / "r.json")]
    assert labels == ["lru,limit=5p", "lru,limit=9p", "lru,limit=9p #2"]


@pytest.mark.parametrize("form", ["table", "csv", "markdown", "html"])
def test_a_report_is_that_of_the_command(base: Path, tmp_path: Path, form: str) -> None:
    told = zswapbench.make_report(base, tmp_path / "ours", form=form)
    assert (tmp_path / "ours").read_text() == told
    if form == "html":
        assert inside("report", base, "-o", tmp_path / "theirs.html").code == 0
        assert (tmp_path / "theirs.html").read_text() == told
    else:
        assert told.count("refaults") == zswapbench.make_report(
            zswapbench.read_results(base), form=form
        ).count("refaults")


@pytest.mark.parametrize("form", ["table", "csv", "markdown"])
def test_a_report_of_one_result_is_that_of_the_command_run(made: Path, form: str) -> None:
    options = {**SETTING, "cost": "lz4=2us/1us"}
    done = inside(
        "run",
        made / "app.trace.bin",
        "--codec",
        "lz4",
        "--pool-limit",
        "9p",
        "--cost",
        options["cost"],
        "--format",
        form,
    )
    assert zswapbench.make_report(zswapbench.replay(made / "app.trace.bin", **options), form=form) == done.out


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("r.json", "["),
        ("r.csv", "metric,lru,fifo,fifo change"),
        ("r.md", "### app.trace.bin, 3,000 events (recorded: the trace does not say how)"),
        ("r.html", "<!DOCTYPE html>"),
        ("r", "app.trace.bin, 3,000 events (recorded: the trace does not say how)"),
    ],
)
def test_the_name_of_the_output_says_the_form(
    results: zswapbench.Results, tmp_path: Path, name: str, line: str
) -> None:
    told = zswapbench.make_report(results, tmp_path / name)
    assert line in told.splitlines()
    assert (tmp_path / name).read_text() == told


def test_results_of_several_traces_have_a_table_for_each(results: zswapbench.Results) -> None:
    events = zswapbench.EVENT
    stores = zswapbench.make_trace(PAGES, events=300)
    other = zswapbench.replay(stores, corpus=PAGES, **SETTING)
    assert stores.events.dtype == events
    told = zswapbench.make_report([*results, other], form="markdown")
    assert told.count("### app.trace.bin") == 1
    assert told.count("### lru") == 1
    assert zswapbench.Results([*results, other])._repr_html_().count("<table>") == 2


@pytest.mark.parametrize("fail_on", [(), ("refaults:0",), ("headline", "stores:1%")])
def test_a_judgement_is_that_of_the_command(
    results: zswapbench.Results, base: Path, tmp_path: Path, fail_on: tuple[str, ...]
) -> None:
    zswapbench.make_report(results[1], tmp_path / "new.json")
    zswapbench.make_report(results[0], base)
    renamed = json.loads((tmp_path / "new.json").read_text()) | {"label": "lru"}
    (tmp_path / "new.json").write_text(json.dumps(renamed))
    judgement = zswapbench.check(tmp_path / "new.json", base, fail_on=fail_on)
    options = [word for one in fail_on for word in ("--fail-on", one)]
    for form in ("json", "table", "markdown", "junit"):
        done = inside("check", tmp_path / "new.json", "--baseline", base, *options, "--format", form)
        assert zswapbench.make_report(judgement, form=form) == done.out
        assert done.code == int(not judgement.passed)
    assert zswapbench.make_report(judgement, tmp_path / "j.xml") == junit.render(judgement)


def test_what_is_no_worse_passes_and_what_is_worse_does_not(results: zswapbench.Results, made: Path) -> None:
    smaller = zswapbench.replay(made / "app.trace.bin", "fifo", codec="lz4", limit="5p")
    assert zswapbench.check(results, results).passed
    judgement = zswapbench.check(smaller, results[0], fail_on=["refaults:0", "pool_pages_peak:0"])
    assert [one.name for one in judgement.failing] == ["refaults"]
    assert not judgement.passed
    assert zswapbench.check(smaller, results[0], fail_on=["refaults:900%"]).passed


def test_several_results_are_matched_by_their_labels(results: zswapbench.Results) -> None:
    assert zswapbench.check([*reversed(results)], results).passed
    judgement = zswapbench.check(results[:1], results)
    assert [(one.label, one.name, one.word) for one in judgement.failing] == [("fifo", "result", "missing")]


def test_results_with_one_label_are_matched_with_what_was_written_of_them(made: Path, tmp_path: Path) -> None:
    several = [zswapbench.replay(made / "app.trace.bin", codec="lz4", limit=limit) for limit in ("5p", "9p")]
    zswapbench.make_report(several, tmp_path / "grid.json")
    assert zswapbench.check(several, tmp_path / "grid.json").passed
    assert not zswapbench.check([*reversed(several)][:1] * 2, tmp_path / "grid.json").passed


def test_what_a_baseline_asked_for_can_be_replayed(made: Path, base: Path) -> None:
    old = read(base)[1]
    again = zswapbench.replay(made / "app.trace.bin", **old.asked)
    assert zswapbench.check(again, old).passed


def test_results_of_other_inputs_are_not_compared(results: zswapbench.Results, base: Path) -> None:
    other = zswapbench.replay(zswapbench.make_trace(PAGES, events=300), corpus=PAGES, **SETTING)
    with pytest.raises(InputError, match=r"result: cannot be compared with .*base.json: corpus <array>"):
        zswapbench.check(other, base)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda some: UNTYPED.check(some, 5), "baseline is 5, not a path, a Result or a list of these"),
        (lambda some: UNTYPED.check([], some), "result is empty; give one or more results"),
        (lambda some: UNTYPED.check([3], some), "result has one that is 3, not a Result"),
        (
            lambda some: UNTYPED.check(some, some, fail_on="headline"),
            "fail_on is 'headline'; give a list of text",
        ),
        (lambda some: UNTYPED.check(some, some, fail_on=[1]), "one of fail_on is 1, not text"),
        (
            lambda some: UNTYPED.check(some, some, fail_on={"refaults": "1%"}),
            "fail_on is of type dict; give a list of text, such as ['refaults:2%']",
        ),
        (
            lambda some: UNTYPED.check(some, some, fail_on=["refault:1"]),
            "no figure is called 'refault'; did you",
        ),
        (
            lambda some: UNTYPED.check(some, some, fail_on=["replay_s:5%"]),
            "which only 'zswapbench check --timings'",
        ),
        (
            lambda some: UNTYPED.make_report(some, form="pdf"),
            "no form is called 'pdf'; there are: table, json, csv",
        ),
        (lambda some: UNTYPED.make_report(some, form=None), "form is of type NoneType, not text"),
        (
            lambda some: UNTYPED.make_report(some, "/no/such/folder/r.md"),
            "cannot be written: No such file",
        ),
        (
            lambda some: UNTYPED.make_report(some, "-"),
            "output is '-', and nothing is printed here: name a file",
        ),
        (
            lambda some: UNTYPED.make_report(None),
            "results is of type NoneType, not a path, a Result or a list",
        ),
        (lambda some: UNTYPED.read_results(b"r.json"), "results is of type bytes, not a path"),
        (lambda some: UNTYPED.Results([3]), "one of results is 3, not a Result"),
    ],
)
def test_what_cannot_be_judged_or_told_is_told_in_one_line(
    results: zswapbench.Results, call: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        call(results)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_telling_prints_nothing(
    results: zswapbench.Results, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("r.json", "r.csv", "r.md", "r.html", "r"):
        zswapbench.make_report(results, tmp_path / name)
    assert not zswapbench.check(results[:1], results).passed
    assert capfd.readouterr() == ("", "")
