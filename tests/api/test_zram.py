"""zram from Python: what it gives is what the command gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import zswapbench
from tests.api.inputs import INDEX, PAGES
from tests.cli.running import inside
from zswapbench.common.errors import InputError, UsageError
from zswapbench.results.zram import to_json
from zswapbench.runs.zram import ZramOptions

WRITES = [
    "recomp_algorithm=algo=zstd priority=1",
    "recompress=type=huge",
    "idle=all",
    "writeback=idle",
    "compact=1",
]
UNTYPED: Any = zswapbench
"""For what a type checker would not let pass."""


def without_timings(text: str) -> dict[str, Any]:
    form: dict[str, Any] = json.loads(text)
    return {name: value for name, value in form.items() if name != "timings"}


def test_zram_is_what_the_command_gives(made: Path) -> None:
    result = zswapbench.zram(
        made / "app.trace.bin", codec="lz4", mem_limit="64KiB", backing_dev="32KiB", writes=WRITES
    )
    arguments = ["--codec", "lz4", "--mem-limit", "64KiB", "--backing-dev", "32KiB"]
    arguments += [word for write in WRITES for word in ("--write", write)]
    done = inside("zram", made / "app.trace.bin", *arguments, "--format", "json")
    assert without_timings(to_json(result)) == without_timings(done.out)
    assert without_timings(zswapbench.make_report(result, form="json")) == without_timings(done.out)
    assert [step.after for step in result.steps] == ["trace", *WRITES]


def test_zram_takes_arrays_where_it_takes_files(made: Path) -> None:
    file = zswapbench.zram(made / "app.trace.bin", codec="lz4", kernel="6.1", chain_size=None)
    trace = zswapbench.load_trace(made / "app.trace.bin")
    for events, corpus in (
        (trace, None),
        (trace, PAGES),
        (trace.events, PAGES),
        (trace.events, made / "app.zpages"),
    ):
        result = zswapbench.zram(events, corpus=corpus, codec="lz4", kernel="6.1")
        assert result.steps == file.steps
        assert result.devices == file.devices
    assert INDEX.max() < len(PAGES)


def test_every_option_of_zram_has_its_default_here() -> None:
    known = signature(zswapbench.zram).parameters
    assert {option.name: option.default for option in fields(ZramOptions)} == {
        name: one.default for name, one in known.items() if name not in ("trace", "corpus")
    }


@pytest.fixture
def file(made: Path, tmp_path: Path) -> Path:
    """What the command wrote."""
    done = inside(
        "zram", made / "app.trace.bin", "--codec", "lz4", "--write", "compact=1", "-o", tmp_path / "z.json"
    )
    assert done.code == 0
    return tmp_path / "z.json"


def test_what_was_written_is_read(made: Path, file: Path, tmp_path: Path) -> None:
    read = zswapbench.read_results(file)
    assert isinstance(read, zswapbench.ZramResult)
    ours = zswapbench.zram(made / "app.trace.bin", codec="lz4", writes=["compact=1"])
    assert replace(read, timings={}) == replace(ours, timings={})
    zswapbench.make_report(ours, tmp_path / "ours.json")
    assert zswapbench.read_results(tmp_path / "ours.json") == ours
    for form in ("table", "csv", "markdown"):
        assert zswapbench.make_report(file, form=form) == zswapbench.make_report(read, form=form)


def test_the_page_of_zram_is_that_of_the_command(file: Path, tmp_path: Path) -> None:
    assert inside("report", file, "-o", tmp_path / "theirs.html").code == 0
    for given in (file, zswapbench.read_results(file)):
        told = zswapbench.make_report(given, tmp_path / "ours.html")
        assert told == (tmp_path / "ours.html").read_text() == (tmp_path / "theirs.html").read_text()


def test_a_judgement_of_zram_is_that_of_the_command(made: Path, file: Path, tmp_path: Path) -> None:
    worse = zswapbench.zram(made / "app.trace.bin", codec="842", writes=["compact=1"])
    zswapbench.make_report(worse, tmp_path / "worse.json")
    done = inside("check", tmp_path / "worse.json", "--baseline", file)
    assert done.code == 1
    for given in (worse, tmp_path / "worse.json"):
        judgement = zswapbench.check(given, file)
        assert not judgement.passed
        assert zswapbench.make_report(judgement) == done.out
    assert zswapbench.check(worse, file, fail_on=["failed_writes:0"]).passed
    assert zswapbench.check(file, file).passed


def test_zram_is_held_against_nothing_but_zram_of_one_trace(made: Path, file: Path) -> None:
    zswap = zswapbench.replay(made / "app.trace.bin", codec="lz4", limit="9p")
    for result, baseline in ((zswap, file), (file, zswap)):
        with pytest.raises(
            InputError, match=r"cannot be compared with .*: only one of them is a result of 'zram'"
        ):
            zswapbench.check(result, baseline)
    other = zswapbench.zram(zswapbench.make_trace(PAGES, events=300), corpus=PAGES)
    with pytest.raises(InputError, match=r"result: cannot be compared with .*z\.json: corpus <array>"):
        zswapbench.check(other, file)


def test_steps_and_devices_are_rows_of_a_frame(made: Path) -> None:
    result = zswapbench.zram(made / "app.trace.bin", codec="lz4", writes=WRITES)
    frame = result.to_pandas()
    assert frame.index.names == ["after", "device"]
    assert frame.index.tolist() == [(after, "zram0") for after in ["trace", *WRITES]]
    for name, kept in (("mem_used_total", "mm_stat"), ("failed_writes", "io_stat"), ("bd_count", "bd_stat")):
        assert frame[name].tolist() == [getattr(step.devices[0], kept)[name] for step in result.steps]
    assert frame["pages"].isna().tolist() == [step.devices[0].pages is None for step in result.steps]


def test_a_notebook_shows_mm_stat(made: Path) -> None:
    result = zswapbench.zram(made / "app.trace.bin", codec="lz4", writes=["compact=1"])
    html = result._repr_html_()
    assert html.count("<table>") == 1
    assert html.count("<tr>") == 3
    assert "mem_used_max" in html
    assert repr(result) == "<ZramResult of 'app.trace.bin'>"


@pytest.mark.parametrize("form", ["table", "csv", "markdown"])
def test_a_report_of_zram_is_that_of_the_command(made: Path, form: str) -> None:
    result = zswapbench.zram(made / "app.trace.bin", codec="lz4")
    done = inside("zram", made / "app.trace.bin", "--codec", "lz4", "--format", form)
    assert zswapbench.make_report(result, form=form) == done.out


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda at: UNTYPED.zram(at, writes="compact=1"),
            "writes is 'compact=1'; give a list of text, such as",
        ),
        (lambda at: UNTYPED.zram(at, writes=[3]), "one of writes is 3, not text"),
        (lambda at: UNTYPED.zram(at, mem_limit=64), "mem_limit is 64, not text"),
        (lambda at: UNTYPED.zram(at, kernel="2.6"), "2.6"),
        (lambda at: UNTYPED.zram(at, writes=["nothing=1"]), "nothing"),
        (
            lambda at: UNTYPED.zram(zswapbench.load_trace(at).events),
            "does not say what it stores pages of; give",
        ),
        (
            lambda at: UNTYPED.make_report(zswapbench.zram(at), form="junit"),
            "no form is called 'junit'; there are:",
        ),
    ],
)
def test_what_cannot_be_asked_of_zram_is_told_in_one_line(
    made: Path, call: Callable[[Path], Any], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        call(made / "app.trace.bin")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
