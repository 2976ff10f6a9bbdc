"""The story of 'machine --gained': in how much RAM a bare disk is as fast as each set-up, by bisection.

Each pass through the references halves the bracket of every set-up at once. That more RAM makes a disk no slower is
not quite so (reclaim may choose badly), so the bracket is told: its upper end was as fast, its lower end was not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from zswapbench.common.errors import UsageError
from zswapbench.common.outputs import is_stream
from zswapbench.common.progress import Progress, silent
from zswapbench.corpus.reading import Corpus
from zswapbench.results.machine import NONE, MachineResult, SetupResult
from zswapbench.results.machine_gained import Gained
from zswapbench.runs.cgroups import Limits
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.machine import Point, run_all
from zswapbench.runs.options import Options
from zswapbench.traces.refs import References

_CLOSE = 0.01
"""The bracket is narrow enough at this part of its upper end, or at one page."""

Again = Callable[[], AbstractContextManager[References]]
"""Opens the references anew."""


@dataclass
class _Search:
    """RAM in pages: the disk is ``slower`` in so much, and as fast in ``as_fast``; None: not known yet, or never."""

    one: SetupResult
    disk: str
    slower: int | None = None
    as_fast: int | None = None

    @property
    def open(self) -> bool:
        if self.slower is None or self.as_fast is None:
            return False
        return self.as_fast - self.slower > max(1, int(_CLOSE * self.as_fast))

    def next(self) -> int:
        assert self.slower is not None
        assert self.as_fast is not None
        return (self.slower + self.as_fast) // 2

    def learn(self, pages: int, disk: SetupResult) -> None:
        """What the disk paid in ``pages`` of RAM."""
        paid = self.one.metrics["total_ns"]
        if disk.out_of_memory_at is None and disk.metrics["total_ns"] <= paid:
            self.as_fast = pages if self.as_fast is None else min(self.as_fast, pages)
        else:
            self.slower = pages if self.slower is None else max(self.slower, pages)


def check_gained(references: str | os.PathLike[str], *, swept: bool, cgroups: Sequence[Limits]) -> None:
    """Raises UsageError where ``references`` could be read once only, a sweep shows as much, or RAM does not help."""
    if swept:
        raise UsageError("--gained and --sweep do not go together: the curve of a disk over RAM shows it")
    if any(one.max is not None for one in cgroups):
        raise UsageError(
            "--gained and a --cgroup with memory.max do not go together: more RAM does not lift that limit"
        )
    if is_stream(references):
        raise UsageError(
            "--gained goes through the REFERENCES again and again, and a pipe can be read once: name a file"
        )


def with_gained(
    result: MachineResult,
    again: Again,
    corpus: Corpus,
    machine: Machine,
    common: Options,
    progress: Progress = silent,
) -> MachineResult:
    """``result`` of ``machine`` with what each set-up gained over a disk on its own device, or on that of ``common``.

    ``again`` is called once for each pass. Raises what zswapbench.runs.machine.run does.
    """
    page_size, bare = corpus.page_size, replace(common, cost="")
    searches = [
        _Search(one, f"disk,{one.setting.get('device', {}).get('name', common.device)}")
        for one in result.setups
        if one.kind not in (NONE, "disk") and one.out_of_memory_at is None
    ]
    runs = 0

    def look(wanted: Sequence[tuple[_Search, int]]) -> None:
        nonlocal runs
        places = [*dict.fromkeys((search.disk, pages) for search, pages in wanted)]
        points = [
            Point(replace(machine, ram=pages * page_size), {f"{disk} in {pages}": disk})
            for disk, pages in places
        ]
        with again() as references:
            found = dict(zip(places, run_all(references, corpus, points, bare, progress), strict=True))
        runs += len(places)
        for search, pages in wanted:
            search.learn(pages, found[search.disk, pages].setups[0])

    here = machine.ram // page_size
    if searches:
        look([(search, here) for search in searches])
    enough = _enough(machine, result.inputs["pages"], page_size)
    for search in searches:
        if search.as_fast is None:
            search.as_fast = max(enough, here + 1)
    less = [search for search in searches if search.slower is None]
    try:
        if less:
            look([(search, here // 2) for search in less])
    except UsageError:  # there cannot be so little RAM, or the references are not for so little
        pass
    while wanted := [(search, search.next()) for search in searches if search.open]:
        look(wanted)
    gained = tuple(
        Gained(
            search.one.label,
            search.disk,
            machine.ram,
            None if search.slower is None else search.slower * page_size,
            (search.as_fast or 0) * page_size,
            runs,
        )
        for search in searches
    )
    return replace(result, gained=gained)


def _enough(machine: Machine, pages: int, page_size: int) -> int:
    """Pages of RAM in which nothing leaves, though the watermarks grow with it."""
    ram = pages
    for _ in range(8):
        ram = pages + machine.tuning.watermarks(max(ram, 64) * page_size, page_size).high + 2
    return ram
