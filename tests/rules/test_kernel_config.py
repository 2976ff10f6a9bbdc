"""What a kernel offers: by its configuration, by Debian's, by its version alone; and what runs here, by its files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.common.machine import of_running_kernel
from zswapbench.rules.kernel_config import DEBIAN, config_of, offers, offers_of

CONFIGS = Path(__file__).parents[1] / "golden" / "kernel-config"
SYMBOLS = {one.split("=")[0] for row in DEBIAN.values() for one in row.split()} | {
    "ZRAM_MULTI_COMP",
    "CRYPTO_842",
    "ZRAM_BACKEND_LZO",
    "ZRAM_BACKEND_842",
}


@pytest.mark.parametrize("version", DEBIAN)
def test_a_row_is_what_the_packages_configuration_says(version: tuple[int, int]) -> None:
    read = config_of((CONFIGS / "debian-{}.{}.config".format(*version)).read_text())
    assert {name: value for name, value in read.items() if name in SYMBOLS} == dict(
        one.split("=") for one in DEBIAN[version].split()
    )


def test_debians_6_12_recompresses_nothing_and_its_zram_has_no_lzo() -> None:
    found = offers("6.12")
    assert found.codecs_zram == ("deflate", "lz4", "lz4hc", "zstd")
    assert found.codecs_zswap == ("deflate", "lz4", "lz4hc", "lzo", "lzo-rle", "zstd")
    assert found.modules == ("deflate", "lz4", "lz4hc", "zstd")
    assert (found.zram_codec, found.zram_multi_comp, found.zram_writeback, found.chain_size) == (
        "lz4",
        False,
        True,
        8,
    )
    assert found.pools_zswap == ("zsmalloc", "zbud")


def test_a_kernel_between_two_rows_has_the_older_ones_choices_and_its_own_rules() -> None:
    found = offers("6.16")
    assert found.how == "as Debian builds 6.16, by the configuration of its 6.12"
    assert found.pools_zswap == ("zsmalloc",)  # zbud went with 6.15
    older = offers("6.1")
    assert (older.shrinker, older.chain_size) == (False, None)
    assert older.codecs_zram == ("lz4", "lz4hc", "lzo", "lzo-rle", "zstd")  # deflate is not listed by zram


def test_of_others_only_the_version_is_known() -> None:
    found = offers("6.12", "fedora")
    assert found.zram_multi_comp
    assert "842" in found.codecs_zswap
    built = "as a kernel of 6.12 can be built (z3fold apart, which is deprecated)"
    assert found.how == f"{built}; whether fedora's is, nobody here knows"
    assert {*found.pools_zswap} == {"zbud", "zsmalloc"}
    assert "z3fold" in offers("6.6", "fedora").pools_zswap
    assert not offers("6.1", "fedora").zram_multi_comp  # recompression came with 6.2


def test_what_is_not_built_is_not_offered() -> None:
    bare = offers_of({"ZSWAP": "y", "CRYPTO_LZO": "m", "ZSMALLOC": "y"}, "6.12", "a small one")
    assert bare.codecs_zswap == bare.modules == ("lzo", "lzo-rle")
    assert not bare.zram
    assert not bare.codecs_zram
    assert not offers_of({"CRYPTO_LZO": "y", "ZRAM": "y"}, "6.12", "").codecs_zswap
    assert offers_of({"ZRAM": "y", "ZRAM_BACKEND_LZO": "y"}, "6.12", "").codecs_zram == ("lzo", "lzo-rle")


def _system(root: Path, config: str = "", listed: str = "", *, recompresses: bool = False) -> Path:
    """Files of a running system below ``root``."""
    (root / "proc/sys/kernel").mkdir(parents=True)
    (root / "proc/sys/kernel/osrelease").write_text("6.12.1-test\n")
    if config:
        (root / "proc/config.gz").write_bytes(gzip.compress(config.encode()))
    if listed:
        device = root / "sys/block/zram0"
        device.mkdir(parents=True)
        (device / "comp_algorithm").write_text(listed)
        if recompresses:
            (device / "recomp_algorithm").write_text("")
    return root


def test_the_running_kernel_is_known_by_its_configuration_and_by_what_zram_lists(tmp_path: Path) -> None:
    config = 'CONFIG_ZSWAP=y\nCONFIG_ZRAM=m\nCONFIG_CRYPTO_ZSTD=m\nCONFIG_ZRAM_DEF_COMP="lz4"\n# CONFIG_ZBUD is not set'
    root = _system(tmp_path, config, "lzo-rle [lz4] unheard-of\n", recompresses=True)
    found = offers("running", root=root)
    assert found.how == (
        "the running kernel's, read in /proc/config.gz; "
        "zram's compressors as /sys/block/zram0/comp_algorithm lists them"
    )
    assert found.codecs_zswap == ("zstd",)
    assert found.codecs_zram == ("lz4", "lzo-rle")
    assert found.zram_codec == "lz4"
    assert found.zram_multi_comp


def test_a_configuration_beside_the_modules_comes_before_the_packed_one(tmp_path: Path) -> None:
    root = _system(tmp_path, "CONFIG_ZSWAP=y\n")
    beside = root / "lib/modules/6.12.1-test"
    beside.mkdir(parents=True)
    (beside / "config").write_text("CONFIG_ZRAM=y\n")
    found = offers("running", root=root)
    assert not found.zswap
    assert found.how == "the running kernel's, read in /lib/modules/6.12.1-test/config"


def test_where_nothing_can_be_read_that_is_said(tmp_path: Path) -> None:
    root = _system(tmp_path)
    found = offers("running", root=root)
    assert found.how == (
        "no configuration can be read here (tried /boot/config-6.12.1-test, /lib/modules/6.12.1-test/config, "
        "/proc/config.gz), so taken as Debian builds 6.12"
    )
    (root / "proc/config.gz").write_bytes(b"\x1f\x8bnot what it seems")
    assert offers("running", root=root).how == found.how


def test_this_kernel_offers_something_or_is_newer_than_all_that_is_known() -> None:
    try:
        version = offers(of_running_kernel("running")).kernel
    except UsageError as error:
        assert "is newer than what is known here" in str(error)
    else:
        assert offers("running").kernel == version
