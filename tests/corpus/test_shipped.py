"""The samples that are installed with zswapbench: what they are, and that real bytes survive every replay."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.making import PAGE
from tests.traces.recorded import GOLDEN
from zswapbench.common.errors import MissingError
from zswapbench.common.progress import silent
from zswapbench.corpus.reading import SUFFIX, Corpus
from zswapbench.corpus.shipped import REFERENCES_SUFFIX, TRACE_SUFFIX, demo_trace, folder
from zswapbench.plugins.registry import CODECS, POLICIES
from zswapbench.results.machine import SetupResult
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.loading import load
from zswapbench.runs.machine import run as run_machine
from zswapbench.runs.options import Options
from zswapbench.runs.slicing import Wish, slice_trace
from zswapbench.runs.zswap import compare, run
from zswapbench.traces.event import Op
from zswapbench.traces.format import read_trace
from zswapbench.traces.references.importer import Wish as TextWish
from zswapbench.traces.references.importing import open_references
from zswapbench.traces.synth import origin_of

SAMPLES = sorted(path.name.removesuffix(SUFFIX) for path in folder().glob(f"*{SUFFIX}"))
RUNS = [sample for sample in SAMPLES if (folder() / f"{sample}{REFERENCES_SUFFIX}").exists()]
TRACED = [sample for sample in SAMPLES if sample not in RUNS]
LIMIT = 47_000_000

PART = 20_000
"""Events at the end of a trace that are replayed with the real bytes of each page."""


def manifest() -> dict[str, dict[str, Any]]:
    """MANIFEST.toml, without a TOML library for Python 3.10: it is written by a script, one value a line."""
    tables: dict[str, dict[str, Any]] = {}
    for line in (folder() / "MANIFEST.toml").read_text().splitlines():
        if found := re.fullmatch(r'\["(.+)"\]', line):
            table = tables.setdefault(found[1], {})
        elif found := re.fullmatch(r'(\w+) = (?:"(.*)"|(\d+))', line):
            table[found[1]] = found[2] if found[3] is None else int(found[3])
    return tables


def recorded() -> dict[str, str]:
    """By each sample that was recorded the version of its kernel."""
    name = re.compile(r"(.+)\.zpages")
    return {
        found[1]: ".".join(table["kernel"].split(".")[:2])
        for file, table in manifest().items()
        if "kernel" in table and (found := name.fullmatch(file))
    }


def test_four_made_traces_and_four_recordings_of_two_kernels_are_shipped_in_47_megabytes() -> None:
    assert {"redis", "postgres", "python", "cc1plus"} <= set(SAMPLES) - set(recorded())
    assert len(recorded()) >= 4
    assert len(set(recorded().values())) >= 2
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
def test_a_sample_is_whole_and_has_pages_enough(sample: str) -> None:
    with Corpus(folder() / f"{sample}{SUFFIX}") as corpus:
        corpus.verify()
        assert len(corpus.index) >= (1_500 if sample in RUNS else 4_000)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_tells_nothing_of_the_machine_that_it_was_made_on(sample: str) -> None:
    with Corpus(folder() / f"{sample}{SUFFIX}") as corpus:
        names = {segment.name for segment in corpus.manifest.segments}
        assert not [name for name in names if name.startswith(("/root", "/home", "/work"))]
        for block in corpus.blocks():
            content = block.tobytes()
            assert not re.search(rb"/home/[a-z]|/root/|\bLOGNAME=|\bUSER=|\bHOSTNAME=|\bSSH_", content)


@pytest.mark.parametrize("sample", TRACED)
def test_a_trace_is_shipped_with_each_sample_and_finds_it(sample: str) -> None:
    with load(folder() / f"{sample}{TRACE_SUFFIX}") as loaded:
        assert loaded.corpus.path == folder() / f"{sample}{SUFFIX}"
        assert (loaded.summary.flushes > 0) == (sample not in recorded())
        assert loaded.summary.loads_of_absent == 0


def test_whole_runs_of_programs_are_shipped() -> None:
    assert {"cache-run", "redis-run", "sort-run"} <= set(RUNS)


def outcomes(sample: str, setups: list[str], ram: int, cost: str = "lz4=2us/1us") -> list[SetupResult]:
    """What each of ``setups`` makes of the whole run ``sample`` in ``ram`` bytes."""
    common = Options(era="6.12", cost=cost)
    with (
        Corpus(folder() / f"{sample}{SUFFIX}") as corpus,
        open_references(folder() / f"{sample}{REFERENCES_SUFFIX}", TextWish()) as references,
    ):
        assert references.provenance["clock"].startswith("assumed")
        assert 0 < references.least_frames <= 768
        return [*run_machine(references, corpus, setups, Machine(ram), common).setups]


@pytest.mark.parametrize("sample", RUNS)
def test_a_whole_run_tells_something_in_half_of_the_memory_that_it_uses(sample: str) -> None:
    enough = outcomes(sample, ["none", "zswap,lz4"], 1 << 30)
    assert [one.counters["faults_major"] for one in enough] == [0, 0]
    used = enough[0].counters["first_touches"]
    assert used > 1_500
    assert enough[0].counters["absent"] < enough[0].counters["touches"]
    disk, zswap = outcomes(sample, ["disk", "zswap,lz4"], used * PAGE // 2)
    assert disk.out_of_memory_at is zswap.out_of_memory_at is None
    assert disk.counters["faults_major"] > 100
    assert zswap.counters["compressed"] > 100


def test_a_pool_that_leaves_less_memory_than_the_references_are_for_is_noted() -> None:
    with (
        Corpus(folder() / f"cache-run{SUFFIX}") as corpus,
        open_references(folder() / f"cache-run{REFERENCES_SUFFIX}", TextWish()) as references,
    ):
        setups = ["disk", "zram,lz4,disksize=16MiB"]
        common = Options(era="6.12", cost="lz4=2us/1us")
        result = run_machine(references, corpus, setups, Machine(5 << 20), common)
    (note,) = (remark for remark in result.remarks if "faults are off" in remark)
    assert re.fullmatch(
        r"zram,lz4,disksize=16MiB: \d+ pages in memory on average, fewer than the 320 .*", note
    )


def test_a_run_of_ten_minutes_has_rounds_of_recompression_and_of_writeback() -> None:
    zram, every = "zram,lz4,disksize=16MiB", "every=10s,idle=30s"
    alone, smaller, written = outcomes(
        "cache-run",
        [
            zram,
            f"{zram},recomp-algorithm=zstd,recompress=idle,{every}",
            f"{zram},backing=emmc,writeback=idle,{every}",
        ],
        6 << 20,
        "lz4=2us/1us,zstd=9us/3us",
    )
    assert 600e9 < alone.metrics["trace_ns"] < 601e9
    assert [one.counters["upkeep_rounds"] for one in (alone, smaller, written)] == [0, 60, 60]
    assert smaller.counters["recompressed"] > 1_000
    assert written.counters["bd_writes"] > written.counters["bd_reads"] > 300
    assert 0 < written.metrics["written_per_day"] < 1 << 30


def test_thousands_of_stores_stall_in_the_demo_under_either_policy() -> None:
    for result in compare(demo_trace(), [Options(policy="lru"), Options(policy="class-lru")]):
        assert result.metrics["stalled_stores"] is not None
        assert result.metrics["stalled_stores"] > 1_000


def test_the_demo_is_a_recording_with_requests_for_page_frames() -> None:
    with load(demo_trace()) as loaded:
        sample = loaded.corpus.path.name.removesuffix(SUFFIX)
        assert loaded.summary.frames_asked >= 1_000
    recording, demo = (read_trace(path) for path in (folder() / f"{sample}{TRACE_SUFFIX}", demo_trace()))
    assert sample in recorded()
    assert origin_of(demo).startswith(f"{origin_of(recording)}; ")
    rest = demo.events[demo.events["op"] != Op.FLUSH]
    for name in ("op", "swap_type", "cpu", "offset", "page"):
        assert np.array_equal(rest[name], recording.events[name])


@pytest.mark.parametrize("sample", recorded())
def test_a_recording_turns_its_pool_over_ten_times_and_shrinks_it_by_1000_page_frames(sample: str) -> None:
    """The pool of its kernel, by how many entries it held in a page frame when it was largest."""
    told = json.loads((GOLDEN / f"{sample}.counters.json").read_text())
    counters, most = told["counters"], told["most"]
    assert counters["zswpout"] >= 10 * most["stored_pages"]
    assert counters["written_back_pages"] / most["stored_pages"] * most["pool_pages"] >= 1_000


def options_for(policy: str) -> Options:
    """``policy`` in a small pool of a kind that it is for."""
    of_frames = POLICIES.choose(policy).leaf.packed_in == "page frames"
    return Options(policy=policy, limit="15%", pool="zbud" if of_frames else "")


def verified() -> list[tuple[str, str, str]]:
    """Every codec and every policy, with a made sample and with a recorded one: they take turns."""
    codecs = [(codec.name, "class-lru") for codec in CODECS.leaves()]
    policies = [("lz4", policy.name) for policy in POLICIES.leaves() if policy.name != "class-lru"]
    recordings = sorted(recorded())
    turns = [recordings, [sample for sample in TRACED if sample not in recordings]]
    return [
        (samples[number % len(samples)], *way)
        for samples in turns
        for number, way in enumerate(codecs + policies)
    ]


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Of each trace the last events: they begin with what is swapped out by then."""
    made = tmp_path_factory.mktemp("parts")
    parts = {sample: made / f"{sample}.trace.bin" for sample in TRACED}
    for sample, part in parts.items():
        trace = read_trace(folder() / f"{sample}{TRACE_SUFFIX}")
        slice_trace(trace.path, part, Wish(start=str(len(trace.events) - PART)), silent)
    return parts


@pytest.mark.parametrize(("sample", "codec", "policy"), verified())
def test_every_page_that_is_read_back_is_identical(
    parts: dict[str, Path], sample: str, codec: str, policy: str
) -> None:
    options = replace(options_for(policy), codec=codec, verify=True)
    try:
        result = run(parts[sample], options, folder() / f"{sample}{SUFFIX}")
    except MissingError as error:
        pytest.skip(str(error))
    # Each load that found its page, in the pool or on the swap device, and each flush.
    counters = result.counters
    assert result.verified_pages == counters["zswpin"] + counters["refaults"] + counters["written_back_pages"]
    assert result.verified_pages > 2_000


@pytest.mark.parametrize("policy", [policy.name for policy in POLICIES.leaves()])
def test_a_shipped_trace_replayed_again_gives_the_same_counters(policy: str) -> None:
    options = options_for(policy)
    once, again = (run(folder() / f"python{TRACE_SUFFIX}", options).counters for _ in range(2))
    assert once == again
    assert once["written_back_pages"] > 1_000
