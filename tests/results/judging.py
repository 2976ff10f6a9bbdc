"""Results to be judged, and the verdict on one figure, in a line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.report.made import result
from zswapbench.results.gate import (
    Verdict,
    judge,
)
from zswapbench.results.records import Result
from zswapbench.results.thresholds import (
    thresholds_of,
)


def counted(*, metrics: dict[str, Any] | None = None, **counters: Any) -> Result:
    """A result with other counters, and metrics; what is both is the same in both."""
    made = result("lru")
    changed = {**counters, **(metrics or {})}
    return replace(
        made,
        counters={
            **made.counters,
            **counters,
            **{name: changed[name] for name in changed if name in made.counters},
        },
        metrics={**made.metrics, **{name: changed[name] for name in changed if name in made.metrics}},
    )


def verdict_on(base: Result, found: Result, name: str, *expressions: str) -> Verdict:
    """The verdict on one figure."""
    judgement = judge([base], [found], thresholds_of(expressions))
    (verdict,) = [one for one in judgement.verdicts if one.name == name]
    return verdict


def refaults(base: float, found: float, *expressions: str) -> Verdict:
    """The verdict on refaults, which should not rise."""
    sides = [counted(metrics={"refaults": value}, refaults=value) for value in (base, found)]
    return verdict_on(sides[0], sides[1], "refaults", *expressions)
