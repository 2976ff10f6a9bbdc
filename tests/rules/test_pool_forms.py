"""Which form of a pool a kernel has."""

from __future__ import annotations

from typing import Any

import pytest

from zswapbench.plugins.registry import POOLS
from zswapbench.rules.pool_forms import form_of

ONE, SPREAD = {"rules": "6.4"}, {"rules": "6.4", "pools": 32}


@pytest.mark.parametrize(
    ("pool", "version", "form"),
    [
        ("zsmalloc", (0, 0), {"rules": "2012"}),
        ("zsmalloc", (3, 17), {"rules": "2012"}),
        ("zsmalloc", (6, 2), {"rules": "4.2"}),
        ("zsmalloc", (6, 3), {"rules": "6.3"}),
        ("zsmalloc", (6, 4), ONE),
        ("zsmalloc", (6, 5), ONE),
        ("zsmalloc", (6, 6), SPREAD),
        ("zsmalloc", (6, 10), SPREAD),
        ("zsmalloc", (6, 11), ONE),
        ("zsmalloc", (7, 3), ONE),
        ("z3fold", (4, 8), {"rules": "4.8"}),
        ("z3fold", (4, 10), {"rules": "4.8"}),
        ("z3fold", (4, 11), {"rules": "4.11"}),
        ("z3fold", (5, 6), {"rules": "4.11"}),
        ("z3fold", (5, 7), {"rules": "5.10"}),
        ("z3fold", (6, 12), {"rules": "5.10"}),
        ("z3fold", (3, 11), {"rules": "4.8"}),
        ("z3fold", (0, 0), {}),
        ("zbud", (6, 1), {}),
        ("ideal", (6, 1), {}),
    ],
)
def test_a_pool_has_the_form_of_the_kernel(pool: str, version: tuple[int, int], form: dict[str, Any]) -> None:
    assert form_of(pool, version) == form
    assert POOLS.choose(pool, lambda name: form_of(name, version)).parameters.items() >= form.items()


def test_a_form_holds_for_what_is_not_said_unless_its_first_parameter_is() -> None:
    def in_6_8(name: str) -> dict[str, Any]:
        return form_of(name, (6, 8))

    assert str(POOLS.choose("zsmalloc:chain=16", in_6_8)) == "zsmalloc:rules=6.4:chain=16:pools=32"
    assert str(POOLS.choose("zsmalloc:pools=1", in_6_8)) == "zsmalloc:rules=6.4:pools=1"
    assert str(POOLS.choose("zsmalloc:2012", in_6_8)) == "zsmalloc:rules=2012"
    assert str(POOLS.choose("zsmalloc:6.4", in_6_8)) == "zsmalloc:rules=6.4"
