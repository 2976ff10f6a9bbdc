"""The gate: is a result worse than its baseline, and by more than may be?

Each figure of each result gets a Verdict: a word for what became of it, and whether that fails. How far a figure may go
is said by zswapbench.results.thresholds.

Nothing here opens a file. Timings, which are noise to begin with, are the business of zswapbench.runs.timing;
what it finds is told as the same Verdict.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.common.units import format_duration
from zswapbench.results.counters import COUNTERS, Metric
from zswapbench.results.metrics import OF_ZSWAP, figure_of
from zswapbench.results.records import ZRAM, Result, corpus_named
from zswapbench.results.thresholds import (
    FIGURES,
    GIVEN_SHARE,
    GROUPS,
    HEADLINE,
    Threshold,
    Thresholds,
    figures_named,
)

SAME, BETTER, WORSE, CHANGED, NEW, MISSING = "same", "better", "worse", "changed", "new", "missing"

NOT_MET = math.inf
"""As a figure: what was wanted was not met at all, at any price."""

WHOLE = "result"
"""In place of a figure's name: all of the result with that label."""

_PRICES = ("flushes_per_store_kept", "flushes_per_frame")
"""Where none of these can be had for any number of flushes the price is NOT_MET."""

_COUNTED = {counter.name for counter in COUNTERS}


@dataclass(frozen=True)
class Verdict:
    """What became of one figure.

    ``base``, ``value``: the baseline's and the result's; None where it is absent, NOT_MET. ``word``: SAME, BETTER,
    WORSE, CHANGED (and neither is better), NEW, MISSING. ``p``: of a timing, how often chance alone would do this.
    """

    label: str
    name: str
    unit: str
    base: float | None
    value: float | None
    word: str
    fails: bool = False
    limits: tuple[Threshold, ...] = ()
    p: float | None = None

    @property
    def told(self) -> str:
        """The word, and where it does not say so by itself, whether that is allowed."""
        if self.fails and self.word in (CHANGED, BETTER):
            return f"{self.word}, too far"
        return f"{self.word}, allowed" if self.word in (WORSE, MISSING) and not self.fails else self.word

    @property
    def weight(self) -> int:
        """A lower one is shown before a higher."""
        return 0 if self.name == WHOLE else 1 if self.name in HEADLINE else 2

    @property
    def change(self) -> float | None:
        """As a share of the baseline's; of figures that are shares their difference. None where there is none."""
        if self.base is None or self.value is None or math.isinf(self.base) or math.isinf(self.value):
            return None
        if self.unit == "%":
            return self.value - self.base
        return (self.value - self.base) / abs(self.base) if self.base else None

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        whole = asdict(self)
        shown = {key: "not met" if whole[key] == NOT_MET else whole[key] for key in ("base", "value")}
        return {**whole, **shown, "change": self.change, "limits": [limit.text for limit in self.limits]}


@dataclass(frozen=True)
class Judgement:
    """All verdicts, in the order of FIGURES, and what else is to be known of the two sides."""

    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> set[str]:
        """Of all figures that either side has."""
        return {one.name for one in self.verdicts} - {WHOLE}

    @property
    def failing(self) -> list[Verdict]:
        """What is too much worse: whole results that are missing, the headline, the rest."""
        return sorted((one for one in self.verdicts if one.fails), key=lambda one: one.weight)

    @property
    def passed(self) -> bool:
        """Is nothing too much worse?"""
        return not self.failing

    @property
    def compared(self) -> bool:
        """Was any result held against one of the baseline's?"""
        return any(one.word != NEW or one.name != WHOLE for one in self.verdicts)


def to_json(judgement: Judgement) -> str:
    """All figures, those that are the same too."""
    form = {
        "worse": bool(judgement.failing),
        "verdicts": [verdict.as_dict() for verdict in judgement.verdicts],
        "notes": list(judgement.notes),
    }
    return json.dumps(form, indent=1) + "\n"


def judge(
    base: Iterable[Result], found: Iterable[Result], thresholds: Thresholds, *, updated: bool = False
) -> Judgement:
    """Hold ``found`` against ``base``, each result against that of the same label.

    ``updated``: what is new is recorded, so nothing is to be said of how to do that.
    """
    before, after = _by_label(base), _by_label(found)
    verdicts: list[Verdict] = []
    for label in dict.fromkeys([*before, *after]):
        if label not in after:
            verdicts.append(Verdict(label, WHOLE, "", None, None, MISSING, fails=True))
        elif label not in before:
            verdicts.append(Verdict(label, WHOLE, "", None, None, NEW))
        else:
            verdicts += _verdicts(label, before[label], after[label], thresholds)
    pairs = {label: (before[label], after[label]) for label in before if label in after}
    fresh = dict.fromkeys(
        verdict.label if verdict.name == WHOLE else verdict.name
        for verdict in verdicts
        if verdict.word == NEW
    )
    how = "" if updated else "; --update records what is new"
    notes = [f"new: {', '.join(fresh)}{how}"] if fresh else []
    return Judgement(tuple(verdicts), (*_changed_settings(pairs), *_exports(after), *notes))


def _exports(found: dict[str, Result]) -> list[str]:
    """The corpora of the results that are exports: what such a file says was taken for true."""
    exports = [result.inputs for result in found.values() if result.inputs.get("corpus_is_export")]
    return [f"corpus {named}" for named in dict.fromkeys(map(corpus_named, exports))]


def _by_label(results: Iterable[Result]) -> dict[str, Result]:
    """The results by label; where several have the same, all but the first with a number."""
    several = list(results)
    taken = {result.label for result in several}
    found: dict[str, Result] = {}
    for result in several:
        label, number = result.label, 1
        while label in found or (number > 1 and label in taken):
            number += 1
            label = f"{result.label} ({number})"
        found[label] = result
    return found


def _verdicts(label: str, base: Result, found: Result, thresholds: Thresholds) -> list[Verdict]:
    verdicts = []
    for figure in FIGURES.values():
        before, after = _reading(base, figure), _reading(found, figure)
        if before is None and after is None:
            continue
        verdicts.append(verdict_on(label, figure, before, after, thresholds))
    return verdicts


def verdict_on(
    label: str, figure: Metric, before: float | None, after: float | None, thresholds: Thresholds
) -> Verdict:
    """The verdict on one figure, which one of the two sides has at least."""
    limits = tuple(thresholds.get(figure.name, ()))
    word, fails = _word(before, after, -figure.better, limits)
    return Verdict(label, figure.name, figure.unit, before, after, word, fails, limits)


def _reading(result: Result, figure: Metric) -> float | None:
    """The figure; NOT_MET for a price at which nothing was had, None for what the result does not have."""
    name = figure.name
    if name in _COUNTED:
        return result.counters.get(name)  # some are metrics, too: the same figure
    if name not in result.metrics or (name == "refaults_of_bound" and not result.bounds):
        return None
    if result.is_zram and name in OF_ZSWAP:
        return None
    value = figure_of(result, name)
    if name == GIVEN_SHARE and value is not None:
        return min(value, 1)
    return NOT_MET if value is None and name in _PRICES else value


def _word(
    base: float | None, value: float | None, wrong: int, limits: tuple[Threshold, ...]
) -> tuple[str, bool]:
    """The word, and whether that fails. ``wrong``: the figure's own wrong way; one without has its thresholds'."""
    if base is None:
        return NEW, False
    if value is None:
        return MISSING, bool(limits)
    if value == base:
        return SAME, False
    fails = any(limit.exceeded(base, value, wrong) for limit in limits)
    ways = {limit.way for limit in limits}
    way = wrong or (ways.pop() if len(ways) == 1 else 0)
    if not way:
        return CHANGED, fails
    return (WORSE if (value > base) == (way > 0) else BETTER), fails


def check_named(fail_on: Sequence[str], judgement: Judgement) -> None:
    """Raises UsageError for a figure that ``fail_on`` names and no result has: nothing could ever fail by it.

    Timings, which are measured later, are not looked for.
    """
    known = judgement.names
    absent = [name for name in figures_named(fail_on) if name not in (*known, *GROUPS["timings"])]
    if not known or not absent:
        return
    add = {"refaults_of_bound": "bounds", **dict.fromkeys(GROUPS["times"], "cost")}.get(absent[0])
    raise UsageError(
        f"nothing can fail by {absent[0]}: neither the baseline nor the result has it; "
        + (f"make both with {add}" if add else "leave it out")
    )


def difference(base: Iterable[Result], found: Iterable[Result]) -> str:
    """Why results cannot be compared: another trace or corpus; "" if they can.

    Files of before schema 4 do not know the trace's digest; its name and number of events stand in for it.
    """
    before, after = _by_label(base), _by_label(found)
    pairs = [(before[label], after[label]) for label in before if label in after]
    if not pairs and before and after:
        pairs = [(next(iter(before.values())), next(iter(after.values())))]
    return next(filter(None, (other_inputs(old.inputs, new.inputs) for old, new in pairs)), "")


def other_inputs(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Which of the inputs is another one; "" if none is."""
    if old["corpus_digest"] != new["corpus_digest"]:
        return f"corpus {_named(new, 'corpus')}, the baseline's {_named(old, 'corpus')}"
    if old["trace_digest"] and new["trace_digest"]:
        if old["trace_digest"] != new["trace_digest"]:
            return f"trace {_named(new, 'trace')}, the baseline's {_named(old, 'trace')}"
    elif (old["trace"], old["events"]) != (new["trace"], new["events"]):
        return f"trace {_counted(new)}, the baseline's {_counted(old)}"
    return ""


def _named(inputs: dict[str, Any], kind: str) -> str:
    return f"{inputs[kind]} ({inputs[f'{kind}_digest'][:12]})"


def _counted(inputs: dict[str, Any]) -> str:
    return f"{inputs['trace']} ({inputs['events']:,} events)"


def _changed_settings(pairs: dict[str, tuple[Result, Result]]) -> list[str]:
    """What differs in how the two sides were made: not wrong, it is what a check is for, but to be known."""
    labels: dict[str, list[str]] = {}
    for label, (base, found) in pairs.items():
        before, after = _settings(base), _settings(found)
        for name in before:
            if name in after and before[name] != after[name]:
                labels.setdefault(f"{name}: {before[name]} -> {after[name]}", []).append(label)
    return [text if len(of) == len(pairs) else f"{', '.join(of)}: {text}" for text, of in labels.items()]


def _cost(given: dict[str, float] | None) -> str:
    if not given:
        return "measured"
    compress, decompress = (format_duration(given[name]) for name in ("compress_ns", "decompress_ns"))
    return f"{compress} to compress, {decompress} to decompress"


_TOLD = ("name", "row", "about", "source", "checked", "counters", "changes")
"""Of an era, what says something of it, and is no rule."""


def _of_zram(setting: dict[str, Any]) -> dict[str, Any]:
    """What only a zram has."""
    if setting["setup"] != ZRAM:
        return {}
    blocks = setting["backing_dev_pages"]
    return {
        "backing device": "as large as wanted" if blocks is None else f"{blocks:,} pages",
        "written after the trace": ", ".join(setting["writes"]) or "nothing",
    }


def _settings(result: Result) -> dict[str, Any]:
    """All that was chosen, under the words for it."""
    setting = result.setting
    era, device = setting["era"], setting["device"]
    cells = {name: cell for name, cell in era.items() if name not in _TOLD}
    pages = setting["pool_limit_pages"]
    limit = setting["pool_limit"] if pages is None else f"{setting['pool_limit']} = {pages:,} page frames"
    return {
        "zswapbench": result.environment.get("zswapbench"),
        "set-up": setting["setup"],
        "policy": setting["policy"],
        "pool": setting["pool"],
        "codec": setting["codec_identity"],
        "what a page costs": _cost(setting["codec_cost"]),
        "era": era["name"],
        **{f"era {era['name']}, {name}": cell for name, cell in cells.items()},
        "page size": setting["page_size"],
        "pool limit": limit,
        "RAM in page frames": setting["ram_pages"] or "unknown",
        "swap device": device["name"],
        **{f"swap device {device['name']}, {name}": value for name, value in device.items()},
        **_of_zram(setting),
    }
