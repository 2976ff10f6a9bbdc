"""Sizes and replays from Python: what they give is what the command line gives, from files and from arrays alike."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import zswapbench
from tests.api.inputs import PAGES, SETTING, found, stripped
from tests.cli.running import inside
from tests.left_behind import no_workers
from tests.making import make_corpus, make_export, pages_of, random_page, text_page
from zswapbench.common.errors import CorpusError, OwnCodeError, TraceError, UsageError
from zswapbench.plugins.registry import CODECS
from zswapbench.runs.options import Options

SPECS = ["lru", "class-lru,limit=5p", "lru,era=linux-6.12,pool=zsmalloc:6.4", "fifo"]


def test_a_replay_is_what_the_command_run_gives(made: Path) -> None:
    result = zswapbench.replay(made / "app.trace.bin", "class-lru", **SETTING, verify=True, bounds=True)
    arguments = ("--codec", "lz4", "--pool-limit", "9p", "--verify", "--bounds", "--format", "json")
    done = inside("run", made / "app.trace.bin", "--policy", "class-lru", *arguments)
    assert found([result]) == [stripped(json.loads(done.out))]
    assert result.counters["refaults"] > result.bounds["refaults"] > 0
    assert result.inputs == json.loads(done.out)["inputs"]


def test_a_comparison_is_what_the_command_compare_gives(made: Path) -> None:
    results = zswapbench.compare(made / "app.trace.bin", SPECS, **SETTING)
    arguments = ("--trace", made / "app.trace.bin", "--codec", "lz4", "--pool-limit", "9p")
    done = inside("compare", *SPECS, *arguments, "--format", "json")
    assert [result.label for result in results] == SPECS
    assert found(results) == [stripped(one) for one in json.loads(done.out)]


def test_files_what_was_loaded_from_them_and_arrays_give_the_same(made: Path) -> None:
    files = found(zswapbench.compare(made / "app.trace.bin", SPECS, **SETTING, verify=True))
    trace = zswapbench.load_trace(made / "app.trace.bin")
    with zswapbench.load_corpus(made / "app.zpages") as corpus:
        pages = corpus.pages()
        for events, page_source in (
            (trace, None),
            (trace, corpus),
            (trace, pages),
            (made / "app.trace.bin", pages),
            (trace.events, corpus),
            (trace.events, made / "app.zpages"),
            (trace.events, pages),
        ):
            results = zswapbench.compare(events, SPECS, corpus=page_source, **SETTING, verify=True)
            assert found(results) == files


def test_equal_pages_of_an_array_keep_their_places(made: Path) -> None:
    events = np.array(zswapbench.load_trace(made / "app.trace.bin").events)
    distinct = zswapbench.compare(events, SPECS, corpus=PAGES, **SETTING, verify=True)
    stores = events["op"] == zswapbench.Op.STORE
    events["page"][stores] += np.where(np.arange(stores.sum()) % 2, len(PAGES), 0).astype(np.uint32)
    repeated = zswapbench.compare(events, SPECS, corpus=np.tile(PAGES, (2, 1)), **SETTING, verify=True)
    for one, other in zip(distinct, repeated, strict=True):
        assert (one.counters, one.metrics, one.classes) == (other.counters, other.metrics, other.classes)
        assert (one.stored_sizes, one.series) == (other.stored_sizes, other.series)
    sizes = zswapbench.sizes(np.tile(PAGES, (2, 1)), "lz4")
    assert sizes.tolist() == zswapbench.sizes(PAGES, "lz4").tolist() * 2


def test_arrays_are_read_however_they_lie_and_never_changed(made: Path) -> None:
    events = np.array(zswapbench.load_trace(made / "app.trace.bin").events)
    usual = found([zswapbench.replay(events, corpus=PAGES, **SETTING)])
    apart, wide = np.zeros(2 * len(events), zswapbench.EVENT)[::2], np.zeros((len(PAGES), 8192), np.uint8)
    apart[:], wide[:, :4096] = events, PAGES
    pages = wide[:, :4096]
    for array in (apart, pages, wide):
        array.flags.writeable = False
    assert found([zswapbench.replay(apart, corpus=pages, **SETTING)]) == usual
    assert zswapbench.sizes(pages, "lz4").tolist() == zswapbench.sizes(PAGES, "lz4").tolist()


def test_part_of_a_loaded_trace_can_be_replayed(made: Path) -> None:
    trace = zswapbench.load_trace(made / "app.trace.bin")
    part = replace(trace, events=trace.events[:2_000:2])
    assert zswapbench.replay(part, **SETTING).inputs["events"] == 1_000


@pytest.mark.parametrize("page_size", [4096, 16384, 65536])
def test_sizes_are_those_of_the_codec_for_every_page_size(page_size: int) -> None:
    pages = pages_of(text_page(1, page_size), random_page(2, page_size), bytes(page_size))
    sizes = zswapbench.sizes(pages, "libzstd:1")
    codec = CODECS.choose("libzstd:1").make()
    assert sizes.tolist() == [len(codec.compress(page.tobytes())) for page in pages]
    assert sizes.dtype == np.uint32
    events = np.zeros(3, zswapbench.EVENT)
    events["op"], events["offset"], events["page"] = zswapbench.Op.STORE, range(3), range(3)
    result = zswapbench.replay(events, corpus=pages, codec="libzstd:1", limit="9p", verify=True)
    assert result.setting["page_size"] == page_size
    assert result.counters["stored_bytes"] == sizes[0] + sizes[2]


def test_sizes_of_a_file_are_remembered_and_those_of_an_array_are_not(made: Path, tmp_path: Path) -> None:
    zswapbench.sizes(PAGES, "lz4")
    zswapbench.replay(made / "app.trace.bin", corpus=PAGES, **SETTING)
    assert not list(tmp_path.rglob("*.sizes"))
    first = zswapbench.sizes(made / "app.zpages", "lz4")
    assert len(list(tmp_path.rglob("*.sizes"))) == 1
    first[:] = 1
    assert zswapbench.sizes(made / "app.zpages", "lz4").tolist() == zswapbench.sizes(PAGES, "lz4").tolist()


def test_no_pages_have_no_sizes() -> None:
    assert zswapbench.sizes(PAGES[:0], "lz4").shape == (0,)


def test_an_export_has_the_sizes_that_it_was_made_with(tmp_path: Path) -> None:
    identity = CODECS.choose("lz4").make().identity
    export = make_export(tmp_path / "e.zpages", PAGES, {identity: zswapbench.sizes(PAGES, "lz4")})
    assert zswapbench.sizes(export, "lz4").tolist() == zswapbench.sizes(PAGES, "lz4").tolist()
    with pytest.raises(CorpusError, match="no sizes under 'zlib"):
        zswapbench.sizes(export, "zlib")


def is_open(path: Path) -> bool:
    """Has this process the file open?"""
    return path in [link.resolve() for link in Path("/proc/self/fd").iterdir()]


def test_a_corpus_that_nobody_has_any_more_is_closed(made: Path) -> None:
    corpus = zswapbench.load_corpus(made / "app.zpages")
    pages = corpus.pages()
    assert is_open(made / "app.zpages")
    del corpus
    assert not is_open(made / "app.zpages")
    assert (pages == PAGES).all()


def test_a_corpus_that_was_given_open_stays_open(made: Path) -> None:
    with zswapbench.load_corpus(made / "app.zpages") as corpus:
        zswapbench.replay(made / "app.trace.bin", corpus=corpus, **SETTING)
        zswapbench.sizes(corpus, "lz4")
        assert (corpus.pages() == PAGES).all()


def test_a_result_gives_its_lists_as_arrays(made: Path) -> None:
    result = zswapbench.replay(made / "app.trace.bin", "class-lru", **SETTING)
    for name, values in result.series.items():
        assert result.array(name).tolist() == values
    assert result.array("stored_sizes").sum() == result.counters["stores"]
    assert result.array("class_sizes").tolist() == result.class_sizes
    assert result.array("barren_runs").dtype == np.int64
    assert result.array("classes.pages_used").sum() == result.counters["pool_pages"]
    assert result.array("classes.fullness").shape == (len(result.classes), len(result.classes[0]["fullness"]))
    with pytest.raises(UsageError, match=r"no array 'refault'; it has: event, .*, classes\.class, "):
        result.array("refault")


def test_a_result_without_classes_has_empty_columns(made: Path) -> None:
    result = replace(zswapbench.replay(made / "app.trace.bin", **SETTING), classes=[])
    assert result.array("classes.size").tolist() == []
    with pytest.raises(UsageError, match="no array 'size'; it has: event, "):
        result.array("size")


def test_results_of_arrays_can_be_written_and_read_back(made: Path, tmp_path: Path) -> None:
    events = zswapbench.load_trace(made / "app.trace.bin").events
    percent: Any = np.int64(30)  # as it comes out of np.arange
    result = zswapbench.replay(events, corpus=PAGES, codec="lz4", max_pool_percent=percent)
    zswapbench.make_report(result, tmp_path / "r.json")
    assert zswapbench.read_results(tmp_path / "r.json") == [result]
    assert result.inputs["trace"] == result.inputs["corpus"] == "<array>"
    assert result.setting["era"]["max_pool_percent"] == 30


@pytest.mark.parametrize("function", [zswapbench.replay, zswapbench.compare])
def test_every_option_of_the_command_line_has_its_name_and_default_here(function: Callable[..., Any]) -> None:
    known = signature(function).parameters
    of_specs = {"setup", "mem_limit", "backing_dev", "writes"}
    missing = ({"label", "policy"} - known.keys()) | of_specs
    for option in fields(Options):
        if option.name not in missing:
            assert known[option.name].default == option.default


def test_every_option_takes_effect(made: Path) -> None:
    options: dict[str, Any] = {
        "pool": "zsmalloc:6.4",
        "codec": "libzstd:2",
        "era": "linux-6.12",
        "ram": "1MiB",
        "max_pool_percent": 7,
        "accept_threshold_percent": 77,
        "chain_size": 5,
        "what_if": True,
        "cost": "libzstd=2us/1us",
        "device": "hdd",
    }
    one = zswapbench.replay(made / "app.trace.bin", "fifo", **options)
    (other,) = zswapbench.compare(made / "app.trace.bin", ["fifo"], **options)
    assert one.asked == other.asked == {**options, "policy": "fifo", "limit": ""}
    assert zswapbench.replay(made / "app.trace.bin", **SETTING, verify=True).verified_pages
    assert zswapbench.compare(made / "app.trace.bin", ["lru"], **SETTING, verify=True)[0].verified_pages


def test_several_costs_are_a_list_or_one_text(made: Path) -> None:
    costs = ["lz4=2us/1us", "zstd=9us/4us"]
    first, second = (
        zswapbench.compare(made / "app.trace.bin", ["lz4", "zstd"], limit="9p", cost=cost)
        for cost in (costs, ",".join(costs))
    )
    assert [one.asked["cost"] for one in first] == [one.asked["cost"] for one in second] == costs
    again = [zswapbench.replay(made / "app.trace.bin", **one.asked) for one in first]
    assert [one.metrics for one in again] == [one.metrics for one in first]
    with pytest.raises(UsageError, match="--cost zstd: no run uses it; they use lz4"):
        zswapbench.replay(made / "app.trace.bin", codec="lz4", cost=costs)


EVENTS: Any = np.zeros(1, zswapbench.EVENT)
EVENTS["op"] = zswapbench.Op.STORE


def replayed(*arguments: Any, **options: Any) -> Any:
    return zswapbench.replay(EVENTS, *arguments, **{"corpus": PAGES, "limit": "9p", **options})


def compared(policies: Any) -> Any:
    return zswapbench.compare(EVENTS, policies, corpus=PAGES, **SETTING)


@pytest.mark.parametrize(
    ("function", "arguments", "options", "message"),
    [
        (zswapbench.load_trace, (5,), {}, "trace is 5, not a path"),
        (zswapbench.load_trace, (b"t",), {}, "trace is of type bytes, not a path"),
        (zswapbench.load_trace, ("a\0b",), {}, r"trace is 'a\x00b', which is not a name of a file"),
        (zswapbench.load_corpus, (None,), {}, "corpus is of type NoneType, not a path"),
        (zswapbench.load_corpus, ("",), {}, "corpus is '', which is not a name of a file"),
        (
            zswapbench.sizes,
            ([b""], "lz4"),
            {},
            "pages is of type list, not a path, a Corpus or an array of pages",
        ),
        (zswapbench.sizes, (PAGES[0], "lz4"), {}, "pages is uint8[4096], not uint8[n, PAGE_SIZE] with a"),
        (zswapbench.sizes, (PAGES[:, :99], "lz4"), {}, "pages is uint8[35, 99], not uint8[n, PAGE_SIZE]"),
        (zswapbench.sizes, (PAGES.view("i1"), "lz4"), {}, "pages is int8[35, 4096], not uint8[n, PAGE_SIZE]"),
        (zswapbench.sizes, (PAGES, "lz5"), {}, "no codec is called 'lz5'; did you mean lz4? There are: "),
        (zswapbench.sizes, (PAGES, None), {}, "codec is of type NoneType, not the name of one, such as"),
        (zswapbench.replay, (EVENTS,), {}, "does not say what it stores pages of; give corpus, too"),
        (zswapbench.replay, ([1],), {"corpus": PAGES}, "trace is of type list, not a path, a Trace or an"),
        (zswapbench.replay, (np.zeros(3),), {"corpus": PAGES}, "events are float64[3], not an array of zsw"),
        (zswapbench.replay, (EVENTS[None],), {"corpus": PAGES}, "events are records[1, 1], not an array of"),
        (replayed, ("lru,codec=lz4",), {}, "no policy is called 'lru,codec=lz4'"),
        (replayed, (), {"corpus": PAGES[0]}, "corpus is uint8[4096], not uint8[n, PAGE_SIZE] with a"),
        (replayed, ("zram",), {}, "zram is no policy but a SPEC of compare"),
        (replayed, (), {"cost": 5}, "cost is 5; give a list of text, such as ['lz4=2us/1us']"),
        (replayed, (), {"limit": 20}, "limit is 20, not text"),
        (replayed, (), {"verify": "no"}, "verify is 'no', not True or False"),
        (replayed, (), {"chain_size": 4.0}, "chain_size is 4.0, not a whole number or None"),
        (replayed, (), {"ram": "1G"}, "--pool-limit sets the size of the pool, as --ram"),
        (compared, ("lru",), {}, "policies is 'lru'; give a list of text, such as ['lru', 'class-lru']"),
        (compared, (3,), {}, "policies is 3; give a list of text, such as ['lru', 'class-lru']"),
        (compared, ([],), {}, "policies is empty; give one or more, such as ['lru', 'class-lru']"),
        (compared, ([3],), {}, "policy is 3, not text"),
        (
            compared,
            (["lru,x=3"],),
            {},
            "'lru,x=3': 'x=3' is not one of policy=..., pool=..., codec=..., era=..., ",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_told_in_one_line(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        function(*arguments, **options)
    assert isinstance(raised.value, zswapbench.ZswapbenchError)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def one_event(**values: int) -> NDArray[np.void]:
    """A store of page 0, with ``values`` in place of these."""
    events = EVENTS.copy()
    for name, value in values.items():
        events[name] = value
    return np.array(events)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (one_event(page=35), "<array>: offset 0: event 0 stores page 35 of a corpus that has 35"),
        (one_event(op=9), "<array>: offset 0: event 0 operation 9"),
        (one_event(op=zswapbench.Op.LOAD), "<array>: stores no page: there is nothing to replay"),
        (one_event()[:0], "<array>: stores no page: there is nothing to replay"),
    ],
)
def test_events_that_cannot_be_replayed_are_told(events: NDArray[np.void], message: str) -> None:
    with pytest.raises(TraceError) as raised:
        zswapbench.replay(events, corpus=PAGES, **SETTING)
    assert message in str(raised.value)


def test_an_array_without_pages_is_a_corpus_without_pages() -> None:
    with pytest.raises(TraceError, match="stores page 0 of a corpus that has 0"):
        zswapbench.replay(one_event(), corpus=PAGES[:0], **SETTING)


def test_files_that_do_not_belong_together_are_told(made: Path, tmp_path: Path) -> None:
    other = make_corpus(tmp_path / "other.zpages", PAGES[:9])
    with pytest.raises(TraceError, match="stores pages of corpus"):
        zswapbench.replay(made / "app.trace.bin", corpus=other, **SETTING)
    with pytest.raises(TraceError, match="has pages of 4096 bytes, its corpus of 16384"):
        zswapbench.replay(made / "app.trace.bin", corpus=np.zeros((99, 16384), np.uint8), **SETTING)


def test_a_closed_corpus_is_told(made: Path) -> None:
    with zswapbench.load_corpus(made / "app.zpages") as corpus:
        pass
    with pytest.raises(CorpusError, match="closed"):
        corpus.pages()
    with pytest.raises(CorpusError, match="closed"):
        zswapbench.sizes(corpus, "lz4")


OWN = """
from zswapbench.policy import Policy

class Wild(Policy):
    def on_store(self, entry, klass, key): pass
    def on_remove(self, entry): pass
    def victim(self, need, amount):
        raise RuntimeError("no idea")
"""


def test_what_is_wrong_with_a_policy_of_one_s_own_is_told(made: Path, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN)
    with pytest.raises(OwnCodeError, match=r"no idea \(own.py, line 8\)"):
        zswapbench.replay(made / "app.trace.bin", f"{tmp_path}/own.py:Wild", **SETTING)


def test_threads_may_call_at_the_same_time(made: Path) -> None:
    usual = found([zswapbench.replay(made / "app.trace.bin", "class-lru", **SETTING)])
    with zswapbench.load_corpus(made / "app.zpages") as corpus, ThreadPoolExecutor(4) as threads:
        calls = [
            threads.submit(
                zswapbench.replay, made / "app.trace.bin", "class-lru", corpus=corpus, codec="lz4", limit="9p"
            )
            for _ in range(8)
        ]
        assert all(found([call.result()]) == usual for call in calls)


def test_nothing_is_printed_and_nothing_left_behind(
    made: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zswapbench.corpus.sizes.WORTH_WORKERS_S", 0)
    before = threading.active_count()
    zswapbench.compare(made / "app.trace.bin", SPECS, **SETTING, verify=True, bounds=True)
    with pytest.raises(UsageError):
        zswapbench.replay(made / "app.trace.bin", "no-such-policy")
    assert capfd.readouterr() == ("", "")
    assert threading.active_count() == before
    assert no_workers()


def test_zram_is_compared_with_zswap_as_on_the_command_line(made: Path) -> None:
    zram, lru = zswapbench.compare(made / "app.trace.bin", ["zram,6.12,mem-limit=1MiB", "lru"], **SETTING)
    assert (zram.setting["setup"], lru.setting["setup"]) == ("zram", "zswap")
    assert zram.setting["pool_limit_pages"] == 256
