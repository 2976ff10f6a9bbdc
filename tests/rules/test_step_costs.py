"""The table of what steps cost."""

from __future__ import annotations

from zswapbench.rules.lock_steps import PAGE_WORKS, WORKS
from zswapbench.rules.step_costs import BY_RULE, COSTS, GROUPS, HAND_OVERS, USUAL
from zswapbench.rules.work_costs import WORK_COSTS


def test_each_work_and_each_hand_over_has_a_cost_and_a_source() -> None:
    assert set(USUAL) | set(BY_RULE) == set(COSTS) == set(WORKS) | set(HAND_OVERS)
    assert not set(USUAL) & set(BY_RULE)
    assert not set(PAGE_WORKS) & set(COSTS)
    assert all(cost.ns > 0 and cost.source for cost in USUAL.values())
    assert all(times > 0 for times in BY_RULE.values())


def test_groups_are_works_that_begin_alike() -> None:
    assert GROUPS == {
        "entry": ("entry_alloc", "entry_free"),
        "tree": ("tree_find", "tree_insert", "tree_erase"),
        "xa": ("xa_load", "xa_store", "xa_erase"),
        "zs": ("zs_malloc", "zs_free"),
        "zbud": ("zbud_alloc", "zbud_free"),
        "slot": ("slot_alloc", "slot_free"),
    }
    assert not set(GROUPS) & set(COSTS)


def test_what_is_split_adds_up_to_no_more_than_the_whole() -> None:
    usual = WORK_COSTS["usual"]
    assert USUAL["fault"].ns == usual.first_touch_ns
    assert USUAL["rmap"].ns == usual.look_ns
    assert USUAL["fault"].ns + USUAL["slot_free"].ns + USUAL["lru"].ns <= usual.swap_in_ns
    assert USUAL["unmap"].ns + USUAL["slot_alloc"].ns <= usual.unmap_ns
