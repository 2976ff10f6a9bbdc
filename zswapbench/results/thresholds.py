"""How far a figure may go, in the grammar of --fail-on, and which figures there are.

A replay is exact: the same trace, corpus, codec and settings give the same figures on every machine. There is no noise
to allow for, and what differs does so because code or settings do. How far a figure may go is a threshold:

NAME:2%      by that share of the baseline's; from a baseline of 0 any step the wrong way is too far
NAME:100     by that much in the figure's unit: 64KiB of bytes, 5ms of time, 2pp (percentage points) of a share
NAME:0       not at all; "NAME exact" is the same

NAME is the name in JSON or the title in a table: "refaults", "B: flushes per frame given back". Times are among the
figures where what a codec costs was given; measured ones are noise, and zswapbench.runs.timing judges those.

The wrong way is the figure's own: refaults should not rise, ratios should not fall. NAME:+2% fails only what rises,
NAME:-2% what falls, whichever figure it is; one that is neither good nor bad may go that far either way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from zswapbench.common.errors import UsageError
from zswapbench.common.names import likeliest
from zswapbench.common.units import format_duration, format_size, parse_duration, parse_percent, parse_size
from zswapbench.results import machine, zram
from zswapbench.results.counters import COUNTERS, Metric
from zswapbench.results.metrics import METRICS
from zswapbench.results.times import TIMES

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
_TIMES = {time.name: time for time in TIMES}
_COUNTERS = {metric.name: metric for metric in COUNTERS}
FIGURES = {**{name: _COUNTERS.get(name, metric) for name, metric in _METRICS.items()}, **_TIMES, **_COUNTERS}
"""By name, metrics first. A figure that is both is one, and as good or bad as the counter."""

ALL_FIGURES = {**machine.METRICS, **zram.FIGURES, **FIGURES}
ALL_FIGURES = {name: ALL_FIGURES[name] for name in {**FIGURES, **zram.FIGURES, **machine.METRICS}}
"""The same, then those of results of 'zram', and of 'machine'. What has one name has one unit."""

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
    (
        "compression_ratio",
        "1%",
        "another version of a codec may pack a little differently; more is another codec",
    ),
    ("data_ratio", "1%", "the same, over what was taken in"),
    ("pool_ratio", "1%", "the same, as far as it reaches page frames"),
    ("stalled_stores_saved", "1pp", "a share: relative to a small one chance would weigh too much"),
    ("flushes_per_store_kept", "2%", "question A; sizes that shift a little move objects between classes"),
    ("flushes_per_frame", "2%", "question B; the same"),
    (GIVEN_SHARE, "1pp", "question B, too: what is asked for and not given is no saving"),
    ("written_back_pages", "2%", "writes to the swap device, which both questions add up to"),
    ("rejects", "2%", "pages that the cache did not help at all"),
    ("refaults", "2%", "what tasks wait for; the order of flushes alone moves them a little"),
    ("total_ns", "2%", "what all of it takes, refaults included, where what a codec costs was given"),
    ("slowdown", "1%", "the same, of a machine, against enough RAM"),
)
"""The figures that a choice is made by: how far each may go unless it is said otherwise, and why so far."""

HEADLINE = tuple(name for name, _, _ in _HEADLINE)
_LIMITS = {name: limit for name, limit, _ in _HEADLINE}
_TIME_LIMIT = "5%"
"""Less is often the machine's doing, even where chance is all but ruled out."""

_OF_MACHINES = {metric.name: metric for metric in machine.COUNTERS}

GROUPS: dict[str, tuple[str, ...]] = {
    "headline": HEADLINE,
    "counters": tuple(_COUNTERS),
    "metrics": tuple(_METRICS),
    "times": tuple(_TIMES),
    "zram": tuple(zram.FIGURES),
    "machine": tuple(machine.METRICS),
    "timings": tuple(_TIMINGS),
}
"""Names that stand for several figures."""


def names() -> list[str]:
    """All that a threshold may name: groups, figures, timings."""
    return [*GROUPS, *ALL_FIGURES, *_TIMINGS]


def title_of(name: str) -> str:
    """How a report calls the figure ``name``: a metric has a title there, a counter is known by its name."""
    return {**_METRICS, **_TIMES}[name].title if name in {**_METRICS, **_TIMES} else name


def default_limit(name: str) -> str:
    """How far the figure may go where nothing is named; "" if it cannot fail then."""
    return ", ".join(limit.text for limit in default_thresholds().get(name, []))


_BY_TITLE = {
    metric.title.lower(): name
    for name, metric in [*_TIMINGS.items(), *ALL_FIGURES.items(), *_METRICS.items()]
}
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
        **{
            name: "0"
            for name, figure in {**_OF_MACHINES, **zram.FIGURES, **_COUNTERS}.items()
            if figure.better
        },
        "rejects": "0",  # the counter ``rejected`` under a metric's name
        **dict.fromkeys(_TIMINGS, _TIME_LIMIT),
    }
    return {name: [_threshold(name, name, limit)] for name, limit in limits.items()}


def figures_named(expressions: Sequence[str]) -> list[str]:
    """The figures that ``expressions`` name one by one, and not as one of a group."""
    named = [_split(expression)[0] for expression in expressions]
    return [name for name in named if name not in GROUPS]


def _split(expression: str) -> tuple[str, str | None]:
    """The name and the amount; no amount for ``headline`` alone, which has limits of its own."""
    text = expression.strip()
    if text == "headline":
        return text, None
    if text.endswith(" exact"):
        name, colon, amount = text.removesuffix(" exact").rstrip(" :"), ":", "0"
    else:  # the last colon: a title may have one of its own
        name, colon, amount = (part.strip() for part in text.rpartition(":"))
    if not colon:
        raise UsageError(f"--fail-on {expression!r} has no threshold; {_HOW}")
    name = _BY_TITLE.get(name.lower(), name)
    if name not in names():
        hint = " ".join(
            filter(None, [likeliest(name, [*names(), *_BY_TITLE]), "'check --list-metrics' shows all"])
        )
        raise UsageError(f"--fail-on {expression!r}: no figure is called {name!r}; {hint}")
    return name, amount


def _threshold(expression: str, figure: str, text: str) -> Threshold:
    way = {"+": 1, "-": -1}.get(text[:1], 0)
    amount = text[1:].strip() if way else text
    unit = _TIMINGS[figure].unit if figure in _TIMINGS else ALL_FIGURES[figure].unit
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
