"""Corpora and traces that are made from Python: those that the commands make."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

import zswapbench
from tests.api.inputs import PAGES
from tests.cli.running import inside
from tests.dumps.elfwriter import Core, Load
from tests.dumps.live.running import running
from tests.making import random_page, text_page
from zswapbench.cli import cli
from zswapbench.common.errors import DumpError, UsageError

CONTENT = b"".join(map(text_page, range(20))) + b"".join(map(random_page, range(5)))


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """A core with memory that can be written and memory that can not, and half a page."""
    return Core(
        [Load(0x10000, CONTENT), Load(0x900000, bytes(8192), flags=4), Load(0xA00000, b"x" * 2048)]
    ).write(tmp_path / "app.core")


def test_an_import_makes_the_file_that_the_command_makes(core: Path, tmp_path: Path) -> None:
    corpus = zswapbench.import_corpus(core, tmp_path / "ours.zpages", sample=12, seed=3, pack=True)
    arguments = ("--sample", "12", "--seed", "3", "--pack")
    assert inside("corpus", "import", core, "-o", tmp_path / "theirs.zpages", *arguments).code == 0
    assert (tmp_path / "ours.zpages").read_bytes() == (tmp_path / "theirs.zpages").read_bytes()
    assert stat.S_IMODE((tmp_path / "ours.zpages").stat().st_mode) == 0o600
    assert len(corpus.index) == 12
    assert corpus.pages().shape == (len(corpus), 4096)


def test_what_an_import_left_out_is_what_the_command_tells(core: Path, tmp_path: Path) -> None:
    corpus = zswapbench.import_corpus(core, tmp_path / "ours.zpages")
    done = inside("corpus", "import", core, "-o", tmp_path / "theirs.zpages")
    assert [*corpus.remarks] == done.err.splitlines() != []
    assert zswapbench.load_corpus(tmp_path / "ours.zpages").remarks == ()


def test_a_dump_without_pages_says_why_in_its_error(tmp_path: Path) -> None:
    core = Core([Load(0x10000, 8192)]).write(tmp_path / "holes.core")
    with pytest.raises(DumpError, match="holds no written page of what is selected") as raised:
        zswapbench.import_corpus(core, tmp_path / "a.zpages")
    done = inside("corpus", "import", core, "-o", tmp_path / "a.zpages")
    assert [*raised.value.remarks, f"zswapbench: {raised.value}"] == done.err.splitlines()
    assert len(raised.value.remarks) > 1
    assert not (tmp_path / "a.zpages").exists()


def test_several_dumps_make_one_corpus(core: Path, tmp_path: Path) -> None:
    other = tmp_path / "more.pages"
    other.write_bytes(random_page(99) * 2)
    asked: tuple[Iterable[str | Path], ...] = ([core, str(core)], (one for one in (core, core)))
    for cores in asked:
        corpus = zswapbench.import_corpus(cores, tmp_path / "a.zpages", select="all")
        assert len(corpus.manifest.sources) == 2
    pages = zswapbench.import_corpus(other, tmp_path / "b.zpages", raw=True, page_size="4K")
    assert (len(pages), len(pages.index)) == (1, 2)


def test_a_process_that_runs_is_imported_as_the_command_does(tmp_path: Path) -> None:
    with running("at = memory(1)\nput(at, 0, b'x')\nprint(at, flush=True)\ntime.sleep(100)\n") as program:
        ours = zswapbench.import_corpus((), tmp_path / "ours.zpages", pid=program.pid, freeze=True)
        done = inside(
            "corpus", "import", "--pid", str(program.pid), "--freeze", "-o", tmp_path / "theirs.zpages"
        )
        both = zswapbench.import_corpus((), tmp_path / "both.zpages", pid=[program.pid] * 2)
    assert done.code == 0
    assert ours.digest == zswapbench.load_corpus(tmp_path / "theirs.zpages").digest
    assert any(remark.startswith(f"process {program.pid}: stopped for ") for remark in ours.remarks)
    assert len(both.manifest.sources) == 2


@pytest.mark.parametrize(
    ("pid", "problem"),
    [(0, "pid 0 is no number of a process; give 1 or more"), ("12", "pid is '1', not a whole number")],
)
def test_what_is_no_process_is_refused(pid: Any, problem: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=problem):
        zswapbench.import_corpus((), tmp_path / "a.zpages", pid=pid)


TRACE: dict[str, Any] = {"pattern": "phase", "events": 2_000, "memory": "30%", "flush_every": 100, "seed": 7}
ARGUMENTS = (
    "--pattern",
    "phase",
    "--events",
    "2000",
    "--memory",
    "30%",
    "--flush-every",
    "100",
    "--seed",
    "7",
)


def test_a_trace_in_a_file_and_one_in_memory_are_those_of_the_command(made: Path, tmp_path: Path) -> None:
    assert inside("trace", "make", made / "app.zpages", "-o", tmp_path / "c.trace.bin", *ARGUMENTS).code == 0
    written = zswapbench.make_trace(made / "app.zpages", tmp_path / "w.trace.bin", **TRACE)
    held = zswapbench.make_trace(made / "app.zpages", **TRACE)
    theirs = zswapbench.load_trace(tmp_path / "c.trace.bin")
    assert (tmp_path / "w.trace.bin").read_bytes() == (tmp_path / "c.trace.bin").read_bytes()
    for ours in (written, held):
        assert np.array_equal(ours.events, theirs.events)
        assert (ours.digest, ours.provenance) == (theirs.digest, theirs.provenance)
        assert not ours.events.flags.writeable
    assert written.path == tmp_path / "w.trace.bin"


def test_a_name_in_zst_has_the_trace_packed(made: Path, tmp_path: Path) -> None:
    trace = zswapbench.make_trace(made / "app.zpages", tmp_path / "t.trace.bin.zst", **TRACE)
    assert (tmp_path / "t.trace.bin.zst").read_bytes()[:4] == bytes.fromhex("28b52ffd")
    assert len(trace.events) == 2_000


def test_a_trace_in_memory_is_replayed_over_the_corpus_that_it_was_made_for(made: Path) -> None:
    trace = zswapbench.make_trace(made / "app.zpages", **TRACE)
    alone = zswapbench.replay(trace, codec="lz4", limit="9p", verify=True)
    with zswapbench.load_corpus(made / "app.zpages") as corpus:
        again = zswapbench.make_trace(corpus, **TRACE)
        given = zswapbench.replay(again, corpus=corpus, codec="lz4", limit="9p", verify=True)
    assert alone.counters == given.counters
    assert alone.inputs == given.inputs
    assert alone.inputs["trace"] == "<phase>"


def test_a_trace_over_an_array_of_pages_is_replayed_over_that_array() -> None:
    trace = zswapbench.make_trace(PAGES, events=500)
    result = zswapbench.replay(trace, corpus=PAGES, codec="lz4", limit="9p", seeds=2)
    assert result.inputs["events"] == 500
    assert result.draws["of"] == "seeds"


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (zswapbench.import_corpus, ("corpus", "import", "app.core", "-o", "app.zpages")),
        (zswapbench.make_trace, ("trace", "make", "app.zpages", "-o", "app.trace.bin")),
        (zswapbench.zram, ("zram", "app.trace.bin")),
    ],
)
def test_options_have_the_names_and_defaults_of_the_command(
    function: Callable[..., Any], words: tuple[str, ...]
) -> None:
    command: Any = cli
    # With its parents: click keeps the help option of a command as its first context has it.
    context = click.Context(command, **cli.context_settings)
    arguments = [*words]
    while isinstance(command, click.Group):
        command = command.get_command(context, arguments.pop(0))
        context = click.Context(command, parent=context)
    defaults = command.make_context("it", arguments, parent=context.parent).params
    options = {
        name: one.default
        for name, one in signature(function).parameters.items()
        if one.kind == Parameter.KEYWORD_ONLY and name != "corpus"
    }
    assert options == {
        name: "" if defaults[name] is None and options[name] == "" else defaults[name] for name in options
    }


CORPUS = PAGES[:5]
UNTYPED: Any = zswapbench
"""For what a type checker would not let pass."""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda at: UNTYPED.import_corpus(5, at), "cores is 5, not a path or a list of paths"),
        (
            lambda at: UNTYPED.import_corpus([], at),
            "cores is empty; give one or more dumps, such as ['core.1234']",
        ),
        (lambda at: UNTYPED.import_corpus([b"core"], at), "one of cores is of type bytes, not a path"),
        (lambda at: UNTYPED.import_corpus("core", ""), "output is '', which is not a name of a file"),
        (lambda at: UNTYPED.import_corpus("core", at, page_size=4096), "page_size is 4096, not text"),
        (
            lambda at: UNTYPED.import_corpus("core", at, page_size="5K"),
            "page size 5120 is not one of 4K, 16K, 64K",
        ),
        (
            lambda at: UNTYPED.import_corpus("core", at, sample=0),
            "a sample of 0 pages makes no corpus; ask for 1 or",
        ),
        (
            lambda at: UNTYPED.import_corpus("core", at, sample=True),
            "sample is True, not a whole number or None",
        ),
        (lambda at: UNTYPED.import_corpus("core", at, raw="no"), "raw is 'no', not True or False"),
        (
            lambda at: UNTYPED.import_corpus("core", at, force=True),
            "--force is for --raw only: add it, or leave",
        ),
        (lambda at: UNTYPED.make_trace(5), "corpus is 5, not a path, a Corpus or an array of pages"),
        (
            lambda at: UNTYPED.import_corpus("core", "-"),
            "output is '-', and nothing is printed here: name a file",
        ),
        (
            lambda at: UNTYPED.make_trace(CORPUS, "/dev/null"),
            "/dev/null: keeps nothing that could be read back: name",
        ),
        (lambda at: UNTYPED.make_trace(CORPUS, 5), "output is 5, not a path"),
        (lambda at: UNTYPED.make_trace(CORPUS, memory=0.5), "memory is 0.5, not text"),
        (lambda at: UNTYPED.make_trace(CORPUS, interval=5), "interval is 5, not text or None"),
        (lambda at: UNTYPED.make_trace(CORPUS, interval=""), "''"),
        (lambda at: UNTYPED.make_trace(CORPUS, memory="half"), "'half'"),
        (lambda at: UNTYPED.make_trace(CORPUS, skew="1"), "skew is '1', not a number"),
        (lambda at: UNTYPED.make_trace(CORPUS, events=True), "events is True, not a whole number"),
        (lambda at: UNTYPED.make_trace(CORPUS, events=-1), "--events -1 is not from 0 to"),
        (
            lambda at: UNTYPED.make_trace(CORPUS, pattern="zip"),
            "no pattern is called 'zip'; there are: zipf, scan",
        ),
        (
            lambda at: UNTYPED.make_trace(CORPUS, memory="100%"),
            "nothing is swapped: the memory holds 5 of 5",
        ),
        (
            lambda at: UNTYPED.make_trace(CORPUS, at / "no" / "t"),
            "cannot be written: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_made_is_told_in_one_line(
    call: Callable[[Path], Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as raised:
        call(tmp_path / "out.zpages")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] in ([], ["cache"])


def test_no_output_takes_the_place_of_its_input(core: Path, tmp_path: Path) -> None:
    zswapbench.import_corpus(core, tmp_path / "a.zpages")
    with pytest.raises(UsageError, match="is an input too, and would be lost"):
        zswapbench.import_corpus(core, core)
    with pytest.raises(UsageError, match="is an input too, and would be lost"):
        zswapbench.make_trace(tmp_path / "a.zpages", tmp_path / "a.zpages", events=10)


def test_threads_may_make_files_at_the_same_time(core: Path, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with ThreadPoolExecutor(8) as threads:
            corpora = [
                threads.submit(zswapbench.import_corpus, core, tmp_path / f"{n}.zpages") for n in range(8)
            ]
            assert len({corpus.result().digest for corpus in corpora}) == 1
            traces = [
                threads.submit(zswapbench.make_trace, tmp_path / "0.zpages", tmp_path / f"{n}.bin", events=50)
                for n in range(40)
            ]
            assert len({trace.result().digest for trace in traces}) == 1
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.bin")} == {0o640}


def test_making_prints_nothing_and_leaves_nothing_behind(
    core: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = threading.active_count()
    corpus = zswapbench.import_corpus(core, tmp_path / "a.zpages")
    zswapbench.make_trace(corpus, tmp_path / "a.trace.bin", events=100)
    with pytest.raises(UsageError):
        zswapbench.make_trace(corpus, events=-1)
    assert capfd.readouterr() == ("", "")
    assert threading.active_count() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.trace.bin",
        "a.zpages",
        "app.core",
        "cache",  # of sizes, where own_cache has it
    ]
