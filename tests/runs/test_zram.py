"""A run of zram from a trace to its result, and the laws that it keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.making import make_corpus, pages_of, random_page, text_page
from zswapbench.common.errors import InternalError, UsageError
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import POOLS
from zswapbench.results.zram import State, ZramResult, mm_stat_text, to_json
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.runs.zram import ZramOptions, run
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.replay import check_conservation
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import write_trace

ZERO, PATTERN, RANDOM, TEXT = range(4)
CONTENT = [bytes(4096), b"repeats!" * 512, random_page(1), *(text_page(number) for number in range(9))]
FAR = 2_000_000_000
"""An offset that has the others renumbered."""

Row = tuple[int, Op, int, int, int, int]


def replayed(folder: Path, rows: list[Row], *writes: str, **options: Any) -> ZramResult:
    """Rows of (delta_us, op, swap type, cpu, offset, page), then writes to attributes."""
    corpus = folder / "app.zpages"
    if not corpus.exists():
        make_corpus(corpus, pages_of(*CONTENT))
    with Corpus(corpus) as opened:
        digest = opened.digest
    trace = folder / "app.trace.bin"
    write_trace(trace, [np.array(rows, EVENT)], page_size=4096, corpus_digest=digest, provenance={})
    return run(trace, ZramOptions(writes=writes, **options))


def stores(*pages: int, swap_type: int = 0) -> list[Row]:
    """One page into each slot from 0 on."""
    return [(0, Op.STORE, swap_type, 0, offset, page) for offset, page in enumerate(pages)]


def last(result: ZramResult, device: int = 0) -> State:
    return result.steps[-1].devices[device]


def test_a_step_for_the_trace_and_one_for_each_write(tmp_path: Path) -> None:
    result = replayed(tmp_path, stores(RANDOM, TEXT), "idle=all", "writeback=huge")
    assert [step.after for step in result.steps] == ["trace", "idle=all", "writeback=huge"]
    assert [step.devices[0].pages for step in result.steps] == [None, 2, 1]
    assert [step.devices[0].mm_stat["huge_pages"] for step in result.steps] == [1, 1, 0]
    assert last(result).bd_stat == {"bd_count": 1, "bd_reads": 0, "bd_writes": 1}


def test_before_4_11_only_zero_pages_take_no_object(tmp_path: Path) -> None:
    for kernel, same in (("4.10", 1), ("4.11", 2)):
        found = replayed(tmp_path, stores(ZERO, PATTERN), kernel=kernel)
        assert last(found).mm_stat["same_pages"] == same


def test_each_swap_type_is_a_device_with_a_pool_of_its_own(tmp_path: Path) -> None:
    rows = [*stores(RANDOM, RANDOM, swap_type=4), *stores(RANDOM, swap_type=1)]
    result = replayed(tmp_path, rows, "writeback=page_index=1")
    assert [device.device for device in result.devices] == ["zram1", "zram4"]
    assert [state.mm_stat["mem_used_total"] for state in result.steps[0].devices] == [4096, 8192]
    assert [state.pages for state in result.steps[1].devices] == [0, 1]


def test_mem_limit_is_rounded_up_to_pages_and_holds_for_each_device(tmp_path: Path) -> None:
    rows = [*stores(RANDOM, RANDOM, swap_type=0), *stores(RANDOM, RANDOM, swap_type=1)]
    result = replayed(tmp_path, rows, mem_limit="1000")
    for device in range(2):
        state = last(result, device)
        assert (state.mm_stat["mem_limit"], state.io_stat["failed_writes"]) == (4096, 1)


def test_age_is_counted_in_seconds_of_trace_time(tmp_path: Path) -> None:
    rows = [*stores(TEXT, TEXT), (61_000_000, Op.LOAD, 0, 0, 1, 0)]
    assert last(replayed(tmp_path, rows, "idle=61")).pages == 1
    assert last(replayed(tmp_path, rows, "idle=62")).pages == 0


def test_recompression_takes_the_sizes_of_the_registered_codec(tmp_path: Path) -> None:
    writes = ("recomp_algorithm=algo=zstd:19 priority=1", "recompress=max_pages=100")
    result = replayed(tmp_path, stores(TEXT, TEXT + 1, RANDOM), *writes, codec="842")
    before, after = result.steps[0].devices[0], last(result)
    assert after.pages == 2
    assert after.mm_stat["compr_data_size"] < before.mm_stat["compr_data_size"]
    assert after.mm_stat["huge_pages"] == 1
    (algorithm,) = result.setting["recomp_algorithms"]
    assert (algorithm["priority"], algorithm["codec"]) == (1, "zstd:level=19:rules=zram-6.12")
    assert algorithm["identity"].startswith("zstd level=19")


def test_a_used_up_limit_is_told_and_the_writes_go_on(tmp_path: Path) -> None:
    result = replayed(
        tmp_path, stores(RANDOM, RANDOM), "writeback_limit=1", "writeback=huge", "compact=1", kernel="6.13"
    )
    assert [step.devices[0].error for step in result.steps] == [
        "",
        "",
        "-EIO: writeback_limit is used up",
        "",
    ]


def test_a_slot_is_found_by_its_offset_in_the_trace_though_it_was_renumbered(tmp_path: Path) -> None:
    rows: list[Row] = [(0, Op.STORE, 0, 0, offset, RANDOM) for offset in (7, FAR)]
    for index, pages in ((FAR, 1), (7, 1), (1, 0)):
        assert last(replayed(tmp_path, rows, f"writeback=page_index={index}")).pages == pages


def test_ranges_are_offsets_of_the_trace_though_slots_were_renumbered(tmp_path: Path) -> None:
    rows: list[Row] = [(0, Op.STORE, 0, 0, offset, RANDOM) for offset in (7, 9, FAR, FAR + 1)]
    for ranges, pages in (("8-1999999999", 1), ("0-2000000000", 3), ("10-11", 0), ("0-7 page_index=9", 2)):
        write = f"writeback=page_indexes={ranges}"
        assert last(replayed(tmp_path, rows, write, kernel="7.3")).pages == pages


def test_a_range_is_taken_as_far_as_a_device_has_it(tmp_path: Path) -> None:
    rows = [*stores(RANDOM, RANDOM, RANDOM, swap_type=4), *stores(RANDOM, swap_type=1)]
    result = replayed(tmp_path, rows, "writeback=page_indexes=0-1", kernel="7.3")
    assert [state.pages for state in result.steps[1].devices] == [1, 2]


@pytest.mark.parametrize("value", ["page_index=2", "page_indexes=0-2", "page_index=0 page_indexes=1-2"])
def test_a_slot_beyond_the_last_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(UsageError, match=f"writeback={value}: the last slot of the trace is 1"):
        replayed(tmp_path, stores(RANDOM, RANDOM), f"writeback={value}", kernel="7.3")


def test_a_full_backing_device_is_told_and_the_writes_go_on(tmp_path: Path) -> None:
    rows = stores(RANDOM, RANDOM, RANDOM)
    for kernel, pages in (("6.18", 1), ("7.3", 2)):
        result = replayed(tmp_path, rows, "writeback=huge", "compact=1", kernel=kernel, backing_dev="9000")
        state = result.steps[1].devices[0]
        assert (state.pages, state.error) == (pages, "-ENOSPC: the backing device is full")
        assert (last(result).error, result.setting["backing_dev_pages"]) == ("", 2)


def test_compressed_writeback_saves_the_decompression(tmp_path: Path) -> None:
    writes = ("compressed_writeback=1", "idle=all", "writeback=idle")
    for first, decompressions in ((0, 2), (1, 0)):
        result = replayed(tmp_path, stores(TEXT, TEXT + 1, RANDOM), *writes[1 - first :], kernel="7.3")
        assert result.devices[0].events["decompressions"] == decompressions
        assert last(result).bd_stat["bd_writes"] == 3


def test_parameters_hold_from_the_first_write_on(tmp_path: Path) -> None:
    writes = (
        "recomp_algorithm=algo=zstd",
        "algorithm_params=level=9",
        "algorithm_params=priority=1 level=19",
    )
    result = replayed(tmp_path, stores(TEXT), *writes, codec="zstd", kernel="7.3")
    assert result.setting["codec"] == "zstd:level=9:rules=zram-6.12"
    assert [one["codec"] for one in result.setting["recomp_algorithms"]] == ["zstd:level=19:rules=zram-6.12"]
    assert len({step.devices[0].mm_stat["compr_data_size"] for step in result.steps}) == 1


@pytest.mark.parametrize("codec", ["lz4", "lz4hc", "zstd"])
def test_a_dictionary_holds_from_the_first_write_on_and_its_content_is_not_recorded(
    tmp_path: Path, codec: str
) -> None:
    path = tmp_path / "dictionary"
    path.write_bytes(b"secret " + CONTENT[TEXT])
    plain = replayed(tmp_path, stores(TEXT), codec=codec, kernel="7.3")
    result = replayed(tmp_path, stores(TEXT), f"algorithm_params=dict={path}", codec=codec, kernel="7.3")
    size = result.steps[0].devices[0].mm_stat["compr_data_size"]
    assert size < plain.steps[0].devices[0].mm_stat["compr_data_size"] / 10
    assert "dictionary=4103-sha256-" in str(result.setting["codec_identity"])
    assert "secret" not in str(result)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kernel": "3.17", "mem_limit": "1M"}, "kernel 3.17 has no mem_limit, which came with 3.18"),
        ({"kernel": "4.20", "backing_dev": "1M"}, "kernel 4.20 has no writeback, which came with 5.0"),
        ({"backing_dev": "lots"}, "'lots' is not a size"),
        ({"backing_dev": "8191"}, "kernel 6.12 can write to has 2 pages, 8192 bytes; give that or more"),
        ({"kernel": "7.0", "backing_dev": "4KiB"}, "kernel 7.0 can write to has 2 pages, 8192 bytes"),
        ({"kernel": "7.1", "backing_dev": "4095"}, "kernel 7.1 can write to has 1 page, 4096 bytes"),
        ({"mem_limit": "lots"}, "'lots' is not a size"),
        ({"mem_limit": "99999999999T"}, "more than any machine can have"),
        ({"kernel": "3.0"}, "kernel 3.0 has no zram"),
        ({"codec": "rar"}, "no codec is called 'rar'"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        replayed(tmp_path, stores(TEXT), **options)


def test_the_same_input_gives_the_same_json_but_for_the_timings(tmp_path: Path) -> None:
    rows = [*stores(ZERO, PATTERN, RANDOM, *range(3, 12)), (9, Op.FLUSH, 0, 0, 0, 5)]
    forms = []
    for _ in range(2):
        form = json.loads(to_json(replayed(tmp_path, rows, "idle=all", "compact=1")))
        assert form.pop("timings")["events_per_s"] > 0
        forms.append(form)
    assert forms[0] == forms[1]
    form = forms[0]
    assert form["schema_version"] == 2
    assert (form["setting"]["kernel"], form["setting"]["rules"]["huge_from"]) == ("6.12", 3625)
    assert form["setting"]["codec_identity"].startswith("lzo-rle ")
    assert form["inputs"]["footprint_pages"] == 12
    assert form["devices"][0]["events"]["frames_asked"] == 5
    assert sum(row["obj_used"] for row in form["devices"][0]["classes"]) == 10


def test_the_text_has_a_line_for_each_step_and_device(tmp_path: Path) -> None:
    rows = [*stores(RANDOM, swap_type=0), *stores(ZERO, swap_type=1)]
    lines = mm_stat_text(replayed(tmp_path, rows, "compact=1")).splitlines()
    assert lines == 2 * [
        "    4096     4096     4096        0     4096        0        0        1        1",
        "    4096        0        0        0        0        1        0        0        0",
    ]


def test_an_object_that_the_slots_do_not_know_of_is_a_bug_and_told() -> None:
    pool = POOLS.choose("zsmalloc:6.4").make(3, FrameLimiter(), 4096)
    zram = Zram(
        0, 2, np.array([500], np.uint32), np.array([0], np.uint8), pool, Clock(), rules_of("6.12", 4096)
    )
    check_conservation(zram)
    pool.try_alloc(1, 500)
    with pytest.raises(InternalError, match="zram0 has lost count: pool objects 0, found 1"):
        check_conservation(zram)
