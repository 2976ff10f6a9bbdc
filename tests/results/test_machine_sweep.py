"""Where curves of a machine bend: the knee over RAM, and the value with the least time."""

from __future__ import annotations

import json

import pytest

from tests.results.test_machine import setup
from zswapbench.results.machine import MachineResult, SetupResult
from zswapbench.results.machine_sweep import Low, MachineSweep, knee, lowest, to_json

DOUBLED = (1, 2, 4, 8, 16)


@pytest.mark.parametrize(
    ("slowdowns", "found"),
    [
        ((9, 5, 2, 1.9, 1.9), 2),
        ((9, 5, 2, 1.95, 1.5), None),  # a flat part before a steep one is no knee
        ((9, 5, 2, 1.1, 1.005), 4),  # nothing is left to save
        ((2, 2, 2, 2, 2), 0),
        ((2, 2.2, 2, 2.1, 2), 2),  # more RAM may make it slower, and the next step mend that
        ((None, None, 2, 1.9, 1.9), 2),
        ((None, None, None, None, 1.9), None),
        ((None, None, None, None, 1.0), 4),
        ((None,) * 5, None),
    ],
)
def test_the_knee_is_where_more_ram_hardly_saves_time_from_then_on(
    slowdowns: tuple[float | None, ...], found: int | None
) -> None:
    assert knee(DOUBLED, slowdowns) == found


def test_ten_percent_more_ram_has_to_save_one_percent_of_the_time() -> None:
    assert knee((100, 110), (2.0, 2.0 * 0.989)) is None
    assert knee((100, 110), (2.0, 2.0 * 0.991)) == 0
    assert knee((100, 121), (2.0, 2.0 * 0.9805)) == 0
    assert knee((100, 121), (2.0, 2.0 * 0.9795)) is None


def line(*times: float | None, spread: float = 0) -> list[SetupResult]:
    return [setup("a", time or 0, spread, died=None if time else 5) for time in times]


def test_the_least_time_has_a_tie_around_it_as_far_as_nobody_can_tell_the_values_apart() -> None:
    assert lowest(line(9, 5, 3, 4, 6)) == Low(2, 2, 2)
    assert lowest(line(9, 5, 3, 4, 6, spread=0.5)) == Low(2, 2, 3)
    assert lowest(line(900, 500, 301, 300, 302)) == Low(3, 2, 4)
    assert lowest(line(None, None, 3, 2, 6)) == Low(3, 3, 3)
    assert lowest(line(None, None)) is None


def test_a_value_that_is_alike_behind_one_that_is_not_is_no_part_of_the_tie() -> None:
    assert lowest(line(300, 500, 300)) == Low(0, 0, 0)


def test_json_has_a_whole_result_for_each_value() -> None:
    results = tuple(MachineResult({"ram": ram}, {}, [], (setup("a", ram),), {}, {}) for ram in (1, 2))
    sweep = MachineSweep("ram", "B", (1, 2), results)
    form = json.loads(to_json(sweep))
    assert (form["key"], form["unit"], form["values"]) == ("ram", "B", [1, 2])
    assert [one["setups"][0]["metrics"]["total_ns"] for one in form["results"]] == [1, 2]
    assert sweep.labels == ["a"]
    assert [one.metrics["total_ns"] for one in sweep.line(0)] == [1, 2]
