"""Replays side by side: told of as they go, and all ended by an error in one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.making import LZ4
from zswapbench.runs.zswap import compare, run
from zswapbench.traces.format import read_trace


def test_progress_is_told_of_every_event_of_every_run(made: Path) -> None:
    told: dict[str, list[int]] = {}

    @contextmanager
    def heard(what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        told[what] = [total]
        yield told[what].append

    compare(made / "app.trace.bin", [LZ4, replace(LZ4, policy="class-lru")], None, heard)
    assert set(told) == {"sizes under lz4:acceleration=1", "replay"}
    for total, *counts in told.values():
        assert sum(counts) == total
    assert told["replay"][0] == 6_000


@pytest.mark.parametrize("era", ["zswap-2013", "linux-6.12"])
def test_the_series_is_that_of_the_trace(made: Path, era: str) -> None:
    found = run(made / "app.trace.bin", replace(LZ4, era=era))
    trace = read_trace(made / "app.trace.bin").events
    assert found.series["event"][-1] == len(trace) - 1
    assert found.series["time_us"][-1] == trace["delta_us"].sum()
    assert found.series["refaults"][-1] == found.counters["refaults"]


def test_an_error_in_one_thread_ends_the_others(made: Path) -> None:
    @contextmanager
    def failing(what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        def fail(count: int) -> None:
            if what == "replay":
                raise RuntimeError("heard")

        yield fail

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="heard"):
        compare(made / "app.trace.bin", [LZ4] * 3, None, failing)
    assert threading.active_count() == before
