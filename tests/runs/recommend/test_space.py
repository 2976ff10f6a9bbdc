"""The space: what a kernel offers, and what it does not, with why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.rules.kernel_config import offers
from zswapbench.runs.options import Options
from zswapbench.runs.recommend.cells import KINDS, Cell
from zswapbench.runs.recommend.space import finer, kinds_of, neighbours, rebuilt, space
from zswapbench.runs.setups.spec import setup_of


@pytest.mark.parametrize("kernel", ["5.10", "6.1", "6.12", "7.3"])
def test_no_cell_has_what_the_kernel_lacks(kernel: str) -> None:
    there = offers(kernel)
    for cell in space(there, KINDS, 0).cells[::7]:
        assert cell.codec in (*there.codecs_zswap, *there.codecs_zram, "")
        assert not cell.shrinker or there.shrinker
        assert not cell.pool or cell.pool in there.pools_zswap
        assert cell.chain is None
        assert not cell.upkeep
        setup_of(cell.spec(1 << 30, by_name=True), Options(era=kernel))


def test_pools_are_named_where_there_are_several() -> None:
    pools = {cell.pool for cell in space(offers("6.12"), KINDS, 0).cells if cell.kind == "zswap"}
    assert pools == {"zsmalloc", "zbud"}
    assert {cell.pool for cell in space(offers("6.18"), KINDS, 0).cells} == {""}


def test_what_is_left_out_is_told_with_why() -> None:
    told = space(offers("6.1"), kinds_of("zswap,zram"), 0).not_considered
    assert "zswap's shrinker: it came with 6.8" in told
    assert "zram+disk: --allow leaves it out" in told
    assert "another CONFIG_ZSMALLOC_CHAIN_SIZE: it came with 6.3" in told
    assert any(line.startswith("flush policies") for line in told)
    built = space(offers("6.12"), KINDS, 3600).not_considered
    assert "recompression in zram: the kernel was built without CONFIG_ZRAM_MULTI_COMP" in built


def test_recompression_takes_a_kernel_that_can_and_work_that_lasts() -> None:
    can = offers("6.12", "another")
    assert not any(cell.upkeep for cell in space(can, KINDS, 100).cells)
    assert "the work lasts 100 s" in " ".join(space(can, KINDS, 100).not_considered)
    upkeeps = {cell.upkeep for cell in space(can, KINDS, 600).cells}
    assert len(upkeeps) == 3
    without_ages = replace(can, zram_ages=False)
    assert len({cell.upkeep for cell in space(without_ages, KINDS, 600).cells}) == 2


def test_a_kernel_without_zswap_has_none_in_its_space() -> None:
    none = replace(offers("6.12"), zswap=False, codecs_zswap=())
    found = space(none, KINDS, 0)
    assert {cell.kind for cell in found.cells} == {"disk", "zram", "zram+disk"}
    assert "zswap: the kernel has no zswap" in found.not_considered


def test_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="'zcache' is not one of disk, zswap"):
        kinds_of("zram,zcache")
    assert kinds_of("zram") == ("disk", "zram")


def test_neighbours_differ_in_one_setting() -> None:
    cells = space(offers("6.12"), KINDS, 0).cells
    cell = Cell("zram", "zstd", disksize=100)
    found = neighbours(cell, cells)
    assert Cell("zram", "lz4", disksize=100) in found
    assert Cell("zram", "zstd", disksize=150) in found
    assert cell not in found
    assert not any(one.codec != "zstd" and one.disksize != 100 for one in found)


def test_between_the_coarse_steps_lie_finer_ones() -> None:
    there = offers("6.12")
    assert {one.percent for one in finer(Cell("zswap", "lz4", percent=35), there)} == {27, 35, 42}
    assert {one.disksize for one in finer(Cell("zram", "lz4", disksize=100), there)} == {75, 125}
    assert finer(Cell("disk"), there) == []


def test_only_zsmalloc_of_63_and_later_has_chains_to_build() -> None:
    cell = Cell("zram", "lz4")
    assert [one.chain for one in rebuilt(cell, offers("6.12"))] == [4, 6, 12, 16]
    assert rebuilt(cell, offers("6.1")) == []
    assert rebuilt(Cell("zswap", "lz4", pool="zbud"), offers("6.12")) == []
