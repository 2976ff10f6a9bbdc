"""zram and zswap on one trace: the same devices as 'zram' has, in the same record as zswap's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.making import make_corpus, pages_of, random_page, text_page
from tests.runs.making import make_trace, without_timings
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import silent
from zswapbench.results.counters import COUNTERS, NOT_OF_ZRAM
from zswapbench.results.files import read_results
from zswapbench.results.metrics import OF_ZSWAP, derive, figure_of
from zswapbench.results.records import ZRAM, Result, to_json
from zswapbench.runs.limits import sweep_limits
from zswapbench.runs.options import Options, options_of, recorded
from zswapbench.runs.zram import ZramOptions
from zswapbench.runs.zram import run as run_zram
from zswapbench.runs.zswap import compare, run
from zswapbench.traces.event import EVENT, Op

COMMON = Options(codec="lz4", limit="20%", cost="lz4=3us/1us,zstd=30us/10us")


def over(folder: Path, *specs: str, common: Options = COMMON, **options: Any) -> list[Result]:
    asked = [options_of(spec, common) for spec in specs]
    return compare(folder / "app.trace.bin", asked, idle_costs=True, **options)


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        ("zram", ZramOptions(codec="lz4")),
        ("zram,6.12", ZramOptions("6.12", codec="lz4")),
        ("zram,3.18,mem-limit=32KiB", ZramOptions("3.18", codec="lz4", mem_limit="32KiB")),
        ("zram,7.3,zstd,chain-size=4", ZramOptions("7.3", 4, codec="zstd")),
        (
            "zram,6.18,write=idle=all,write=writeback=idle,write=compact=1,backing-dev=16KiB",
            ZramOptions(
                "6.18",
                codec="lz4",
                backing_dev="16KiB",
                writes=("idle=all", "writeback=idle", "compact=1"),
            ),
        ),
    ],
)
def test_the_figures_are_those_of_the_zram_command(made: Path, spec: str, options: ZramOptions) -> None:
    (found,) = over(made, spec)
    zram = run_zram(made / "app.trace.bin", options)
    state, c = zram.steps[-1].devices[0], found.counters
    assert c["pool_pages_peak"] * 4096 == state.mm_stat["mem_used_max"]
    assert c["pool_total_size"] == c["pool_pages"] * 4096 == state.mm_stat["mem_used_total"]
    assert c["stored_pages"] * 4096 == state.mm_stat["orig_data_size"]
    assert c["held_bytes"] == state.mm_stat["compr_data_size"]
    assert c["same_filled_pages"] == state.mm_stat["same_pages"]
    assert c["stored_incompressible_pages"] == state.mm_stat["huge_pages"]
    assert c["rejected"] == state.io_stat["failed_writes"]
    assert (c["device_writes"], c["device_reads"]) == (state.bd_stat["bd_writes"], state.bd_stat["bd_reads"])
    events = zram.devices[0].events
    assert (c["stores"], c["loads"]) == (events["num_writes"], events["num_reads"])
    assert c["frames_given"] == events["frames_given"]


def test_what_means_nothing_for_zram_is_absent_or_null(made: Path) -> None:
    zram, zswap = over(made, "zram", "zswap")
    assert [*zram.counters] == [metric.name for metric in COUNTERS if metric.name not in NOT_OF_ZRAM]
    assert [*zram.metrics] == [*zswap.metrics]
    assert {name for name in zram.metrics if name in OF_ZSWAP} == OF_ZSWAP
    assert all(zram.metrics[name] is None and figure_of(zram, name) is None for name in OF_ZSWAP)
    derived = derive(zram.counters, 4096)
    assert derived == {name: zram.metrics[name] for name in derived}


def test_the_compression_ratio_is_that_of_the_codec_whoever_stores(made: Path) -> None:
    zram, zswap = over(made, "zram,zstd:rules=5.16", "zswap,zstd:rules=5.16")
    assert zram.metrics["compression_ratio"] == zswap.metrics["compression_ratio"]


def small(folder: Path) -> Path:
    """Three pages go out, of which one is zero and one random, and come back; all takes a second."""
    corpus = make_corpus(folder / "app.zpages", pages_of(text_page(1), random_page(1), bytes(4096)))
    rows = [(250_000, Op.STORE, 0, 0, number, number) for number in range(3)]
    rows += [(0, Op.LOAD, 0, 0, number % 3, 0) for number in range(4)]
    make_trace(folder / "app.trace.bin", corpus, np.array(rows, EVENT))
    return folder


def test_times_are_what_each_page_costs(tmp_path: Path) -> None:
    zram = over(small(tmp_path), "zram")[0].metrics
    # Two compressions, in vain for the random page; the text page is decompressed twice.
    assert zram["cpu_compress_ns"] == 2 * 3_000 == zram["store_wait_ns"]
    assert zram["cpu_hits_ns"] == 2 * 1_000
    assert (zram["device_time_ns"], zram["cpu_flushes_ns"]) == (0, None)
    assert zram["total_ns"] == 8_000
    assert (zram["load_wait_p50_ns"], zram["load_wait_p99_ns"]) == (0, 1_000)


def test_measured_times_are_timings_without_what_zram_does_not_do(tmp_path: Path) -> None:
    (zram,) = over(small(tmp_path), "zram", common=Options(codec="lz4"))
    assert zram.timings["total_ns"] > 0
    assert "cpu_flushes_ns" not in zram.timings
    assert "total_ns" not in zram.metrics


def test_the_ratios_count_pages_as_zram_does(tmp_path: Path) -> None:
    (zram,) = over(small(tmp_path), "zram")
    size = zram.counters["held_bytes"] - 4096
    assert 0 < size < 4096
    assert zram.metrics["data_ratio"] == 3 * 4096 / (size + 4096)
    assert zram.metrics["data_ratio_distinct"] == 2 * 4096 / (size + 4096)
    assert zram.metrics["pool_pages_mean"] == zram.counters["frames_sum"] / 3
    # 1, 2 and 3 pages were held, the last of these without memory.
    assert zram.metrics["pool_ratio_distinct"] == (1 + 2 + 2) / zram.counters["frames_sum"]


def test_a_result_of_zram_is_read_back_and_replayed_the_same(made: Path, tmp_path: Path) -> None:
    (zram,) = over(made, "zram,6.18,mem-limit=32KiB,write=idle=all,write=writeback=idle,hdd")
    path = tmp_path / "result.json"
    path.write_text(to_json([zram]))
    (read,) = read_results(path)
    assert read.asked["setup"] == ZRAM
    options = replace(recorded(read.asked, path, trust=False), label=read.label)
    again = run(made / "app.trace.bin", options)
    assert without_timings(to_json([again])) == without_timings(to_json([read]))


def test_the_kernel_is_that_of_the_era_and_else_that_of_the_zram_command(made: Path) -> None:
    for era, kernel in (
        ("zswap-2013", ZramOptions().kernel),
        ("linux-6.5", "6.5"),
        ("6.12:cgroups=child", "6.12"),
    ):
        found = over(made, "zram", common=replace(COMMON, era=era))[0].setting["era"]
        assert (found["kernel"], found["name"]) == (kernel, f"linux-{kernel}")
    assert over(made, "zram", common=replace(COMMON, codec="", cost=""))[0].setting["codec"] == "lzo-rle"


def test_pool_limits_are_of_zswap_only(made: Path) -> None:
    limited, unlimited = (
        over(made, "zram", common=replace(COMMON, limit=limit))[0] for limit in ("5p", "50%")
    )
    assert limited.setting == unlimited.setting
    assert (limited.setting["pool_limit"], limited.setting["pool_limit_pages"]) == ("none", None)


def test_bounds_and_draws_leave_zram_what_it_has(made: Path) -> None:
    zram, zswap = over(made, "zram", "zswap", bounds=True)
    assert (zram.bounds, zram.metrics["refaults_of_bound"]) == ({}, None)
    assert zswap.bounds
    zram, zswap = over(made, "zram", "zswap", seeds=3)
    assert zram.draws["metrics"]["written_back_pages"] == [None] * 3
    assert zram.draws["metrics"]["refaults"] == [0] * 3
    assert len(zram.draws["metrics"]["pool_pages_mean"]) == 3
    assert json.loads(to_json([zram]))["draws"] == zram.draws


def test_draws_of_blocks_have_no_writes_to_attributes(made: Path) -> None:
    with pytest.raises(UsageError, match="in none of its blocks: leave out --seeds, or write="):
        over(made, "zram,write=compact=1", seeds=2)


def test_verify_is_refused_since_no_bytes_are_carried(made: Path) -> None:
    with pytest.raises(UsageError, match="--verify carries the bytes of zswap's pools only"):
        over(made, "zram", common=replace(COMMON, verify=True))


def test_limits_are_swept_without_zram(made: Path) -> None:
    results = over(made, "zram", "lru")
    sweep = sweep_limits(results, None, None, [made], silent)
    assert [label for label, _ in sweep.lines] == ["lru"]
    assert sweep.notes == ["Not replayed: zram: zram has no pool limit."]
