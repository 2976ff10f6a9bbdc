"""Results that can stand side by side: those of one trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zswapbench.results.records import Result


def by_trace(results: Sequence[Result]) -> list[list[Result]]:
    """The results by trace, in the order in which these first come.

    Old results do not know their trace's digest: name, events, footprint and corpus must do.
    """
    digests = {
        _likeness(result): result.inputs["trace_digest"]
        for result in results
        if result.inputs.get("trace_digest")
    }
    groups: dict[Any, list[Result]] = {}
    for result in results:
        alike = _likeness(result)
        key = result.inputs.get("trace_digest") or digests.get(alike, alike)
        groups.setdefault(key, []).append(result)
    return list(groups.values())


def _likeness(result: Result) -> tuple[Any, ...]:
    return tuple(result.inputs[name] for name in ("trace", "events", "footprint_pages", "corpus_digest"))
