"""Bounds: what each result is held against, replayed as few times as will do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.runs.making import LZ4
from zswapbench import api
from zswapbench.runs.bounds import BOUNDS
from zswapbench.runs.zswap import compare, run
from zswapbench.traces.event import EVENT, Op


def heard_by(told: list[int]) -> Any:
    """A progress that notes what is to be replayed."""

    @contextmanager
    def heard(what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        if what == "replay":
            told.append(total)
        yield lambda count: None

    return heard


def test_with_bounds_each_result_is_held_against_the_bound_under_its_own_setting(made: Path) -> None:
    options = [
        replace(LZ4, policy=policy, limit=limit) for policy in ("lru", "class-lru") for limit in ("20%", "5p")
    ]
    found = compare(made / "app.trace.bin", options, bounds=True)
    least = {
        one.limit: min(
            run(made / "app.trace.bin", replace(one, policy=bound)).counters["refaults"] for bound in BOUNDS
        )
        for one in options
    }
    assert least["5p"] > least["20%"]
    for one, asked in zip(found, options, strict=True):
        assert one.label == asked.policy
        assert one.bounds == {"refaults": least[asked.limit]}
        times = one.counters["refaults"] / least[asked.limit]
        assert one.metrics["refaults_of_bound"] == pytest.approx(times)


def test_the_bound_is_replayed_once_for_each_setting_and_not_again_where_it_is_asked_for(made: Path) -> None:
    asked = [replace(LZ4, policy="lru"), replace(LZ4, policy="class-lru"), replace(LZ4, limit="5p")]
    told: list[int] = []
    compare(made / "app.trace.bin", asked, None, heard_by(told), bounds=True)
    compare(made / "app.trace.bin", [*asked, replace(LZ4, policy="min")], None, heard_by(told), bounds=True)
    assert told == [3_000 * (3 + 2 * 2), 3_000 * (4 + 1 + 2)]


def test_the_bound_itself_is_1(made: Path) -> None:
    found = compare(made / "app.trace.bin", [replace(LZ4, policy=name) for name in BOUNDS], bounds=True)
    assert all(one.setting["policy_foresees"] for one in found)
    assert min(one.metrics["refaults_of_bound"] or 0 for one in found) == 1


def test_without_bounds_nothing_is_held_against_anything(made: Path) -> None:
    found = run(made / "app.trace.bin", LZ4)
    assert (found.bounds, found.metrics["refaults_of_bound"]) == ({}, None)
    assert not found.setting["policy_foresees"]


def test_a_policy_that_knows_the_future_is_no_bound() -> None:
    """S2 S3 S0 L2 L3 L3 over room for two: min flushes 3, and the device is read for each of its loads."""
    pages = np.zeros((4, 4096), np.uint8)
    pages[:, :2900] = np.random.default_rng(0).integers(0, 256, (4, 2900))
    events = np.zeros(6, EVENT)
    events["op"] = [Op.STORE] * 3 + [Op.LOAD] * 3
    events["offset"] = [2, 3, 0, 2, 3, 3]
    events["page"][:3] = [2, 3, 0]
    # zswap of 3.11 is full above its limit: two frames of zbud, with an object each.
    policies = ("class-lru", "min")
    found = api.compare(events, policies, corpus=pages, codec="lz4", era="linux-3.11", limit="1p")
    assert [one.counters["written_back_pages"] for one in found] == [1, 1]
    assert [one.counters["refaults"] for one in found] == [1, 2]
