"""The gate: is a result worse than its baseline, and by more than may be?

A replay is exact: the same trace, corpus, codec and settings give the same figures on every machine. There is no noise
to allow for, and what differs does so because code or settings do. How far a figure may go is a threshold:

NAME:2%      by that share of the baseline's; from a baseline of 0 any step the wrong way is too far
NAME:100     by that much in the figure's unit: 64KiB of bytes, 5ms of time, 2pp (percentage points) of a share
NAME:0       not at all; "NAME exact" is the same

The wrong way is the figure's own: refaults should not rise, ratios should not fall. NAME:+2% fails only what rises,
NAME:-2% what falls, whichever figure it is; one that is neither good nor bad may go that far either way.

Nothing here opens a file. Timings, which are noise to begin with, are the business of zswapbench.runs.timing;
what it finds is told as the same Verdict.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.common.units import format_duration, format_size, parse_duration, parse_percent, parse_size
from zswapbench.results.records import COUNTERS, METRICS, Metric, Result, figure_of

SAME, BETTER, WORSE, CHANGED, NEW, MISSING = "same", "better", "worse", "changed", "new", "missing"

NOT_MET = math.inf
"""As a figure: what was wanted was not met at all, at any price."""

WHOLE = "result"
"""In place of a figure's name: all of the result with that label."""

TIMINGS = (
    Metric("compress_ns", "to compress", "ns", -1, "a page, mean over some of the corpus"),
    Metric("decompress_ns", "to decompress", "ns", -1, "a page, mean over some of the corpus"),
    Metric("replay_s", "replay", "s", -1, "the replay itself, without what is read and looked up before"),
)
"""What --timings measures; named here since thresholds may name them."""

GIVEN_SHARE = "frames_given_share"
"""Here, unlike in a table, a figure with a direction: who gives fewer page frames than were asked for saves flushes.

More than were asked for is no merit, and counts as all of them.
"""

_METRICS = {
    metric.name: replace(metric, better=1) if metric.name == GIVEN_SHARE else metric for metric in METRICS
}
_COUNTERS = {metric.name: metric for metric in COUNTERS}
FIGURES = {**{name: _COUNTERS.get(name, metric) for name, metric in _METRICS.items()}, **_COUNTERS}
"""By name, metrics first. A figure that is both is one, and as good or bad as the counter."""

_PRICES = ("flushes_per_store_kept", "flushes_per_frame")
"""Where none of these can be had for any number of flushes the price is NOT_MET."""

_TIMINGS = {metric.name: metric for metric in TIMINGS}
_PLAIN = re.compile(r"\d{1,20}(\.\d{1,20})?")


@dataclass(frozen=True)
class Threshold:
    """How far a figure may go: ``amount``, as a share of the baseline's if ``relative``, else in ``unit``.

    ``way``: 1 if it must not rise by more, -1 if it must not fall, 0 for the figure's own wrong way.
    """

    amount: float
    relative: bool = False
    unit: str = ""
    way: int = 0

    def exceeded(self, base: float, value: float, wrong: int) -> bool:
        """Is ``value`` too far from ``base``? ``wrong``: the figure's own wrong way, 0 for none."""
        step = value - base if value != base else 0.0
        way = self.way or wrong
        loss = way * step if way else abs(step)
        if loss <= 0 or math.isinf(loss):
            return loss > 0
        room = self.amount * abs(base) if self.relative else self.amount
        return loss > room and not math.isclose(loss, room)

    @property
    def text(self) -> str:
        """As people read it."""
        sign = {1: "+", 0: "", -1: "-"}[self.way]
        if self.relative:
            return f"{sign}{100 * self.amount:g} %"
        return sign + (_AMOUNTS[self.unit](self.amount) if self.amount else "0")


_AMOUNTS = {
    "": lambda amount: f"{amount:,g}" if amount < 1e6 else f"{amount:,.0f}",
    "x": lambda amount: f"{amount:g}x",
    "%": lambda amount: f"{100 * amount:g} pp",
    "B": format_size,
    "ns": format_duration,
}

Thresholds = dict[str, list[Threshold]]
"""By the name of the figure. A figure without any cannot fail; one with several fails if it exceeds any."""

_HEADLINE = (
    ("data_ratio", "1%", "another version of a codec may pack a little differently; more is another codec"),
    ("pool_ratio", "1%", "the same, as far as it reaches page frames"),
    ("stalled_stores_saved", "1pp", "a share: relative to a small one chance would weigh too much"),
    ("flushes_per_store_kept", "2%", "question A; sizes that shift a little move objects between classes"),
    ("flushes_per_frame", "2%", "question B; the same"),
    (GIVEN_SHARE, "1pp", "question B, too: what is asked for and not given is no saving"),
    ("written_back_pages", "2%", "writes to the swap device, which both questions add up to"),
    ("rejects", "2%", "pages that the cache did not help at all"),
    ("refaults", "2%", "what tasks wait for; the order of flushes alone moves them a little"),
)
"""The figures that a choice is made by: how far each may go unless it is said otherwise, and why so far."""

HEADLINE = tuple(name for name, _, _ in _HEADLINE)
_LIMITS = {name: limit for name, limit, _ in _HEADLINE}
_TIME_LIMIT = "5%"
"""Less is often the machine's doing, even where chance is all but ruled out."""

GROUPS: dict[str, tuple[str, ...]] = {
    "headline": HEADLINE,
    "counters": tuple(_COUNTERS),
    "metrics": tuple(_METRICS),
    "timings": tuple(_TIMINGS),
}
"""Names that stand for several figures."""

_HOW = "write NAME:2%, NAME:100 or NAME:0"


def thresholds_of(expressions: Sequence[str]) -> Thresholds:
    """The thresholds that ``expressions`` say; without any those of ``default_thresholds``.

    Raises UsageError for a name that there is not and for an amount that is none.
    """
    if not expressions:
        return default_thresholds()
    found: Thresholds = {}
    for expression in expressions:
        name, amount = _split(expression)
        if name in GROUPS and amount not in (None, "0", "exact") and not str(amount).endswith("%"):
            raise UsageError(
                f"--fail-on {expression!r}: figures of {name} have several units; write {name}:2%"
            )
        for figure in GROUPS.get(name, (name,)):
            wanted = _LIMITS.get(figure, "") if amount is None else amount
            found.setdefault(figure, []).append(_threshold(expression, figure, wanted))
    return found


def default_thresholds() -> Thresholds:
    """No counter worse than it was; what the headline has besides, and timings, within their limits."""
    limits = {
        **_LIMITS,
        **{name: "0" for name, counter in _COUNTERS.items() if counter.better},
        "rejects": "0",  # the counter ``rejected`` under a metric's name
        **dict.fromkeys(_TIMINGS, _TIME_LIMIT),
    }
    return {name: [_threshold(name, name, limit)] for name, limit in limits.items()}


def _split(expression: str) -> tuple[str, str | None]:
    """The name and the amount; no amount for ``headline`` alone, which has limits of its own."""
    name, colon, amount = (part.strip() for part in expression.partition(":"))
    if not colon:
        name, _, word = expression.strip().rpartition(" ")
        if word == "headline" and not name:
            return word, None
        if word != "exact" or not name:
            raise UsageError(f"--fail-on {expression!r} has no threshold; {_HOW}")
        name, amount = name.strip(), "0"
    known = [*GROUPS, *FIGURES, *_TIMINGS]
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        hint = (
            f"did you mean {close[0]}?"
            if close
            else f"there are all of --format json, and {', '.join(GROUPS)}"
        )
        raise UsageError(f"--fail-on {expression!r}: no figure is called {name!r}; {hint}")
    return name, amount


def _threshold(expression: str, figure: str, text: str) -> Threshold:
    way = {"+": 1, "-": -1}.get(text[:1], 0)
    amount = text[1:].strip() if way else text
    unit = _TIMINGS[figure].unit if figure in _TIMINGS else FIGURES[figure].unit
    try:
        if not amount:
            raise UsageError(f"there is no amount; {_HOW}")
        if amount.endswith("%"):
            return Threshold(parse_percent(amount), relative=True, unit=unit, way=way)
        if amount in ("0", "exact"):
            return Threshold(0, unit=unit, way=way)
        if figure in _TIMINGS:
            raise UsageError(f"the limit of a timing must be a percentage; write {figure}:5%")
        return Threshold(_in_unit(amount, unit), unit=unit, way=way)
    except UsageError as error:
        raise UsageError(f"--fail-on {expression!r}: {error}") from None


def _in_unit(text: str, unit: str) -> float:
    if unit == "B":
        return parse_size(text)
    if unit == "ns":
        return parse_duration(text)
    if unit == "%":
        if text.endswith("pp"):
            return parse_percent(f"{text[:-2].strip()}%")
        raise UsageError(f"{text!r} is not a limit for a share; write 2pp (percentage points) or 2%")
    plain = text.removesuffix("x") if unit == "x" else text
    if not _PLAIN.fullmatch(plain):
        raise UsageError(f"{text!r} is not an amount; {_HOW}")
    return float(plain)


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
    def failing(self) -> list[Verdict]:
        """What is too much worse: whole results that are missing, the headline, the rest."""
        return sorted((one for one in self.verdicts if one.fails), key=lambda one: one.weight)


def to_json(judgement: Judgement) -> str:
    """All figures, those that are the same too."""
    form = {
        "worse": bool(judgement.failing),
        "verdicts": [verdict.as_dict() for verdict in judgement.verdicts],
        "notes": list(judgement.notes),
    }
    return json.dumps(form, indent=1) + "\n"


def judge(base: Iterable[Result], found: Iterable[Result], thresholds: Thresholds) -> Judgement:
    """Hold ``found`` against ``base``, each result against that of the same label."""
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
    notes = [f"new: {', '.join(fresh)}; --update records what is new"] if fresh else []
    return Judgement(tuple(verdicts), (*_changed_settings(pairs), *notes))


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
    for name, figure in FIGURES.items():
        before, after = _reading(base, figure), _reading(found, figure)
        if before is None and after is None:
            continue
        limits = tuple(thresholds.get(name, ()))
        word, fails = _word(before, after, -figure.better, limits)
        verdicts.append(Verdict(label, name, figure.unit, before, after, word, fails, limits))
    return verdicts


def _reading(result: Result, figure: Metric) -> float | None:
    """The figure; NOT_MET for a price at which nothing was had, None for what the result does not have."""
    name = figure.name
    if name in _COUNTERS:
        # Some counters are metrics, too. Of a file in which the two differ the worse one is believed.
        counter = result.counters.get(name)
        metric = result.metrics.get(name) if name in _METRICS else counter
        if counter is None or metric is None:
            return None
        return min(counter, metric) if figure.better > 0 else max(counter, metric)
    if name not in result.metrics or (name == "refaults_of_bound" and not result.bounds):
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


def difference(base: Iterable[Result], found: Iterable[Result]) -> str:
    """Why results cannot be compared: another trace or corpus; "" if they can.

    Files of before schema 4 do not know the trace's digest; its name and number of events stand in for it.
    """
    before, after = _by_label(base), _by_label(found)
    pairs = [(before[label], after[label]) for label in before if label in after]
    if not pairs and before and after:
        pairs = [(next(iter(before.values())), next(iter(after.values())))]
    for old, new in ((one.inputs, other.inputs) for one, other in pairs):
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


def _settings(result: Result) -> dict[str, Any]:
    """All that was chosen, under the words for it."""
    setting = result.setting
    era, device = setting["era"], setting["device"]
    cells = {name: cell for name, cell in era.items() if name not in ("name", "about", "source", "counters")}
    limit = f"{setting['pool_limit']} = {setting['pool_limit_pages']:,} page frames"
    return {
        "zswapbench": result.environment.get("zswapbench"),
        "policy": setting["policy"],
        "pool": setting["pool"],
        "codec": setting["codec_identity"],
        "era": era["name"],
        **{f"era {era['name']}, {name}": cell for name, cell in cells.items()},
        "page size": setting["page_size"],
        "pool limit": limit,
        "RAM in page frames": setting["ram_pages"] or "unknown",
        "swap device": device["name"],
        **{f"swap device {device['name']}, {name}": value for name, value in device.items()},
    }
