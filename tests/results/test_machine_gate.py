"""The gate over results of 'machine'."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.results.machines import changed, machine, setup, sweep
from zswapbench.results.gate import Judgement
from zswapbench.results.machine_gate import judge_machine, setups_of
from zswapbench.results.thresholds import thresholds_of
from zswapbench.results.whole import difference

DEFAULT = thresholds_of([])


def failing(judgement: Judgement) -> list[tuple[str, str]]:
    return [(verdict.label, verdict.name) for verdict in judgement.failing]


def test_the_same_is_no_worse() -> None:
    judgement = judge_machine(machine(), machine(), DEFAULT)
    assert judgement.passed
    assert {verdict.word for verdict in judgement.verdicts} == {"same"}
    assert judgement.notes == ()


def test_a_counter_may_not_get_worse_and_time_only_within_its_limit() -> None:
    base = machine(setup("a"), setup("b"))
    found = machine(changed(setup("a", 1.01e9), faults_major=31), setup("b", 1.05e9))
    judgement = judge_machine(base, found, DEFAULT)
    assert failing(judgement) == [
        ("b", "total_ns"),
        ("b", "slowdown"),
        ("a", "faults_major"),
        ("a", "device_wait_ns"),
        ("b", "device_wait_ns"),
    ]
    assert failing(judge_machine(base, found, thresholds_of(["device_writes:0"]))) == []
    assert failing(judge_machine(base, found, thresholds_of(["slowdown:0.01x"]))) == [("b", "slowdown")]
    assert failing(judge_machine(base, found, thresholds_of(["machine:10%"]))) == []


def test_out_of_memory_is_a_time_that_is_not_met() -> None:
    died = machine(setup(died=9))
    assert ("a", "total_ns") in failing(judge_machine(machine(), died, DEFAULT))
    assert judge_machine(died, machine(), DEFAULT).passed
    assert judge_machine(died, died, DEFAULT).passed


def test_a_set_up_that_is_missing_fails_and_a_new_one_does_not() -> None:
    both = machine(setup("a"), setup("b"))
    assert failing(judge_machine(both, machine(setup("a")), DEFAULT)) == [("b", "result")]
    assert judge_machine(machine(setup("a")), both, DEFAULT).passed
    assert judge_machine(None, both, DEFAULT).passed


def test_in_a_sweep_each_value_is_held_against_its_like() -> None:
    base, found = sweep(("a", [3e9, 1e9])), sweep(("a", [3e9, 2e9]))
    assert [*setups_of(base)] == ["a at ram 1.0 MiB", "a at ram 2.0 MiB"]
    assert {label for label, _ in failing(judge_machine(base, found, DEFAULT))} == {"a at ram 2.0 MiB"}


def test_what_differs_in_how_they_were_made_is_told() -> None:
    found = machine(
        replace(setup(), setting={"device": "ssd", "codec": "lz4", "codec_cost": None}), ram=2 << 20
    )
    notes = judge_machine(machine(), found, DEFAULT).notes
    assert "ram: 1048576 -> 2097152" in notes
    assert any(note.startswith("a: device: ") for note in notes)
    assert any(note.startswith("what lz4 takes was measured") for note in notes)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("corpus_digest", "1" * 64, "corpus a.zpages (111111111111), the baseline's a.zpages (000000000000)"),
        ("count", 999, "a.refs (999 references), the baseline's a.refs (1,000 references)"),
    ],
)
def test_other_inputs_cannot_be_compared(name: str, value: object, message: str) -> None:
    base, other = machine(), machine()
    assert difference(base, replace(other, inputs={**other.inputs, name: value})) == message
    assert difference(base, sweep()) == ""
    assert difference(base, []) == "only one of them is a result of 'machine'"
