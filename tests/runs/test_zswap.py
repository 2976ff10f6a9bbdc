"""The whole story of a run, called as a program calls it: what comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.making import make_corpus, pages_of, random_page, swap_events, text_page
from tests.runs.making import LZ4, digest_of, make_export, make_trace, without_timings
from zswapbench.corpus.codec_costs import NOISY
from zswapbench.results.counters import COUNTERS
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import to_json
from zswapbench.results.times import TIMES
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import compare, run
from zswapbench.traces.format import read_trace
from zswapbench.traces.synth import Workload

INDEX = np.arange(60, dtype=np.uint32) % 13


def test_the_same_run_gives_the_same_json_apart_from_timings(made: Path) -> None:
    texts = [to_json([run(made / "app.trace.bin", LZ4)]) for _ in range(2)]
    assert without_timings(texts[0]) == without_timings(texts[1])
    assert texts[0].split('"timings"')[0] == texts[1].split('"timings"')[0]


def test_a_result_holds_all_that_was_chosen_and_found(made: Path) -> None:
    found = run(
        made / "app.trace.bin", Options(policy="class-lru", codec="zstd", pool="zsmalloc:6.4", limit="9p")
    )
    assert found.label == "class-lru"
    assert found.setting["policy"] == "class-lru"
    assert found.setting["pool"] == "zsmalloc:rules=6.4"
    assert found.setting["codec"] == "zstd:level=3:rules=5.16"
    assert found.setting["codec_identity"].startswith("zstd level=3 rules=5.16 libzstd ")
    assert found.setting["pool_limit_pages"] == 9
    assert found.setting["era"]["flush_batch"] == 16
    assert found.inputs["corpus_digest"] == digest_of(made / "app.zpages")
    assert found.inputs["events"] == 3_000
    assert found.inputs["trace_digest"] == read_trace(made / "app.trace.bin").digest
    assert Options(**found.asked) == Options(
        policy="class-lru", codec="zstd", pool="zsmalloc:6.4", limit="9p"
    )
    assert list(found.counters) == [metric.name for metric in COUNTERS]
    assert list(found.metrics) == [metric.name for metric in METRICS]


def test_a_comparison_is_the_runs_side_by_side_in_their_order(made: Path) -> None:
    options = [
        replace(LZ4, policy=policy, limit=limit) for policy in ("lru", "class-lru") for limit in ("20%", "5p")
    ]
    together = compare(made / "app.trace.bin", options)
    alone = [run(made / "app.trace.bin", one) for one in options]
    assert without_timings(to_json(together)) == [without_timings(to_json([one])) for one in alone]


@pytest.mark.parametrize("page_size", [16384, 65536])
def test_larger_pages_go_all_the_way(tmp_path: Path, page_size: int) -> None:
    pages = pages_of(*(text_page(number, page_size) for number in range(12)), random_page(1, page_size))
    corpus = make_corpus(tmp_path / "a.zpages", pages, INDEX.tolist())
    events = swap_events(INDEX, Workload(events=1_000, flush_every=50))
    trace = make_trace(tmp_path / "t.bin", corpus, events, page_size=page_size)
    found = run(trace, replace(LZ4, pool="zsmalloc:6.4", limit="12p", verify=True))
    assert found.setting["page_size"] == page_size
    assert found.verified_pages
    assert found.counters["written_back_pages"] > 0


def test_costs_that_are_given_make_times_that_are_the_same_everywhere(made: Path, tmp_path: Path) -> None:
    """They stand among the metrics, also over an export, whose codec nobody could measure."""
    cost = replace(LZ4, cost="lz4=2.1us/0.6us")
    found = run(made / "app.trace.bin", cost)
    work, times = found.work, {time.name: found.metrics[time.name] for time in TIMES}
    assert times["cpu_compress_ns"] == pytest.approx(2_100 * sum(work["compressed"]))
    assert times["cpu_hits_ns"] == pytest.approx(600 * found.counters["zswpin"])
    assert times["cpu_flushes_ns"] == pytest.approx(600 * found.counters["written_back_pages"])
    assert times["load_wait_p50_ns"] in (600, 130_000)
    assert set(found.timings) == {"replay_s", "events_per_s", "made_unix_s"}
    assert found.setting["codec_cost"] == {"compress_ns": 2_100, "decompress_ns": 600}
    export = make_export(tmp_path / "export.zpages", made / "app.zpages", "lz4")
    again = run(made / "app.trace.bin", cost, export)
    assert {name: again.metrics[name] for name in times} == times


def test_costs_that_are_measured_are_timings_and_not_metrics(made: Path) -> None:
    found = run(made / "app.trace.bin", LZ4)
    names = {time.name for time in TIMES}
    assert names <= found.timings.keys()
    assert not names & found.metrics.keys()
    assert found.setting["codec_cost"] is None
    assert found.timings["compress_ns"] > 0
    assert (
        found.timings
        == run(made / "app.trace.bin", LZ4).timings
        | {name: found.timings[name] for name in ("replay_s", "events_per_s", "made_unix_s")}
        or max(found.timings["compress_spread"], found.timings["decompress_spread"]) > NOISY
    )
