"""``zswapbench zram`` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.cli.running import inside, zswapbench

pytestmark = pytest.mark.usefixtures("own_cache")

WRITES = (
    *("--write", "idle=all", "--write", "recomp_algorithm=algo=zstd priority=1"),
    *("--write", "recompress=type=huge_idle max_pages=5", "--write", "writeback_limit=2"),
    *("--write", "writeback=huge", "--write", "compact=1"),
)


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_every_form_can_be_written_to_a_file(ground: Path, tmp_path: Path, form: str) -> None:
    run = ("zram", ground / "app.trace.bin", *WRITES, "--format", form)
    shown = inside(*run)
    assert (shown.code, shown.err) == (0, "")
    assert inside(*run, "-o", tmp_path / "out") == (0, "", "")
    written = (tmp_path / "out").read_text()
    if form == "json":
        assert json.loads(written)["steps"] == json.loads(shown.out)["steps"]
        return
    assert written == shown.out
    if form == "csv":
        for table in written.split("\n\n"):
            rows = list(csv.reader(io.StringIO(table)))
            assert {len(row) for row in rows} == {len(rows[0])}


def test_it_works_as_a_process_too(ground: Path, tmp_path: Path) -> None:
    done = zswapbench("zram", ground / "app.trace.bin.zst", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    header = "orig_data_size compr_data_size mem_used_total mem_limit mem_used_max same_pages pages_compacted"
    assert header.split() == done.out.splitlines()[1].split()[2:9]
    for word in ("kernel 6.12", "codec lzo-rle", "zsmalloc:rules=6.4", "app.zpages", "footprint"):
        assert word in done.out


def test_mm_stat_alone_is_what_the_kernel_s_file_shows(ground: Path, tmp_path: Path) -> None:
    run = ("zram", ground / "app.trace.bin")
    done = inside(*run, "--mm-stat")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r" *[0-9]+( +[0-9]+){8}\n", done.out)
    (step,) = json.loads(inside(*run, "--format", "json").out)["steps"]
    assert [*map(int, done.out.split())] == [*step["devices"][0]["mm_stat"].values()]
    assert inside(*run, "--mm-stat", "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out").read_text() == done.out
    assert len(inside(*run, *WRITES, "--mm-stat").out.splitlines()) == 7


def test_the_kernel_decides_codec_pool_and_what_is_kept_raw(ground: Path) -> None:
    run = ("zram", ground / "app.trace.bin", "--kernel")
    old = inside(*run, "4.4").out
    assert "kernel 4.4, codec lzo zswapbench" in old
    assert "raw from 3073 compressed bytes on" in old
    assert "zsmalloc:rules=6.4:chain=16" in inside(*run, "6.12", "--chain-size", "16").out


def test_a_memory_limit_fails_writes_and_is_shown(ground: Path) -> None:
    done = inside("zram", ground / "app.trace.bin", "--mem-limit", "32K", "--format", "json")
    (step,) = json.loads(done.out)["steps"]
    (state,) = step["devices"]
    assert state["io_stat"]["failed_writes"] > 0
    assert state["mm_stat"]["mem_used_total"] <= state["mm_stat"]["mem_limit"] == 32768


def test_a_used_up_writeback_limit_is_no_error_of_ours(ground: Path) -> None:
    writes = ("--write", "writeback_limit=1", "--write", "writeback=huge")
    done = inside("zram", ground / "app.trace.bin", *writes)
    assert done.code == 0
    assert "zram0: writeback=huge stopped after 1 pages: -EIO: writeback_limit is used up" in done.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--kernel", "six"), 2, "'six' is not a kernel; write a version such as 6.12"),
        (("--kernel", "3.13"), 2, "kernel 3.13 has no zram, which came with 3.14"),
        (("--kernel", "6.2", "--chain-size", "8"), 2, "kernel 6.2 has no chain size to set"),
        (("--chain-size", "3"), 2, "3 is not in the range 4<=x<=16"),
        (("--codec", "rar"), 2, "no codec is called 'rar'"),
        (("--mem-limit", "lots"), 2, "'lots' is not a size"),
        (("--write", "reset=1"), 2, "zram has no attribute 'reset' to write; it has: compact, idle"),
        (("--write", "writeback=all"), 2, "writeback=all is not one of idle, huge, huge_idle"),
        (("--write", "writeback=page_index=999999"), 2, "the last slot of the trace is"),
        (("--kernel", "6.1", "--write", "recompress=type=huge"), 2, "has no attribute recompress"),
        (
            ("--kernel", "7.3", "--write", "writeback=page_indexes=0-999999"),
            2,
            "the last slot of the trace is",
        ),
        (
            ("--kernel", "7.3", "--write", "algorithm_params=dict=/x"),
            2,
            "lzo-rle has no dictionary, and kernel 7.3",
        ),
        (
            ("--codec", "lz4", "--write", "algorithm_params=dict=/no/such"),
            3,
            "/no/such: cannot be read: No such file",
        ),
        (
            ("--backing-dev", "40"),
            2,
            "--backing-dev 40: the smallest device that kernel 6.12 can write to has 2",
        ),
        (("--backing-dev", "lots"), 2, "'lots' is not a size"),
        (("--mm-stat", "--format", "json"), 2, "--mm-stat prints a form of its own"),
        (("--corpus", "no.zpages"), 3, "no.zpages: cannot be read: No such file"),
        (("-o", "/no/such/folder/x"), 2, "cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    ground: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = inside("zram", ground / "app.trace.bin", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err.splitlines()[-1]


def test_a_trace_is_not_overwritten(ground: Path) -> None:
    trace = ground / "app.trace.bin"
    before = trace.read_bytes()
    assert inside("zram", trace, "-o", trace).code == 2
    assert trace.read_bytes() == before


def test_a_trace_that_is_none_is_3() -> None:
    done = inside("zram", "/bin/ls")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("zswapbench: /bin/ls: offset 0: is not a trace")
