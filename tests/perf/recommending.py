"""How often the search of 'recommend' ends with the winner of the whole grid, and which part of a work keeps it.

    python -m tests.perf.recommending

Over the shipped recordings, in two amounts of RAM each, under two kernels, for the goals time and wear. All cells have
all of the work, and each part of it. From these the rounds of the search are made, so that it is held against what it
did not look at. docs/recommend-search.md has what this prints. Codec times are given: two runs print the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product

from tests.runs.recommend.making import COST, TEXT
from zswapbench.common.progress import nobody, silent
from zswapbench.corpus import shipped
from zswapbench.corpus.reading import Corpus
from zswapbench.results.recommendation import TIME, WEAR
from zswapbench.rules.kernel_config import offers
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.options import Options
from zswapbench.runs.recommend.cells import KINDS, Cell
from zswapbench.runs.recommend.ranking import rank
from zswapbench.runs.recommend.sampling import WHOLE, Part
from zswapbench.runs.recommend.search import AROUND, Outcomes, best_of, kept_of
from zswapbench.runs.recommend.space import neighbours, space
from zswapbench.runs.recommend.trials import Bench, Work
from zswapbench.traces.references.importing import open_references

RECORDINGS = {"sort-run": (228_684, 3, 5), "redis-run": (270_473, 8, 12), "cache-run": (305_249, 3, 6)}
"""References, and MiB of RAM."""

KERNELS = ("6.12", "6.18")
PARTS = {
    **{f"first 1/{one}": Part(course=1 / one) for one in (8, 4, 2)},
    **{f"pages 1/{one}": Part(pages=1 / one) for one in (8, 4, 2)},
}
SEARCHES: tuple[tuple[str, ...], ...] = (
    *((name,) for name in PARTS),
    ("first 1/8", "first 1/2"),
    ("first 1/4", "first 1/2"),
)


def main() -> None:
    """Print a row for each way to search, the neighbours of the best included and not."""
    tried = [one for name, kernel in product(RECORDINGS, KERNELS) for one in _all(name, kernel)]
    print(
        "| rounds before the last | goal | winner kept | and with neighbours | most lost | cells with all |"
    )
    print("|---|---|---|---|---|---|")
    for rounds, goal in product(SEARCHES, (TIME, WEAR)):
        kept = [_left(one, rounds, goal) for one in tried]
        found = [_around(one[""], left, goal) for one, left in zip(tried, kept, strict=True)]
        lost = [_lost(one[""], cells, goal) for one, cells in zip(tried, found, strict=True)]
        held = sum(_lost(one[""], cells, goal) == 0 for one, cells in zip(tried, kept, strict=True))
        ended = sum(one == 0 for one in lost)
        mean = sum(map(len, found)) / len(found)
        print(
            f"| {', '.join(rounds)} | {goal} | {held} of {len(tried)} | {ended} of {len(tried)} | {max(lost):.1%} "
            f"| {mean:.0f} of {len(tried[0][''])} |"
        )


def _all(name: str, kernel: str) -> list[dict[str, Outcomes]]:
    """For each amount of RAM: by part of the work, "" for all of it, the outcomes of all cells."""
    count, *rams = RECORDINGS[name]
    work = Work(name, partial(open_references, shipped.folder() / f"{name}.refs.zst", TEXT(4096)), count)
    cells = [one for one in space(offers(kernel), KINDS, 0).cells if one.pool in ("", "zsmalloc")]
    found = []
    with Corpus(shipped.folder() / f"{name}.zpages") as corpus:
        for ram in rams:
            machine = Machine(ram << 20, kernel=kernel)
            bench = Bench(corpus, machine, machine.ram, Options(era=kernel, cost=COST), [work])
            parts = {"": WHOLE, **PARTS}
            found.append({part: dict(bench.try_all(cells, parts[part], nobody, silent)) for part in parts})
    return found


def _left(tried: dict[str, Outcomes], rounds: Sequence[str], goal: str) -> list[Cell]:
    """Who is left after the rounds."""
    left = [*tried[""]]
    for part in rounds:
        left = kept_of({cell: tried[part][cell] for cell in left}, goal)
    return left


def _around(whole: Outcomes, left: Sequence[Cell], goal: str) -> list[Cell]:
    """These, and the neighbours of the best until no better is found."""
    found = dict.fromkeys(left)
    seen: set[Cell] = set()
    while new := [
        cell for cell in best_of({one: whole[one] for one in found}, goal, AROUND) if cell not in seen
    ]:
        seen.update(new)
        found |= dict.fromkeys(one for cell in new for one in neighbours(cell, [*whole]))
    return [*found]


def _lost(whole: Outcomes, cells: Sequence[Cell], goal: str) -> float:
    """How much more the best of ``cells`` pays than the best of all: a share."""
    best = rank(goal, whole[best_of(whole, goal, 1)[0]])
    mine = rank(goal, whole[best_of({cell: whole[cell] for cell in cells}, goal, 1)[0]])
    place = 1 if best[1] else 2
    return mine[place] / best[place] - 1


if __name__ == "__main__":
    main()
