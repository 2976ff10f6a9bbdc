"""Recommendations over a trace: zswap set-ups among themselves, or zram ones; never one against the other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runs.recommend.making import DEBIAN, OF_ZRAM, TEXT
from zswapbench.common.errors import UsageError
from zswapbench.results.recommendation import Recommendation
from zswapbench.results.records import Result
from zswapbench.runs.options import Options, options_of
from zswapbench.runs.recommend.asking import Source
from zswapbench.runs.recommend.story import Asked, recommend
from zswapbench.runs.zswap import run


def of_trace(name: str = "postgres", **asked: Any) -> Recommendation:
    """What is recommended for a shipped trace under a kernel with one pool."""
    usual = {"kernel": "6.18", "distribution": "debian", "cost": DEBIAN}
    return recommend(Asked(Source(name, TEXT), **{**usual, **asked}))


@pytest.fixture(scope="module")
def zswap() -> Recommendation:
    return of_trace()


def test_only_zswap_is_compared_and_the_rest_is_told(zswap: Recommendation) -> None:
    assert (zswap.loop, zswap.default.kind, zswap.machine) == ("replay", "zswap", {})
    assert zswap.search["cells"] == zswap.search["ran"] > 10
    assert {one.kind for one in zswap.front} == {"zswap"}
    told = " ".join(zswap.not_considered)
    assert "zram, a bare disk, and combinations: a trace does not say" in told
    assert "max_pool_percent: a larger pool would have had other pages swapped" in told


def test_what_is_taken_is_a_spec_of_compare_with_that_result(zswap: Recommendation) -> None:
    best = zswap.chosen or zswap.front[0]
    assert isinstance(best.result, Result)
    options = options_of(best.spec, Options(era="6.18", cost=DEBIAN))
    codec = next(one for one in DEBIAN.split(",") if one.partition("=")[0] == options.codec)
    options = options_of(best.spec, Options(era="6.18", cost=codec))
    assert zswap.inputs["trace"] == "postgres.trace.bin.zst"
    again = run(_path("postgres"), options)
    assert again.counters == best.result.counters


def test_all_that_is_held_against_another_has_the_same_pool_limit(zswap: Recommendation) -> None:
    limits = {one.result.setting["pool_limit_pages"] for one in (*zswap.front, zswap.default)}
    assert len(limits) == 1


def test_a_trace_that_was_made_is_told_and_drawn_by_seeds(zswap: Recommendation) -> None:
    assert zswap.made
    assert zswap.traffic.startswith("synthetic: ")
    for margin in filter(None, (zswap.over_default, zswap.over_runner_up)):
        assert margin.draws == 6


def test_that_one_pattern_is_not_all_is_told(zswap: Recommendation) -> None:
    assert any(line.startswith("the trace is made by one pattern") for line in zswap.remarks)


def test_page_frames_that_a_fast_codec_takes_are_told() -> None:
    found = of_trace(allow="zram", cost=OF_ZRAM)
    assert found.chosen is not None
    least = min(found.front, key=lambda one: one.page_frames_mean)
    assert found.chosen.page_frames_mean > 1.05 * least.page_frames_mean
    assert any(f", {least.spec} {least.page_frames_mean:,.0f}" in line for line in found.remarks)


def test_zram_is_compared_by_its_codecs() -> None:
    found = of_trace(allow="zram", cost=OF_ZRAM, goal="memory")
    assert found.default.kind == "zram"
    assert found.chosen is not None
    assert found.chosen.page_frames_mean == min(one.page_frames_mean for one in found.front)
    assert found.over_default is None or found.over_default.of == "page frames"


@pytest.mark.parametrize("allow", ["zram,zswap", "disk", "zram+disk"])
def test_zram_against_zswap_and_disks_are_refused(allow: str) -> None:
    with pytest.raises(UsageError, match="of a trace, allow zswap or zram, one of them") as told:
        of_trace(allow=allow)
    assert "disk," not in str(told.value).partition(":")[0]


def test_a_default_of_anybodys_is_refused() -> None:
    with pytest.raises(UsageError, match="the default is the kernel's own zswap"):
        of_trace(default="disk")


def _path(name: str) -> str:
    from zswapbench.runs.recommend.asking import found_at

    return found_at(name)
