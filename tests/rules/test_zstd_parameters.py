"""Which parameters zstd has in a kernel: by itself, unless somebody asks for others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zswapbench.plugins.registry import CODECS
from zswapbench.rules.overflow import kernel_version
from zswapbench.rules.zstd_parameters import Version, zram_form, zswap_form


@pytest.mark.parametrize(
    ("kernel", "zswap", "zram"),
    [
        ("3.14", "", ""),
        ("4.14", "", ""),
        ("4.15", "4.15", "4.15"),
        ("5.15", "4.15", "4.15"),
        ("5.16", "5.16", "5.16"),
        ("6.1", "5.16", "5.16"),
        ("6.11", "5.16", "5.16"),
        ("6.12", "5.16", "zram-6.12"),
        ("6.16", "5.16", "zram-6.12"),
        ("6.17", "6.17", "zram-6.12"),
        ("7.3", "6.17", "zram-6.12"),
    ],
)
def test_a_kernel_has_its_rules(kernel: str, zswap: str, zram: str) -> None:
    version = kernel_version(kernel)
    found = [form("zstd", version) for form in (zswap_form, zram_form)]
    assert found == [{"rules": rules} if rules else {} for rules in (zswap, zram)]
    assert (zswap_form("libzstd", version), zram_form("lz4", version)) == ({}, {})


@pytest.mark.parametrize("form", [zswap_form, zram_form])
@pytest.mark.parametrize("kernel", ["4.15", "5.16", "6.12", "6.17"])
def test_the_codec_knows_all_rules(form: Callable[[str, Version], dict[str, str]], kernel: str) -> None:
    version = kernel_version(kernel)
    rules = form("zstd", version)["rules"]
    assert CODECS.choose("zstd", lambda name: form(name, version)) == CODECS.choose(f"zstd:rules={rules}")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("zstd", "zstd:level=3:rules=6.17"),
        ("zstd:9", "zstd:level=9:rules=6.17"),
        ("zstd:rules=5.16", "zstd:level=3:rules=5.16"),
        ("zstd:3:4.15", "zstd:level=3:rules=4.15"),
        ("libzstd", "libzstd:level=3"),
    ],
)
def test_zstd_takes_rules_that_it_was_not_asked_for(asked: str, found: str) -> None:
    assert str(CODECS.choose(asked, lambda name: zswap_form(name, (6, 18)))) == found
