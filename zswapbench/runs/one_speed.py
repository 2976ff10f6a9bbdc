"""Codecs that are held against each other, measured while the machine was equally fast.

What a codec costs is remembered, and the machine may have been slower when another was measured: their yardsticks tell
(zswapbench.corpus.yardstick).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zswapbench.common.progress import Progress
from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.corpus.yardstick import SAME_SPEED, speed_change
from zswapbench.runs.loading import Loaded
from zswapbench.runs.replaying import AnyPlan


def at_one_speed(loaded: Loaded, plans: Sequence[AnyPlan], progress: Progress) -> list[AnyPlan]:
    """``plans``, which are of ``loaded``, with measured costs of codecs that can be held against each other.

    Where the machine changed its speed between two of them, all are measured anew, one after the other. What it changed
    even then is added to their spreads. Raises what ``Loaded.costs_under`` raises.
    """
    codecs = {str(plan.codec): plan.codec for plan in plans if _is_measured(plan)}
    found = {name: loaded.costs_under(codec, progress) for name, codec in codecs.items()}
    if _change(found) <= SAME_SPEED:
        return list(plans)
    found = {name: loaded.costs_under(codec, progress, anew=True) for name, codec in codecs.items()}
    if (change := _change(found)) > SAME_SPEED:
        found = {name: costs and costs.less_sure(change) for name, costs in found.items()}
    return [
        replace(plan, codec_costs=found[str(plan.codec)]) if _is_measured(plan) else plan for plan in plans
    ]


def _is_measured(plan: AnyPlan) -> bool:
    return plan.codec_costs is not None and not plan.codec_costs.given


def _change(found: dict[str, CodecCosts | None]) -> float:
    return speed_change([costs.yardstick for costs in found.values() if costs])
