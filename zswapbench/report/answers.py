"""The two questions that a replay answers, in plain words from the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zswapbench.common.units import joined
from zswapbench.report.zram_words import zram_sentences
from zswapbench.results.marks import stars
from zswapbench.results.metrics import METRICS, behind
from zswapbench.results.records import Result
from zswapbench.results.spread import middle, ranges_of, spread_of

_METRIC = {metric.name: metric for metric in METRICS}


def answers(results: list[Result]) -> list[str]:
    """One sentence for A (where does a new page go), one for B (how does the pool shrink); then those of zram."""
    caches = [result for result in results if not result.is_zram]
    return [*([_a(caches), _b(caches)] if caches else []), *zram_sentences(results)]


@dataclass(frozen=True)
class Question:
    """``title``: the question; ``meaning``: what it is about; ``answers``: short ones; ``more``: what else there is."""

    title: str
    meaning: str
    answers: list[str]
    more: list[str] = field(default_factory=list)


_QUESTIONS = {
    "A: ": (
        "A: where does a new page go when the pool is full?",
        "",  # which is a matter of the kernel: see _when_full
    ),
    "B: ": (
        "B: how does the pool give page frames back?",
        (
            "Memory is wanted by page frames, flushed by entries. A frame comes free with its zspage's last entry: "
            "100 flushes may free none."
        ),
    ),
}
"""By what their answers begin with: the two questions, and what they are about."""


def _when_full(results: Sequence[Result]) -> str:
    """What a store does that finds the pool full, in the kernels of ``results``."""
    caches = [result for result in results if not result.is_zram]
    rejects = {_rejects(result) for result in caches}
    flushes = (
        "flushes entries: the policy says which, of all (lru: the oldest) or of the size class that the page needs "
        "(class-lru)"
    )
    goes = "goes to the swap device itself, and the policy says what is flushed for later ones"
    if rejects == {True}:
        return f"A store that finds the pool full {goes}."
    if rejects == {False}:
        return f"A store that finds the pool full {flushes}."
    return f"A store that finds the pool full {flushes}. In some of these kernels it {goes}."


_NOT_APART = "Nothing sets these results apart here that can be said for sure."


def questions(results: list[Result], short: Sequence[str] | None = None) -> list[Question]:
    """A and B with their answers; ``short`` ones, if not None, stand in front of long ones that list the results."""
    asked = []
    for begin, (title, about) in _QUESTIONS.items():
        meaning = about or _when_full(results)
        long, brief = (_to(begin, some) for some in (answers(results), short or ()))
        listed = any(f" under {one.label}" in answer for answer in long for one in results)
        if short is not None and (brief or listed):
            asked.append(Question(title, meaning, brief or [_NOT_APART], long))
        elif long:
            asked.append(Question(title, meaning, long))
    held = zram_sentences(results)
    return [*asked, *([Question(*_OF_ZRAM, held)] if held else [])]


_OF_ZRAM = (
    "What does zram hold?",
    "zram is the swap device itself: it writes nothing unless it is told to, and holds what it is given.",
)


def _to(begin: str, sentences: Sequence[str]) -> list[str]:
    """Those of ``sentences`` that begin so, without it."""
    found = [one.removeprefix(begin) for one in sentences if one.startswith(begin)]
    return [f"{one[:1].upper()}{one[1:]}" for one in found]


def _a(results: list[Result]) -> str:
    stalled = [result for result in results if result.metrics.get("stalled_stores")]
    if not stalled:
        return "A: no store found the pool full; with a smaller pool limit some would."
    kept = [result for result in stalled if not _rejects(result)]
    rejected = [result for result in stalled if _rejects(result)]
    sentences = []
    if kept:
        flushes = _rates(kept, "flushes_per_stalled_store", "entries")
        shares = [
            f"{100 * _n(one, 'stalled_stores_saved'):.1f} % of {_n(one, 'stalled_stores'):,.0f}"
            for one in kept
        ]
        verdict = _verdict(kept, "flushes_per_stalled_store")
        sentences += [
            f"a stalled store (one that finds the pool full) flushes {flushes}{verdict}.",
            f"Then {_under(kept, shares, 'such stores fit')}.",
        ]
    if rejected:
        stores = [f"{_n(one, 'stalled_stores'):,.0f}" for one in rejected]
        sentences.append(f"{_REJECTED[bool(kept)]}: {_under(rejected, stores, 'stores')}.")
    return f"A: {' '.join(sentences)}"


_REJECTED = {False: "all stores that find the pool full are rejected", True: "All are rejected"}
"""By whether something else was said before."""


def _rejects(result: Result) -> bool:
    """Is a store that finds the pool full rejected in this era, whoever evicts?"""
    return bool(result.setting["era"]["evictor"] != "store")


def _b(results: list[Result]) -> str:
    asked = [result for result in results if result.metrics.get("flushes_per_frame") is not None]
    freed = [result for result in results if result.metrics.get("stall_frames_per_100") is not None]
    if asked:
        flushes = _rates(asked, "flushes_per_frame", "flushes")
        sentences = [f"B: a page frame given back takes {flushes}{_verdict(asked, 'flushes_per_frame')}."]
    elif any(result.counters.get("flush_requests") for result in results):
        sentences = ["B: the trace asks for page frames, and no flush gives one back."]
    else:
        sentences = ["B: the trace asks for no page frames."]
    compacted = [result for result in results if result.counters.get("frames_compacted")]
    if compacted:
        frames = _under(
            compacted, [f"{one.counters['frames_compacted']:,}" for one in compacted], "page frames"
        )
        sentences.append(f"Without a flush, compaction gives {frames}.")
    if freed:
        frames = _rates(freed, "stall_frames_per_100", "page frames")
        sentences.append(f"100 flushes for stalled stores free {frames}.")
    return " ".join(sentences)


def _verdict(results: list[Result], metric: str) -> str:
    """Who needs fewer, if that can be said: the fewest of the two must deserve a star beside the most."""
    if not results:
        return ""
    fewest = min(results, key=lambda result: _n(result, metric))
    most = max(results, key=lambda result: _n(result, metric))
    if _n(fewest, metric) <= 0 or _n(most, metric) < 1.05 * _n(fewest, metric):
        return ""
    pair = [fewest, most]
    if stars(pair, _METRIC[metric], ranges_of(pair)) != {0}:
        return ""
    times = _n(most, metric) / _n(fewest, metric)
    return f": {times:.1f} times fewer under {fewest.label} than under {most.label}"


def _rates(results: list[Result], metric: str, what: str) -> str:
    """The same of a rate, with its range and what it rests on: "12.0 entries (from 20 stores) under lru"."""
    figures = [f"{_n(result, metric):.1f}" for result in results]
    return _under(results, figures, what, [_rests_on(result, metric) for result in results])


def _rests_on(result: Result, metric: str) -> str:
    """The range of a rate over the draws, and the number that it is a rate of, in brackets; "" if neither is known."""
    spread = spread_of(result, metric)
    ranged = f"{spread.lowest:.1f} to {spread.highest:.1f}" if spread else ""
    known = [part for part in (ranged, behind(result, metric)) if part]
    return f" ({', '.join(known)})" if known else ""


def _under(results: list[Result], figures: list[str], what: str, beside: Sequence[str] = ()) -> str:
    """The figure of each result, and once what it counts: "12.0 entries under lru and 1.5 under class-lru".

    ``beside``: what else to say of each figure.
    """
    first, *others = figures
    parts = zip([f"{first} {what}", *others], beside or [""] * len(results), results, strict=True)
    return joined([f"{part}{more} under {result.label}" for part, more, result in parts])


def _n(result: Result, name: str) -> float:
    """The figure ``name``, 0 where there is none."""
    return float(middle(result, name) or 0)
