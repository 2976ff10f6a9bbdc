"""What is to vary, in words: ``--vary codec=lz4,zstd``, or the tables of a grid file; blocks of axes come out.

An axis is a key with its values. A block is a set of axes: each combination of their values is a cell. A grid has one
block or several, over the same traces. What the keys mean is no question here: see zswapbench.runs.sweeps.replays and
machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer
from zswapbench.common.units import plain_quantity

SEED = "seed"
"""The key that is of the trace and not of what it is run with."""

QUANTITIES = frozenset(("limit", "ram", "mem-limit", "backing-dev", "swap", "disksize", "backing-size"))
"""Keys whose values are sizes or percentages, which are the same in any spelling."""

_MOST_RANGE = 10_000
_MOST_CELLS = 1_000_000

_RANGE = re.compile(r"(\d{1,9})\.\.(\d{1,9})")


@dataclass(frozen=True)
class Axis:
    """``where``: what messages call the place that it was given at."""

    key: str
    values: tuple[str, ...]
    where: str


@dataclass(frozen=True)
class Block:
    """Axes of different keys. ``where``: as of an axis."""

    axes: tuple[Axis, ...]
    where: str

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """Of the axis SEED; without one None, the trace's own."""
        own = next((axis for axis in self.axes if axis.key == SEED), None)
        return tuple(map(int, own.values)) if own else (None,)

    @property
    def cell_axes(self) -> tuple[Axis, ...]:
        """All others."""
        return tuple(axis for axis in self.axes if axis.key != SEED)

    @property
    def count(self) -> int:
        """How many cells there are, seeds apart."""
        return prod(len(axis.values) for axis in self.cell_axes)

    def cells(self) -> Iterator[dict[str, str]]:
        """Values by key, the last axis the fastest."""
        keys = [axis.key for axis in self.cell_axes]
        for values in product(*(axis.values for axis in self.cell_axes)):
            yield dict(zip(keys, values, strict=True))

    def place_of(self, keys: Iterable[str]) -> str:
        """Where the first of ``keys`` that has an axis was given; the block, if none has."""
        by_key = {axis.key: axis.where for axis in self.axes}
        return next((by_key[key] for key in keys if key in by_key), self.where)


@dataclass(frozen=True)
class Grid:
    """What a sweep is of: paths of ``traces`` (or references) and of ``corpora``, ``costs`` as --cost takes them."""

    traces: tuple[str, ...]
    corpora: tuple[str, ...]
    costs: tuple[str, ...]
    blocks: tuple[Block, ...]

    def with_axes(self, axes: Sequence[Axis]) -> Grid:
        """The grid with ``axes`` in each block, in the place of those of the same keys."""
        given = {axis.key for axis in axes}
        kept = [[axis for axis in block.axes if axis.key not in given] for block in self.blocks]
        blocks = [replace(one, axes=(*some, *axes)) for one, some in zip(self.blocks, kept, strict=True)]
        return replace(self, blocks=tuple(map(checked, blocks)))


def axes_of(texts: Sequence[str]) -> list[Axis]:
    """What ``--vary`` asks for, once for each of ``texts``: KEY=VALUE,VALUE or KEY=A..B for whole numbers.

    Raises UsageError for what is not in that form.
    """
    axes: list[Axis] = []
    for text in texts:
        key, equals, words = text.partition("=")
        where = f"--vary {key}"
        if not equals or not re.fullmatch(r"[a-z][a-z-]*", key):
            raise UsageError(f"--vary {text}: write it like codec=lz4,zstd or seed=0..9")
        values = words.split(",")
        foreign = [value for value in values[1:] if re.match("[a-z][a-z-]*=", value) and key != "write"]
        if foreign:
            raise UsageError(
                f"--vary {text}: {foreign[0]!r} is no value of {key}: give it a --vary of its own, or put a value that "
                "has a comma into a grid file"
            )
        if any(axis.key == key for axis in axes):
            raise UsageError(f"{where} is given twice; give all its values to one")
        axes.append(axis_of(key, values, where))
    return axes


def axis_of(key: str, values: Sequence[str], where: str) -> Axis:
    """An axis, with ranges spelled out.

    Raises UsageError for one without values, with an empty one, or one twice.
    """
    told = [one for value in values for one in _spelled(value.strip(), where)]
    if key in QUANTITIES:
        told = [plain_quantity(one) for one in told]
    if not told or "" in told:
        raise UsageError(
            f"{where}: {'has no values' if not any(told) else 'a value is empty'}; give one or more"
        )
    twice = (
        next((value for value in told if told.count(value) > 1), None) if len({*told}) < len(told) else None
    )
    if twice is not None:
        raise UsageError(f"{where}: {twice} is given twice; its runs would be the same")
    if key == SEED and (other := next((one for one in told if not re.fullmatch(r"\d{1,9}", one)), None)):
        raise UsageError(f"{where}: {other!r} is not a whole number from 0 on")
    return Axis(key, tuple(told), where)


def _spelled(value: str, where: str) -> Iterable[str]:
    found = _RANGE.fullmatch(value)
    if not found:
        return [value]
    low, high = int(found[1]), int(found[2])
    if not 0 <= high - low < _MOST_RANGE:
        raise UsageError(f"{where}: {value}: a range rises, and has {_MOST_RANGE:,} numbers at most")
    return map(str, range(low, high + 1))


def checked(block: Block) -> Block:
    """``block``. Raises UsageError if it has more cells than anybody could wait for."""
    if block.count > _MOST_CELLS:
        raise UsageError(
            f"{block.where}: has {block.count:,} cells; {_MOST_CELLS:,} is the most: leave some values out"
        )
    return block


def refuse_unknown(axis: Axis, known: Iterable[str]) -> None:
    """Raises UsageError if the key of ``axis`` is none of those ``known``."""
    keys = [*known, SEED]
    if axis.key not in keys:
        raise UsageError(f"{axis.where}: there is no key {axis.key!r}; {offer(axis.key, keys)}")
