"""A task done in any process comes to what a run of the same comes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.making import make_corpus, pages_of
from tests.runs.making import PAGES, without_timings
from tests.runs.sweeps.making import OWN
from zswapbench.codecs.base import Codec
from zswapbench.corpus.cost_groups import GROUPS
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import CODECS, POLICIES, Choice
from zswapbench.results.records import Result, to_json
from zswapbench.results.sweeps.columns import NAMES, REPLAY
from zswapbench.results.sweeps.store import AGAIN
from zswapbench.runs.making import events_over, head_of
from zswapbench.runs.options import Options
from zswapbench.runs.sweeps.contract import Outcome, Task, row_of
from zswapbench.runs.sweeps.working import do
from zswapbench.runs.zswap import compare, run
from zswapbench.traces.format import write_trace
from zswapbench.traces.synth import Workload

SMALL: dict[str, Any] = {"codec": "lz4", "limit": "9p", "cost": "lz4=2us/1us"}


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    corpus = make_corpus(tmp_path / "a.zpages", pages_of(*PAGES))
    with Corpus(corpus) as opened:
        work = Workload(events=3_000, flush_every=200, seed=5)
        write_trace(tmp_path / "a.trace.bin", events_over(opened, work), **head_of(opened, work))
    return {"trace": tmp_path / "a.trace.bin", "corpus": corpus}


def task(options: dict[str, Any], *, seed: int = 5, **changes: Any) -> Task:
    payload = {
        "label": "mine",
        "cell": {},
        "seed": seed,
        "drawn": seed != 5,
        "options": options,
        "origin": "",
        "costs": {},
        "identities": {},
    }
    return Task("key", REPLAY, ("trace", "corpus"), {**payload, **changes})


def done(one: Task, places: dict[str, Path]) -> Outcome:
    """What comes of it, after it went through a pipe; of inputs that nobody has opened before."""
    inputs = (str(places["trace"]), str(places["corpus"]))
    return do(Task(one.key, one.kind, inputs, json.loads(json.dumps(one.payload))), Path)


def test_a_task_comes_to_what_a_run_does(places: dict[str, Path]) -> None:
    for options in (SMALL, {**SMALL, "policy": "class-lru"}, {**SMALL, "era": "linux-6.12"}):
        outcome = done(task(options), places)
        alone = run(places["trace"], Options(**options, label="mine"))
        assert without_timings(outcome.result) == without_timings(to_json([alone]))
        assert outcome.columns["device_writes"] == alone.counters["device_writes"] > 0
        assert outcome.columns["total_ns"] == alone.metrics["total_ns"]
        assert not outcome.problem
        assert row_of(task(options), outcome).label == "mine"


def test_a_draw_is_the_one_that_compare_makes(places: dict[str, Path]) -> None:
    compared = compare(places["trace"], [Options(**SMALL)], seeds=3)[0].draws
    for seed, writes in zip(compared["seeds"], compared["metrics"]["device_writes"], strict=True):
        assert done(task(SMALL, seed=seed), places).columns["device_writes"] == writes


def test_samples_come_to_what_a_run_estimates(places: dict[str, Path]) -> None:
    for options in ({"limit": "1000p", "sample_rate": 0.4}, {"limit": "1000p", "sample_rate": 0.5}):
        outcome = done(task({**SMALL, **options}), places)
        alone = run(places["trace"], Options(**{**SMALL, **options}, label="mine"))
        assert without_timings(outcome.result) == without_timings(to_json([alone]))
        assert json.loads(outcome.result)["inputs"]["sample"]["rate"] == options["sample_rate"]


def test_measured_costs_are_those_that_are_handed_over(places: dict[str, Path]) -> None:
    options = {"codec": "lz4", "limit": "9p"}
    codec: Choice[Codec] = CODECS.choose("lz4")
    flat = [1000.0] * GROUPS
    costs = {"compress": flat, "decompress": flat, "means": [1000.0, 1000.0], "spreads": [0.01, 0.02]}
    handed = {str(codec): {**costs, "yardstick": 5.0, "speed_change": 0.0}}
    outcome = done(task(options, costs=handed), places)
    timings = Result(**json.loads(outcome.result)).timings
    assert timings["compress_ns"] == 1000
    assert outcome.columns["total_ns"] == timings["total_ns"]
    assert done(task(options, costs=handed), places).columns == outcome.columns


def test_what_goes_wrong_is_in_the_outcome(places: dict[str, Path]) -> None:
    outcome = done(task({**SMALL, "codec": "none-such"}), places)
    assert outcome.exit_code == 2
    assert "none-such" in outcome.problem
    assert (outcome.result, outcome.columns) == ("", dict.fromkeys(NAMES))
    assert done(task({"no_option": 1}), places).exit_code == 5
    assert "another" not in done(task(SMALL), places).problem


def test_another_library_is_refused(places: dict[str, Path]) -> None:
    outcome = done(task(SMALL, identities={"lz4": "lz4 of another library"}), places)
    assert outcome.exit_code == 4
    assert "the sweep is of lz4 of another library" in outcome.problem


def test_a_policy_that_is_not_the_code_of_the_plan_any_more_is_tried_again(
    places: dict[str, Path], tmp_path: Path
) -> None:
    own = tmp_path / "mine.py"
    own.write_text(OWN)
    options = {**SMALL, "policy": f"{own}:Mine"}
    origin = getattr(POLICIES.choose(options["policy"]).leaf, "origin", "")
    assert not done(task(options, origin=origin), places).problem
    own.write_text(f"{OWN}\n# edited")
    changed = done(task(options, origin=origin), places)
    assert changed.exit_code == AGAIN
    assert "mine.py:Mine has changed since the sweep began" in changed.problem
    own.unlink()
    assert done(task(options, origin=origin), places).exit_code == AGAIN
