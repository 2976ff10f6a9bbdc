"""The samples that are installed with zswapbench: what they are, and that real bytes survive every replay."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from zswapbench.common.errors import MissingError
from zswapbench.corpus.reading import SUFFIX, Corpus
from zswapbench.corpus.shipped import DEMO, TRACE_SUFFIX, demo_trace, folder
from zswapbench.plugins.registry import CODECS, POLICIES
from zswapbench.runs.loading import load
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import compare, run

SAMPLES = sorted(path.name.removesuffix(SUFFIX) for path in folder().glob(f"*{SUFFIX}"))
LIMIT = 12_000_000


def manifest() -> dict[str, dict[str, Any]]:
    """MANIFEST.toml, without a TOML library for Python 3.10: it is written by a script, one value a line."""
    tables: dict[str, dict[str, Any]] = {}
    for line in (folder() / "MANIFEST.toml").read_text().splitlines():
        if found := re.fullmatch(r'\["(.+)"\]', line):
            table = tables.setdefault(found[1], {})
        elif found := re.fullmatch(r'(\w+) = (?:"(.*)"|(\d+))', line):
            table[found[1]] = found[2] if found[3] is None else int(found[3])
    return tables


def test_at_least_four_programs_are_shipped_in_twelve_megabytes() -> None:
    assert {"redis", "postgres", "python", "cc1plus"} <= set(SAMPLES)
    assert sum(path.stat().st_size for path in folder().iterdir() if path.is_file()) <= LIMIT


def test_the_manifest_names_every_sample_with_its_digest() -> None:
    files = {path.name: path for path in folder().iterdir() if path.suffix in (SUFFIX, ".zst")}
    tables = manifest()
    assert set(tables) == set(files)
    for name, table in tables.items():
        content = files[name].read_bytes()
        assert table["bytes"] == len(content)
        assert table["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_is_whole_and_between_4000_and_8000_pages(sample: str) -> None:
    with Corpus(folder() / f"{sample}{SUFFIX}") as corpus:
        corpus.verify()
        assert 4000 <= len(corpus.index) <= 8000


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_tells_nothing_of_the_machine_that_it_was_made_on(sample: str) -> None:
    with Corpus(folder() / f"{sample}{SUFFIX}") as corpus:
        names = {segment.name for segment in corpus.manifest.segments}
        assert not [name for name in names if name.startswith(("/root", "/home", "/work"))]
        for block in corpus.blocks():
            content = block.tobytes()
            assert not re.search(rb"/home/[a-z]|/root/|\bLOGNAME=|\bUSER=|\bHOSTNAME=|\bSSH_", content)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_trace_is_shipped_with_each_sample_and_finds_it(sample: str) -> None:
    with load(folder() / f"{sample}{TRACE_SUFFIX}") as loaded:
        assert loaded.corpus.path == folder() / f"{sample}{SUFFIX}"
        assert loaded.summary.flushes > 0
        assert loaded.summary.loads_of_absent == 0


def test_thousands_of_stores_stall_in_the_demo_under_either_policy() -> None:
    for result in compare(demo_trace(), [Options(policy="lru"), Options(policy="class-lru")]):
        assert result.metrics["stalled_stores"] is not None
        assert result.metrics["stalled_stores"] > 2000


def test_the_demo_is_one_of_the_samples() -> None:
    assert DEMO in SAMPLES
    assert Path(demo_trace()).is_file()


def options_for(policy: str) -> Options:
    """``policy`` in a small pool of a kind that it is for."""
    of_frames = POLICIES.choose(policy).leaf.packed_in == "page frames"
    return Options(policy=policy, limit="15%", pool="zbud" if of_frames else "")


def verified() -> list[tuple[str, str, str]]:
    """Every sample under every codec, and under every policy."""
    codecs = [(sample, codec.name, "class-lru") for sample in SAMPLES for codec in CODECS.leaves()]
    return codecs + [(sample, "lz4", policy.name) for sample in SAMPLES for policy in POLICIES.leaves()]


@pytest.mark.parametrize(("sample", "codec", "policy"), verified())
def test_every_page_that_is_read_back_is_identical(sample: str, codec: str, policy: str) -> None:
    options = replace(options_for(policy), codec=codec, verify=True)
    try:
        result = run(folder() / f"{sample}{TRACE_SUFFIX}", options)
    except MissingError as error:
        pytest.skip(str(error))
    # Each load that found its page, in the pool or on the swap device, and each flush.
    counters = result.counters
    assert result.verified_pages == counters["zswpin"] + counters["refaults"] + counters["written_back_pages"]
    assert result.verified_pages > 10_000


@pytest.mark.parametrize("policy", [policy.name for policy in POLICIES.leaves()])
def test_a_shipped_trace_replayed_again_gives_the_same_counters(policy: str) -> None:
    options = options_for(policy)
    once, again = (run(folder() / f"python{TRACE_SUFFIX}", options).counters for _ in range(2))
    assert once == again
    assert once["written_back_pages"] > 1_000
