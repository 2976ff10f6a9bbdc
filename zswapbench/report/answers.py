"""The two questions that a replay answers, in plain words from the figures."""

from __future__ import annotations

from zswapbench.results.records import Result


def answers(results: list[Result]) -> list[str]:
    """One sentence for A (where does a new page go), one for B (how does the pool shrink)."""
    return [_a(results), _b(results)]


def _a(results: list[Result]) -> str:
    stalled = [result for result in results if result.metrics.get("stalled_stores")]
    if not stalled:
        return "A: no store found the pool full; a smaller pool limit makes the question arise."
    verdict = _verdict([result for result in stalled if not _rejects(result)], "flushes_per_stalled_store")
    return (
        f"A: a store that finds the pool full flushes {_join([_stalled(one) for one in stalled])}{verdict}."
    )


def _stalled(result: Result) -> str:
    flushes = f"{_n(result, 'flushes_per_stalled_store'):.1f} entries under {result.label}"
    stores = f"{_n(result, 'stalled_stores'):,.0f}"
    if _rejects(result):
        return f"{flushes} (all {stores} are rejected)"
    return f"{flushes} ({100 * _n(result, 'stalled_stores_saved'):.1f} % of {stores} then fit)"


def _rejects(result: Result) -> bool:
    """Is a store that finds the pool full rejected in this era, whoever evicts?"""
    return bool(result.setting["era"]["evictor"] != "store")


def _b(results: list[Result]) -> str:
    asked = [result for result in results if result.metrics.get("flushes_per_frame") is not None]
    freed = [result for result in results if result.metrics.get("stall_frames_per_100") is not None]
    sentence = "B: the trace asks for no page frames"
    if any(result.counters.get("flush_requests") for result in results):
        sentence = "B: the trace asks for page frames, and none is given back by flushing"
    if asked:
        parts = [f"{_n(result, 'flushes_per_frame'):.1f} flushes under {result.label}" for result in asked]
        sentence = f"B: a page frame given back to others takes {_join(parts)}"
        sentence += _verdict(asked, "flushes_per_frame")
    compacted = [result for result in results if result.counters.get("frames_compacted")]
    if compacted:
        parts = [f"{result.counters['frames_compacted']:,} under {result.label}" for result in compacted]
        sentence += f"; compaction alone, without a flush, gives {_join(parts)}"
    if freed:
        parts = [f"{_n(result, 'stall_frames_per_100'):.1f} under {result.label}" for result in freed]
        sentence += f"; of page frames, 100 flushes for stalled stores free {_join(parts)}"
    return f"{sentence}."


def _verdict(results: list[Result], metric: str) -> str:
    """Who needs fewer, if that can be said."""
    if not results:
        return ""
    fewest = min(results, key=lambda result: _n(result, metric))
    most = max(results, key=lambda result: _n(result, metric))
    if _n(fewest, metric) <= 0 or _n(most, metric) < 1.05 * _n(fewest, metric):
        return ""
    times = _n(most, metric) / _n(fewest, metric)
    return f": {times:.1f} times fewer under {fewest.label} than under {most.label}"


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _n(result: Result, name: str) -> float:
    value = result.metrics.get(name)
    return 0.0 if value is None else float(value)
