"""The table of what faults and lists cost."""

from __future__ import annotations

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.rules.work_costs import DEFAULT, WORK_COSTS, choose_work_costs


def test_a_page_that_is_read_ahead_takes_with_its_own_fault_what_a_swap_in_takes() -> None:
    for row in WORK_COSTS.values():
        _, cache_hit, swap_in, read_ahead, *_ = row.by_kind
        assert read_ahead + cache_hit == swap_in
        assert all(ns >= 0 for ns in row.by_kind)
    assert not any(WORK_COSTS["none"].by_kind)
    assert all(choose_work_costs(DEFAULT).by_kind)


def test_an_unknown_row_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match="no work costs are called 'usul'; "):
        choose_work_costs("usul")
