"""The whole story, called as a program calls it: what is found, what is refused, what comes out."""

from __future__ import annotations

import json
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.making import make_corpus, pages_of, random_page, text_page
from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.progress import silent
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.writing import export_sizes
from zswapbench.plugins.registry import CODECS, POLICIES
from zswapbench.results.records import COUNTERS, METRICS, SIZE_STEPS, to_json
from zswapbench.rules.eras import ERAS, Era
from zswapbench.runs.zswap import (
    BOUNDS,
    Options,
    compare,
    every_policy,
    find_corpus,
    load,
    parse_frames,
    pool_limit,
    run,
)
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import read_trace, write_trace
from zswapbench.traces.scan import Summary, scan
from zswapbench.traces.synth import Workload, make_events

PAGES = [
    *(text_page(number) for number in range(30)),
    *(random_page(number) for number in range(4)),
    bytes(4096),
]
LZ4 = Options(codec="lz4")
INDEX = np.arange(60, dtype=np.uint32) % 13


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes are remembered in a place of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def digest_of(path: Path) -> str:
    """What traces know the corpus by."""
    with Corpus(path) as corpus:
        return corpus.digest


def make_trace(path: Path, corpus: Path, events: NDArray[np.void], *, page_size: int = 4096) -> Path:
    """A trace over ``corpus``."""
    write_trace(path, [events], page_size=page_size, corpus_digest=digest_of(corpus), provenance={})
    return path


def make_export(path: Path, corpus: Path, *codecs: str) -> Path:
    """The export of ``corpus``."""
    with Corpus(corpus) as opened:
        makers = [CODECS.choose(codec).make() for codec in codecs]
        export_sizes(path, opened, {codec.identity: codec.sizes(opened.pages()) for codec in makers})
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with app.zpages and app.trace.bin."""
    folder = tmp_path_factory.mktemp("pipeline")
    corpus = make_corpus(
        folder / "app.zpages", pages_of(*PAGES), [number % len(PAGES) for number in range(100)]
    )
    work = Workload(events=3_000, flush_every=200)
    make_trace(
        folder / "app.trace.bin",
        corpus,
        np.concatenate(list(make_events(np.arange(35, dtype=np.uint32), work))),
    )
    return folder


def without_timings(text: str) -> Any:
    """A result's JSON without the part that differs from run to run."""
    found = json.loads(text)
    for one in found if isinstance(found, list) else [found]:
        assert one.pop("timings")
    return found


def test_the_same_run_gives_the_same_json_apart_from_timings(made: Path) -> None:
    texts = [to_json([run(made / "app.trace.bin", LZ4)]) for _ in range(2)]
    assert without_timings(texts[0]) == without_timings(texts[1])
    assert texts[0].split('"timings"')[0] == texts[1].split('"timings"')[0]


def test_a_result_holds_all_that_was_chosen_and_found(made: Path) -> None:
    found = run(
        made / "app.trace.bin", Options(policy="class-lru", codec="zstd", pool="zsmalloc:6.3", limit="9p")
    )
    assert found.label == "class-lru"
    assert found.setting["policy"] == "class-lru"
    assert found.setting["pool"] == "zsmalloc:rules=6.3"
    assert found.setting["codec"] == "zstd:level=3:rules=5.16"
    assert found.setting["codec_identity"].startswith("zstd level=3 rules=5.16 libzstd ")
    assert found.setting["pool_limit_pages"] == 9
    assert found.setting["era"]["flush_batch"] == 16
    assert found.inputs["corpus_digest"] == digest_of(made / "app.zpages")
    assert found.inputs["events"] == 3_000
    assert found.inputs["trace_digest"] == read_trace(made / "app.trace.bin").digest
    assert Options(**found.asked) == Options(
        policy="class-lru", codec="zstd", pool="zsmalloc:6.3", limit="9p"
    )
    assert list(found.counters) == [metric.name for metric in COUNTERS]
    assert list(found.metrics) == [metric.name for metric in METRICS]


def test_sizes_are_those_of_the_pages_stored_as_often_as_the_trace_stores_them(made: Path) -> None:
    found = run(made / "app.trace.bin", replace(LZ4, limit="9p"))
    with load(made / "app.trace.bin") as loaded:
        stored = loaded.trace.events["page"][loaded.trace.events["op"] == Op.STORE]
        sizes = loaded.sizes_under(CODECS.choose("lz4"), silent)[stored]
    wanted = Counter(min(math.ceil(int(size) / 16), 257) for size in sizes)
    assert {place: count for place, count in enumerate(found.stored_sizes) if count} == wanted
    assert len(found.stored_sizes) == SIZE_STEPS + 2
    assert sum(found.stored_sizes) == found.counters["stores"]


@pytest.mark.parametrize(
    ("era", "kinds"), [("linux-5.7", (Kind.ZERO, Kind.SAME_FILLED)), ("linux-6.12", (Kind.ZERO,))]
)
def test_pages_that_the_era_does_not_compress_are_not_among_the_sizes(
    made: Path, era: str, kinds: tuple[Kind, ...]
) -> None:
    found = run(made / "app.trace.bin", replace(LZ4, limit="9p", era=era))
    with load(made / "app.trace.bin") as loaded:
        stored = loaded.trace.events["page"][loaded.trace.events["op"] == Op.STORE]
        compressed = ~np.isin(loaded.corpus.kinds[stored], kinds)
    assert sum(found.stored_sizes) == compressed.sum() < len(stored)


def test_a_comparison_is_the_runs_side_by_side_in_their_order(made: Path) -> None:
    options = [
        replace(LZ4, policy=policy, limit=limit) for policy in ("lru", "class-lru") for limit in ("20%", "5p")
    ]
    together = compare(made / "app.trace.bin", options)
    alone = [run(made / "app.trace.bin", one) for one in options]
    assert without_timings(to_json(together)) == [without_timings(to_json([one])) for one in alone]


def test_the_era_s_cells_take_effect(made: Path) -> None:
    usual = run(made / "app.trace.bin", replace(LZ4, limit="5p"))
    strict = run(made / "app.trace.bin", replace(LZ4, limit="5p", era="zswap-2013:max_compression_ratio=10"))
    assert strict.counters["reject_compress_poor"] > usual.counters["reject_compress_poor"]
    assert strict.setting["era"]["max_compression_ratio"] == 10


def summary(peak: int) -> Summary:
    """What a trace with that footprint holds."""
    return replace(scan(np.empty(0, EVENT), 1), peak=peak)


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("20%", 2_000),
        (" 100 % ", 10_000),
        ("250%", 25_000),
        ("0.01%", 1),
        ("1p", 1),
        (" 4096 p ", 4096),
        ("64MiB", 16_384),
        ("4096", 1),
        ("8191", 1),
        ("1.5G", 393_216),
    ],
)
def test_a_pool_limit_is_pages_bytes_or_a_share_of_the_footprint(text: str, frames: int) -> None:
    assert parse_frames(text, 10_000, 4096) == frames


def test_bytes_make_fewer_frames_of_larger_pages() -> None:
    assert parse_frames("1MiB", 5, 65536) == 16
    assert parse_frames("20p", 5, 65536) == 20


@pytest.mark.parametrize(
    "text",
    [
        *("", "p", "%", "0", "0p", "0%", "-1p", "-5%", "4095", "0.009%", "nan%", "inf%", "1e308%", "many"),
        *("1.5p", "99999999999999999999p", "9" * 5_000 + "p", "9" * 5_000, "9999999999999999T", "20 percent"),
        "4 k p",
    ],
)
def test_a_pool_limit_that_is_none_of_these_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_frames(text, 10_000, 4096)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("options", "frames", "ram", "shown"),
    [
        (Options(), 2_000, 10_000, "20% of the footprint"),
        (Options(ram="512MiB"), 26_214, 131_072, "20% of 512MiB"),
        (Options(ram="512MiB", max_pool_percent=25), 32_768, 131_072, "25% of 512MiB"),
        (Options(max_pool_percent=1), 100, 10_000, "1% of the footprint"),
        (Options(limit="64MiB"), 16_384, None, "64MiB"),
        (Options(limit="20%"), 2_000, None, "20%"),
    ],
)
def test_the_limit_is_a_share_of_ram_or_said_outright(
    options: Options, frames: int, ram: int | None, shown: str
) -> None:
    limit = pool_limit(options, era_of(options), footprint=10_000, page_size=4096)
    assert (limit.frames, limit.ram, limit.shown) == (frames, ram, shown)


def era_of(options: Options) -> Era:
    era = ERAS["linux-6.12"]
    percent = options.max_pool_percent
    return era if percent is None else replace(era, max_pool_percent=percent)


def test_options_of_a_kernels_name_are_cells_of_the_era(made: Path) -> None:
    asked = Options(
        era="linux-6.12", codec="lz4", max_pool_percent=30, accept_threshold_percent=80, chain_size=16
    )
    setting = run(made / "app.trace.bin", asked).setting
    assert setting["era"]["max_pool_percent"] == 30
    assert setting["era"]["accept_threshold_percent"] == 80
    assert setting["pool"] == "zsmalloc:rules=6.3:chain=16"
    assert setting["policy"] == "second-chance"


@pytest.mark.parametrize(
    ("era", "policy"),
    [
        ("zswap-2013", "lru"),
        ("linux-3.11", "frame-lru"),
        ("linux-6.5", "lru"),
        ("linux-6.12", "second-chance"),
    ],
)
def test_lru_is_the_lru_of_the_era(made: Path, era: str, policy: str) -> None:
    assert run(made / "app.trace.bin", Options(era=era, codec="lz4")).setting["policy"] == policy
    assert (
        run(made / "app.trace.bin", Options(era=era, codec="lz4", policy="class-lru")).setting["policy"]
        == "class-lru"
    )


@pytest.mark.parametrize(
    ("era", "pool", "policy"),
    [
        ("linux-6.2", "", "zspage-lru"),
        ("linux-6.2", "zbud", "frame-lru"),
        ("linux-3.11", "zsmalloc:6.3", "zspage-lru"),
        ("linux-3.11", "ideal", "frame-lru"),
        ("linux-6.5", "zbud", "lru"),
    ],
)
def test_an_lru_of_frames_has_the_form_of_the_pool(made: Path, era: str, pool: str, policy: str) -> None:
    assert run(made / "app.trace.bin", Options(era=era, codec="lz4", pool=pool)).setting["policy"] == policy


@pytest.mark.parametrize(
    ("pool", "policy", "message"),
    [
        ("zsmalloc", "frame-lru", "frame-lru is for pools of page frames, and zsmalloc has zspages"),
        ("z3fold", "zspage-lru", "zspage-lru is for pools of zspages, and z3fold has page frames"),
    ],
)
def test_a_policy_that_does_not_serve_the_pool_is_refused(
    made: Path, pool: str, policy: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        run(made / "app.trace.bin", replace(LZ4, pool=pool, policy=policy))


def test_the_corpus_is_found_beside_the_trace_whatever_it_is_called(made: Path, tmp_path: Path) -> None:
    make_corpus(tmp_path / "another.zpages", pages_of(text_page(99)))
    (tmp_path / "broken.zpages").write_bytes(b"broken")
    (tmp_path / "folder.zpages").mkdir()
    right = tmp_path / "x.zpages"
    right.write_bytes((made / "app.zpages").read_bytes())
    trace = tmp_path / "t.bin"
    trace.write_bytes((made / "app.trace.bin").read_bytes())
    assert find_corpus(read_trace(trace)) == right
    with load(trace) as loaded:
        assert loaded.corpus.path == right


def test_a_trace_behind_a_link_has_its_corpus_beside_the_file(made: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(made / "app.trace.bin")
    assert find_corpus(read_trace(tmp_path / "link")) == made / "app.zpages"


def test_the_corpus_itself_is_preferred_to_its_export(made: Path, tmp_path: Path) -> None:
    trace = tmp_path / "t.bin"
    trace.write_bytes((made / "app.trace.bin").read_bytes())
    export = make_export(tmp_path / "a-export.zpages", made / "app.zpages", "lz4")
    assert find_corpus(read_trace(trace)) == export
    whole = tmp_path / "z.zpages"
    whole.write_bytes((made / "app.zpages").read_bytes())
    assert find_corpus(read_trace(trace)) == whole


def test_an_export_gives_the_same_result_and_cannot_be_verified(made: Path, tmp_path: Path) -> None:
    export = make_export(tmp_path / "app.zpages", made / "app.zpages", "lz4")
    whole, exported = (
        without_timings(to_json([run(made / "app.trace.bin", LZ4, corpus)])) for corpus in (None, export)
    )
    assert exported == whole
    with pytest.raises(CorpusError, match="is an export without page content: --verify needs the pages"):
        run(made / "app.trace.bin", replace(LZ4, verify=True), export)
    with pytest.raises(CorpusError, match=r"no sizes under 'zlib.*; it has: lz4"):
        run(made / "app.trace.bin", replace(LZ4, codec="zlib"), export)


def test_without_a_corpus_the_trace_says_how_to_name_it(made: Path, tmp_path: Path) -> None:
    trace = tmp_path / "t.bin"
    trace.write_bytes((made / "app.trace.bin").read_bytes())
    with pytest.raises(CorpusError, match="name it with --corpus") as raised:
        run(trace, LZ4)
    assert raised.value.path == str(trace)


def test_another_corpus_than_the_trace_s_is_refused(made: Path, tmp_path: Path) -> None:
    other = make_corpus(tmp_path / "other.zpages", pages_of(*PAGES[:20]))
    with pytest.raises(
        TraceError, match=f"of corpus {digest_of(made / 'app.zpages')[:12]}; .*other.zpages is"
    ):
        run(made / "app.trace.bin", LZ4, other)


def test_another_page_size_than_the_corpus_s_is_refused(made: Path, tmp_path: Path) -> None:
    events = np.array([(0, Op.STORE, 0, 0, 0, 0)], EVENT)
    trace = make_trace(tmp_path / "t.bin", made / "app.zpages", events, page_size=16384)
    with pytest.raises(TraceError, match="has pages of 16384 bytes, its corpus of 4096"):
        run(trace, LZ4, made / "app.zpages")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ((0, 9, 0, 0, 0, 0), "operation 9"),
        ((0, Op.STORE, 0, 0, 0, 35), "stores page 35 of a corpus that has 35"),
        ((0, Op.LOAD, 40, 0, 0, 0), "swap type 40"),
        ((0, Op.FLUSH, 0, 0, 0, 0), "asks for no page frames"),
    ],
)
def test_an_event_that_cannot_be_is_told_with_its_offset(
    made: Path, tmp_path: Path, event: tuple[int, ...], words: str
) -> None:
    events = np.array([(0, Op.STORE, 0, 0, 0, 0), event], EVENT)
    trace = make_trace(tmp_path / "t.bin", made / "app.zpages", events)
    with pytest.raises(TraceError, match=f"offset 144: event 1 .*{words}"):
        run(trace, LZ4, made / "app.zpages")


@pytest.mark.parametrize("events", [[], [(0, Op.LOAD, 0, 0, 0, 0), (0, Op.FLUSH, 0, 0, 0, 1)]])
def test_a_trace_that_stores_nothing_is_told(made: Path, tmp_path: Path, events: list[Any]) -> None:
    trace = make_trace(tmp_path / "t.bin", made / "app.zpages", np.array(events, EVENT))
    with pytest.raises(TraceError, match="stores no page"):
        run(trace, LZ4, made / "app.zpages")


def test_offsets_far_apart_are_replayed_as_if_they_were_near(made: Path, tmp_path: Path) -> None:
    near = read_trace(made / "app.trace.bin").events.copy()
    far = near.copy()
    here = far["op"] <= Op.INVALIDATE
    far["offset"][here] = 2**32 - 1 - 100_000_000 * far["offset"][here].astype(np.uint64)
    assert len(set(far["offset"])) <= len(set(near["offset"])) + 1
    found = [
        run(make_trace(tmp_path / "t.bin", made / "app.zpages", events), LZ4, made / "app.zpages")
        for events in (near, far)
    ]
    assert found[0].counters == found[1].counters


@pytest.mark.parametrize(
    "options",
    [
        Options(policy="mru"),
        Options(pool="slab"),
        Options(codec="rar"),
        Options(era="linux-1.0"),
        Options(device="tape"),
        Options(limit="0%"),
        Options(pool="zsmalloc:7.0"),
        Options(codec="libzstd:level=99"),
    ],
)
def test_what_there_is_not_is_a_usage_error(made: Path, options: Options) -> None:
    with pytest.raises(UsageError):
        run(made / "app.trace.bin", options)


def test_progress_is_told_of_every_event_of_every_run(made: Path) -> None:
    told: dict[str, list[int]] = {}

    @contextmanager
    def heard(what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        told[what] = [total]
        yield told[what].append

    compare(made / "app.trace.bin", [LZ4, replace(LZ4, policy="class-lru")], None, heard)
    assert set(told) == {"sizes under lz4:acceleration=1", "replay"}
    for total, *counts in told.values():
        assert sum(counts) == total
    assert told["replay"][0] == 6_000


def heard_by(told: list[int]) -> Any:
    """A progress that notes what is to be replayed."""

    @contextmanager
    def heard(what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        if what == "replay":
            told.append(total)
        yield lambda count: None

    return heard


def test_with_bounds_each_result_is_held_against_the_bound_under_its_own_setting(made: Path) -> None:
    options = [
        replace(LZ4, policy=policy, limit=limit) for policy in ("lru", "class-lru") for limit in ("20%", "5p")
    ]
    found = compare(made / "app.trace.bin", options, bounds=True)
    least = {
        one.limit: min(
            run(made / "app.trace.bin", replace(one, policy=bound)).counters["refaults"] for bound in BOUNDS
        )
        for one in options
    }
    assert least["5p"] > least["20%"]
    for one, asked in zip(found, options, strict=True):
        assert one.label == asked.policy
        assert one.bounds == {"refaults": least[asked.limit]}
        times = one.counters["refaults"] / least[asked.limit]
        assert one.metrics["refaults_of_bound"] == pytest.approx(times)


def test_the_bound_is_replayed_once_for_each_setting_and_not_again_where_it_is_asked_for(made: Path) -> None:
    asked = [replace(LZ4, policy="lru"), replace(LZ4, policy="class-lru"), replace(LZ4, limit="5p")]
    told: list[int] = []
    compare(made / "app.trace.bin", asked, None, heard_by(told), bounds=True)
    compare(made / "app.trace.bin", [*asked, replace(LZ4, policy="min")], None, heard_by(told), bounds=True)
    assert told == [3_000 * (3 + 2 * 2), 3_000 * (4 + 1 + 2)]


def test_the_bound_itself_is_1(made: Path) -> None:
    found = compare(made / "app.trace.bin", [replace(LZ4, policy=name) for name in BOUNDS], bounds=True)
    assert all(one.setting["policy_foresees"] for one in found)
    assert min(one.metrics["refaults_of_bound"] or 0 for one in found) == 1


def test_without_bounds_nothing_is_held_against_anything(made: Path) -> None:
    found = run(made / "app.trace.bin", LZ4)
    assert (found.bounds, found.metrics["refaults_of_bound"]) == ({}, None)
    assert not found.setting["policy_foresees"]


@pytest.mark.parametrize(("era", "pool", "own"), [("linux-6.12", "", "second-chance"), ("linux-3.11", "", "frame-lru"),
                                                  ("linux-3.11", "zsmalloc", "zspage-lru")])  # fmt: skip
def test_the_policy_that_the_era_itself_has_over_the_pool_is_told(
    made: Path, era: str, pool: str, own: str
) -> None:
    options, _ = every_policy(Options(era=era, codec="lz4", pool=pool))
    found = compare(made / "app.trace.bin", options)
    assert [one.label for one in found if one.setting["policy_is_own"]] == [own]


@pytest.mark.parametrize("era", ERAS)
def test_all_policies_are_those_of_the_registry_with_the_era_s_lru_once(era: str) -> None:
    options, left_out = every_policy(Options(era=era, codec="lz4"))
    names = [one.policy for one in options]
    assert [one.label for one in options] == names
    assert ERAS[era].lru in names
    assert ("frame-lru" in names) != ("zspage-lru" in names)
    assert sorted({*names, *left_out, "lru"}) == [leaf.name for leaf in POLICIES.leaves()]
    assert len(names) == len(set(names))
    assert ("lru" in names) == (ERAS[era].lru == "lru")
    assert {(one.era, one.codec) for one in options} == {(era, "lz4")}


@pytest.mark.parametrize("era", ["zswap-2013", "linux-6.12"])
def test_the_series_is_that_of_the_trace(made: Path, era: str) -> None:
    found = run(made / "app.trace.bin", replace(LZ4, era=era))
    trace = read_trace(made / "app.trace.bin").events
    assert found.series["event"][-1] == len(trace) - 1
    assert found.series["time_us"][-1] == trace["delta_us"].sum()
    assert found.series["refaults"][-1] == found.counters["refaults"]


def test_an_error_in_one_thread_ends_the_others(made: Path) -> None:
    @contextmanager
    def failing(what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        def fail(count: int) -> None:
            if what == "replay":
                raise RuntimeError("heard")

        yield fail

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="heard"):
        compare(made / "app.trace.bin", [LZ4] * 3, None, failing)
    assert threading.active_count() == before


@pytest.mark.parametrize("page_size", [16384, 65536])
def test_larger_pages_go_all_the_way(tmp_path: Path, page_size: int) -> None:
    pages = pages_of(*(text_page(number, page_size) for number in range(12)), random_page(1, page_size))
    corpus = make_corpus(tmp_path / "a.zpages", pages, INDEX.tolist())
    events = np.concatenate(list(make_events(INDEX, Workload(events=1_000, flush_every=50))))
    trace = make_trace(tmp_path / "t.bin", corpus, events, page_size=page_size)
    found = run(trace, replace(LZ4, pool="zsmalloc:6.3", limit="12p", verify=True))
    assert found.setting["page_size"] == page_size
    assert found.verified_pages
    assert found.counters["written_back_pages"] > 0
