"""``zswapbench codecs`` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest

from tests.cli.running import environment, inside, zswapbench
from zswapbench.plugins.registry import CODECS

pytestmark = pytest.mark.usefixtures("own_cache")

QUICK = ("--rounds", "1", "--threads", "1")
STANDS_IN = "libzstd 1.5.7 stands in for 1.5.2 of kernel 6.12: totals within 0.05 %"


def test_without_a_corpus_all_codecs_are_compared_on_the_samples() -> None:
    done = inside("codecs", *QUICK)
    assert (done.code, done.err) == (0, "")
    for word in (
        "redis.zpages",
        "postgres.zpages",
        "lzo-rle",
        "liblz4hc",
        "Speed, to decompress",
        "MB/s, one thread",
    ):
        assert word in done.out
    for leaf in CODECS.leaves():
        assert len(re.findall(rf"^(?:[a-z]  )?{leaf.name} ", done.out, re.MULTILINE)) >= 5


def test_the_kernel_s_codecs_come_first(ground: Path) -> None:
    form = json.loads(inside("codecs", ground / "app.zpages", "--no-speed", "--format", "json").out)
    names = [one["codec"] for one in form["codecs"]]
    assert names[:7] == ["842", "deflate", "lz4", "lz4hc", "lzo", "lzo-rle", "zstd"]
    assert len(names) == len(CODECS.leaves())


def test_sizes_alone_are_the_same_in_every_run(ground: Path) -> None:
    run = ("codecs", ground / "app.zpages", "--codec", "lz4", "--codec", "zstd:9", "--no-speed", "--classes")
    first = inside(*run)
    assert first.code == 0
    assert first == inside(*run)
    assert "Speed" not in first.out
    assert "Classes of zsmalloc:6.4" in first.out
    assert "zstd:level=9" in first.out


def test_the_kernel_decides_what_is_incompressible(ground: Path) -> None:
    run = ("codecs", ground / "app.zpages", "--codec", "lzo", "--no-speed", "--kernel")
    assert "reject_alloc_fail under lzo" in inside(*run, "6.1").out
    assert "zswap does not count the pages that it rejects under lzo" in inside(*run, "6.1:lzo=safe").out
    assert "reject_compress_poor under lzo" in inside(*run, "6.1", "--zpool", "zbud").out
    assert "zswap keeps raw" in inside(*run, "6.18").out


def test_zstd_is_that_of_the_kernel_and_a_library_that_stands_in_is_told_once(ground: Path) -> None:
    run = (
        "codecs",
        ground / "app.zpages",
        "--codec",
        "zstd",
        "--codec",
        "zstd:rules=zram-6.12",
        "--no-speed",
    )
    older = inside(*run).out
    assert older.count(STANDS_IN) == 1
    newer = inside(*run, "--kernel", "7.3").out
    assert re.search(r"^a  zstd:rules=6\.17 ", newer, re.MULTILINE)
    assert "stands in" not in newer


def test_zstd_is_that_of_the_era_and_a_library_that_stands_in_is_told_once(ground: Path) -> None:
    trace = ("--trace", ground / "app.trace.bin", "--codec", "zstd")
    done = inside("compare", "lru,era=linux-6.12", "fifo,era=linux-6.12", "lru,era=linux-7.3", *trace)
    assert done.code == 0
    assert done.out.count(STANDS_IN) == done.out.count("stands in") == 1
    assert "codec zstd level=3 rules=6.17 libzstd 1.5.7" in done.out


def test_a_library_that_is_not_there_is_a_line_with_the_way_to_get_it(
    ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delitem(sys.modules, "zswapbench_libzstd_1_5_2", raising=False)
    done = inside("run", ground / "app.trace.bin", "--codec", "zstd:libzstd=1.5.2")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("zswapbench: libzstd 1.5.2 is not installed: pip install ")
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_every_form_can_be_written_to_a_file(ground: Path, tmp_path: Path, form: str) -> None:
    run = ("codecs", ground / "app.zpages", "--codec", "lz4", "--no-speed", "--format", form)
    shown = inside(*run)
    assert inside(*run, "-o", tmp_path / "out") == (0, "", "")
    written = (tmp_path / "out").read_text()
    assert written == shown.out
    if form == "csv":
        for table in written.split("\n\n"):
            rows = list(csv.reader(io.StringIO(table)))
            assert {len(row) for row in rows} == {len(rows[0])}


def test_the_plot_can_be_of_either_direction_or_none(ground: Path) -> None:
    run = ("codecs", ground / "app.zpages", "--codec", "lz4", "--codec", "zstd", *QUICK, "--plot")
    assert " compress MB/s, one thread" in inside(*run, "compress").out
    assert " decompress MB/s, one thread" in inside(*run, "decompress").out
    assert "MB/s, one thread" not in inside(*run, "none").out


def test_a_codec_in_two_spellings_and_a_corpus_given_twice_count_once(ground: Path) -> None:
    corpus = ground / "app.zpages"
    once = inside("codecs", corpus, "--codec", "lz4", "--no-speed")
    twice = (
        "codecs",
        corpus,
        ground / "." / "app.zpages",
        "--codec",
        "lz4",
        "--codec",
        "lz4:1",
        "--no-speed",
    )
    assert inside(*twice) == once


def test_corpora_of_one_name_are_told_apart_by_their_paths(ground: Path, tmp_path: Path) -> None:
    other = tmp_path / "app.zpages"
    other.write_bytes((ground / "app.zpages").read_bytes())
    done = inside("codecs", ground / "app.zpages", other, "--codec", "lz4", "--no-speed", "--format", "json")
    assert json.loads(done.out)["corpora"] == [str(ground / "app.zpages"), str(other)]


def test_a_codec_whose_library_is_missing_is_left_out_and_told(ground: Path, tmp_path: Path) -> None:
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "lzo.py").write_text("raise ImportError('no lzo here')\n")
    env = environment(tmp_path / "cache")
    env["PYTHONPATH"] = f"{shadow}:{env['PYTHONPATH']}"
    run = ("codecs", ground / "app.zpages", "--no-speed", "--format", "csv")
    done = zswapbench(*run, cwd=tmp_path, env=env)
    assert done.code == 0
    assert "\na,842," in done.out
    assert "liblzo" not in done.out
    assert done.err.startswith("zswapbench: without liblzo: python-lzo is not installed (no lzo here): run:")
    assert len(done.err.splitlines()) == 1
    done = zswapbench(*run, "--codec", "liblzo", cwd=tmp_path, env=env)
    assert (done.code, done.out) == (4, "")


def test_an_export_is_compared_under_the_codecs_that_it_has(ground: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.zpages"
    made = inside("corpus", "sizes", ground / "app.zpages", "-o", export, "--codec", "lz4", "--codec", "zstd")
    assert made.code == 0
    done = inside("codecs", export, "--format", "json")
    assert done.code == 0
    assert [one["codec"] for one in json.loads(done.out)["codecs"]] == ["lz4", "zstd"]
    assert "without 842, deflate, lz4hc, lzo, lzo-rle, liblz4" in done.err
    assert len(done.err.splitlines()) == 1
    assert "speed: not measured on export.zpages: no page content there" in inside("codecs", export).out
    whole = json.loads(
        inside("codecs", ground / "app.zpages", "--codec", "lz4", "--no-speed", "--format", "json").out
    )
    assert json.loads(done.out)["codecs"][0]["by_class"] == whole["codecs"][0]["by_class"]
    done = inside("codecs", export, "--codec", "lzo")
    assert (done.code, done.out) == (3, "")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--kernel", "six"), 2, "'six' is not a kernel; write a version such as 6.12"),
        (("--kernel", "6.1:lzo=fast"), 2, "'lzo=fast' is not lzo=unbounded or lzo=safe"),
        (("--kernel", "2.6"), 2, "kernel 2.6 has no zswap, which came with 3.11"),
        (("--zpool", "slab"), 2, "'slab' is not one of"),
        (("--kernel", "6.18", "--zpool", "zbud"), 2, "zswap has no zbud in kernel 6.18; it has: zsmalloc"),
        (("--codec", "rar"), 2, "no codec is called 'rar'"),
        (("--rounds", "0"), 2, "0 is not in the range"),
        (("--threads", "0"), 2, "0 is not in the range"),
        (("--plot", "sideways"), 2, "'sideways' is not one of"),
        (("no.zpages",), 3, "no.zpages: cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    ground: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = inside("codecs", ground / "app.zpages", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err.splitlines()[-1]


def test_a_corpus_is_not_overwritten(ground: Path) -> None:
    corpus = ground / "app.zpages"
    before = corpus.read_bytes()
    done = inside("codecs", corpus, "--no-speed", "-o", corpus)
    assert (done.code, done.out) == (2, "")
    assert corpus.read_bytes() == before
