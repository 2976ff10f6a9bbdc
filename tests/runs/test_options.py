"""SPECs: names of any family, in any order; repeated values; labels of what is replayed otherwise."""

from __future__ import annotations

import platform
from dataclasses import replace
from typing import Any

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import POLICIES
from zswapbench.rules.zram_kernels import DEFAULT
from zswapbench.runs.choices import era_of
from zswapbench.runs.options import Options, grid, options_of, relabelled

COMMON = Options(codec="lz4", limit="20%")


@pytest.mark.parametrize(
    ("spec", "changes"),
    [
        ("class-lru", {"policy": "class-lru"}),
        ("zstd", {"codec": "zstd"}),
        ("zstd:level=9", {"codec": "zstd:level=9"}),
        ("842", {"codec": "842"}),
        ("zsmalloc:6.4:chain=16", {"pool": "zsmalloc:6.4:chain=16"}),
        ("linux-6.12", {"era": "linux-6.12"}),
        ("6.16:max_pool_percent=30", {"era": "6.16:max_pool_percent=30"}),
        ("zswap-2013", {"era": "zswap-2013"}),
        ("running", {"era": "running"}),
        ("hdd", {"device": "hdd"}),
        ("zbud,zstd,6.1,fifo", {"pool": "zbud", "codec": "zstd", "era": "6.1", "policy": "fifo"}),
        ("limit=10%", {"limit": "10%"}),
        ("lru,codec=zstd,ram=1GiB", {"codec": "zstd", "ram": "1GiB"}),
        ("./mine.py:Mine:size=3,zstd", {"policy": "./mine.py:Mine:size=3", "codec": "zstd"}),
        ("codec=./mine.py:Mine", {"codec": "./mine.py:Mine"}),
        ("kernel=6.12", {"era": "6.12"}),
        ("zswap", {}),
        ("zswap,fifo", {"policy": "fifo"}),
        ("zram", {"setup": "zram", "era": DEFAULT}),
        ("zram,6.1,zstd,hdd", {"setup": "zram", "era": "6.1", "codec": "zstd", "device": "hdd"}),
        ("zram,kernel=3.14", {"setup": "zram", "era": "3.14"}),
        (
            "zram,mem-limit=1GiB,chain-size=16,backing-dev=4MiB,write=idle=all,write=compact=1",
            {
                "setup": "zram",
                "era": DEFAULT,
                "mem_limit": "1GiB",
                "chain_size": 16,
                "backing_dev": "4MiB",
                "writes": "idle=all,compact=1",
            },
        ),
    ],
)
def test_a_spec_is_names_of_any_family_in_any_order(spec: str, changes: dict[str, Any]) -> None:
    assert options_of(spec, COMMON) == replace(COMMON, label=spec, **changes)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("zstd,lz4", "'lz4' is a second codec"),
        ("zstd,codec=lz4", "'codec=lz4' is a second codec"),
        ("zsdt", "no policy, codec, pool, era or device is called 'zsdt'"),
        ("zsdt", "did you mean zstd?"),
        ("lru,codex=zstd", "did you mean codec?"),
        ("lru,", "or device is called ''"),
        ("lru,pool=", "'pool=' has no value"),
        (
            "zram,lru",
            "zram has no policy: leave out 'lru'; it takes kernel=..., codec=..., chain-size=",
        ),
        ("zram,limit=10%", "zram has no pool limit: leave out 'limit=10%'"),
        ("zram,ram=1GiB", "zram has no limit that depends on RAM"),
        ("zram,zbud", "zram has no pool but zsmalloc"),
        ("lru,mem-limit=1GiB", "'mem-limit=1GiB' is for zram; begin the SPEC with zram, or leave it out"),
        ("zram,mem_limit=1GiB", "did you mean mem-limit?"),
        ("zram,zswap", "'zswap' is a second setup; give one"),
        ("zram,kernel=6.12,6.1", "'6.1' is a second era"),
        ("setup=zcache", "'zcache' is not zswap or zram"),
        ("zram,chain-size=17", "chain-size=17 is not a number from 4 to 16"),
    ],
)
def test_what_is_no_spec_is_refused_in_one_line(spec: str, complaint: str) -> None:
    with pytest.raises(UsageError) as raised:
        options_of(spec, COMMON)
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_name_of_two_families_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "zswapbench.runs.options.FAMILIES", {"policy": POLICIES.names, "codec": lambda: ["fifo"]}
    )
    with pytest.raises(
        UsageError, match="fifo is the name of a policy and of a codec; write policy=fifo or codec=fifo"
    ):
        options_of("fifo", COMMON)
    assert options_of("codec=fifo", COMMON).codec == "fifo"


def test_repeated_values_are_combined_with_each_spec_but_for_what_it_says_itself() -> None:
    several = {"codec": ("lz4", "zstd"), "limit": ("10%", "20%")}
    assert [one.label for one in grid([], several, COMMON)] == [
        "codec=lz4,limit=10%",
        "codec=lz4,limit=20%",
        "codec=zstd,limit=10%",
        "codec=zstd,limit=20%",
    ]
    made = grid(["fifo", "lru,lzo"], several, COMMON)
    assert [one.label for one in made[3:]] == [
        "fifo,codec=zstd,limit=20%",
        "lru,lzo,limit=10%",
        "lru,lzo,limit=20%",
    ]
    assert (made[-1].codec, made[-1].limit, made[0].policy) == ("lzo", "20%", "fifo")
    for one in made:  # a label asks for what it is the label of
        assert options_of(one.label, COMMON) == one


@pytest.mark.parametrize(
    ("label", "changes", "new"),
    [
        ("lru,codec=zstd", {"codec": "lz4"}, "lru"),
        ("zstd,zbud", {"codec": "lz4"}, "zbud"),
        ("zstd", {"codec": "lz4"}, "lru"),
        ("zstd", {"policy": "clock"}, "clock,zstd"),
        ("lru,zstd", {"policy": "clock", "verify": True}, "clock,zstd"),
        ("what I measured, on Monday", {"policy": "clock"}, "what I measured, on Monday"),
    ],
)
def test_a_label_does_not_say_what_was_replaced(label: str, changes: dict[str, Any], new: str) -> None:
    assert relabelled(label, changes) == new


def test_the_running_kernel_is_an_era(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "release", lambda: "6.16.3-200.fc42.x86_64")
    assert era_of(Options(era="running:max_pool_percent=30")).name == "linux-6.16"
    monkeypatch.setattr(platform, "release", lambda: "mine")
    with pytest.raises(UsageError, match="calls itself 'mine'; name a version"):
        era_of(Options(era="running"))


def test_a_zram_without_a_kernel_has_that_of_the_options_where_that_has_zram() -> None:
    for era, kernel in (
        ("linux-6.5:cgroups=child", "linux-6.5"),
        ("3.13", DEFAULT),
        ("zcache-2012", DEFAULT),
    ):
        assert options_of("zram", replace(COMMON, era=era)).era == kernel
    assert options_of("zram,6.1", replace(COMMON, era="6.12")).era == "6.1"


def test_a_grid_repeats_zram_only_for_what_it_takes() -> None:
    several = {"codec": ("lz4", "zstd"), "limit": ("10%", "20%")}
    assert [one.label for one in grid(["zram", "lru,zstd"], several, COMMON)] == [
        "zram,codec=lz4",
        "zram,codec=zstd",
        "lru,zstd,limit=10%",
        "lru,zstd,limit=20%",
    ]


def test_the_label_of_zram_keeps_what_is_not_replaced() -> None:
    assert relabelled("zram,lz4,mem-limit=1GiB", {"codec": "zstd"}) == "zram,mem-limit=1GiB"
    assert relabelled("zram", {"policy": "class-lru"}) == "zram"
