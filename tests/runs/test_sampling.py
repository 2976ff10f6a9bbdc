"""Estimates from samples of a trace, against the replay of all of it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.corpus import shipped
from zswapbench.report.table import Table
from zswapbench.report.tables import compare_tables
from zswapbench.results.files import read_results
from zswapbench.results.records import Result, to_json
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import compare, run
from zswapbench.traces.event import Op
from zswapbench.traces.format import read_trace, write_trace

COST = "lz4=2us/1us"
ASKED = Options(codec="lz4", cost=COST)
TENTH = replace(ASKED, sample_rate=0.1)
LARGE = ["redis-7.3", "service-6.12", "sort-6.12", "redis"]
"""Shipped recordings whose pool of 20 percent leaves enough page frames at a tenth."""


def recording(name: str) -> Path:
    return shipped.folder() / f"{name}.trace.bin.zst"


def share(result: Result) -> float:
    """Refaults by loads."""
    return result.counters["refaults"] / result.counters["loads"]


@pytest.fixture(scope="module", params=LARGE)
def pair(request: pytest.FixtureRequest) -> tuple[Result, Result]:
    """A recording replayed, and estimated from tenths of it."""
    path = recording(request.param)
    return run(path, ASKED), run(path, TENTH)


def test_an_estimate_is_near_the_replay(pair: tuple[Result, Result]) -> None:
    whole, sampled = pair
    assert share(sampled) == pytest.approx(share(whole), rel=0.02)
    for name in ("data_ratio", "pool_ratio"):
        assert sampled.metrics[name] == pytest.approx(whole.metrics[name], rel=0.01)
    assert sampled.metrics["total_ns"] == pytest.approx(whole.metrics["total_ns"], rel=0.05)


@pytest.mark.parametrize(
    ("era", "rate", "shares", "ratios"),
    [("linux-6.12", 0.1, 0.06, 0.02), ("linux-6.12", 0.3, 0.03, 0.02), ("linux-6.8", 0.5, 0.01, 0.01)],
)
def test_an_estimate_is_less_near_where_a_worker_flushes(
    era: str, rate: float, shares: float, ratios: float
) -> None:
    """Half of a trace has 16 of the 32 pools of linux-6.8."""
    asked = replace(ASKED, era=era)
    path = recording("redis-7.3")
    whole, sampled = run(path, asked), run(path, replace(asked, sample_rate=rate))
    assert share(sampled) == pytest.approx(share(whole), rel=shares)
    assert sampled.metrics["pool_ratio"] == pytest.approx(whole.metrics["pool_ratio"], rel=ratios)
    assert sampled.setting == whole.setting


def test_what_needs_no_sample_is_exact(pair: tuple[Result, Result]) -> None:
    whole, sampled = pair
    for name in ("stores", "loads", "offered_bytes"):
        assert sampled.counters[name] == whole.counters[name]
    for name in ("trace_digest", "events", "footprint_pages", "corpus_digest", "origin"):
        assert sampled.inputs[name] == whole.inputs[name]
    assert sampled.setting == whole.setting
    assert sampled.metrics["compression_ratio"] == whole.metrics["compression_ratio"]
    assert sampled.stored_sizes == whole.stored_sizes


def test_each_sample_has_a_say_and_what_cannot_be_scaled_has_none(pair: tuple[Result, Result]) -> None:
    _, sampled = pair
    assert (sampled.draws["of"], sampled.draws["count"]) == ("samples", 5)
    shares = [refaults / sampled.counters["loads"] for refaults in sampled.draws["metrics"]["refaults"]]
    assert min(shares) < share(sampled) < max(shares)
    assert sampled.metrics["barren_longest"] is None
    assert not sampled.classes
    assert "barren_longest" not in sampled.draws["metrics"]


def test_an_estimate_says_what_it_is_from_and_is_read_again(
    tmp_path: Path, pair: tuple[Result, Result]
) -> None:
    _, sampled = pair
    sample = sampled.inputs["sample"]
    assert (sample["rate"], sample["samples"]) == (0.1, 5)
    assert 0.4 < sample["kept_events"] / sampled.inputs["events"] < 0.6
    path = tmp_path / "estimate.json"
    path.write_text(to_json([sampled]))
    (again,) = read_results(path)
    assert again.as_dict() == sampled.as_dict()
    assert Options(**sampled.asked).sample_rate == 0.1


def test_the_same_comes_out_of_a_file_a_pipe_and_memory(tmp_path: Path) -> None:
    path = recording("redis-7.3")
    trace = read_trace(path)
    of_memory, of_file = run(trace, TENTH), run(path, TENTH)
    assert of_memory.metrics == of_file.metrics
    assert of_memory.inputs == of_file.inputs
    words = [sys.executable, "-m", "zswapbench", "run", "-", "--codec", "lz4", "--cost", COST]
    done = subprocess.run(
        [*words, "--sample-rate", "0.1", "--format", "json"],
        input=path.read_bytes(),
        capture_output=True,
        check=True,
    )
    (tmp_path / "of-pipe.json").write_bytes(done.stdout)
    (of_pipe,) = read_results(tmp_path / "of-pipe.json")
    assert of_pipe.counters == of_file.counters


def test_runs_that_are_compared_have_the_same_samples() -> None:
    path = recording("sort-6.12")
    lru, class_lru = compare(path, [TENTH, replace(TENTH, policy="class-lru")])
    assert lru.inputs == class_lru.inputs
    assert lru.counters == run(path, TENTH).counters
    with pytest.raises(UsageError, match="give one rate"):
        compare(path, [TENTH, ASKED])


def test_zram_is_estimated_too() -> None:
    asked = Options(setup="zram", era="6.12", codec="lz4", cost=COST)
    whole, sampled = (run(recording("redis-7.3"), replace(asked, sample_rate=rate)) for rate in (1.0, 0.1))
    for name in ("pool_pages_mean", "pool_pages_peak", "pool_ratio", "data_ratio"):
        assert sampled.metrics[name] == pytest.approx(whole.metrics[name], rel=0.02)


@pytest.mark.parametrize("rate", [0.0, -0.1, 1.5, float("nan"), float("inf")])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(UsageError, match=r"is not a share above 0 and up to 1.*give 0\.1"):
        run(recording("redis-7.3"), replace(ASKED, sample_rate=rate))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"sample_rate": 1e-9}, "without a store: give more"),
        ({"sample_rate": 0.05}, "leaves 1.. of the pool's 2,928 page frames.*give 0.08 or more"),
        ({"limit": "250p"}, "replay all of it, without --sample-rate"),
        ({"verify": True}, "--verify carries the bytes of all pages"),
        ({"era": "linux-6.12:guided=1"}, "guided=1"),
    ],
    ids=str,
)
def test_what_a_sample_cannot_tell_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        run(recording("redis-7.3"), replace(TENTH, **changes))


def test_seeds_are_refused_beside_samples() -> None:
    with pytest.raises(UsageError, match="leave out --seeds"):
        run(recording("redis-7.3"), TENTH, seeds=3)


def test_a_damaged_event_is_told_with_its_place(tmp_path: Path) -> None:
    trace = read_trace(recording("redis-7.3"))
    events = np.array(trace.events[:5_000])
    events["op"][4_321] = 9
    path = tmp_path / "damaged.trace.bin"
    write_trace(path, [events], page_size=4096, corpus_digest=trace.corpus_digest, provenance={})
    with pytest.raises(TraceError, match="event 4321 operation 9 is not one of 1 to 6"):
        run(path, TENTH, shipped.folder() / "redis-7.3.zpages")


def test_requests_ask_for_their_share(tmp_path: Path) -> None:
    """A recording with a request for page frames every 300 events: A pool that is a tenth is asked for a tenth."""
    trace = read_trace(recording("redis-7.3"))
    events = np.array(trace.events)
    events["op"][::300], events["page"][::300] = int(Op.FLUSH), 32
    events["offset"][::300] = 0
    path = tmp_path / "asked.trace.bin"
    write_trace(path, [events], page_size=4096, corpus_digest=trace.corpus_digest, provenance={})
    corpus = shipped.folder() / "redis-7.3.zpages"
    whole, sampled = run(path, ASKED, corpus), run(path, TENTH, corpus)
    assert sampled.counters["frames_asked"] == whole.counters["frames_asked"]
    assert sampled.counters["flush_requests"] == whole.counters["flush_requests"]
    assert sampled.metrics["flushes_per_frame"] == pytest.approx(whole.metrics["flushes_per_frame"], rel=0.25)


def test_nobody_is_called_better_where_estimates_may_be_far_off() -> None:
    asked = [replace(TENTH, era=era, codec="", cost="", label=era) for era in ("6.12", "6.5")]
    results = compare(recording("redis-7.3"), asked)
    (table,) = compare_tables(results)
    assert "may be far off; replay all of the trace" in table.above
    assert "*" not in "".join(stars_in(table))
    under_store, _ = compare(recording("redis-7.3"), [TENTH, replace(TENTH, policy="fifo")])
    assert "far off" not in " ".join(compare_tables([under_store, under_store])[0].notes)


def test_nobody_is_called_better_where_small_requests_empty_the_pool() -> None:
    """The demo asks for 32 page frames at a time: at a tenth 3, so 16 at a time, and less often."""
    asked = [replace(ASKED, label=policy, policy=policy) for policy in ("lru", "class-lru")]
    tenths, halves = (
        compare(recording("demo"), [replace(one, sample_rate=rate) for one in asked]) for rate in (0.1, 0.5)
    )
    (table,) = compare_tables(tenths)
    assert "estimates where page frames are asked for a few at a time may be far off" in table.above
    assert "lru, class-lru: page frames are asked for a few at a time" in " ".join(table.notes)
    assert not stars_in(table)
    assert "far off" not in compare_tables(halves)[0].above
    assert "a few at a time" not in " ".join(compare_tables(halves)[0].notes)


def stars_in(table: Table) -> list[str]:
    """The cells that are marked as best."""
    return ["*" for row in table.rows for cell in row if cell.best]
