"""Results of 'zram', read back: what is written is read, older ones too, and what is damaged is told in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from tests.report.made import result
from tests.report.test_zram_tables import made
from zswapbench.common.errors import InputError
from zswapbench.results import records, zram
from zswapbench.results.files import read_any, read_results

Change = Callable[[dict[str, Any]], Any]


def written(folder: Path, text: str) -> Path:
    path = folder / "zram.json"
    path.write_text(text)
    return path


def changed(change: Change) -> str:
    document = json.loads(zram.to_json(made()))
    change(document)
    return json.dumps(document)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    found = read_any(written(tmp_path, zram.to_json(made())))
    assert isinstance(found, zram.ZramResult)
    assert zram.to_json(found) == zram.to_json(made())
    assert asdict(found)["steps"] == asdict(made())["steps"]


def test_a_result_of_run_is_read_as_before(tmp_path: Path) -> None:
    path = written(tmp_path, records.to_json([result("lru")]))
    assert read_any(path) == read_results(path) == [result("lru")]


def test_a_result_of_version_1_is_read_without_what_it_did_not_count(tmp_path: Path) -> None:
    def older(document: dict[str, Any]) -> None:
        document["schema_version"] = 1
        del document["setting"]["backing_dev_pages"]
        for device in document["devices"]:
            del device["events"]["decompressions"]

    found = read_any(written(tmp_path, changed(older)))
    assert isinstance(found, zram.ZramResult)
    assert found.setting["backing_dev_pages"] is None
    assert "decompressions" not in found.devices[0].events
    assert found.schema_version == zram.SCHEMA_VERSION


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda one: one.update(schema_version=99), "zram's schema version 99, of a newer zswapbench"),
        (lambda one: one.update(schema_version="2"), "does not say which version"),
        (lambda one: one.update(steps=[]), "is damaged: the result of 'zram'.steps: [] "),
        (lambda one: one["setting"].pop("kernel"), "'kernel' is a required property"),
        (
            lambda one: one["steps"][0]["devices"][0]["mm_stat"].update(same_pages=-1),
            "the result of 'zram'.steps[0].devices[0].mm_stat.same_pages: -1 is less than",
        ),
        (lambda one: one["steps"][0]["devices"][0]["bd_stat"].pop("bd_count"), "'bd_count' is a required"),
        (lambda one: one.update(more=1), "'more' was unexpected"),
    ],
)
def test_what_is_damaged_is_told_in_one_line(tmp_path: Path, change: Change, complaint: str) -> None:
    path = written(tmp_path, changed(change))
    with pytest.raises(InputError) as raised:
        read_any(path)
    assert complaint in str(raised.value)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_who_wants_results_of_run_is_told_that_this_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a result of 'zram', not of 'run' or 'compare'"):
        read_results(written(tmp_path, zram.to_json(replace(made()))))
