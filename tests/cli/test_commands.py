"""Every command as a process: what it writes, and where."""

from __future__ import annotations

import csv
import io
import json
import stat
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PAGES
from tests.cli.running import environment, inside, zswapbench
from zswapbench.cli import COMMANDS
from zswapbench.corpus.shipped import demo_trace

LZ4 = ("--codec", "lz4")


def results(text: str) -> Any:
    """A result's JSON without the part that differs from run to run."""
    found = json.loads(text)
    for one in found if isinstance(found, list) else [found]:
        del one["timings"]
    return found


def test_from_a_core_to_a_comparison(ground: Path, tmp_path: Path) -> None:
    done = zswapbench("corpus", "import", ground / "core.1", "-o", "app.zpages", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "app.zpages" in done.out
    assert "120" in done.out
    assert stat.S_IMODE((tmp_path / "app.zpages").stat().st_mode) == 0o600

    done = zswapbench("corpus", "verify", "app.zpages", cwd=tmp_path)
    assert done.out == "app.zpages: 45 distinct pages, 120 addresses, all as made\n"

    make = ("trace", "make", "app.zpages", "-o", "app.trace.bin", "--events", "3000", "--flush-every", "300")
    done = zswapbench(*make, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "app.trace.bin").read_bytes() == (ground / "app.trace.bin").read_bytes()

    done = zswapbench("trace", "check", "app.trace.bin", cwd=tmp_path)
    said = "app.trace.bin: 3,000 events, all valid; corpus {}".format(tmp_path / "app.zpages")
    assert done.out.splitlines()[0] == said
    assert done.out.splitlines()[1].endswith("stores over a page that was not invalidated")

    done = zswapbench("compare", "lru", "class-lru", "--trace", "app.trace.bin", *LZ4, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    advice, _, title, head = done.out.splitlines()[:4]
    assert advice.startswith(("Take ", "No "))
    assert (title.split()[0], head.split()[0]) == ("app.trace.bin,", "metric")
    assert "A: " in done.out
    assert "B: a page frame given back" in done.out
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cache", "app.trace.bin", "app.zpages"]


def test_a_run_is_verified_and_says_so(ground: Path, tmp_path: Path) -> None:
    run = ("run", ground / "app.trace.bin.zst", "--policy", "class-lru", "--verify", *LZ4)
    done = zswapbench(*run, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "pages read back, all identical" in done.out


def test_list_shows_every_kind_of_thing(tmp_path: Path) -> None:
    done = zswapbench("list", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    for word in ("libzstd", "zsmalloc", "class-lru", "zswap-2013", "nvme", "redis"):
        assert word in done.out


@pytest.mark.parametrize(
    "kind", ["codecs", "pools", "policies", "eras", "devices", "work", "set-ups", "samples"]
)
@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_list_shows_one_kind_in_every_form(kind: str, form: str) -> None:
    done = inside("list", kind, "--format", form)
    assert (done.code, done.err) == (0, "")
    assert done.out


def test_the_main_job_runs_on_the_shipped_demo(tmp_path: Path) -> None:
    assert demo_trace().is_file()
    done = zswapbench("compare", "lru", "class-lru", "--format", "json", *LZ4, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    lru, class_lru = json.loads(done.out)
    assert (lru["label"], class_lru["label"]) == ("lru", "class-lru")
    assert lru["metrics"]["flushes_per_stalled_store"] > class_lru["metrics"]["flushes_per_stalled_store"] > 0


def test_specs_say_what_differs_and_options_the_rest(ground: Path, own_cache: None) -> None:
    specs = [
        "lru",
        "lru,codec=zstd",
        "class-lru,pool=zsmalloc:6.4,limit=9p,device=hdd,era=zswap-2013:flush_batch=3",
    ]
    trace = ("--trace", ground / "app.trace.bin", "--pool-limit", "14p", "--device", "nvme", *LZ4)
    done = inside("compare", *specs, *trace, "--format", "json")
    found = json.loads(done.out)
    assert [one["label"] for one in found] == specs
    settings = [one["setting"] for one in found]
    assert [one["codec"] for one in settings] == [
        "lz4:acceleration=1",
        "zstd:level=3:rules=5.16",
        "lz4:acceleration=1",
    ]
    assert [one["pool_limit_pages"] for one in settings] == [14, 14, 9]
    assert [one["device"]["name"] for one in settings] == ["nvme", "nvme", "hdd"]
    assert [one["era"]["flush_batch"] for one in settings] == [16, 16, 3]
    assert [one["pool"] for one in settings] == [
        "zsmalloc:rules=2012",
        "zsmalloc:rules=2012",
        "zsmalloc:rules=6.4",
    ]


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
@pytest.mark.parametrize("command", ["run", "compare", "corpus info", "trace info", "list"])
def test_output_to_a_file_is_what_is_shown(ground: Path, tmp_path: Path, command: str, form: str) -> None:
    arguments: dict[str, tuple[str | Path, ...]] = {
        "run": ("run", ground / "app.trace.bin", *LZ4),
        "compare": ("compare", "lru", "class-lru", "--trace", ground / "app.trace.bin", *LZ4),
        "corpus info": ("corpus", "info", ground / "app.zpages", *LZ4),
        "trace info": ("trace", "info", ground / "app.trace.bin"),
        "list": ("list",),
    }
    shown = inside(*arguments[command], "--format", form)
    to_file = inside(*arguments[command], "--format", form, "-o", tmp_path / "out")
    assert (shown.code, to_file.code, to_file.out, to_file.err) == (0, 0, "", "")
    written = (tmp_path / "out").read_text()
    if form == "json":
        found = json.loads(written)
        assert found == json.loads(shown.out) or results(written) == results(shown.out)
    elif command not in ("run", "compare"):  # which measure times
        assert written == shown.out
    if form == "csv":
        for table in written.split("\n\n"):
            rows = list(csv.reader(io.StringIO(table)))
            assert {len(row) for row in rows} == {len(rows[0])}
    if form == "markdown":
        advice, _, tables = written.partition("### ")
        assert tables and bool(advice) == (command == "compare")
    assert "\x1b" not in written + shown.out


def test_an_export_replays_to_the_same_result_and_holds_no_content(ground: Path, tmp_path: Path) -> None:
    done = zswapbench("corpus", "sizes", ground / "app.zpages", "-o", "export.zpages", *LZ4, cwd=tmp_path)
    assert done.code == 0
    assert done.out.startswith("export.zpages: 1 codec, 45 pages: lz4 ")
    trace = tmp_path / "app.trace.bin"
    trace.write_bytes((ground / "app.trace.bin").read_bytes())
    run = ("run", *LZ4, "--format", "json")
    exported = results(zswapbench(*run, trace, cwd=tmp_path).out)
    whole = results(zswapbench(*run, ground / "app.trace.bin", cwd=tmp_path).out)
    assert exported["inputs"].pop("corpus") == "export.zpages"
    assert whole["inputs"].pop("corpus") == "app.zpages"
    assert exported["inputs"].pop("corpus_is_export") is True
    assert whole["inputs"].pop("corpus_is_export") is False
    assert exported == whole
    for command in (
        ("run", trace, *LZ4),
        ("compare", "lru", "fifo", "--trace", trace, *LZ4),
        ("zram", trace, *LZ4),
        ("check", trace, "--baseline", "base.json"),
    ):
        if command[0] == "check":
            zswapbench(*run, trace, "-o", "base.json", cwd=tmp_path)
        done = zswapbench(*command, cwd=tmp_path)
        assert done.code == 0
        assert "corpus export.zpages, an export: its sizes are as the file says" in done.out

    done = zswapbench(*run, trace, "--verify", cwd=tmp_path)
    assert (done.code, done.out) == (3, "")
    assert "is an export without page content: --verify needs the pages" in done.err
    assert len(done.err.splitlines()) == 1

    path = tmp_path / "export.zpages"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        members = [archive.read(name) for name in archive.namelist()]
    for data in [path.read_bytes(), *members]:
        for page in PAGES[:44]:
            assert not any(page[at : at + 12] in data for at in range(0, len(page) - 12, 12))
        assert b"core.1" not in data


@pytest.mark.parametrize("size", ["16K", "64K"])
def test_larger_pages_go_from_the_dump_to_the_result(ground: Path, tmp_path: Path, size: str) -> None:
    bare = tmp_path / "bare"
    bare.write_bytes(b"".join(PAGES[number % 40] + PAGES[number % 7] for number in range(800)))
    done = zswapbench("corpus", "import", bare, "--raw", "--page-size", size, "-o", "a.zpages", cwd=tmp_path)
    assert done.code == 0
    done = zswapbench("trace", "make", "a.zpages", "-o", "a.trace.bin", "--events", "2000", cwd=tmp_path)
    assert done.code == 0
    run = (
        "run",
        "a.trace.bin",
        "--pool",
        "zsmalloc:6.4",
        "--pool-limit",
        "12p",
        "--verify",
        "--format",
        "json",
    )
    done = zswapbench(*run, *LZ4, cwd=tmp_path)
    assert done.code == 0
    found = json.loads(done.out)
    assert found["setting"]["page_size"] == int(size[:2]) * 1024
    assert found["verified_pages"] > 0
    assert found["counters"]["written_back_pages"] > 0


def test_a_sample_of_several_packed_dumps_is_reproducible(ground: Path, tmp_path: Path) -> None:
    again = ("corpus", "import", ground / "core.1", ground / "core.1", "--sample", "50", "--seed", "4", "-o")
    for name in ("a.zpages", "b.zpages"):
        assert inside(*again, tmp_path / name).code == 0
    assert (tmp_path / "a.zpages").read_bytes() == (tmp_path / "b.zpages").read_bytes()


def test_names_that_are_no_text_break_nothing(ground: Path, tmp_path: Path) -> None:
    name = tmp_path / "[red]|<b>\udcff\n\x1b[31m.trace.bin"
    name.write_bytes((ground / "app.trace.bin").read_bytes())
    strict = environment(tmp_path, PYTHONIOENCODING="ascii:strict", PYTHONUTF8="1")
    for form in ("table", "markdown", "csv", "json"):
        done = zswapbench("trace", "info", name.name, "--format", form, cwd=tmp_path, env=strict)
        assert (done.code, done.err) == (0, "")
        assert "\x1b" not in done.out
        done = zswapbench("trace", "info", name.name, "--format", form, "-o", "out", cwd=tmp_path, env=strict)
        assert (done.code, done.err) == (0, "")
    done = zswapbench("run", name.name, cwd=tmp_path)
    assert done.code == 3
    assert "\x1b" not in done.err
    assert len(done.err.splitlines()) == 1


def every_help() -> list[tuple[str, ...]]:
    """The arguments of each command and group."""
    groups = {
        "corpus": ("import", "info", "verify", "sizes"),
        "trace": ("make", "import", "record-script", "info", "check"),
    }
    return [
        (),
        *((name,) for name in COMMANDS),
        *((name, sub) for name, subs in groups.items() for sub in subs),
    ]


@pytest.mark.parametrize("command", every_help(), ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_a_help(command: tuple[str, ...], option: str) -> None:
    done = inside(*command, option)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: {' '.join(['zswapbench', *command])} ")
    assert max(map(len, done.out.splitlines())) <= 120


@pytest.mark.parametrize("command", every_help(), ids=" ".join)
def test_every_help_has_an_example_of_the_command(command: tuple[str, ...]) -> None:
    shown = inside(*command, "--help").out
    if "COMMAND [ARGS]" not in shown:
        assert f"\n  zswapbench {' '.join(command)}" in shown


def test_the_help_tells_every_exit_code() -> None:
    words = " ".join(inside("--help").out.split())
    assert "Exit codes: 0 fine, 1 'check' found it worse, 2 wrong usage, 3 bad input" in words
    assert (
        "4 this machine lacks something (a library, memory, room on the disk), 5 a bug in zswapbench, 130 interrupted"
        in words
    )
    assert "143 and 129 ended by SIGTERM and SIGHUP" in words


HEAVY = {"numpy", "rich", "zstandard", "lz4", "lzo"}
LOADED = """
import sys
from zswapbench.cli import main
try:
    main()
finally:
    sys.stderr.write(repr(sorted(%r.intersection(sys.modules))))
"""


@pytest.mark.parametrize(
    "command", [(), ("compare",), ("trace", "make"), ("corpus",), ("list",)], ids=" ".join
)
def test_a_help_answers_without_loading_what_it_does_not_need(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", LOADED % HEAVY, *command, "--help"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "[]"


def test_the_version_is_told(tmp_path: Path) -> None:
    import zswapbench as package

    done = zswapbench("--version", cwd=tmp_path)
    assert (done.code, done.out) == (0, f"zswapbench, version {package.__version__}\n")


def test_costs_that_are_given_are_shown_and_make_the_same_times_each_time(
    ground: Path, tmp_path: Path
) -> None:
    costs = ("--cost", "lz4=2.1us/0.6us", "--cost", "lzo=3us/1us")
    command = ("compare", "lru,codec=lz4", "lru,codec=lzo", "--trace", ground / "app.trace.bin", *costs)
    texts = [zswapbench(*command, "--format", "json", cwd=tmp_path).out for _ in range(2)]
    first, second = map(results, texts)
    assert first == second
    assert [one["setting"]["codec_cost"]["compress_ns"] for one in first] == [2_100, 3_000]
    assert all(one["metrics"]["total_ns"] > one["metrics"]["cpu_compress_ns"] > 0 for one in first)
    assert [one["asked"]["cost"] for one in first] == ["lz4=2.1us/0.6us", "lzo=3us/1us"]
    shown = zswapbench(*command, cwd=tmp_path).out
    assert "a page under lzo costs 3.00 us to compress, 1.00 us to decompress, as was asked for" in shown


def test_a_cost_that_is_none_is_a_usage_error(ground: Path, tmp_path: Path) -> None:
    done = zswapbench("run", ground / "app.trace.bin", "--cost", "lz4=fast", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == "zswapbench: 'lz4=fast' is not the cost of a codec; write it like lz4=2.1us/0.6us\n"


def test_a_cost_of_a_codec_that_no_run_uses_is_a_usage_error(ground: Path, tmp_path: Path) -> None:
    trace, idle = ground / "app.trace.bin", ("--cost", "zstd=1us/1us")
    for command in (
        ("run", trace),
        ("compare", "lru", "class-lru", "zram,codec=lzo", "--trace", trace),
        ("check", trace, "--baseline", tmp_path / "b.json", "--update"),
    ):
        done = zswapbench(*command, *idle, cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert done.err.endswith("zswapbench: --cost zstd: no run uses it; they use lzo\n")
    for other in (("--codec", "zstd", "--codec", "lzo"), ("zram,codec=zstd",)):
        assert zswapbench("compare", "lru", *other, "--trace", trace, *idle, cwd=tmp_path).code == 0


def test_a_baseline_s_cost_of_a_codec_that_is_replaced_is_no_error(ground: Path, tmp_path: Path) -> None:
    check = ("check", ground / "app.trace.bin", "--baseline", tmp_path / "b.json")
    assert zswapbench(*check, "--cost", "lzo=1us/1us", "--update", cwd=tmp_path).code == 0
    done = zswapbench(*check, "--codec", "lz4", "--update", cwd=tmp_path)
    assert (done.code, "measured" in done.out) == (0, True)
    assert results((tmp_path / "b.json").read_text())["asked"]["cost"] == ""
