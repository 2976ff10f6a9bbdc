"""Results as pandas has them, with pandas itself."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import zswapbench
from tests.api.inputs import SETTING
from zswapbench.common.errors import MissingError, UsageError


@pytest.fixture(scope="module")
def grid(made: Path, tmp_path_factory: pytest.TempPathFactory) -> zswapbench.Results:
    """Two codecs, two limits of each."""
    grid = product(("lz4", "zstd"), ("5p", "9p"))
    return zswapbench.Results(
        zswapbench.replay(made / "app.trace.bin", codec=codec, limit=limit) for codec, limit in grid
    )


def test_rows_are_runs_and_columns_are_metrics(made: Path) -> None:
    results = zswapbench.compare(made / "app.trace.bin", ["lru", "fifo"], **SETTING)
    frame = results.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert frame.index.tolist() == ["lru", "fifo"]
    assert frame.index.name == "label"
    assert frame.columns.tolist() == list(results[0].metrics)
    assert frame["refaults"].tolist() == [one.counters["refaults"] for one in results]
    assert frame.loc["fifo", "pool_pages_mean"] == results[1].metrics["pool_pages_mean"]


def test_every_column_has_numbers_and_what_says_nothing_is_nan(grid: zswapbench.Results) -> None:
    frame = grid.to_pandas()
    assert all(pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes)
    assert grid[0].metrics["refaults_of_bound"] is None
    assert frame["refaults_of_bound"].isna().all()
    assert frame.mean().notna().sum() > 10


def test_rows_that_are_called_alike_are_told_apart(grid: zswapbench.Results) -> None:
    assert grid.to_pandas().index.tolist() == [
        "lru,codec=lz4,limit=5p",
        "lru,codec=lz4,limit=9p",
        "lru,codec=zstd,limit=5p",
        "lru,codec=zstd,limit=9p",
    ]


def test_rows_may_be_told_apart_by_options(grid: zswapbench.Results) -> None:
    assert grid.to_pandas("limit").index.tolist() == ["5p", "9p"] * 2
    frame = grid.to_pandas(["codec", "limit"])
    assert frame.index.names == ["codec", "limit"]
    assert frame["refaults"].unstack("limit").loc["zstd", "9p"] == grid[3].counters["refaults"]


def test_an_option_that_was_left_open_is_what_it_came_to(made: Path) -> None:
    results = zswapbench.Results([zswapbench.replay(made / "app.trace.bin")])
    frame = results.to_pandas(["codec", "pool", "era", "pool_limit_pages"])
    setting = results[0].setting
    assert frame.index.tolist() == [
        (setting["codec"], setting["pool"], "zswap-2013", setting["pool_limit_pages"])
    ]


def test_metrics_of_one_result_are_a_series(grid: zswapbench.Results) -> None:
    series = grid[0].to_pandas()
    assert isinstance(series, pd.Series)
    assert series.name == "lru"
    assert series.dtype == float
    known = {name: value for name, value in grid[0].metrics.items() if value is not None}
    assert series.dropna().to_dict() == pytest.approx(known)
    assert math.isnan(series["refaults_of_bound"])


def test_the_series_of_a_result_is_a_frame_in_one_call(grid: zswapbench.Results) -> None:
    frame = pd.DataFrame(grid[0].series).set_index("event")
    assert frame["refaults"].iloc[-1] == grid[0].counters["refaults"]


def test_no_results_are_an_empty_frame() -> None:
    assert zswapbench.Results().to_pandas().empty


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (
            "limt",
            "by 'limt': lru,codec=lz4,limit=5p says no such thing; did you mean limit? There are: label, ",
        ),
        (3, "by is 3; give a list of text, such as ['codec', 'limit']"),
        ([3], "one of by is 3, not text"),
        ([], "by is empty; give what tells results apart, such as 'label' or 'limit'"),
    ],
)
def test_what_results_do_not_say_is_told(grid: zswapbench.Results, by: Any, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        grid.to_pandas(by)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("call", [lambda some: some.to_pandas(), lambda some: some[0].to_pandas()])
def test_without_pandas_it_is_said_how_to_get_it(
    grid: zswapbench.Results, call: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingError) as raised:
        call(grid)
    assert str(raised.value) == "to_pandas needs pandas: pip install 'pandas>=2.1'"


def test_a_copy_with_another_label_is_still_a_result_of_the_api(grid: zswapbench.Results) -> None:
    assert replace(grid[0], label="mine").to_pandas().name == "mine"
