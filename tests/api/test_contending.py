"""CPUs and locks from Python: what may be handed over, and what may not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zswapbench
from zswapbench import shipped
from zswapbench.common.errors import UsageError

COSTS = ["usual", "lzo=4us/1.5us"]


@pytest.mark.parametrize("cpus", [np.array([2, 4]), [np.int64(2), 4], iter([4, 2])])
def test_numbers_of_cpus_may_be_of_numpy(cpus: Any) -> None:
    found = zswapbench.scale(
        shipped.demo_trace(), cpus=cpus, locks=["zswap-2013"], codecs=["lzo"], around=False, cost=COSTS
    )
    (curve,) = found.curves
    assert [(point.cpus, type(point.cpus)) for point in curve.points] == [(1, int), (2, int), (4, int)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"cpus": 4}, "cpus is 4; give a list of whole numbers"),
        ({"cpus": "4"}, "cpus is '4'; give a list of whole numbers"),
        ({"cpus": [4.0]}, "one of cpus is 4.0, not a whole number"),
        ({"cpus": [True]}, "one of cpus is True, not a whole number"),
        ({"locks": []}, "--locks: name a lock design or more"),
        ({"between": "2h"}, "is not from 0 to 1h"),
    ],
)
def test_what_cannot_be_is_said(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        zswapbench.scale(shipped.demo_trace(), **{"cost": COSTS} | wrong)
