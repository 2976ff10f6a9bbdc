"""Which rules of reclaim a kernel has."""

from __future__ import annotations

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.sim.reclaim.mglru import FORMS


@pytest.mark.parametrize(
    ("kernel", "row"),
    [("6.12", "6.12"), ("6.17.3", "6.12"), ("v6.18", "6.18"), ("7.2", "6.18"), ("7.3", "7.3")],
)
def test_a_kernel_between_two_that_were_read_has_the_rules_of_the_older(kernel: str, row: str) -> None:
    assert reclaim_rules(kernel).name == row
    assert reclaim_rules(kernel).mglru in FORMS


def test_a_kernel_that_is_older_than_all_that_were_read_is_refused() -> None:
    with pytest.raises(UsageError, match=r"known from kernel 6\.12 on, not of 6\.11"):
        reclaim_rules("6.11")
