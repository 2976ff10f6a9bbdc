"""Made traffic: deterministic, of the program's pages, each touched once before all else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.machines import PAGES, write_program
from zswapbench.corpus.reading import Corpus
from zswapbench.results.machine import SetupResult
from zswapbench.runs.recommend.traffic import SEEDS, TOUCHES, USED, made_works, said_by_each, said_of
from zswapbench.runs.recommend.trials import Work
from zswapbench.traces.refs import References


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> list[Work]:
    folder: Path = write_program(tmp_path_factory.mktemp("program"))
    with Corpus(folder / "app.zpages") as corpus:
        return made_works(corpus, 3)


def touches(work: Work) -> np.ndarray:
    with work.again() as stream:
        assert isinstance(stream, References)
        return np.concatenate(list(stream.batches))


def test_there_are_six_draws_or_more_and_each_pattern_comes_first_once(works: list[Work]) -> None:
    assert len(works) == SEEDS * len(USED) >= 6
    assert [work.name for work in works[: len(USED)]] == [f"{name}, seed 3" for name in USED]


def test_each_page_is_touched_once_before_all_else(works: list[Work]) -> None:
    for work in works[: len(USED)]:
        made = touches(work)
        first = made["page"][:PAGES]
        assert (np.diff(first.astype(np.int64)) > 0).all()
        assert set(made["page"]) == set(first)
        assert abs(len(made) - work.count) <= PAGES  # phase gives some up
        assert work.count == PAGES * (1 + TOUCHES)


def test_the_same_seed_makes_the_same_and_another_does_not(works: list[Work]) -> None:
    assert np.array_equal(touches(works[0]), touches(works[0]))
    assert not np.array_equal(touches(works[0]), touches(works[len(USED)]))


def test_the_time_of_touches_is_the_one_that_is_told(works: list[Work]) -> None:
    made = touches(works[0])
    assert made["delta_us"].mean() == pytest.approx(100, rel=0.05)
    assert "a touch each 100 us" in said_of(6, 0)


def outcome(total_ns: float, out_of_memory_at: int | None = None) -> SetupResult:
    """Of one work, as far as a ranking looks at it."""
    counters = {"device_writes": 0}
    return SetupResult("", "zram", {}, out_of_memory_at, counters, {"total_ns": total_ns}, [], 0.0)


def test_each_pattern_says_what_is_best_in_it() -> None:
    steady = [outcome(10) for _ in range(6)]
    for_scans = [outcome(20), outcome(30), outcome(1), outcome(20), outcome(30), outcome(1)]
    stuck = [outcome(1, 5) for _ in range(6)]
    said = said_by_each("time", [("zswap,lz4", steady), ("zram,lz4", for_scans), ("zram,zstd", stuck)])
    assert said == "zipf says zswap,lz4, phase says zswap,lz4, scan says zram,lz4"
