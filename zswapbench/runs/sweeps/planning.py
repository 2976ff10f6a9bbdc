"""From a grid to units: each cell on each trace, checked before anything runs, and made into tasks one at a time.

A unit's key is the SHA-256 of all that decides its result: the rules of this version, the files, the cell with its
defaults, the seed, and which codecs these are. So the same unit has the same key, whatever grid it is in. Its end is a
digest of its own: of code, libraries and costs, so that the draws of a cell that were made with the same are known.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from zswapbench import __version__
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of
from zswapbench.plugins.registry import CODECS, Choice
from zswapbench.results.sweeps.columns import MACHINE, REPLAY, RESULT_RULES
from zswapbench.results.sweeps.store import MAKER
from zswapbench.runs.choices import refuse_idle_costs
from zswapbench.runs.options import Options
from zswapbench.runs.sweeps.axes import SEED, Block, Grid
from zswapbench.runs.sweeps.cells import ImpossibleError, Wanted
from zswapbench.runs.sweeps.contract import Task
from zswapbench.runs.sweeps.machines import MachineCells
from zswapbench.runs.sweeps.replays import ReplayCells
from zswapbench.runs.sweeps.sources import Source, sources_of

_RULES = json.dumps([__version__, RESULT_RULES])


class _Cells(Protocol):
    """What reads cells of one kind."""

    def refuse_idle(self, block: Block) -> None: ...
    def wanted(self, given: Mapping[str, str], source: Source) -> Wanted: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Unit:
    """A cell on a trace. ``given``: its values as they stand in the grid.

    ``wanted``: None if it cannot be; ``problem`` says why then, and where it was asked for.
    """

    key: str
    source: Source
    seed: int | None
    given: dict[str, str]
    wanted: Wanted | None
    problem: str = ""


@dataclass
class Plan:
    """Units, all of them checked. ``count``: that can be; ``impossible``: those that cannot, as far as they were let.

    ``used``: by the digest of a corpus, codecs; ``measured``: those of them whose costs nobody gave. ``costs``: what
    was found of these, by digest and codec, in values that JSON has; None over an export.
    """

    sources: Sequence[Source]
    blocks: Sequence[Block]
    cells: Mapping[str, _Cells]
    count: int = 0
    impossible: list[Unit] = field(default_factory=list)
    used: dict[str, dict[str, None]] = field(default_factory=dict)
    measured: dict[str, dict[str, None]] = field(default_factory=dict)
    costs: dict[tuple[str, str], dict[str, Any] | None] = field(default_factory=dict)
    _identities: dict[tuple[str, str], str] = field(default_factory=dict)

    def units(self) -> Iterator[Unit]:
        """All of them, once each, those on one trace and of one seed one after the other."""
        for source, seed in self._places():
            yield from self._units_at(source, seed)

    def keys_if_impossible(self) -> Iterator[str]:
        """The keys that the units that can be had when they could not, if there was such a time."""
        for unit in self.units():
            if unit.wanted is not None:
                yield _key(unit.source, unit.seed, unit.given)

    def tasks(self, done: Collection[str], lanes: int) -> Iterator[Task]:
        """The units that can be and are not ``done``; in turn of so many places, a trace and a seed each."""
        places = iter(self._places())
        turns: deque[Iterator[Task]] = deque()
        for source, seed in places:
            turns.append(self._tasks_at(source, seed, done))
            if len(turns) == lanes:
                break
        while turns:
            lane = turns.popleft()
            task = next(lane, None)
            while task is None and (place := next(places, None)):
                lane = self._tasks_at(*place, done)
                task = next(lane, None)
            if task is not None:
                yield task
                turns.append(lane)

    def identities(self, source: Source, codecs: Iterable[str]) -> dict[str, str]:
        """Which codecs these are, by text. Raises MissingError for one whose library is not installed."""
        for codec in codecs:
            if (source.corpus_digest, codec) not in self._identities:
                choice: Choice[Codec] = CODECS.choose(codec)
                with Corpus(source.corpus) as corpus:
                    self._identities[source.corpus_digest, codec] = identity_of(corpus, choice)
        return {codec: self._identities[source.corpus_digest, codec] for codec in codecs}

    def _places(self) -> list[tuple[Source, int | None]]:
        """Traces with seeds, in order. A trace's own seed is None where it was recorded."""
        asked = dict.fromkeys(seed for block in self.blocks for seed in block.seeds)
        return [
            (source, seed)
            for source in self.sources
            for seed in dict.fromkeys(source.seed if one is None else one for one in asked)
        ]

    def _tasks_at(self, source: Source, seed: int | None, done: Collection[str]) -> Iterator[Task]:
        for unit in self._units_at(source, seed):
            if unit.wanted is not None and unit.key not in done:
                yield self._task(unit, unit.wanted)

    def _task(self, unit: Unit, wanted: Wanted) -> Task:
        source = unit.source
        payload = {
            **wanted.payload,
            "label": wanted.label,
            "cell": wanted.cell,
            "seed": unit.seed,
            "drawn": unit.seed != source.seed,
            "identities": self.identities(source, wanted.codecs),
            "costs": {codec: self.costs[source.corpus_digest, codec] for codec in wanted.measured},
        }
        return Task(unit.key, source.kind, source.inputs, payload)

    def _units_at(self, source: Source, seed: int | None) -> Iterator[Unit]:
        seen: set[str] = set()
        for block in self.blocks:
            if seed not in [source.seed if one is None else one for one in block.seeds]:
                continue
            for given in block.cells():
                unit = self._unit(source, seed, block, given)
                if unit.key not in seen:
                    seen.add(unit.key)
                    yield unit

    def _unit(self, source: Source, seed: int | None, block: Block, given: dict[str, str]) -> Unit:
        try:
            wanted = self.cells[source.kind].wanted(given, source)
        except ImpossibleError as error:
            told = ", ".join(f"{key}={given[key]}" for key in error.keys if key in given)
            problem = f"{block.place_of(error.keys)}: {told}{': ' if told else ''}{error}"
            return Unit(_key(source, seed, given), source, seed, given, None, problem)
        made = [wanted.decides, self.identities(source, wanted.codecs)]
        return Unit(_key(source, seed, wanted.cell, made), source, seed, given, wanted)


def _key(source: Source, seed: int | None, cell: Mapping[str, Any], made: Any = None) -> str:
    """``made``: what decides the result of the cell beside the cell, such as code of the user's own."""
    said = [source.kind, *source.inputs, seed, cell, made]
    return _digest(said)[:-MAKER] + _digest(made)[:MAKER]


def _digest(said: Any) -> str:
    told = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{_RULES}{told}".encode()).hexdigest()


def plan_of(grid: Grid, stack: ExitStack, progress: Progress, *, keep_going: bool) -> Plan:
    """What ``grid`` asks for; what that holds open is closed with ``stack``.

    ``keep_going``: cells that there cannot be are left out. Raises UsageError for them otherwise, and for keys that
    mean nothing; what ``sources_of`` raises for traces; MissingError for a codec that is not installed.
    """
    if not any(block.axes for block in grid.blocks):
        raise UsageError("nothing is to vary: give --vary KEY=VALUE,VALUE, or a grid file with [[grid]]")
    drawn = any(axis.key == SEED for block in grid.blocks for axis in block.axes)
    costs = ",".join(grid.costs)
    readers: dict[str, _Cells] = {REPLAY: ReplayCells(costs), MACHINE: MachineCells(costs)}
    for one in readers.values():
        stack.callback(one.close)
    sources = sources_of(grid.traces, grid.corpora, progress, drawn=drawn)
    for kind in dict.fromkeys(source.kind for source in sources):
        for block in grid.blocks:
            readers[kind].refuse_idle(block)
    plan = Plan(sources, grid.blocks, readers)
    _check(plan, costs, progress)
    if plan.impossible and not keep_going:
        others = len({repr(unit.given) for unit in plan.impossible}) - 1
        more = f"; nor can {others:,} other cell{'s' if others > 1 else ''}" if others else ""
        raise UsageError(f"{plan.impossible[0].problem}{more}; --keep-going runs the rest")
    if not plan.count:
        raise UsageError(f"{plan.impossible[0].problem}; no cell is left to run")
    return plan


def _check(plan: Plan, costs: str, progress: Progress) -> None:
    """Go through all units once. Raises UsageError for a cost of a codec that none uses."""
    decides: dict[str, None] = {}
    cells = len(plan.sources) * sum(block.count * len(block.seeds) for block in plan.blocks)
    with progress("checking cells", cells, "cells") as told:
        for unit in plan.units():
            told(1)
            if unit.wanted is None:
                plan.impossible.append(unit)
                continue
            plan.count += 1
            digest, wanted = unit.source.corpus_digest, unit.wanted
            plan.used.setdefault(digest, {}).update(dict.fromkeys(wanted.codecs))
            plan.measured.setdefault(digest, {}).update(dict.fromkeys(wanted.measured))
            decides |= dict.fromkeys(wanted.decides)
    if costs and plan.count:
        given = [one for one in decides if "=" in one and "/" in one]
        refuse_idle_costs(
            [Options(cost=costs)],
            given,
            [CODECS.choose(codec) for codecs in plan.used.values() for codec in codecs],
        )
