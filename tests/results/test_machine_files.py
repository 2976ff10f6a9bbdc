"""Results of 'machine' are read back as they were, and what is damaged is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.results.machines import machine, sweep
from zswapbench.common.errors import InputError
from zswapbench.results.files import read_any, read_results
from zswapbench.results.machine import to_json
from zswapbench.results.machine_sweep import to_json as sweep_json


def test_both_kinds_are_read_back_as_they_were(tmp_path: Path) -> None:
    for name, result, text in (
        ("one.json", machine(), to_json(machine())),
        ("sweep.json", sweep(), sweep_json(sweep())),
    ):
        (tmp_path / name).write_text(text)
        assert read_any(tmp_path / name) == result
        with pytest.raises(InputError, match="is a result of 'machine', not of 'run' or 'compare'"):
            read_results(tmp_path / name)


def without_counters(form: dict[str, Any]) -> None:
    del form["setups"][0]["counters"]


def negative(form: dict[str, Any]) -> None:
    form["setups"][0]["counters"]["touches"] = -1


def uneven(form: dict[str, Any]) -> None:
    form["setups"][0]["series"]["pool_pages"].append(1)


def no_setups(form: dict[str, Any]) -> None:
    form["setups"] = []


def newer(form: dict[str, Any]) -> None:
    form["schema_version"] = 99


def without_version(form: dict[str, Any]) -> None:
    del form["schema_version"]


DAMAGE: dict[Callable[[dict[str, Any]], None], str] = {
    without_counters: "'counters' is a required property",
    negative: "setups[0].counters.touches: -1 is less than the minimum of 0",
    uneven: "a: its series are not of one length",
    no_setups: "is damaged",
    newer: "has schema version 99 of a machine, of a newer zswapbench",
    without_version: "does not say which version",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: one.__name__)
def test_what_is_damaged_is_told(damage: Callable[[dict[str, Any]], None], tmp_path: Path) -> None:
    form = json.loads(to_json(machine()))
    damage(form)
    (tmp_path / "a.json").write_text(json.dumps(form))
    with pytest.raises(InputError) as caught:
        read_any(tmp_path / "a.json")
    assert DAMAGE[damage] in str(caught.value)


def test_a_sweep_has_the_same_set_ups_at_each_value(tmp_path: Path) -> None:
    form = json.loads(sweep_json(sweep()))
    form["results"][1]["setups"][0]["label"] = "other"
    (tmp_path / "a.json").write_text(json.dumps(form))
    with pytest.raises(InputError, match="it has not the same set-ups at each value"):
        read_any(tmp_path / "a.json")
