"""Which runs of a sweep are looked at, and along which axes: ``--where codec=zstd``, ``--by limit``.

An axis is a key of the cells; besides, each run has a trace, a corpus, a seed and a kind, which can be asked for in the
same way. A trace is known by its file's name, by this up to a dot, or by the beginning of its digest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from zswapbench.common.errors import UsageError
from zswapbench.common.names import likeliest, offer
from zswapbench.common.units import parse_duration, parse_size, plain_quantity
from zswapbench.results.sweeps.cells import SAMPLE_RATE, Ground, text_of, unsaid
from zswapbench.results.sweeps.store import Input, Row

TRACE, CORPUS, SEED, KIND = "trace", "corpus", "seed", "kind"
OWN = (TRACE, CORPUS, SEED, KIND)
"""What each run has beside the keys of its cell."""

Of = TypeVar("Of")

_MOST_OFFERED = 12
_DIGEST = re.compile(r"[0-9a-f]{6,64}")
_NUMBERS: tuple[Callable[[str], float], ...] = (float, parse_size, parse_duration)


@dataclass
class Counts:
    """Units of a trace: ``done``, and of these those with a problem, or out of memory."""

    done: int = 0
    problems: int = 0
    out_of_memory: int = 0


@dataclass
class Looked:
    """What a look through all rows finds.

    ``axes``: by key of the cells, its values in their order; ``own``: the same of OWN, in names. ``counts``: by digest
    of the trace. ``names``: of files, by digest.
    """

    names: dict[str, str]
    axes: dict[str, list[str]] = field(default_factory=dict)
    own: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)

    @property
    def varying(self) -> list[str]:
        """The keys of cells that have more than one value."""
        return [key for key, values in self.axes.items() if len(values) > 1]

    def value(self, row: Row, key: str) -> str | None:
        """What ``row`` has for ``key``; None if it has none."""
        if key in row.cell:
            return text_of(row.cell[key])
        if key == SEED:
            return None if row.seed is None else str(row.seed)
        return {
            TRACE: self.names.get(row.trace, row.trace),
            CORPUS: self.names.get(row.corpus, row.corpus),
            KIND: row.kind,
        }.get(key, unsaid(row.kind, key))


def look(rows: Iterable[Row], inputs: Sequence[Input]) -> Looked:
    """Look through ``rows``, whose traces and corpora are among ``inputs``."""
    found = Looked(names_of(inputs))
    axes: dict[str, dict[str, None]] = {}
    own: dict[str, dict[str, None]] = {}
    whole: dict[str, None] = {}
    for row in rows:
        for key, value in row.cell.items():
            axes.setdefault(key, {})[text_of(value)] = None
        if SAMPLE_RATE not in row.cell and (text := unsaid(row.kind, SAMPLE_RATE)):
            whole[text] = None
        for key in OWN:
            if (text := found.value(row, key)) is not None and key not in row.cell:
                own.setdefault(key, {})[text] = None
        counts = found.counts.setdefault(row.trace, Counts())
        counts.done += 1
        counts.problems += bool(row.problem)
        counts.out_of_memory += row.columns["out_of_memory_at"] is not None
    if SAMPLE_RATE in axes:
        axes[SAMPLE_RATE] |= whole
    found.axes = {key: in_order(values) for key, values in sorted(axes.items())}
    found.own = {key: in_order(own[key]) for key in OWN if key in own}
    return found


def names_of(inputs: Sequence[Input]) -> dict[str, str]:
    """What each input is called, by digest: its name, and where others have that, too, some of its digest."""
    names = [one.name for one in inputs]
    return {
        one.digest: one.name if names.count(one.name) == 1 else f"{one.name} ({one.digest[:12]})"
        for one in inputs
    }


def in_order(values: Iterable[str]) -> list[str]:
    """``values`` from the least to the most where they are numbers, sizes, shares or times; else 9p before 12p."""
    listed = sorted(values, key=_natural)
    for number in _NUMBERS:
        try:
            return sorted(listed, key=lambda one: number(one.removesuffix("%")))
        except (UsageError, ValueError):
            continue
    return listed


def _natural(text: str) -> list[tuple[int, str]]:
    """Words by the alphabet, numbers in them by what they are."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def grounds_in_order(found: Mapping[Ground, Of], looked: Looked) -> dict[Ground, Of]:
    """The same by what was given, such as the RAM, in its order; then by trace, as these were named."""
    traces = [*looked.names]

    def place(ground: Ground) -> tuple[Any, ...]:
        given = [(key, values_of(key, looked).index(value)) for key, value in ground.field.given]
        return ground.field.kind, given, traces.index(ground.trace), ground.corpus

    return {ground: found[ground] for ground in sorted(found, key=place)}


class Where:
    """Conditions KEY=VALUE. Those of one key are alternatives; those of several keys hold all together."""

    def __init__(self, conditions: Iterable[str], looked: Looked) -> None:
        self._looked = looked
        self._wanted: dict[str, set[str]] = {}
        for text in conditions:
            key, equals, value = text.partition("=")
            if not equals:
                raise UsageError(f"--where {text}: write it like codec=zstd")
            name = key_of("--where", key, looked)
            self._wanted.setdefault(name, set()).add(self._value(text, name, value))

    def __call__(self, row: Row) -> bool:
        return all(self._looked.value(row, key) in values for key, values in self._wanted.items())

    @property
    def words(self) -> str:
        """The conditions as people read them."""
        return ", ".join(f"{key}={' or '.join(sorted(values))}" for key, values in self._wanted.items())

    def _value(self, text: str, key: str, value: str) -> str:
        known = values_of(key, self._looked)
        if value in known:
            return value
        if (plain := plain_quantity(value)) in known:
            return plain
        if key in (TRACE, CORPUS):
            names = self._looked.names.items()
            meant = [name for digest, name in names if name.startswith(f"{value}.") and name in known]
            if not meant and _DIGEST.fullmatch(value):
                meant = [name for digest, name in names if digest.startswith(value) and name in known]
            if len(meant) == 1:
                return meant[0]
        if len(known) <= _MOST_OFFERED:
            raise UsageError(f"--where {text}: no run has that; {offer(value, known)}")
        hint = likeliest(value, known) or f"{key} has {len(known)} values, from {known[0]} to {known[-1]}"
        raise UsageError(f"--where {text}: no run has that; {hint}")


def key_of(option: str, key: str, looked: Looked) -> str:
    """``key``, if runs have it. Raises UsageError with the likeliest if not."""
    known = [*looked.own, *looked.axes]
    if key not in known:
        raise UsageError(f"{option} {key}: no run has such a key; {offer(key, known)}")
    return key


def values_of(key: str, looked: Looked) -> list[str]:
    """The values of a key that runs have."""
    return looked.axes.get(key) or looked.own[key]
