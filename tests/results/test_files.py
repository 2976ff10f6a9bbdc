"""Result files: what is written is read back, old ones too, and what is no result is told in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.report.made import better, result
from zswapbench.common.errors import InputError
from zswapbench.results.counters import COUNTERS
from zswapbench.results.files import read_results, schema
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import SCHEMA_VERSION, ZRAM, Result, to_json
from zswapbench.results.times import TIMES
from zswapbench.runs.options import Options

ROOT = Path(__file__).parents[2]
OLD = Path(__file__).parent / "files"
"""What a zswapbench of each earlier version wrote for `compare lru class-lru` on the shipped postgres trace."""


def written(folder: Path, document: Any) -> Path:
    """``document`` as a file."""
    path = folder / "result.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def made() -> dict[str, Any]:
    """A result as a document, to be changed."""
    document: dict[str, Any] = json.loads(to_json([result("lru")]))
    return document


@pytest.mark.parametrize("results", [[result("lru")], [result("lru", verified_pages=3), better("[x] <b>")]])
def test_what_is_written_is_read_back(tmp_path: Path, results: list[Result]) -> None:
    assert read_results(written(tmp_path, to_json(results))) == results


def test_the_schema_is_one_and_is_made_from_what_results_know() -> None:
    Draft202012Validator.check_schema(schema())
    properties = schema()["$defs"]["result"]["properties"]
    assert list(properties["counters"]["properties"]) == [metric.name for metric in COUNTERS]
    assert list(properties["metrics"]["properties"]) == [metric.name for metric in (*METRICS, *TIMES)]
    assert properties["schema_version"] == {"const": SCHEMA_VERSION}
    assert list(properties) == list(asdict(result("lru")))
    asked = {*Options(sample_rate=0.1).asked(), *Options(setup=ZRAM).asked()}
    assert set(properties["asked"]["properties"]) == asked
    done = subprocess.run([sys.executable, ROOT / "scripts" / "make-schema", "--check"], check=False)
    assert done.returncode == 0, "run scripts/make-schema"


def test_the_whole_file_is_valid_under_the_published_schema() -> None:
    Draft202012Validator(schema()).validate(made())
    Draft202012Validator(schema()).validate([made(), made()])
    assert not Draft202012Validator(schema()).is_valid([])


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_file_of_every_earlier_version_is_read(version: int) -> None:
    path = OLD / f"{version}.json"
    documents = json.loads(path.read_text())
    assert {document["schema_version"] for document in documents} == {version}
    found = read_results(path)
    assert [one.label for one in found] == ["lru", "class-lru"]
    assert {one.schema_version for one in found} == {SCHEMA_VERSION}
    for one, document in zip(found, documents, strict=True):
        assert one.counters == document["counters"]
        assert one.metrics == document["metrics"]
        assert one.classes == document["classes"]
        assert bool(one.asked) == bool(one.inputs["trace_digest"]) == bool(one.barren_runs) == (version >= 4)
    assert found[0].setting["policy_is_era_default"]
    assert not found[1].setting["policy_is_era_default"]
    assert bool(found[0].series) == (version >= 3)


def test_a_pool_that_was_asked_for_by_name_is_the_one_that_it_was_then() -> None:
    asked = read_results(OLD / "5.json")[0].asked
    assert asked["pool"] == "zsmalloc:rules=6.4:chain=16"
    assert (asked["chain_size"], asked["what_if"]) == (None, True)


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "no version": (lambda one: one.pop("schema_version"), "is not a result of 'run' or 'compare'"),
    "a newer version": (
        lambda one: one.update(schema_version=99),
        "has schema version 99, of a newer zswapbench",
    ),
    "a version in words": (
        lambda one: one.update(schema_version="4"),
        "is not a result of 'run' or 'compare'",
    ),
    "version 0": (lambda one: one.update(schema_version=0), "is not a result of 'run' or 'compare'"),
    "a part is missing": (lambda one: one.pop("counters"), "'counters' is a required property"),
    "a part of another kind": (
        lambda one: one.update(counters=[]),
        "result 0.counters: [] is not of type 'object'",
    ),
    "a counter in words": (
        lambda one: one["counters"].update(refaults="9"),
        "result 0.counters.refaults: '9' is not of type 'integer'",
    ),
    "a part that there is not": (lambda one: one.update(more=1), "'more' was unexpected"),
    "an option that there is not": (lambda one: one["asked"].update(more=1), "'more' was unexpected"),
    "pages of no size": (lambda one: one["setting"].update(page_size=5), "result 0.setting.page_size"),
    "a class without size": (
        lambda one: one["classes"][0].pop("size"),
        "result 0.classes[0]: 'size' is a required",
    ),
    "series of several lengths": (
        lambda one: one["series"]["event"].append(3),
        "result 0.series: its lists are not of one length",
    ),
    "an old version without a setting": (
        lambda one: one.update(schema_version=1, setting=None),
        "is not what a result of schema version 1 is",
    ),
    "an old version that lacks a part": (
        lambda one: (one.update(schema_version=2), one.pop("inputs")),
        "is not what a result of schema version 2 is",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_as_the_schema_has_it_is_told(tmp_path: Path, name: str) -> None:
    change, said = CHANGES[name]
    document = made()
    change(document)
    path = written(tmp_path, document)
    with pytest.raises(InputError) as told:
        read_results(path)
    assert str(told.value).startswith(f"{path}: ")
    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON, or was cut: line 1"),
        (to_json([result("lru")])[:2_000], "is not JSON, or was cut: line "),
        ("[]", "holds no result"),
        ("[1]", "is not a result of 'run' or 'compare'"),
        ("null", "is not a result of 'run' or 'compare'"),
        ('{"schema_version": NaN}', "NaN is not a number in JSON"),
        ("[" * 100_000, "is not JSON that a result can be"),
        ('{"schema_version": ' + "9" * 5_000 + "}", "is not JSON that a result can be"),
    ],
    ids=range(8),
)
def test_what_is_no_result_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_results(written(tmp_path, text))


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_results(tmp_path / "no")
    with pytest.raises(InputError, match="is a folder"):
        read_results(tmp_path)
    path = tmp_path / "core"
    path.write_bytes(b"\x7fELF\xff\xfe")
    with pytest.raises(InputError, match="offset 4: is not JSON: it is not text"):
        read_results(path)


def test_a_damaged_figure_among_thousands_is_told_in_a_line_that_can_be_read(tmp_path: Path) -> None:
    one = replace(result("lru"), counters={"x" * 10_000: 1.5})  # type: ignore[dict-item]
    with pytest.raises(InputError) as told:
        read_results(written(tmp_path, to_json([better(), one])))
    assert "is damaged: result 1.counters" in str(told.value)


def test_the_second_result_of_a_file_is_looked_at_too(tmp_path: Path) -> None:
    second = made()
    second["timings"] = {"total_ns": "long"}
    with pytest.raises(InputError, match=r"result 1\.timings\.total_ns: 'long' is not of type 'number'"):
        read_results(written(tmp_path, [made(), second]))


@pytest.mark.parametrize("place", ["counters", "metrics"])
def test_a_figure_that_is_counter_and_metric_is_one_figure(tmp_path: Path, place: str) -> None:
    changed = made()
    changed[place]["refaults"] = 1
    with pytest.raises(
        InputError, match=r"result 0: refaults is \d+ among its counters and \d+ among its metrics"
    ):
        read_results(written(tmp_path, changed))


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = json.dumps(made()).replace('"refaults":', '"refaults": 1, "refaults":', 1)
    with pytest.raises(InputError, match="is not JSON that a result can be: an object has 'refaults' twice"):
        read_results(written(tmp_path, text))


def test_results_of_one_label_must_be_the_same_but_for_their_timings(tmp_path: Path) -> None:
    again = result("lru", timings={"total_ns": 1.0})
    assert len(read_results(written(tmp_path, to_json([result("lru"), again])))) == 2
    with pytest.raises(InputError, match="two different results with the label 'lru'; give each a label"):
        read_results(written(tmp_path, to_json([result("lru"), again, result("lru", refaults=1)])))


def test_a_document_that_is_nested_deep_is_no_result(tmp_path: Path) -> None:
    for depth in (60, 900, 100_000):
        path = tmp_path / "deep.json"
        path.write_text('[{"schema_version": 6, "setting": {"era": ' + "[" * depth + "]" * depth + "}}]")
        with pytest.raises(InputError, match=r"nested more than 50 deep|not JSON that a result can be"):
            read_results(path)
