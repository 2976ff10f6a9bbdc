"""Cells: a set-up with all its settings, in the words of 'machine'."""

from __future__ import annotations

from zswapbench.rules.kernel_config import offers
from zswapbench.runs.options import Options
from zswapbench.runs.recommend.cells import Cell, cell_of
from zswapbench.runs.recommend.space import kinds_of, space
from zswapbench.runs.setups.spec import setup_of

GIB = 1 << 30


def test_each_cell_is_a_setup_by_name_and_in_short() -> None:
    for cell in space(offers("6.12"), kinds_of("zswap,zram,zram+disk,zswap+zram"), 3600).cells[::25]:
        common = Options(era="6.12")
        short = setup_of(cell.spec(GIB), common)[1]
        named = setup_of(cell.spec(GIB, by_name=True), common)[1]
        assert (short.options.codec, short.options.pool, short.own) == (
            named.options.codec,
            named.options.pool,
            named.own,
        )


def test_a_disksize_is_a_share_of_ram() -> None:
    cell = Cell("zram", "zstd", disksize=150)
    assert cell.spec(GIB) == "zram,zstd,disksize=1536MiB"
    assert cell.spec(10 << 10) == "zram,zstd,disksize=15KiB"


def test_a_setup_in_words_shrinks_with_ram() -> None:
    cell = cell_of("zram,codec=lzo-rle,disksize=8GiB,mem-limit=2GiB", 16 * GIB)
    assert cell.spec(16 * GIB) == "zram,codec=lzo-rle,disksize=8GiB,mem-limit=2GiB"
    assert cell.spec(GIB) == "zram,codec=lzo-rle,disksize=512MiB,mem-limit=128MiB"


def test_what_is_usual_is_no_change_and_a_kernel_to_be_built_is_the_largest() -> None:
    disk = Cell("disk")
    assert disk.changes(disk, "") == 0
    usual = Cell("zram+disk", "lz4")
    assert usual.changes(disk, "lz4") == 1  # the disk stays
    assert Cell("zram", "lz4").changes(disk, "lz4") == 2
    assert Cell("zswap", "zstd", percent=50).changes(disk, "lzo") == 3
    everything = Cell("zswap+zram", "zstd", 35, 70, True, "zbud", 100, "zstd")
    assert Cell("zram", "lz4", chain=4).changes(usual, "lz4") > everything.changes(disk, "lzo")


def test_what_it_takes_beside_settings_is_told() -> None:
    assert Cell("zswap", "lz4").needs == ()
    assert Cell("zswap", "lz4", chain=16).needs == ("a kernel built with CONFIG_ZSMALLOC_CHAIN_SIZE=16",)
    upkeep = ("recomp-algorithm=zstd", "recompress=huge", "every=60s")
    assert Cell("zram", "lz4", upkeep=upkeep).needs == ("a timer that writes to zram's attributes every 60s",)
