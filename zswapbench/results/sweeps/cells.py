"""Rows of a sweep -> cells: all draws of one cell on one trace put together, and what it can be held against.

Cells are held against each other on one *ground*: the same trace and corpus, and what nobody chose. Of machines that
is the RAM, for with more of it all costs less; of replays whether it was zswap or zram, what was written to the
attributes of zram, and whether samples of the trace were replayed. A ground with the traces left out is a *field*:
over all its traces a cell can be judged, too.

A cell has a Spread of each figure over its draws (seeds): the median, and the lowest and highest. One that ran once has
three equal ones. Cells with a problem, or out of memory, have no figures and are counted only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from sys import intern
from typing import Any, NamedTuple

from zswapbench.results.sweeps.columns import MACHINE, Figure
from zswapbench.results.sweeps.store import MAKER, Row

TIME, SLOWDOWN, FRAMES, WRITES, READS = (
    "total_ns",
    "slowdown",
    "page_frames_mean",
    "device_writes",
    "device_reads",
)
FIGURES = (TIME, SLOWDOWN, FRAMES, WRITES, READS)
"""What is paid, and so what cells are held against each other by."""


Chosen = tuple[tuple[str, str], ...]
"""Keys of a cell with their values."""


class Field(NamedTuple):
    """``kind``: of the units; ``given``: keys and values of the cell that are no choice."""

    kind: str
    given: Chosen = ()

    @property
    def words(self) -> str:
        """What was given, as people read it."""
        return ", ".join(value if key == "setup" else f"{key}={value}" for key, value in self.given)


class Ground(NamedTuple):
    """Digests of ``trace`` and ``corpus``, and the field."""

    trace: str
    corpus: str
    field: Field


class Draws(NamedTuple):
    """A figure over the draws of a cell."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Cell:
    """A cell on a ground. ``chosen``: keys and values, what was given left out; ``keys``: of its units, by seed.

    ``figures``: by name, those that it has in each draw. ``off``: it had too few pages for its faults to say something.
    """

    ground: Ground
    chosen: Chosen
    keys: tuple[str, ...]
    figures: Mapping[str, Draws]
    off: bool = False

    @property
    def words(self) -> str:
        """The cell as a person would ask for it."""
        return ",".join(f"{key}={value}" for key, value in self.chosen) or "as it is"

    def value(self, key: str) -> str | None:
        """Of a key, be it chosen or given; None if it has none."""
        field = self.ground.field
        return dict((*field.given, *self.chosen)).get(key, unsaid(field.kind, key))

    def middle(self, name: str) -> float:
        """The median of a figure that it has."""
        return self.figures[name].middle


@dataclass
class Cells:
    """All cells of a sweep by ground, in the order in which these first come; and what has no figures."""

    by_ground: dict[Ground, list[Cell]] = field(default_factory=dict)
    without: dict[Ground, int] = field(default_factory=dict)
    """How many cells of a ground have a problem or ran out of memory."""


SAMPLE_RATE = "sample-rate"
"""The key of replays that are estimated from samples. A cell of which all was replayed does not have it."""

_GIVEN = {MACHINE: ("ram",)}
_GIVEN_REPLAYS = ("setup", "write", "writes", SAMPLE_RATE)
RUN = "run"
"""Tells cells apart that are asked for in the same words, but were made by other code of a policy or a codec."""

_DRAWN = "seed"
"""A key that tells the draws of one cell apart."""

_NO_CANDIDATE = "none"
"""The set-up of a machine with enough RAM: what others are held against, and no choice."""


def unsaid(kind: str, key: str) -> str | None:
    """The value of ``key`` in cells that do not have it; None if they have none."""
    return "1" if key == SAMPLE_RATE and kind != MACHINE else None


def text_of(value: Any) -> str:
    """A value of a cell in words."""
    return value if isinstance(value, str) else json.dumps(value)


def split(kind: str, cell: Mapping[str, Any]) -> tuple[Field, Chosen]:
    """The field of a cell, and what was chosen in it."""
    given = _GIVEN.get(kind, _GIVEN_REPLAYS)
    texts = [(intern(key), intern(text_of(value))) for key, value in cell.items() if key != _DRAWN]
    return (
        Field(kind, tuple(one for one in texts if one[0] in given)),
        tuple(one for one in texts if one[0] not in given),
    )


class _Draw(NamedTuple):
    """What is kept of a row."""

    seed: int
    key: str
    figures: tuple[Figure, ...]
    ended: bool
    off: bool
    problem: bool


def cells_of(rows: Iterable[Row]) -> Cells:
    """The cells of ``rows``."""
    drawn: dict[tuple[Ground, Chosen], list[_Draw]] = {}
    grounds: dict[Ground, Ground] = {}
    for row in rows:
        given, chosen = split(row.kind, row.cell)
        ground = Ground(row.trace, row.corpus, given)
        figures = tuple(row.columns[name] for name in FIGURES)
        ended = not row.problem and row.columns["out_of_memory_at"] is None
        off = bool(row.columns["too_few_pages"])
        draw = _Draw(row.seed or 0, row.key, figures, ended, off, bool(row.problem))
        drawn.setdefault((grounds.setdefault(ground, ground), chosen), []).append(draw)
    found = Cells()
    for (ground, chosen), draws in drawn.items():
        for maker, some in _told_apart(sorted(draws)).items():
            one = (*chosen, (RUN, maker)) if len(some) < len(draws) else chosen
            if all(
                draw.problem for draw in some
            ):  # of which even the ground may be another than it was to be
                found.without[ground] = found.without.get(ground, 0) + 1
                continue
            cells = found.by_ground.setdefault(ground, [])
            if not all(draw.ended for draw in some):
                found.without[ground] = found.without.get(ground, 0) + 1
            elif ground.field.kind != MACHINE or dict(one).get("setup") != _NO_CANDIDATE:
                cells.append(_cell(ground, one, some))
    return found


def _told_apart(draws: list[_Draw]) -> dict[str, list[_Draw]]:
    """``draws`` by the end of their keys: made by other code, another library or at other costs, each is a cell."""
    parts: dict[str, list[_Draw]] = {}
    for draw in draws:
        parts.setdefault(draw.key[-MAKER:], []).append(draw)
    return parts


def _cell(ground: Ground, chosen: Chosen, draws: list[_Draw]) -> Cell:
    figures = {}
    for name, column in zip(FIGURES, zip(*(draw.figures for draw in draws), strict=True), strict=True):
        values = [value for value in column if value is not None]
        if len(values) == len(draws):
            figures[name] = Draws(min(values), median(values), max(values))
    off = any(draw.off for draw in draws)
    return Cell(ground, chosen, tuple(draw.key for draw in draws), figures, off)
