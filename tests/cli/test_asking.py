"""Asking as people ask: bare names, repeated options, one word for kernels, names that are listed."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import inside
from zswapbench.results.thresholds import FIGURES, title_of

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> str:
    """The version of the running kernel, as it seems to be."""
    monkeypatch.setattr(platform, "release", lambda: "6.16.3-200.fc42.x86_64")
    return "6.16"


def results(*arguments: str | Path) -> list[dict[str, Any]]:
    """What compare says in JSON."""
    done = inside("compare", *arguments, "--format", "json")
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def test_names_of_all_families_are_compared(ground: Path) -> None:
    trace = ("--trace", ground / "app.trace.bin")
    zstd, zbud, kernel, mixed = (
        one["setting"] for one in results("zstd", "zbud,3.17", "6.12", "linux-6.1,lz4,clock", *trace)
    )
    assert zstd["codec"].startswith("zstd")
    assert (zbud["pool"], zbud["era"]["name"]) == ("zbud", "linux-3.17")
    assert kernel["era"]["name"] == "linux-6.12"
    assert (mixed["policy"], mixed["era"]["name"]) == ("clock", "linux-6.1")


def test_repeated_options_make_a_grid(ground: Path) -> None:
    grid = ("--codec", "lz4", "--codec", "zstd", "--pool-limit", "10%", "--pool-limit", "20%")
    found = results("--trace", ground / "app.trace.bin", *grid)
    assert [one["label"] for one in found] == [
        f"codec={codec},limit={limit}" for codec in ("lz4", "zstd") for limit in ("10%", "20%")
    ]
    done = inside("compare", "--all", *grid)
    assert (done.code, done.out) == (2, "")
    assert "give one codec and one limit" in done.err


@pytest.mark.parametrize("option", ["--era", "--kernel"])
def test_the_running_kernel_is_told_with_its_row(ground: Path, kernel: str, option: str) -> None:
    done = inside("run", ground / "app.trace.bin", option, "running", "--format", "json")
    assert done.err == "zswapbench: the running kernel is 6.16; zswap has the rules of linux-6.12\n"
    found = json.loads(done.out)
    assert found["setting"]["era"]["name"] == "linux-6.16"
    assert found["asked"]["era"] == kernel


def test_a_spec_of_the_running_kernel_is_recorded_as_that_kernel(ground: Path, kernel: str) -> None:
    found = results("running", "lru,era=running,zstd", "--trace", ground / "app.trace.bin")
    assert [one["asked"]["era"] for one in found] == [kernel, kernel]


@pytest.mark.parametrize("name", ["running", "linux-6.16", "6.16"])
@pytest.mark.parametrize("option", ["--era", "--kernel"])
def test_kernels_have_the_same_names_in_zram_and_codecs(
    ground: Path, kernel: str, name: str, option: str
) -> None:
    zram = inside("zram", ground / "app.trace.bin", option, name, "--format", "json")
    assert json.loads(zram.out)["setting"]["kernel"] == kernel
    codecs = inside(
        *("codecs", ground / "app.zpages", "--codec", "lz4", "--no-speed"), option, name, "--format", "json"
    )
    assert json.loads(codecs.out)["kernel"] == kernel


def test_metrics_are_listed_by_both_their_names_and_either_is_taken(ground: Path, tmp_path: Path) -> None:
    listed = inside("check", "--list-metrics")
    assert (listed.code, listed.err) == (0, "")
    for name in FIGURES:
        assert f"\n{name} " in listed.out
        assert title_of(name) in listed.out
    base = tmp_path / "base.json"
    assert inside("run", ground / "app.trace.bin", "-o", base).code == 0
    for name in ("flushes_per_frame", "B: flushes per frame given back", "b: flushes per frame given back"):
        for limit in (":2%", " exact"):
            assert inside("check", base, "--baseline", base, "--fail-on", name + limit).code == 0


def test_a_command_that_there_is_not_brings_the_one_that_was_meant() -> None:
    for arguments, meant in (
        (("comprae",), "compare"),
        (("corpus", "imprt"), "import"),
        (("trace", "mkae"), "make"),
    ):
        done = inside(*arguments)
        assert (done.code, done.out) == (2, "")
        assert f"did you mean {meant}? There are: " in done.err
