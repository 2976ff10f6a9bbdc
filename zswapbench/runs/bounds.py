"""How few refaults there could be: each setting replayed once more, under policies that see the future."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from zswapbench.plugins.registry import POLICIES
from zswapbench.results.metrics import bounded
from zswapbench.results.records import Result
from zswapbench.runs.planning import Plan
from zswapbench.runs.replaying import AnyPlan

BOUNDS = ("min", "min-frames")
"""The policies that refaults are held against. They see the future; which has fewer depends on what flushes are for."""


def bounds_of(plans: Sequence[AnyPlan]) -> list[Plan]:
    """A plan with each of BOUNDS for each ground of ``plans``, unless one of them has it already. zram has none."""
    caches = [plan for plan in plans if isinstance(plan, Plan)]
    there = {(plan.ground, plan.setting.policy.leaf.name) for plan in caches}
    grounds = {plan.ground: plan for plan in caches}
    return [
        replace(
            plan,
            options=replace(plan.options, policy=name, verify=False),
            setting=replace(plan.setting, policy=POLICIES.choose(name)),
        )
        for plan in grounds.values()
        for name in BOUNDS
        if (plan.ground, name) not in there
    ]


def beside_bounds(
    plans: Sequence[AnyPlan], replayed: Sequence[AnyPlan], results: Sequence[Result]
) -> list[Result]:
    """The results of ``plans``, each beside the better bound of its ground.

    ``replayed``: ``plans``, then those of ``bounds_of``; ``results``: of all of these.
    """
    best: dict[tuple[Any, ...], list[Result]] = {}
    for plan, one in zip(replayed, results, strict=True):
        if isinstance(plan, Plan) and plan.setting.policy.leaf.name in BOUNDS:
            best.setdefault(plan.ground, []).append(one)
    return [
        bounded(one, best[plan.ground]) if isinstance(plan, Plan) else one
        for plan, one in zip(plans, results, strict=False)
    ]
