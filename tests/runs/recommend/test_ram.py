"""The least RAM: who comes furthest in rounds of less and less of it, and what references leave untold."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from tests.runs.recommend.making import DEBIAN, TEXT
from zswapbench.common.progress import silent
from zswapbench.corpus import shipped
from zswapbench.corpus.reading import Corpus
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.options import Options
from zswapbench.runs.recommend import ram_rounds
from zswapbench.runs.recommend.cells import Cell
from zswapbench.runs.recommend.figures import Figure
from zswapbench.runs.recommend.ram import _crossing, least_ram
from zswapbench.runs.recommend.ranking import time_of
from zswapbench.runs.recommend.sampling import WHOLE
from zswapbench.runs.recommend.trials import Bench, Work
from zswapbench.traces.references.importing import open_references

DISK = Cell("disk")
ZSWAPS = [Cell("zswap", codec, percent) for codec in ("lz4", "zstd") for percent in (20, 50, 80)]
ZRAM = Cell("zram+disk", "lz4", disksize=200)
RAM = 4800 << 10


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    path = shipped.folder() / "sort-run"
    references = f"{path}{shipped.REFERENCES_SUFFIX}"
    with Corpus(f"{path}.zpages") as corpus, open_references(references, TEXT(4096)) as stream:
        work = Work("sort-run", partial(open_references, references, TEXT(4096)), stream.count)
        machine = Machine(RAM, kernel="6.12")
        yield Bench(corpus, machine, RAM, Options(era="6.12", cost=DEBIAN), [work])


@pytest.fixture(scope="module")
def needed(bench: Bench) -> dict[Cell, Figure]:
    default = dict(bench.try_all([DISK], WHOLE, lambda _count: None, silent))[DISK]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ram_rounds, "FURTHEST", 2)
        return least_ram(bench, DISK, [*ZSWAPS, ZRAM], default, 0, silent)


def test_who_is_fastest_in_all_of_ram_is_not_who_does_in_least(
    bench: Bench, needed: dict[Cell, Figure]
) -> None:
    whole = dict(bench.try_all(ZSWAPS, WHOLE, lambda _count: None, silent))
    fastest = min(ZSWAPS, key=lambda cell: time_of(whole[cell]))
    least = min((one for one in needed if not needed[one].at_most), key=lambda one: needed[one].value)
    assert fastest.codec == "lz4"
    assert least == Cell("zswap", "zstd", 50)
    assert needed[least].value < 0.8 * RAM


def test_what_is_found_is_enough_and_hardly_less_is_not(bench: Bench, needed: dict[Cell, Figure]) -> None:
    least = Cell("zswap", "zstd", 50)
    size = int(needed[least].value)
    whole = ram_rounds.whole_frames(bench, int(size * 0.985))
    found = bench.at([(DISK, RAM), (least, size), (least, whole)], lambda _count: None, silent)
    goal, enough, less = (time_of(one) for one in found)
    assert enough <= goal < less


def test_where_the_references_end_the_size_is_one_at_most(needed: dict[Cell, Figure]) -> None:
    assert needed[ZRAM].at_most
    assert not needed[DISK].at_most
    assert needed[DISK].value == RAM


def test_a_draw_is_read_between_the_sizes_that_were_tried_and_a_little_beyond() -> None:
    sizes = np.array([80.0, 100.0, 120.0])
    assert _crossing(sizes, np.array([30.0, 20.0, 10.0]), 15.0) == pytest.approx(110)
    assert _crossing(sizes, np.array([np.inf, 20.0, 10.0]), 25.0) == 100  # it ran out of memory in 80
    below = _crossing(sizes, np.array([30.0, 20.0, 10.0]), 33.0)
    assert 70 < below < 80
    above = _crossing(sizes, np.array([30.0, 20.0, 10.0]), 9.0)
    assert 120 < above < 130
    assert _crossing(sizes, np.array([1.0, 1.0, 1.0]), 1e9) == pytest.approx(80 * np.exp(-0.25))
