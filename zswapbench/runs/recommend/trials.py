"""Set-ups tried with some part of the work: first all, later few, each time with the same references for all.

A *work* is a stream of references that can be gone through again. What was recorded is one work; of made traffic there
are several. A *part* of it is its beginning, or a sample of its pages on a machine that is as much smaller.

Set-ups are tried some at a time, so that memory does not grow with their number, and an interrupt loses only those that
are under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from zswapbench.common.progress import Progress, Told
from zswapbench.corpus.reading import Corpus
from zswapbench.results.machine import MachineResult, SetupResult
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.machine import Point, run_all
from zswapbench.runs.options import Options
from zswapbench.runs.recommend.cells import Cell
from zswapbench.runs.recommend.sampling import WHOLE, Part, part_of, smaller
from zswapbench.runs.setups.base import Found
from zswapbench.traces.refs import References

_AT_ONCE = 64
_PAGE_BYTES = 160
"""What a set-up takes of memory for each page of the program, about."""

_MOST_BYTES = 512 << 20


@dataclass(frozen=True)
class Work:
    """``again`` opens the references, ``count`` of them; ``name``: what tells this work from others."""

    name: str
    again: Callable[[], AbstractContextManager[References]]
    count: int


@dataclass
class Bench:
    """What all trials share. ``ram``: bytes that SETUPs are told for, of which ``machine`` may have a share only.

    ``codecs``: what was found of them over ``corpus``; ``samples``: by share of pages, with what was found there.
    ``ran``: set-ups gone through so far; ``fed``: references, over all of them.
    """

    corpus: Corpus
    machine: Machine
    ram: int
    common: Options
    works: Sequence[Work]
    codecs: Found = field(default_factory=Found)
    samples: dict[float, tuple[Corpus, Machine, Found]] = field(default_factory=dict)
    ran: int = 0
    fed: int = 0

    def try_all(
        self, cells: Sequence[Cell], part: Part, told: Told, progress: Progress, works: Sequence[Work] = ()
    ) -> Iterator[tuple[Cell, list[SetupResult]]]:
        """Each of ``cells`` with its outcome in each of ``works``, or all works; as they are done."""
        at_once = self._at_once(part)
        for first in range(0, len(cells), at_once):
            some = cells[first : first + at_once]
            outcomes = [self._over(work, some, part, told, progress) for work in works or self.works]
            yield from ((cell, [one.setups[place] for one in outcomes]) for place, cell in enumerate(some))

    def at(
        self,
        machines: Sequence[tuple[Cell, int]],
        told: Told,
        progress: Progress,
        works: Sequence[Work] = (),
    ) -> list[list[SetupResult]]:
        """Each cell, as it is on the whole machine, in so many bytes of RAM, with each of ``works``, or all works."""
        at_once = self._at_once(WHOLE)
        found = []
        for first in range(0, len(machines), at_once):
            some = machines[first : first + at_once]
            each = [self._in(work, some, told, progress) for work in works or self.works]
            found += [[one[place] for one in each] for place in range(len(some))]
        return found

    def _at_once(self, part: Part) -> int:
        """How many set-ups have room in memory beside each other."""
        pages = len(self.corpus.index) * part.pages
        return max(1, min(_AT_ONCE, int(_MOST_BYTES / _PAGE_BYTES / max(pages, 1))))

    def _in(
        self, work: Work, machines: Sequence[tuple[Cell, int]], told: Told, progress: Progress
    ) -> list[SetupResult]:
        """What each cell comes to in its RAM with ``work``."""
        points = [
            Point(replace(self.machine, ram=ram), {str(place): cell.spec(self.machine.ram, by_name=True)})
            for place, (cell, ram) in enumerate(machines)
        ]
        with work.again() as references:
            found = self._run(references, self.corpus, self.codecs, points, told, progress)
        return [one.setups[0] for one in found]

    def _over(
        self, work: Work, cells: Sequence[Cell], part: Part, told: Told, progress: Progress
    ) -> MachineResult:
        """What ``cells`` come to in a part of ``work``. Labels are SETUPs for all of RAM."""
        corpus, machine, codecs = self._sample(part.pages)
        specs = {f"{place}": cell.spec(machine.ram, by_name=True) for place, cell in enumerate(cells)}
        if part.ram < 1:
            machine = replace(machine, ram=int(machine.ram * part.ram) // corpus.page_size * corpus.page_size)
        with work.again() as stream:
            some = part_of(part, stream, work.count)
            result = self._run(some, corpus, codecs, [Point(machine, specs)], told, progress)[0]
        self.ran += len(cells)
        labels = [cell.spec(self.ram) for cell in cells]
        named = (replace(one, label=label) for one, label in zip(result.setups, labels, strict=True))
        return replace(result, setups=tuple(named))

    def _sample(self, share: float) -> tuple[Corpus, Machine, Found]:
        """Such a share of the pages, the machine for it, and what is found of codecs over them."""
        if share >= 1:
            return self.corpus, self.machine, self.codecs
        if share not in self.samples:
            self.samples[share] = (*smaller(share, self.corpus, self.machine), Found())
        return self.samples[share]

    def _run(
        self,
        references: References,
        corpus: Corpus,
        codecs: Found,
        points: list[Point],
        told: Told,
        progress: Progress,
    ) -> list[MachineResult]:
        found = run_all(
            references, corpus, points, self.common, partial(_within, told, progress), found=codecs
        )
        self.fed += found[0].inputs["count"] * len(points) * len(points[0].specs)
        return found


@contextmanager
def _within(told: Told, progress: Progress, what: str, total: int, unit: str) -> Iterator[Told]:
    """A Progress for a pass that is a piece of a longer work: references count there, all else has its own bar."""
    if what == "machine":
        yield told
        return
    with progress(what, total, unit) as own:
        yield own
