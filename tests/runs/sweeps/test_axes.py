"""What is to vary, in words."""

from __future__ import annotations

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.runs.sweeps.axes import Block, Grid, axes_of


def test_cells_are_all_combinations_without_seeds() -> None:
    block = Block(tuple(axes_of(["codec=lz4,zstd", "seed=0..2", "limit=10%"])), "x")
    assert [*block.cells()] == [{"codec": "lz4", "limit": "10%"}, {"codec": "zstd", "limit": "10%"}]
    assert block.count == 2
    assert block.seeds == (0, 1, 2)


def test_a_block_without_seeds_has_the_trace_as_it_is() -> None:
    assert Block(tuple(axes_of(["codec=lz4"])), "x").seeds == (None,)


def test_axes_take_the_place_of_those_of_the_same_key() -> None:
    grid = Grid((), (), (), (Block(tuple(axes_of(["codec=lz4", "limit=10%"])), "x"),))
    (block,) = grid.with_axes(axes_of(["codec=zstd,lzo"])).blocks
    assert [axis.values for axis in block.axes] == [("10%",), ("zstd", "lzo")]


def test_sizes_and_percentages_are_the_same_in_any_spelling() -> None:
    (axis, other) = axes_of(["limit=10.0%,1536K,4194304,512p", "codec=lz4"])
    assert axis.values == ("10%", "1.5MiB", "4MiB", "512p")
    assert other.values == ("lz4",)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["codec"], "--vary codec: write it like codec=lz4"),
        (["=lz4"], "write it like"),
        (["codec="], "--vary codec: has no values"),
        (["codec=lz4,,zstd"], "a value is empty"),
        (["codec=lz4,lz4"], "lz4 is given twice"),
        (["ram=4MiB,4096KiB"], "4MiB is given twice"),
        (["codec=lz4", "codec=zstd"], "--vary codec is given twice"),
        (["seed=0..3,2"], "2 is given twice"),
        (["seed=a"], "'a' is not a whole number"),
        (["seed=0..99999"], "has 10,000 numbers at most"),
        (["setup=zswap,codec=lz4"], "'codec=lz4' is no value of setup: give it a --vary of its own"),
    ],
)
def test_what_is_in_no_form_is_told(texts: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        axes_of(texts)


def test_more_cells_than_anybody_could_wait_for_are_told() -> None:
    grid = Grid((), (), (), (Block((), "x"),))
    with pytest.raises(UsageError, match="has 100,000,000 cells; 1,000,000 is the most"):
        grid.with_axes(axes_of(["max-pool-percent=0..9999", "chain-size=0..9999"]))
