"""The two questions that a replay answers, in plain words from the figures."""

from __future__ import annotations

from zswapbench.results import Result


def answers(results: list[Result]) -> list[str]:
    """One sentence for A, one for B."""
    return [_a(results), _b(results)]


def _a(results: list[Result]) -> str:
    stalled = [result for result in results if result.metrics["stalled_stores"]]
    if not stalled:
        return "A: no store found the pool full; a smaller --limit or --pool-limit makes the question arise."
    parts = [
        f"{result.label} flushes {_n(result, 'flushes_per_stalled_store'):.1f} entries for each stalled store "
        f"and saves {100 * _n(result, 'stalled_stores_saved'):.1f} % of its {_n(result, 'stalled_stores'):,.0f}"
        for result in stalled
    ]
    return f"A: when the pool is full, {_join(parts)}{_verdict_a(stalled)}."


def _verdict_a(results: list[Result]) -> str:
    if len(results) < 2:
        return ""
    fewest = min(results, key=lambda result: _n(result, "flushes_per_stalled_store"))
    most = max(results, key=lambda result: _n(result, "flushes_per_stalled_store"))
    if _n(fewest, "flushes_per_stalled_store") <= 0 or fewest is most:
        return ""
    times = _n(most, "flushes_per_stalled_store") / _n(fewest, "flushes_per_stalled_store")
    return f": {fewest.label} needs {times:.1f} times fewer than {most.label}" if times > 1.05 else ""


def _b(results: list[Result]) -> str:
    asked = [result for result in results if result.metrics["flushes_per_frame"] is not None]
    if not asked:
        return f"B: the trace asks for no page frames; {_freed(results)}."
    parts = [
        f"{result.label} flushes {_n(result, 'flushes_per_frame'):.1f} entries for each page frame it gives back"
        for result in asked
    ]
    return f"B: when memory is wanted elsewhere, {_join(parts)}; {_freed(results)}."


def _freed(results: list[Result]) -> str:
    """What flushing for stalled stores gave back on the way."""
    parts = [
        f"{_n(result, 'stall_frames_per_100'):.1f} page frames per 100 flushes under {result.label}"
        for result in results
        if result.metrics["stall_frames_per_100"] is not None
    ]
    if not parts:
        return "no store was stalled, so nothing was freed on the way"
    return f"flushing for stalled stores freed {_join(parts)}"


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _n(result: Result, name: str) -> float:
    value = result.metrics[name]
    return 0.0 if value is None else float(value)
