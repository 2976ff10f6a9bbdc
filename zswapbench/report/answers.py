"""The two questions that a replay answers, in plain words from the figures."""

from __future__ import annotations

from zswapbench.results import Result


def answers(results: list[Result]) -> list[str]:
    """One sentence for A (where does a new page go), one for B (how does the pool shrink)."""
    return [_a(results), _b(results)]


def _a(results: list[Result]) -> str:
    stalled = [result for result in results if result.metrics["stalled_stores"]]
    if not stalled:
        return "A: no store found the pool full; a smaller pool limit makes the question arise."
    parts = [
        f"{_n(result, 'flushes_per_stalled_store'):.1f} entries under {result.label} "
        f"({100 * _n(result, 'stalled_stores_saved'):.1f} % of {_n(result, 'stalled_stores'):,.0f} then fit)"
        for result in stalled
    ]
    verdict = _verdict(stalled, "flushes_per_stalled_store")
    return f"A: a store that finds the pool full flushes {_join(parts)}{verdict}."


def _b(results: list[Result]) -> str:
    asked = [result for result in results if result.metrics["flushes_per_frame"] is not None]
    freed = [result for result in results if result.metrics["stall_frames_per_100"] is not None]
    sentence = "B: the trace asks for no page frames"
    if any(result.counters["flush_requests"] for result in results):
        sentence = "B: the trace asks for page frames, but none could be given back"
    if asked:
        parts = [f"{_n(result, 'flushes_per_frame'):.1f} flushes under {result.label}" for result in asked]
        sentence = f"B: a page frame given back to others takes {_join(parts)}"
        sentence += _verdict(asked, "flushes_per_frame")
    if freed:
        parts = [f"{_n(result, 'stall_frames_per_100'):.1f} under {result.label}" for result in freed]
        sentence += f"; of page frames, 100 flushes for stalled stores free {_join(parts)}"
    return f"{sentence}."


def _verdict(results: list[Result], metric: str) -> str:
    """Who needs fewer, if that can be said."""
    fewest = min(results, key=lambda result: _n(result, metric))
    most = max(results, key=lambda result: _n(result, metric))
    if _n(fewest, metric) <= 0 or _n(most, metric) < 1.05 * _n(fewest, metric):
        return ""
    times = _n(most, metric) / _n(fewest, metric)
    return f": {times:.1f} times fewer under {fewest.label} than under {most.label}"


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _n(result: Result, name: str) -> float:
    value = result.metrics[name]
    return 0.0 if value is None else float(value)
