"""zram from Python: what it gives is what the command gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import zswapbench
from tests.api.inputs import INDEX, PAGES
from tests.cli.running import inside
from zswapbench.common.errors import UsageError
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
            lambda at: UNTYPED.make_report(zswapbench.zram(at), form="html"),
            "no form is called 'html'; there are:",
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
