"""A made trace that is like a recorded one: how near it comes, and what it is refused for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.making import make_corpus, pages_of, random_page, swap_events
from tests.runs.making import LZ4, PAGES
from zswapbench.common.errors import TraceError
from zswapbench.corpus.reading import SUFFIX, Corpus
from zswapbench.corpus.shipped import TRACE_SUFFIX, folder
from zswapbench.runs.liking import of_the_program, told_by, work_like
from zswapbench.runs.making import make, ranking_sizes
from zswapbench.runs.zswap import run
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import Trace, read_trace
from zswapbench.traces.synth import Workload
from zswapbench.traces.traffic import Traffic, measure

QUIET = Workload(flush_interval_us=0)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("liking")
    index = [number % len(PAGES) for number in range(100)]
    return make_corpus(place / "app.zpages", pages_of(*PAGES), index)


def recorded(work: Workload, events: int = 60_000) -> Trace:
    """A trace that does not say how it was made, of 3,000 pages."""
    made = swap_events(np.arange(3_000, dtype=np.uint32), replace(work, events=events))
    return Trace(Path("recorded"), 4096, "00" * 32, {}, made, 64)


def loaded(traffic: Traffic) -> float:
    return traffic.store_to_load.count / traffic.summary.stores


@pytest.mark.parametrize(
    "source",
    [
        replace(QUIET, skew=0.6, writes=0.3),
        replace(QUIET, pattern="phase", memory=0.3, kernel="7.3"),
        replace(QUIET, pattern="scan", writes=0.8, reclaim="mglru", interval_us=50.0),
    ],
    ids=lambda work: work.pattern,
)
def test_mix_distances_times_and_slots_are_near_those_of_the_recording(
    source: Workload, corpus: Path
) -> None:
    trace = recorded(source)
    with Corpus(corpus) as opened:
        work = work_like(trace, opened, replace(QUIET, kernel=source.kernel, reclaim=source.reclaim))
        made = make(opened, work)
    wanted, found = measure(trace.events), measure(made.events)
    assert len(made.events) == len(trace.events)
    for op in (Op.STORE, Op.LOAD, Op.INVALIDATE):
        shares = [one.ops[:, op].sum() / one.summary.events for one in (wanted, found)]
        assert shares[1] == pytest.approx(shares[0], abs=0.05), op
    assert found.span == pytest.approx(wanted.span, rel=0.1)
    assert found.summary.peak == pytest.approx(wanted.summary.peak, rel=0.1)
    assert loaded(found) == pytest.approx(loaded(wanted), abs=0.12)
    assert found.write_only / found.summary.stores == pytest.approx(
        wanted.write_only / wanted.summary.stores, abs=0.05
    )
    assert found.summary.duplicates / found.summary.stores == pytest.approx(
        wanted.summary.duplicates / wanted.summary.stores, abs=0.06
    )
    for percent in (25, 50, 75):
        middle = [one.load_distance.percentile(percent) for one in (wanted, found)]
        assert middle[1] == pytest.approx(middle[0], rel=0.5), percent


def sizes_stored(trace: Trace, corpus: Corpus) -> NDArray[np.uint32]:
    sizes: NDArray[np.uint32] = ranking_sizes(corpus)[trace.events["page"][trace.events["op"] == Op.STORE]]
    return sizes


@pytest.mark.parametrize("heavy", [False, True], ids=["small pages", "large pages"])
def test_pages_compress_as_those_that_the_recording_stores(corpus: Path, tmp_path: Path, heavy: bool) -> None:
    """Of a corpus with other pages, found beside the recording: the lower half of them by size, or the upper."""
    other = make_corpus(tmp_path / "other.zpages", pages_of(*(mixed_page(share) for share in range(64))))
    trace = replace(recorded(QUIET, 6_000), path=tmp_path / "recorded.trace.bin")
    with Corpus(other) as its, Corpus(corpus) as opened:
        order = np.argsort(ranking_sizes(its))
        events = trace.events.copy()
        events["page"] = order[events["page"] % 32 + (32 if heavy else 0)]
        trace = replace(trace, events=events, corpus_digest=its.digest)
        made = make(opened, work_like(trace, opened, QUIET, tries=1))
        in_order = np.sort(ranking_sizes(opened)[opened.index])
        middle = in_order[len(in_order) // 2]
        sizes = sizes_stored(made, opened)
    share = ((sizes >= middle) if heavy else (sizes <= middle)).mean()
    assert share > 0.95


def mixed_page(share: int) -> bytes:
    """A page of which so many 64ths do not compress."""
    return random_page(share)[: 64 * share] + bytes(4096 - 64 * share)


def test_what_the_kernels_worker_did_is_no_part_of_the_traffic(corpus: Path) -> None:
    plain = recorded(QUIET, 5_000)
    works = np.zeros(2_500, EVENT)
    works["op"], works["delta_us"] = Op.WORK, 0
    guided = replace(plain, events=np.insert(plain.events, np.arange(0, 5_000, 2), works))
    assert np.array_equal(of_the_program(guided).events, plain.events)
    with Corpus(corpus) as opened:
        assert work_like(guided, opened, QUIET, tries=2) == work_like(plain, opened, QUIET, tries=2)


def test_a_trace_like_another_is_drawn_again_from_its_recipe(corpus: Path) -> None:
    with Corpus(corpus) as opened:
        made = make(opened, work_like(recorded(QUIET, 5_000), opened, Workload(), tries=2))
        assert made.provenance["pattern"] == "like"
        found = run(made, replace(LZ4, limit="9p"), opened, seeds=3)
    assert found.inputs["origin"] == "synthetic: like recorded"
    assert found.draws["seeds"] == [0, 1, 2]


def test_as_many_events_are_made_as_are_asked_for(corpus: Path) -> None:
    with Corpus(corpus) as opened:
        work = work_like(recorded(QUIET, 5_000), opened, replace(QUIET, events=7_000), tries=1)
        assert len(make(opened, work).events) == 7_000


def test_a_recording_that_loads_next_to_nothing_is_refused(corpus: Path) -> None:
    with Corpus(corpus) as opened, pytest.raises(TraceError, match="it does not say what to be like"):
        work_like(recorded(QUIET, 300), opened, Workload())


@pytest.mark.parametrize("name", ["redis-7.3", "sort-6.12"])
def test_a_real_recording_is_met_in_its_counts_and_in_how_slots_are_reused(name: str) -> None:
    """Over the pages of another program, and under the kernel that was recorded."""
    trace = read_trace(folder() / f"{name}{TRACE_SUFFIX}")
    told = told_by(trace)
    assert told == {"cpus": 1, "kernel": name.rpartition("-")[2]}
    with Corpus(folder() / f"python{SUFFIX}") as opened:
        made = make(opened, work_like(trace, opened, replace(QUIET, events=0, **told)))
    wanted, found = measure(trace.events), measure(made.events)
    for counter in ("stores", "duplicates", "loads", "invalidates", "peak", "duration_us"):
        assert getattr(found.summary, counter) == pytest.approx(getattr(wanted.summary, counter), rel=0.04), (
            counter
        )
    assert found.span == pytest.approx(wanted.span, rel=0.02)
    reused = [one.reused / one.summary.stores for one in (wanted, found)]
    assert reused[1] == pytest.approx(reused[0], abs=0.01)
    middle = [one.load_distance.percentile(50) for one in (wanted, found)]
    assert middle[1] == pytest.approx(middle[0], rel=0.2)
