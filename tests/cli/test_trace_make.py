"""``trace make`` from the outside: what it says, what it refuses, and traces that are like others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import zswapbench
from zswapbench.traces.event import Op
from zswapbench.traces.format import read_trace

LIKE = ("trace", "make", "app.zpages", "-o", "like.trace.bin", "--like", "app.trace.bin")


@pytest.fixture
def place(ground: Path, tmp_path: Path) -> Path:
    """A folder with a corpus, and a trace of 6,000 events."""
    (tmp_path / "app.zpages").symlink_to(ground / "app.zpages")
    make = ("trace", "make", "app.zpages", "-o", "app.trace.bin", "--events", "6000", "--seed", "3")
    assert zswapbench(*make, "--flush-interval", "0s", cwd=tmp_path).code == 0
    return tmp_path


def test_a_trace_like_another_is_shown_beside_it(place: Path) -> None:
    done = zswapbench(*LIKE, cwd=place)
    assert done.code == 0
    lines = done.out.splitlines()
    assert any(
        "a: app.trace.bin" in line and "b: like.trace.bin" in line and "b - a" in line for line in lines
    )
    rows = {line.split()[0] for line in lines if line.strip()}
    assert {
        "store_share",
        "load_distance_p50",
        "store_to_load_p50",
        "write_only_share",
        "reuse_share",
    } <= rows
    assert read_trace(place / "like.trace.bin").provenance["pattern"] == "like"
    assert len(read_trace(place / "like.trace.bin").events) == 6_000


@pytest.mark.parametrize(
    "option", ["--pattern", "--addresses", "--memory", "--writes", "--skew", "--interval"]
)
def test_what_is_fitted_cannot_be_asked_for(place: Path, option: str) -> None:
    value = {"--pattern": "loop", "--interval": "1ms", "--memory": "40%", "--writes": "40%"}.get(option, "1")
    done = zswapbench(*LIKE, option, value, cwd=place)
    assert (done.code, done.out) == (2, "")
    assert f"{option} is fitted to the trace that --like names: leave one of the two out" in done.err
    assert not (place / "like.trace.bin").exists()


def test_a_trace_to_be_like_that_is_none_is_told(place: Path) -> None:
    (place / "app.trace.bin").write_bytes(b"nothing")
    done = zswapbench(*LIKE, cwd=place)
    assert (done.code, done.out) == (3, "")
    assert "app.trace.bin: offset 0: is not a trace" in done.err


def test_the_trace_to_be_like_is_not_written_over(place: Path) -> None:
    before = (place / "app.trace.bin").read_bytes()
    done = zswapbench(*LIKE[:4], "app.trace.bin", *LIKE[5:], cwd=place)
    assert done.code == 2
    assert (place / "app.trace.bin").read_bytes() == before


def test_no_flush_is_made_where_none_is_wanted(place: Path) -> None:
    assert not (read_trace(place / "app.trace.bin").events["op"] == int(Op.FLUSH)).any()


@pytest.mark.parametrize("way", ["lists", "mglru", "lru"])
def test_reclaim_is_as_asked_for_and_said_in_the_trace(place: Path, way: str) -> None:
    make = (
        "trace",
        "make",
        "app.zpages",
        "-o",
        "t.bin",
        "--events",
        "500",
        "--reclaim",
        way,
        "--kernel",
        "7.3",
    )
    assert zswapbench(*make, cwd=place).code == 0
    said = read_trace(place / "t.bin").provenance
    assert (said["reclaim"], said["kernel"]) == (way, "7.3")
