"""'trace info': one trace, two side by side, and every form that they have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import inside, zswapbench


@pytest.fixture
def traces(ground: Path) -> list[Path]:
    """Two traces."""
    return [ground / "app.trace.bin", ground / "app.trace.bin.zst"]


def test_one_trace_is_told_in_figures(traces: list[Path]) -> None:
    done = inside("trace", "info", traces[0])
    assert (done.code, done.err) == (0, "")
    for word in (
        "write_only_share",
        "Reuse distance, in slots",
        "store to load",
        "Over time",
        "How it was made",
    ):
        assert word in done.out


def test_two_traces_stand_side_by_side_with_the_provenance_of_both(traces: list[Path]) -> None:
    done = inside("trace", "info", *traces, "--format", "json")
    told = json.loads(done.out)
    events = {row["what"]: row for row in told["Events"]}["events"]
    assert events["first"] == events["second"]
    assert events["difference"] == 0
    assert all(row["first"] == row["second"] for row in told["How it was made"])
    assert told["How it was made"]
    alone = json.loads(inside("trace", "info", traces[0], "--format", "json").out)
    assert list(alone) == list(told)  # so a program finds a table of one trace as it does of two


def test_a_trace_beside_standard_input(traces: list[Path], tmp_path: Path) -> None:
    with traces[0].open("rb") as piped:
        done = zswapbench("trace", "info", traces[0], "-", cwd=tmp_path, stdin=piped)
    assert (done.code, done.err) == (0, "")
    assert f"a: {traces[0].name}" in done.out
    assert "b: -" in done.out


def test_standard_input_cannot_be_both(tmp_path: Path) -> None:
    done = inside("trace", "info", "-", "-")
    assert done.code == 2
    assert done.err == "zswapbench: -: standard input can be read once; write one of the traces to a file\n"


def test_a_plot_stands_below_the_tables_and_only_there(traces: list[Path], tmp_path: Path) -> None:
    plain, drawn = (inside("trace", "info", traces[0], *more).out for more in ([], ["--plot"]))
    assert drawn.startswith(plain)
    assert "slots stored, over the trace" in drawn.removeprefix(plain)
    refused = inside("trace", "info", traces[0], "--plot", "-o", tmp_path / "x.json")
    assert refused.code == 2
    assert "other forms have the same figures" in refused.err


def test_the_name_of_the_output_says_the_form(traces: list[Path], tmp_path: Path) -> None:
    outputs = [tmp_path / name for name in ("x.html", "x.json", "x.csv", "x.md", "x.txt")]
    done = inside("trace", "info", *traces, *(word for path in outputs for word in ("-o", path)))
    assert (done.code, done.out, done.err) == (0, "", "")
    starts = ["<!DOCTYPE html>", "{", "what,first,second,difference", "### Events", "Events"]
    assert [path.read_text()[: len(start)] for path, start in zip(outputs, starts, strict=True)] == starts


def test_an_output_does_not_take_the_place_of_a_trace(traces: list[Path]) -> None:
    assert inside("trace", "info", *traces, "-o", traces[1]).code == 2
