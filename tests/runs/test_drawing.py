"""Other draws of a trace: of the recipe of a synthetic one, of the blocks of a recorded one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.making import make_corpus, pages_of
from tests.runs.making import LZ4, PAGES, digest_of, without_timings
from zswapbench.common.errors import OwnCodeError, TraceError, UsageError
from zswapbench.corpus.reading import Corpus
from zswapbench.results.records import Result, to_json
from zswapbench.results.times import TIMES
from zswapbench.runs.making import events_over, head_of
from zswapbench.runs.zswap import compare, run
from zswapbench.sim.series import Block
from zswapbench.traces.format import read_trace, write_trace
from zswapbench.traces.synth import Workload, filled_in, provenance

WORK = Workload(events=3_000, flush_every=200, seed=5)
SMALL = replace(LZ4, limit="9p")

FAILS_LATER = """
from zswapbench.policy import Policy
class Mine(Policy):
    "works over the first trace only"
    made = 0
    def __init__(self, capacity, pool):
        Mine.made += 1
        self.held = []
    def on_store(self, entry, *given):
        if Mine.made > 1:
            raise ValueError("the second time")
        self.held.append(entry)
    def on_remove(self, entry):
        self.held.remove(entry)
    def victim(self, *given):
        return self.held[0] if self.held else -1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """app.zpages, app.trace.bin of WORK, seed-N.trace.bin of the next seeds, recorded.trace.bin without a recipe."""
    folder = tmp_path_factory.mktemp("drawing")
    make_corpus(folder / "app.zpages", pages_of(*PAGES), [number % len(PAGES) for number in range(100)])
    write(folder / "app.trace.bin", WORK)
    for seed in (6, 7):
        write(folder / f"seed-{seed}.trace.bin", replace(WORK, seed=seed))
    write(folder / "recorded.trace.bin", WORK, {"made_by": "a recorder"})
    return folder


def write(path: Path, work: Workload, said: dict[str, Any] | None = None) -> Path:
    """The trace of ``work`` over app.zpages beside it; ``said``: its provenance, if not that of ``work``."""
    corpus = path.parent / "app.zpages"
    with Corpus(corpus) as opened:
        events = list(events_over(opened, work))
        head = head_of(opened, work)
    write_trace(
        path,
        events,
        page_size=4096,
        corpus_digest=digest_of(corpus),
        provenance=head["provenance"] if said is None else said,
    )
    return path


def test_each_draw_is_the_run_of_the_trace_with_that_seed(folder: Path) -> None:
    found = run(folder / "app.trace.bin", SMALL, seeds=3)
    assert found.draws["of"] == "seeds"
    assert found.draws["seeds"] == [5, 6, 7]
    paths = [folder / name for name in ("app.trace.bin", "seed-6.trace.bin", "seed-7.trace.bin")]
    limit = f"{found.setting['pool_limit_pages']}p"
    alone = [run(path, replace(SMALL, limit=limit)) for path in paths]
    for name, figures in found.draws["metrics"].items():
        assert figures == [one.metrics[name] for one in alone], name


def test_the_pool_limit_of_all_draws_is_that_of_the_trace(folder: Path) -> None:
    share = run(folder / "app.trace.bin", replace(LZ4, limit="20%"), seeds=3)
    assert set(share.draws["metrics"]["pool_pages_peak"]) == {share.setting["pool_limit_pages"]}


def test_a_result_is_otherwise_the_same_with_and_without_draws(folder: Path) -> None:
    with_draws, without = (
        without_timings(to_json([run(folder / "app.trace.bin", SMALL, seeds=seeds)])) for seeds in (4, 1)
    )
    assert with_draws.pop("draws")
    assert without.pop("draws") == {}
    assert with_draws == without


def exact(result: Result) -> dict[str, Any]:
    """The draws of ``result`` less what was measured: where the machine is noisy, that is measured anew."""
    return {name: one for name, one in result.draws.items() if name != "timings"}


@pytest.mark.parametrize("trace", ["app.trace.bin", "recorded.trace.bin"])
def test_times_are_drawn_too_by_seeds_and_by_blocks(folder: Path, trace: str) -> None:
    measured = run(folder / trace, SMALL, seeds=5)
    assert list(measured.draws["timings"]) == [time.name for time in TIMES]
    totals = measured.draws["timings"]["total_ns"]
    assert len(totals) == 5
    assert min(totals) < max(totals)
    given = run(folder / trace, replace(SMALL, cost="lz4=2us/1us"), seeds=5)
    assert given.draws["timings"] == {}
    assert len(given.draws["metrics"]["total_ns"]) == 5


@pytest.mark.parametrize("era", ["zswap-2013", "linux-6.12"])
def test_results_side_by_side_are_drawn_alike_in_any_era(folder: Path, era: str) -> None:
    options = [replace(SMALL, era=era, policy=policy, label=policy) for policy in ("lru", "fifo")]
    together = compare(folder / "app.trace.bin", options, seeds=3)
    assert [exact(one) for one in together] == [
        exact(run(folder / "app.trace.bin", one, seeds=3)) for one in options
    ]


def test_draws_are_held_against_their_own_bounds(folder: Path) -> None:
    found = run(folder / "app.trace.bin", SMALL, bounds=True, seeds=3)
    shares = found.draws["metrics"]["refaults_of_bound"]
    other = run(folder / "seed-6.trace.bin", SMALL, bounds=True)
    assert shares[:2] == [found.metrics["refaults_of_bound"], other.metrics["refaults_of_bound"]]


def test_a_verified_run_has_draws_that_are_not(folder: Path) -> None:
    found = run(folder / "app.trace.bin", replace(SMALL, verify=True), seeds=2)
    assert found.verified_pages
    assert exact(found) == exact(run(folder / "app.trace.bin", SMALL, seeds=2))


def test_the_blocks_of_a_recorded_trace_are_drawn(folder: Path) -> None:
    found = run(folder / "recorded.trace.bin", SMALL, seeds=20)
    assert found.draws["of"] == "blocks"
    assert found.draws["blocks"] == 8
    figures = found.draws["metrics"]["refaults"]
    assert len(figures) == 20
    assert min(figures) < found.metrics["refaults"] < max(figures)
    assert exact(found) == exact(run(folder / "recorded.trace.bin", SMALL, seeds=20))


def test_a_recorded_trace_too_short_for_blocks_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "app.zpages").symlink_to(folder / "app.zpages")
    short = write(tmp_path / "short.trace.bin", replace(WORK, events=119), {})
    with pytest.raises(UsageError, match="119 events; with fewer than 120 it cannot be cut into blocks"):
        run(short, SMALL, seeds=2)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"seed": 6}, "other events come of it"),
        ({"pattern": "walk"}, "no pattern is called 'walk'"),
        ({"pattern": ["zipf"]}, "is not complete"),
        ({"events": 1 << 39}, "does not go with the number of events"),
        ({"addresses": 1 << 30}, "does not go with the number of events"),
        ({"recipe": 1}, "made by another version"),
        ({"recipe": None}, "made by another version"),
        ({"reclaim": "guess"}, "no way of reclaim is called 'guess'"),
        ({"kernel": "2.4"}, "reclaim's rules are known from kernel"),
        ({"like": {"depths": []}}, "is not complete"),
        ({"pattern": "like"}, "no pattern is called 'like'"),
        ({"skew": None}, "is not complete"),
        ({"cpus": "4"}, "is not complete"),
        ({"memory": 7}, "--memory 700% is not from 0% to 100%"),
        ({"seed": 0.5}, "seed"),
    ],
)
def test_a_recipe_that_does_not_make_the_trace_is_refused(
    folder: Path, tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    (tmp_path / "app.zpages").symlink_to(folder / "app.zpages")
    path = write(tmp_path / "t.trace.bin", WORK, {**provenance(filled_in(WORK, 100)), **changes})
    with pytest.raises(TraceError, match=why) as caught:
        run(path, SMALL, seeds=2)
    assert "make it anew, or leave out --seeds" in str(caught.value)
    assert run(path, SMALL).draws == {}


@pytest.mark.parametrize("seeds", [0, -1, 1001])
def test_as_many_draws_as_make_no_sense_are_refused(folder: Path, seeds: int) -> None:
    with pytest.raises(UsageError, match="not from 1 to 1000"):
        run(folder / "app.trace.bin", SMALL, seeds=seeds)


def test_an_array_of_events_has_blocks_too(folder: Path) -> None:
    trace = read_trace(folder / "app.trace.bin")
    with Corpus(folder / "app.zpages") as corpus:
        found = run(replace(trace, provenance={}), SMALL, corpus, seeds=2)
    assert found.draws["of"] == "blocks"
    assert found.inputs["origin"] == "recorded: the trace does not say how"


def test_large_traces_are_drawn_one_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = run(folder / "app.trace.bin", SMALL, seeds=4)
    monkeypatch.setattr("zswapbench.runs.drawing._SMALL_BYTES", 0)
    assert exact(run(folder / "app.trace.bin", SMALL, seeds=4)) == exact(together)


def test_an_own_policy_that_fails_in_a_draw_is_told_with_its_seed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(FAILS_LATER)
    with pytest.raises(
        OwnCodeError, match=r"event \d+ .*the second time.*; this is the trace with seed 6( or 7)?, as"
    ):
        run(folder / "app.trace.bin", replace(SMALL, policy=f"{tmp_path}/own.py:Mine"), seeds=3)


def test_the_blocks_add_up_to_the_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[Block]] = []

    def noting(blocks: list[Block], *_: Any, **__: Any) -> dict[str, Any]:
        seen.append(blocks)
        return {}

    monkeypatch.setattr("zswapbench.runs.replaying.drawn_by_blocks", noting)
    found = run(folder / "recorded.trace.bin", SMALL, seeds=2)
    (blocks,) = seen
    assert len(blocks) == 8
    for name, counts in found.work.items():
        summed = np.sum([block.work[name] for block in blocks], axis=0)
        assert summed[: len(counts)].tolist() == counts
        assert not summed[len(counts) :].any()
    for name in ("stores", "loads", "refaults", "written_back_pages", "device_writes", "frames_asked"):
        assert sum(block.counters[name] for block in blocks) == found.counters[name]
    stores = np.array(
        [sum(block.counters[name] for name in ("stores", "loads", "invalidates")) for block in blocks]
    )
    assert stores.min() > 0.8 * stores.max()
