"""A sweep in words: its cells, what was varied, where its traffic came from, and what is best of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from zswapbench.common.units import format_count, format_duration, joined
from zswapbench.report.table import Cell as TableCell
from zswapbench.results.sweeps.best import Best, Standing
from zswapbench.results.sweeps.cells import FRAMES, RUN, SLOWDOWN, TIME, WRITES, Cell, Chosen, Ground
from zswapbench.results.sweeps.looking import CORPUS, Looked
from zswapbench.results.sweeps.store import Input

_BARE = ("setup", "era", "kernel", "pool", "codec", "policy", "device")
"""Keys whose values say by themselves what they are of, in the order of a SPEC."""

_SHOWN = 3
"""Of cells that tie so many are named."""

_ENDING = re.compile(r"\.(trace\.bin|refs)(\.zst)?$")


class Words:
    """Names of cells and grounds: what is the same for all cells is left out."""

    def __init__(self, looked: Looked) -> None:
        stems = {digest: _ENDING.sub("", name) for digest, name in looked.names.items()}
        alike = Counter(stems[digest] for digest in looked.counts)
        self._names = {
            digest: stems[digest] if alike[stems[digest]] == 1 else name
            for digest, name in looked.names.items()
        }
        self._varying = {*looked.varying, RUN}
        self._corpora = len(looked.own.get(CORPUS, ()))

    def chosen(self, chosen: Chosen, without: Chosen = ()) -> str:
        """A cell as a person would ask for it: "zstd, class-lru, limit=20%"; ``without`` what was said already."""
        told = {key: value for key, value in chosen if key in self._varying and (key, value) not in without}
        bare = [told.pop(key) for key in _BARE if key in told]
        return ", ".join([*bare, *(f"{key}={value}" for key, value in told.items())]) or "the only cell"

    def cell(self, cell: Cell, without: Chosen = ()) -> str:
        """The same of a cell on its ground."""
        return self.chosen(cell.chosen, without)

    def shared(self, cells: Iterable[Chosen]) -> Chosen:
        """What all of ``cells``, which are several, have in common; nothing if one of them would have no name then."""
        named = {tuple(one for one in cell if one[0] in self._varying) for cell in cells}
        if len(named) < 2:
            return ()
        shared = set.intersection(*(set(one) for one in named))
        if any(set(one) == shared for one in named):
            return ()
        return tuple(sorted(shared))

    def ground(self, ground: Ground) -> str:
        """The trace, and what was given."""
        corpus = f" over {self.name(ground.corpus)}" if self._corpora > self._traces else ""
        given = self.given(ground.field.given)
        return f"{self.name(ground.trace)}{corpus}{f', {given}' if given else ''}"

    def given(self, given: Chosen) -> str:
        """What was given, where that differs."""
        told = [value if key in _BARE else f"{key}={value}" for key, value in given if key in self._varying]
        return ", ".join(told)

    def name(self, digest: str) -> str:
        """What a trace is called, without what all are called, where that tells it from others."""
        return self._names.get(digest, digest[:12])

    @property
    def _traces(self) -> int:
        return len(self._names) - self._corpora


def ways_of(inputs: Iterable[Input]) -> str:
    """Where the traffic came from, in a word for each kind: "2 recorded, 1 synthetic"."""
    traces = [one for one in inputs if one.is_traffic]
    ways = Counter(way_of(one) for one in traces)
    return joined([f"{count} {way}" for way, count in ways.items()]) if ways else ""


def way_of(one: Input) -> str:
    """Where the traffic of one trace came from, in a word: "recorded"."""
    return origin_of(one).partition(":")[0]


def origin_of(one: Input) -> str:
    """Where a trace says that it comes from."""
    return str(one.about.get("origin") or "it does not say")


def cells_of(best: Best) -> list[Chosen]:
    """The best cell, or those that tie."""
    return [next(iter(one.on.values())).chosen for one in best.tie]


def shared_note(shared: Chosen, words: Words) -> list[str]:
    """The note of a table whose cells lack what all of them have, if they do."""
    return [f"the same in all rows: {words.chosen(shared)}"] if shared else []


def tie_words(best: Best, words: Words, without: Chosen = ()) -> str:
    """The best cell; of several that tie the first few. ``without``: as ``chosen`` has it."""
    if not best.tie:
        return "none"
    names = [words.chosen(one, without) for one in cells_of(best)]
    if len(names) == 1:
        return names[0]
    more = f"; {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"tie of {len(names)}: {'; '.join(names[:_SHOWN])}{more}"


def margin_of(best: Best) -> float | None:
    """How much less the best pays than the next; None where several tie, or there is no next."""
    if len(best.tie) != 1 or best.next is None:
        return None
    return 1 - best.tie[0].times / best.next.times


def sentence(best: Best, where: str, words: Words) -> str:
    """What is best in ``where``, with what it rests on."""
    goal = best.goal.title.capitalize()
    if best.why:
        return f"{goal} {where}: nobody can be named: {best.why}."
    names = tie_words(best, words)
    figure = _figure(best, best.tie[0])
    if best.of == 1:
        return f"{goal} {where}: {names} ({figure}), for no other cell got through."
    of = format_count(best.of, "cell")
    if len(best.tie) == 1:
        margin = margin_of(best)
        less = f", {100 * margin:.1f} % less than the next" if margin is not None else ""
        return f"{goal} {where}: {names} ({figure}{less}; of {of})."
    tie = f"{len(best.tie):,} of {of} tie"
    return f"{goal} {where}: {tie}: {names.partition(': ')[2]} ({figure})."


def _figure(best: Best, one: Standing) -> str:
    if len(one.on) > 1:
        return f"{one.times:.2f}x the least of each trace, geometric mean"
    cell = next(iter(one.on.values()))
    figure = figure_text(best.figure, cell.middle(best.figure))
    held = best.figure != FRAMES and FRAMES in cell.figures
    return f"{figure}, {figure_text(FRAMES, cell.middle(FRAMES))}" if held else figure


def figure_text(name: str, value: float) -> str:
    """A figure with what it is."""
    if name == TIME:
        return format_duration(value)
    if name == SLOWDOWN:
        return f"{value:.2f}x slowdown"
    what = {FRAMES: "page frames", WRITES: "device writes"}[name]
    return f"{TableCell(value).text} {what}"
