"""Labels: what tells results apart, where what they were called does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from zswapbench.results.records import Result

AnyResult = TypeVar("AnyResult", bound=Result)


def told_apart(results: Sequence[AnyResult]) -> list[AnyResult]:
    """The results, each with a label of its own.

    Where several have the same one, what differs stands behind it, as in a SPEC: "lru,limit=10%"; where that is not
    enough, a number.
    """
    alike: dict[str, list[AnyResult]] = {}
    for result in results:
        alike.setdefault(result.label, []).append(result)
    labels = [_with_differences(result, alike[result.label]) for result in results]
    return [replace(result, label=label) for result, label in zip(results, numbered(labels), strict=True)]


def _with_differences(result: Result, alike: Sequence[Result]) -> str:
    """The label of ``result``, and what was asked for that was not for all which are called as it is."""
    differences = [
        f"{name}={value}"
        for name, value in result.asked.items()
        if value not in ("", None) and any(other.asked.get(name) != value for other in alike)
    ]
    return ",".join([result.label, *differences])


def numbered(labels: Sequence[str]) -> list[str]:
    """The labels, all but the first of equal ones with a number that makes a new one of it."""
    taken: set[str] = set()
    told = []
    for label in labels:
        name, number = label, 1
        while name in taken or (number > 1 and Counter(labels)[name]):
            number += 1
            name = f"{label} #{number}"
        taken.add(name)
        told.append(name)
    return told
