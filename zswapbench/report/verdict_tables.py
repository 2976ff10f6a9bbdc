"""A judgement of the gate -> tables: what fails, then what else differs; and all of it in one line."""

from __future__ import annotations

import math

from zswapbench.common.units import format_duration
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.gate import MISSING, SAME, WHOLE, WORSE, Judgement, Verdict
from zswapbench.results.thresholds import ALL_FIGURES, GROUPS, TIMINGS, default_limit, title_of

_FIGURE = Column("figure", "figure", text=True)
_WORD = Column("verdict", "verdict", text=True)


def summary(judgement: Judgement) -> str:
    """The verdict in one line: the first figure that fails, and how many more do."""
    failing = judgement.failing
    if not judgement.compared:
        return "nothing to compare with"
    if not failing:
        return "no worse"
    more = f", and {len(failing) - 1} more" if len(failing) > 1 else ""
    return f"worse: {failure(failing[0], labelled=_several(judgement))}{more}"


def failure(verdict: Verdict, *, labelled: bool = False) -> str:
    """What is wrong with a figure that fails."""
    if verdict.name == WHOLE:
        return f"{verdict.label} is missing"
    name = f"{verdict.label}: {title_of(verdict.name)}" if labelled else title_of(verdict.name)
    if verdict.word == MISSING:
        return f"{name} is missing"
    return f"{name} {_change(verdict) or 'is not met'} (limit {limit_text(verdict)})"


def limit_text(verdict: Verdict) -> str:
    """The thresholds, as people read them."""
    return ", ".join(limit.text for limit in verdict.limits)


def figure_text(verdict: Verdict, value: float | None) -> str:
    """A figure of ``verdict`` as people read it."""
    return _value(verdict, value).text


def verdict_tables(judgement: Judgement, *, every: bool = False) -> list[Table]:
    """What fails first, then what else differs; with ``every``, what is the same too. Timings by themselves."""
    figures = [verdict for verdict in judgement.verdicts if verdict.p is None]
    differing = figures if judgement.compared else []  # a note says what is new
    shown = figures if every else [verdict for verdict in differing if verdict.word != SAME]
    same = sum(verdict.word == SAME for verdict in figures)
    label = [Column("label", "label", text=True)] if _several(judgement) else []
    table = Table(
        title=summary(judgement),
        columns=[
            *label,
            _FIGURE,
            Column("baseline", "baseline"),
            Column("result", "result"),
            Column("change", "change"),
            Column("limit", "limit"),
            _WORD,
        ],
        rows=[_row(verdict, bool(label)) for verdict in sorted(shown, key=_urgency)],
        notes=[*_counted(same), *judgement.notes],
    )
    timings = [verdict for verdict in judgement.verdicts if verdict.p is not None]
    return [table, _timings(timings, label)] if timings else [table]


def metrics_table() -> Table:
    """What a threshold may name: each figure with its title, its limit by default and its definition."""
    figures = {**ALL_FIGURES, **{timing.name: timing for timing in TIMINGS}}
    return Table(
        title="Figures that --fail-on can name",
        columns=[
            Column(name, name, text=True) for name in ("name", "title", "unit", "better", "limit", "meaning")
        ],
        rows=[
            [
                Cell(name),
                Cell(title_of(name)),
                Cell(metric.unit),
                Cell({1: "higher", 0: "", -1: "lower"}[metric.better]),
                Cell(default_limit(name)),
                Cell(metric.meaning),
            ]
            for name, metric in figures.items()
        ],
        notes=[
            "limit: how much worse it may get if nothing is named; without one it cannot fail then",
            f"groups: {', '.join(GROUPS)}",
        ],
    )


def _several(judgement: Judgement) -> bool:
    return len({verdict.label for verdict in judgement.verdicts}) > 1


def _urgency(verdict: Verdict) -> tuple[int, int]:
    """What fails, what got worse and may, all else that differs, what is the same; each by its weight."""
    place = 0 if verdict.fails else {WORSE: 1, MISSING: 1, SAME: 3}.get(verdict.word, 2)
    return place, verdict.weight


def _counted(same: int) -> list[str]:
    return [f"{same} figure is the same" if same == 1 else f"{same} figures are the same"] if same else []


def _row(verdict: Verdict, labelled: bool) -> list[Cell]:
    return [
        *([Cell(verdict.label)] if labelled else []),
        Cell(verdict.name, shown=title_of(verdict.name)),
        _value(verdict, verdict.base),
        _value(verdict, verdict.value),
        Cell(verdict.change, shown=_change(verdict)),
        Cell(limit_text(verdict) or None),
        Cell(verdict.told),
    ]


def _value(verdict: Verdict, value: float | None) -> Cell:
    if value is None:
        return Cell(None)
    if math.isinf(value):
        return Cell("not met")
    if verdict.unit == "s":
        return Cell(value, shown=format_duration(value * 1e9))
    return Cell(value, verdict.unit)


def _change(verdict: Verdict) -> str:
    """The change in percent; where that would read as none, or there was nothing, in the figure's own unit."""
    base, value = verdict.base, verdict.value
    if base is None or value is None or base == value:
        return ""
    if verdict.change is None:
        return "from 0" if base == 0 else ""
    text = Cell(verdict.change, "+pp" if verdict.unit == "%" else "+%").text
    if any(digit in "123456789" for digit in text):
        return text
    step = value - base
    return f"{step:+,}" if isinstance(step, int) else f"{step:+.2g}"


def _timings(verdicts: list[Verdict], label: list[Column]) -> Table:
    return Table(
        title="Timings, medians",
        columns=[
            *label,
            _FIGURE,
            Column("baseline", "baseline"),
            Column("result", "result"),
            Column("ratio", "ratio"),
            Column("p", "p"),
            Column("limit", "limit"),
            _WORD,
        ],
        rows=[
            [
                *([Cell(verdict.label)] if label else []),
                Cell(verdict.name, shown=title_of(verdict.name)),
                _value(verdict, verdict.base),
                _value(verdict, verdict.value),
                Cell(None if verdict.change is None else 1 + verdict.change, "x"),
                Cell(verdict.p, shown=f"{verdict.p:.2g}"),
                Cell(limit_text(verdict) or None),
                Cell(verdict.told),
            ]
            for verdict in sorted(verdicts, key=_urgency)
        ],
    )
