"""What options stand for: the era, the pool, the policy, the limit; or a usage error."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.runs.making import LZ4
from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import CODECS, POLICIES
from zswapbench.rules.era_cells import Era
from zswapbench.rules.era_choice import choose_era
from zswapbench.rules.eras import ERAS
from zswapbench.runs.choices import codec_of, cost_of, every_policy, parse_frames, pool_limit
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import compare, run
from zswapbench.traces.event import EVENT
from zswapbench.traces.scan import Summary, scan


def summary(peak: int) -> Summary:
    """What a trace with that footprint holds."""
    return replace(scan(np.empty(0, EVENT), 1), peak=peak)


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("20%", 2_000),
        (" 100 % ", 10_000),
        ("250%", 25_000),
        ("0.01%", 1),
        ("1p", 1),
        (" 4096 p ", 4096),
        ("64MiB", 16_384),
        ("4096", 1),
        ("8191", 1),
        ("1.5G", 393_216),
    ],
)
def test_a_pool_limit_is_pages_bytes_or_a_share_of_the_footprint(text: str, frames: int) -> None:
    assert parse_frames(text, 10_000, 4096) == frames


def test_bytes_make_fewer_frames_of_larger_pages() -> None:
    assert parse_frames("1MiB", 5, 65536) == 16
    assert parse_frames("20p", 5, 65536) == 20


@pytest.mark.parametrize(
    "text",
    [
        *("", "p", "%", "0", "0p", "0%", "-1p", "-5%", "4095", "0.009%", "nan%", "inf%", "1e308%", "many"),
        *("1.5p", "99999999999999999999p", "9" * 5_000 + "p", "9" * 5_000, "9999999999999999T", "20 percent"),
        "4 k p",
    ],
)
def test_a_pool_limit_that_is_none_of_these_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_frames(text, 10_000, 4096)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("options", "frames", "ram", "shown"),
    [
        (Options(), 2_000, 10_000, "20% of the footprint"),
        (Options(ram="512MiB"), 26_214, 131_072, "20% of 512MiB"),
        (Options(ram="512MiB", max_pool_percent=25), 32_768, 131_072, "25% of 512MiB"),
        (Options(max_pool_percent=1), 100, 10_000, "1% of the footprint"),
        (Options(limit="64MiB"), 16_384, None, "64MiB"),
        (Options(limit="20%"), 2_000, None, "20%"),
    ],
)
def test_the_limit_is_a_share_of_ram_or_said_outright(
    options: Options, frames: int, ram: int | None, shown: str
) -> None:
    limit = pool_limit(options, era_of(options), footprint=10_000, page_size=4096)
    assert (limit.frames, limit.ram, limit.shown) == (frames, ram, shown)


def era_of(options: Options) -> Era:
    era = ERAS["linux-6.12"]
    percent = options.max_pool_percent
    return era if percent is None else replace(era, max_pool_percent=percent)


def test_options_of_a_kernels_name_are_cells_of_the_era(made: Path) -> None:
    asked = Options(
        era="linux-6.12", codec="lz4", max_pool_percent=30, accept_threshold_percent=80, chain_size=16
    )
    setting = run(made / "app.trace.bin", asked).setting
    assert setting["era"]["max_pool_percent"] == 30
    assert setting["era"]["accept_threshold_percent"] == 80
    assert setting["pool"] == "zsmalloc:rules=6.4:chain=16"
    assert setting["policy"] == "second-chance"


@pytest.mark.parametrize(
    ("era", "policy"),
    [
        ("zswap-2013", "lru"),
        ("linux-3.11", "frame-lru"),
        ("linux-6.5", "lru"),
        ("linux-6.12", "second-chance"),
    ],
)
def test_lru_is_the_lru_of_the_era(made: Path, era: str, policy: str) -> None:
    assert run(made / "app.trace.bin", Options(era=era, codec="lz4")).setting["policy"] == policy
    assert (
        run(made / "app.trace.bin", Options(era=era, codec="lz4", policy="class-lru")).setting["policy"]
        == "class-lru"
    )


@pytest.mark.parametrize(
    ("era", "pool", "policy"),
    [
        ("linux-6.2", "", "zspage-lru"),
        ("linux-6.2", "zbud", "frame-lru"),
        ("linux-3.11", "zsmalloc:6.4", "zspage-lru"),
        ("linux-3.11", "ideal", "frame-lru"),
        ("linux-6.5", "zbud", "lru"),
    ],
)
def test_an_lru_of_frames_has_the_form_of_the_pool(made: Path, era: str, pool: str, policy: str) -> None:
    asked = Options(era=era, codec="lz4", pool=pool, what_if=True)
    assert run(made / "app.trace.bin", asked).setting["policy"] == policy


@pytest.mark.parametrize(
    ("era", "pool", "form"),
    [
        ("6.12", "zsmalloc", "zsmalloc:rules=6.4"),
        ("6.1", "zsmalloc", "zsmalloc:rules=4.2"),
        ("6.3", "", "zsmalloc:rules=6.3"),
        ("6.7", "", "zsmalloc:rules=6.4:pools=32"),
        ("6.12", "zsmalloc:2012", "zsmalloc:rules=2012"),
        ("zswap-2013", "zsmalloc", "zsmalloc:rules=2012"),
        ("zswap-2013", "zbud", "zbud"),
        ("6.12", "z3fold", "z3fold:rules=5.10"),
    ],
)
def test_a_pool_that_is_asked_for_by_name_has_the_form_of_the_era(
    made: Path, era: str, pool: str, form: str
) -> None:
    assert run(made / "app.trace.bin", Options(era=era, codec="lz4", pool=pool)).setting["pool"] == form


@pytest.mark.parametrize(
    ("era", "pool", "known"),
    [
        ("7.3", "zbud", "zsmalloc"),
        ("6.16", "z3fold", "zsmalloc"),
        ("linux-3.11", "zsmalloc", "zbud"),
        ("4.7", "z3fold", "zsmalloc, zbud"),
    ],
)
def test_a_pool_that_the_kernel_does_not_have_is_refused_unless_that_is_the_question(
    made: Path, era: str, pool: str, known: str
) -> None:
    asked = Options(era=era, codec="lz4", pool=pool)
    with pytest.raises(UsageError) as raised:
        run(made / "app.trace.bin", asked)
    assert str(raised.value) == (
        f"zswap has no {pool} in kernel {era.removeprefix('linux-')}; it has: {known}; "
        "add --what-if to replay it all the same (in Python: what_if=True)"
    )
    found = run(made / "app.trace.bin", replace(asked, what_if=True))
    assert found.setting["pool"].startswith(pool)
    assert run(made / "app.trace.bin", replace(asked, pool="ideal")).setting["pool"] == "ideal"


@pytest.mark.parametrize(
    ("pool", "policy", "message"),
    [
        ("zsmalloc", "frame-lru", "frame-lru is for pools of page frames, and zsmalloc has zspages"),
        ("z3fold", "zspage-lru", "zspage-lru is for pools of zspages, and z3fold has page frames"),
    ],
)
def test_a_policy_that_does_not_serve_the_pool_is_refused(
    made: Path, pool: str, policy: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        run(made / "app.trace.bin", replace(LZ4, pool=pool, policy=policy))


@pytest.mark.parametrize(
    "options",
    [
        Options(policy="mru"),
        Options(pool="slab"),
        Options(codec="rar"),
        Options(era="linux-1.0"),
        Options(device="tape"),
        Options(limit="0%"),
        Options(pool="zsmalloc:7.0"),
        Options(codec="libzstd:level=99"),
    ],
)
def test_what_there_is_not_is_a_usage_error(made: Path, options: Options) -> None:
    with pytest.raises(UsageError):
        run(made / "app.trace.bin", options)


@pytest.mark.parametrize(("era", "pool", "own"), [("linux-6.12", "", "second-chance"), ("linux-3.11", "", "frame-lru"),
                                                  ("linux-3.11", "zsmalloc", "zspage-lru")])  # fmt: skip
def test_the_policy_that_the_era_itself_has_over_the_pool_is_told(
    made: Path, era: str, pool: str, own: str
) -> None:
    options, _ = every_policy(Options(era=era, codec="lz4", pool=pool, what_if=True))
    found = compare(made / "app.trace.bin", options)
    assert [one.label for one in found if one.setting["policy_is_era_default"]] == [own]


@pytest.mark.parametrize("era", ERAS)
def test_all_policies_are_those_of_the_registry_with_the_era_s_lru_once(era: str) -> None:
    options, left_out = every_policy(Options(era=era, codec="lz4"))
    names = [one.policy for one in options]
    assert [one.label for one in options] == names
    assert ERAS[era].lru in names
    assert ("frame-lru" in names) != ("zspage-lru" in names)
    assert sorted({*names, *left_out, "lru"}) == [leaf.name for leaf in POLICIES.leaves()]
    assert len(names) == len(set(names))
    assert ("lru" in names) == (ERAS[era].lru == "lru")
    assert {(one.era, one.codec) for one in options} == {(era, "lz4")}


@pytest.mark.parametrize(
    ("era", "codec", "found"),
    [
        ("zswap-2013", "zstd", "zstd:level=3:rules=5.16"),
        ("linux-5.7", "zstd", "zstd:level=3:rules=4.15"),
        ("linux-6.1", "zstd", "zstd:level=3:rules=5.16"),
        ("linux-6.12", "zstd", "zstd:level=3:rules=5.16"),
        ("linux-6.16", "zstd", "zstd:level=3:rules=5.16"),
        ("linux-6.17", "zstd", "zstd:level=3:rules=6.17"),
        ("linux-6.18", "zstd", "zstd:level=3:rules=6.17"),
        ("linux-6.18:retries=2", "zstd:9", "zstd:level=9:rules=6.17"),
        ("linux-6.18", "zstd:rules=5.16", "zstd:level=3:rules=5.16"),
        ("linux-6.18", "libzstd", "libzstd:level=3"),
    ],
)
def test_zstd_is_that_of_the_era_s_kernel_unless_asked_for_otherwise(
    era: str, codec: str, found: str
) -> None:
    options = Options(era=era, codec=codec)
    assert str(codec_of(options, choose_era(era))).startswith(found)


@pytest.mark.parametrize(
    ("text", "codec", "times"),
    [
        ("lz4=2.1us/0.6us", "lz4", (2_100, 600)),
        ("lz4=2.1us/0.6us", "lz4:acceleration=4", (2_100, 600)),
        ("lz4=2us/1us,lz4:acceleration=4=1us/1us", "lz4:acceleration=4", (1_000, 1_000)),
        (" zstd = 15us / 5us ,lz4=0ns/0ns", "zstd", (15_000, 5_000)),
        ("lz4=2.1us/0.6us", "zstd", None),
        ("", "lz4", None),
    ],
)
def test_a_cost_is_of_a_codec_by_its_name_or_all_of_it(
    text: str, codec: str, times: tuple[int, int] | None
) -> None:
    found = cost_of(Options(cost=text), CODECS.choose(codec))
    assert (found and found.means) == times


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lz4", "'lz4' is not the cost of a codec; write it like lz4=2.1us/0.6us"),
        ("=1us/1us", "is not the cost of a codec"),
        ("lz4=1us", "'lz4=1us' is not the cost of a codec"),
        ("lz4=1us/fast", "'fast' is not a duration"),
        ("lz4=/", "'' is not a duration"),
        ("lz5=1us/1us", "lz5"),
    ],
)
def test_a_cost_that_is_none_is_a_usage_error(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=re.escape(problem)):
        cost_of(Options(cost=text), CODECS.choose("lz4"))
