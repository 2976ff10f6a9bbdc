"""What a step costs in a run: as somebody says, as measured, as usual."""

from __future__ import annotations

import numpy as np
import pytest

from zswapbench.common.errors import UsageError
from zswapbench.common.machine import two_cores
from zswapbench.rules.step_costs import COSTS, USUAL
from zswapbench.runs import step_costs as module
from zswapbench.runs.step_costs import FEWEST, asked_costs, step_costs

NOT_MEASURED = {"rmap", "unmap", "slot_alloc", "slot_free", "lru", "fault"}


def test_without_measuring_costs_are_those_of_the_table_every_time() -> None:
    first, again = step_costs({}, 1000, measured=False), step_costs({}, 9, measured=False)
    assert first == again
    assert list(first.ns) == list(COSTS)
    assert {name: cost.ns for name, cost in USUAL.items()} == {name: first.ns[name] for name in USUAL}
    assert {name for name, origin in first.origins.items() if origin == "by rule"} == {
        "line_per_waiter",
        "far_line",
    }
    assert first.noisy == ()
    assert first.entries == 0


def test_what_follows_from_a_line_follows_from_the_one_that_is_given() -> None:
    found = step_costs({"line": 60}, 1000, measured=False)
    assert (found.ns["line_per_waiter"], found.ns["far_line"]) == (30, 150)
    assert found.origins["line"] == "given"
    assert found.origins["far_line"] == "by rule"
    assert step_costs({"line": 60, "far_line": 70}, 1000, measured=False).ns["far_line"] == 70


@pytest.mark.parametrize("given", [{"tree": 200, "tree_erase": 7}, {"tree_erase": 7, "tree": 200}])
def test_a_group_is_for_all_that_are_not_named_themselves(given: dict[str, float]) -> None:
    found = step_costs(given, 1000, measured=False)
    assert [found.ns[f"tree_{what}"] for what in ("find", "insert", "erase")] == [200, 200, 7]
    assert found.ns["xa_load"] == USUAL["xa_load"].ns


def test_what_can_be_measured_is_and_what_is_given_is_not() -> None:
    found = step_costs(
        {"list": 5, "zs": 6, "atomic": 7}, 1, measured=True, sizes=np.array([0, 100, 5000], np.uint32)
    )
    given = {"list", "zs_malloc", "zs_free", "atomic"}
    by_rule = {"line_per_waiter", "far_line"}
    usual = NOT_MEASURED | (set() if two_cores() else {"line"})
    assert {name for name, origin in found.origins.items() if origin == "given"} == given
    assert {name for name, origin in found.origins.items() if origin == "usual"} == usual
    assert {name for name, origin in found.origins.items() if origin == "by rule"} == by_rule
    assert set(found.spreads) == set(COSTS) - given - by_rule - usual
    assert all(ns > 0 for ns in found.ns.values())
    assert found.entries == FEWEST
    assert set(found.noisy) <= set(found.spreads)


def test_a_tree_of_more_entries_takes_longer_to_search() -> None:
    others: dict[str, float] = dict.fromkeys(set(COSTS) - {"tree_find"}, 1.0)
    few, many = (step_costs(others, entries, measured=True) for entries in (1000, 1 << 17))
    assert many.entries == 1 << 17
    assert set(many.spreads) == {"tree_find"}
    assert many.ns["tree_find"] > 1.5 * few.ns["tree_find"]


def test_on_one_cpu_a_line_takes_what_it_usually_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "two_cores", lambda: None)
    others: dict[str, float] = dict.fromkeys(set(COSTS) - {"line"}, 1.0)
    found = step_costs(others, 1000, measured=True)
    assert (found.ns["line"], found.origins["line"]) == (USUAL["line"].ns, "usual")


def test_a_cost_option_is_taken_apart() -> None:
    asked = asked_costs(" tree = 200ns, lz4=3us/1us ,zstd:level=1=9us/3us, line=0.5ns,")
    assert asked.steps == {"tree_find": 200, "tree_insert": 200, "tree_erase": 200, "line": 0.5}
    assert asked.codecs == "lz4=3us/1us,zstd:level=1=9us/3us"
    assert asked.measured
    assert not asked_costs("usual").measured
    assert asked_costs("").measured


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tree_fnd=3ns", "no step is called 'tree_fnd'; did you mean tree_find?"),
        ("tre=3ns", "no step is called 'tre'; did you mean tree?"),
        ("usul", "'usul' is no cost; write it like"),
        ("=3ns", "no step is called ''"),
        ("tree=3", "'3' is not a duration"),
        ("tree=-3ns", "'-3ns' is not a duration"),
    ],
)
def test_what_is_no_cost_is_refused_with_what_was_probably_meant(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        asked_costs(text)
    assert message in str(error.value)


@pytest.mark.parametrize("ns", [-1.0, float("nan")])
def test_a_cost_is_not_below_0(ns: float) -> None:
    with pytest.raises(UsageError, match="--cost: line cannot take"):
        step_costs({"line": ns}, 1, measured=False)
