"""-o: the name says the form, several may be given, standard output, devices and pipes are places too."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.running import inside

pytestmark = pytest.mark.usefixtures("own_cache")


def test_the_name_says_the_form_and_several_may_be_given(ground: Path, tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("x.json", "x.csv", "x.md", "x.html", "x.txt")]
    outputs = [word for place in places for word in ("-o", place)]
    done = inside("compare", "lru", "fifo", "--trace", ground / "app.trace.bin", *outputs, "-o", "-")
    assert (done.code, done.err) == (0, "")
    found = {place.suffix: place.read_text() for place in places}
    assert [one["label"] for one in json.loads(found[".json"])] == ["lru", "fifo"]
    assert found[".csv"].startswith("metric,")
    assert "| lru |" in found[".md"]
    assert found[".html"].startswith("<!DOCTYPE html>")
    assert found[".txt"] == done.out


def test_an_explicit_format_is_that_of_every_output(ground: Path, tmp_path: Path) -> None:
    places = ("-o", tmp_path / "x.csv", "-o", tmp_path / "x")
    assert inside("run", ground / "app.trace.bin", "--format", "json", *places).code == 0
    for name in ("x.csv", "x"):
        assert json.loads((tmp_path / name).read_text())["label"] == "lru"


def test_check_writes_junit_to_a_name_that_ends_in_xml(ground: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    assert inside("run", ground / "app.trace.bin", "-o", base).code == 0
    assert inside("check", base, "--baseline", base, "-o", tmp_path / "j.xml", "-o", os.devnull).code == 0
    assert "<testsuites" in (tmp_path / "j.xml").read_text()


def test_a_device_and_a_pipe_take_what_is_written(ground: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    done = inside("list", "devices", "-o", pipe, "-o", os.devnull, "-o", "-")
    assert (done.code, done.err) == (0, "")
    assert os.read(reader, 1 << 16).decode() == done.out
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("outputs", "complaint"),
    [
        (("-o", "x.html"), "x.html: this command has no HTML form; it has: table, json, csv, markdown"),
        (("-o", "x", "-o", "./x"), "./x: is named by two outputs"),
        (("-o", "pipe"), "pipe: cannot be written: No such device or address"),
    ],
)
def test_what_cannot_be_a_place_is_2(
    outputs: tuple[str, ...], complaint: str, ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    done = inside("zram", ground / "app.trace.bin", *outputs)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err


def test_a_report_may_go_to_standard_output(ground: Path, tmp_path: Path) -> None:
    result = tmp_path / "r.json"
    assert inside("run", ground / "app.trace.bin", "-o", result).code == 0
    done = inside("report", result, "-o", "-")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("<!DOCTYPE html>")
