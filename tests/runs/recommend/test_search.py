"""The search: few of many, and an interrupt that keeps what was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.cli.machines import write_program
from tests.runs.recommend.making import DEBIAN, TEXT
from zswapbench.common.progress import Told, silent
from zswapbench.corpus.reading import Corpus
from zswapbench.rules.kernel_config import offers
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.options import Options
from zswapbench.runs.recommend import search as searching
from zswapbench.runs.recommend.cells import Cell
from zswapbench.runs.recommend.ranking import rank
from zswapbench.runs.recommend.sampling import WHOLE, Part
from zswapbench.runs.recommend.search import Searched, Wish, best_of, search, spread
from zswapbench.runs.recommend.space import kinds_of, space
from zswapbench.runs.recommend.trials import Bench, Work
from zswapbench.traces.references.importing import open_references

KERNEL = offers("6.18")
CELLS = space(KERNEL, kinds_of("zswap,zram,zram+disk"), 0).cells
WISH = Wish("time", KERNEL, (Cell("disk"),))


@pytest.fixture(scope="module")
def bench_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[partial[Bench]]:
    folder = write_program(tmp_path_factory.mktemp("program"))
    work = Work("app", partial(open_references, folder / "app.refs", TEXT(4096)), 30_000)
    with Corpus(folder / "app.zpages") as corpus:
        machine = Machine(2 << 20, kernel="6.18")
        yield partial(Bench, corpus, machine, machine.ram, Options(era="6.18", cost=DEBIAN), [work])


@pytest.fixture(scope="module")
def all_of_them(bench_of: partial[Bench]) -> Searched:
    return search(bench_of(), CELLS, WISH, silent)


def test_a_small_work_is_tried_whole_by_all_and_the_search_finds_its_best(all_of_them: Searched) -> None:
    found = all_of_them
    assert {*CELLS} <= {*found.whole}
    assert (found.rungs, found.cells, found.interrupted) == ([], len(CELLS), False)
    assert best_of(found.whole, "time", 1)[0] == min(
        found.whole, key=lambda cell: rank("time", found.whole[cell])
    )


def test_rounds_leave_few_cells_and_keep_the_best_of_the_grid(
    bench_of: partial[Bench], all_of_them: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = all_of_them.whole
    monkeypatch.setattr(searching, "SMALL", 0)
    found = search(bench_of(), CELLS, WISH, silent)
    assert [rung["course"] for rung in found.rungs] == [0.25, 0.5]
    assert len(found.whole) < len(CELLS) / 2
    best = best_of({cell: whole[cell] for cell in CELLS}, "time", 1)[0]
    assert rank("time", found.whole[best_of(found.whole, "time", 1)[0]]) <= rank("time", whole[best])


def test_the_best_of_each_kind_has_all_of_the_work(
    bench_of: partial[Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SMALL", 0)
    monkeypatch.setattr(searching, "FINALISTS", 1)
    found = search(bench_of(), CELLS, WISH, silent)
    assert {cell.kind for cell in found.whole} == {"disk", "zswap", "zram", "zram+disk"}


def test_an_interrupt_keeps_what_was_found(bench_of: partial[Bench]) -> None:
    fed = 0

    @contextmanager
    def interrupting(what: str, total: int, unit: str) -> Iterator[Told]:
        def told(count: int) -> None:
            nonlocal fed
            fed += count
            if fed > total // 2:
                raise KeyboardInterrupt

        yield told

    found = search(bench_of(), CELLS, WISH, interrupting)
    assert found.interrupted
    assert Cell("disk") in found.whole
    assert len(found.whole) < len(CELLS)


def test_the_first_cells_are_from_all_over_the_space() -> None:
    ordered = spread(CELLS)
    assert {*ordered} == {*CELLS}
    first = [cell for cell in ordered[:32] if cell.kind == "zswap"]
    assert {cell.kind for cell in ordered[:32]} == {cell.kind for cell in CELLS} - {"disk"} | {
        ordered[0].kind
    }
    assert {cell.codec for cell in first} == {cell.codec for cell in CELLS if cell.kind == "zswap"}
    assert len({cell.percent for cell in first}) > 3


def test_codecs_are_measured_once_for_all_cells(bench_of: partial[Bench]) -> None:
    bench = bench_of()
    bench.common = Options(era="6.18")
    some = [Cell("zram", "lz4", disksize=one) for one in (100, 200)]
    tried = [dict(bench.try_all([cell], WHOLE, lambda _count: None, silent)) for cell in some]
    assert len(bench.codecs.costs) == 1
    settings = [next(iter(one.values()))[0].setting["codec_cost"] for one in tried]
    assert settings == [None, None]  # measured, not given


def test_a_sample_has_sizes_of_its_own(bench_of: partial[Bench]) -> None:
    bench, cell = bench_of(), Cell("zram", "lz4", disksize=200)
    for part in (WHOLE, Part(pages=0.5), WHOLE):
        dict(bench.try_all([cell], part, lambda _count: None, silent))
    (whole,), ((corpus, machine, found),) = bench.codecs.sizes.values(), bench.samples.values()
    (sizes,) = found.sizes.values()
    assert len(sizes) == len(corpus) < len(whole) == len(bench.corpus)
    assert machine.ram == bench.machine.ram // 2
