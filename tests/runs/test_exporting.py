"""Traces for other programs: what libCacheSim reads of them, and what 'trace import' makes of them again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import libcachesim
import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.test_merging import imported as imported_core
from tests.making import make_corpus, make_export, pages_of, random_page, text_page
from tests.runs.making import digest_of
from tests.runs.shaping import written
from tests.traces.drawn import OF_SLOTS, Events, drawn_events, moments_of, without_time
from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.progress import silent
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import sizes_of
from zswapbench.plugins.registry import CODECS
from zswapbench.runs.exporting import FORMS, Wish, export_trace
from zswapbench.runs.importing import import_recording
from zswapbench.runs.shaping import Shaped
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import read_trace
from zswapbench.traces.oracle_general import REQUEST, recognises

SLOW = settings(max_examples=150, deadline=None)
PAGES = [text_page(1), random_page(2), bytes(4096), text_page(3)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for files that are written over and over, with the corpus app.zpages."""
    place = tmp_path_factory.mktemp("exports")
    imported_core(place, "app", [*PAGES, PAGES[1]])
    return place


def exported(folder: Path, events: Events, name: str, **wish: Any) -> Shaped:
    """The export ``name`` of a trace of ``events``."""
    trace = written(folder / "a.trace.bin", events, digest_of(folder / "app.zpages"))
    return export_trace(trace, folder / name, Wish(**wish), silent)


def imported(folder: Path, name: str) -> Events:
    import_recording(folder / name, folder / "b.trace.bin", folder / "app.zpages", (), "", silent)
    return read_trace(folder / "b.trace.bin").events


def requests_of(events: Events, size: int = 4096) -> list[tuple[int, int, int, int]]:
    """What oracleGeneral has to say of ``events``, by a book of what is in which slot."""
    found: list[list[int]] = []
    there: dict[tuple[int, int], int] = {}
    for moment, (_, op, kind, _, offset, _) in zip(moments_of(events), events.tolist(), strict=True):
        slot = kind, offset
        if op == Op.INVALIDATE_AREA:
            there = {other: number for other, number in there.items() if other[0] != kind}
        if op in (Op.STORE, Op.INVALIDATE):
            there.pop(slot, None)
        if op in (Op.STORE, Op.LOAD):
            number = len(found) + 1
            begun = number
            if slot in there:
                before = found[there[slot] - 1]
                before[3], begun = number, before[1]
            there[slot] = number
            found.append([moment // 1_000_000, begun, size, -1])
    return [tuple(one) for one in found]  # type: ignore[misc]


@SLOW
@given(events=drawn_events(tuple(Op)[:6]))
def test_requests_are_those_that_a_book_of_slots_has(folder: Path, events: Events) -> None:
    made = exported(folder, events, "a.oracleGeneral")
    found = np.fromfile(folder / "a.oracleGeneral", REQUEST)
    assert found.tolist() == requests_of(events)
    assert made.events == len(found)
    others = [int((events["op"] == int(op)).sum()) for op in (3, 4, 5, 6)]
    assert sum(int(line.split(": ")[1].split()[0]) for line in made.remarks) == sum(others)
    if len(found):
        assert recognises((folder / "a.oracleGeneral").read_bytes())


@SLOW
@given(events=drawn_events((Op.STORE, Op.LOAD)))
def test_oracle_general_comes_back_through_import_and_export(folder: Path, events: Events) -> None:
    exported(folder, events, "a.oracleGeneral")
    found = imported(folder, "a.oracleGeneral")
    objects = [begun for _, begun, _, _ in requests_of(events)]
    order = {begun: offset for offset, begun in enumerate(dict.fromkeys(objects))}
    assert [event["offset"] for event in found] == [order[begun] for begun in objects]
    assert [event["op"] for event in found] == [
        Op.STORE if begun == number else Op.LOAD for number, begun in enumerate(objects, 1)
    ]
    first = moments_of(events)[0] // 1_000_000
    assert moments_of(found) == [(one // 1_000_000 - first) * 1_000_000 for one in moments_of(events)]
    exported(folder, found, "b.oracleGeneral")
    once, twice = (np.fromfile(folder / f"{name}.oracleGeneral", REQUEST) for name in "ab")
    for field in ("obj_id", "obj_size", "next_access_vtime"):
        assert np.array_equal(once[field], twice[field]), field


@SLOW
@given(events=drawn_events(OF_SLOTS))
def test_csv_comes_back_with_every_page(folder: Path, events: Events) -> None:
    made = exported(folder, events, "a.csv")
    found = imported(folder, "a.csv")
    assert made.remarks == []
    assert without_time(found) == without_time(events)
    assert np.diff(moments_of(found)).tolist() == np.diff(moments_of(events)).tolist()


@pytest.mark.parametrize(
    "name", ["a.oracleGeneral", "a.oracleGeneral.bin", "a.oracleGeneral.bin.zst", "a.csv.zst"]
)
def test_the_name_tells_the_form_and_the_packing(folder: Path, name: str) -> None:
    events = np.array([(0, Op.STORE, 0, 0, 1, 0), (9, Op.LOAD, 0, 0, 1, 0)], EVENT)
    exported(folder, events, name)
    data = (folder / name).read_bytes()
    if name.endswith(".zst"):
        data = zstandard.ZstdDecompressor().stream_reader(data).read()
    exported(folder, events, "plain", to="csv" if "csv" in name else "oracleGeneral")
    assert data == (folder / "plain").read_bytes()
    assert len(imported(folder, name)) == 2


@pytest.mark.parametrize("name", ["redis.oracleGeneral", "redis.oracleGeneral.zst"])
def test_libcachesim_reads_an_export_and_misses_what_a_replay_would(folder: Path, name: str) -> None:
    random = np.random.default_rng(5)
    loads = np.minimum(random.zipf(1.3, 4000), 300) - 1
    events = np.zeros(300 + len(loads), EVENT)
    events["op"] = [int(Op.STORE)] * 300 + [int(Op.LOAD)] * len(loads)
    events["offset"] = np.concatenate([np.arange(300), loads])
    events["delta_us"] = 1000
    exported(folder, events, name)
    reader = libcachesim.TraceReader(
        str(folder / name), trace_type=libcachesim.TraceType.ORACLE_GENERAL_TRACE
    )
    fields = [(request.clock_time, request.obj_id, request.obj_size) for request in reader]
    assert fields == [(moment, begun, size) for moment, begun, size, _ in requests_of(events)]
    assert misses(libcachesim.Belady, reader) == fewest_misses(events["offset"].tolist(), 50)
    assert misses(libcachesim.LRU, reader) == lru_misses(events["offset"].tolist(), 50)


def misses(algorithm: Any, reader: Any) -> int:
    """Of a cache of 50 pages."""
    reader.reset()
    cache = algorithm(50 * 4096)
    share: float = cache.process_trace(reader)[0]
    return round(share * 4300)


def lru_misses(pages: list[int], frames: int) -> int:
    held: dict[int, None] = {}
    count = 0
    for page in pages:
        if page in held:
            del held[page]
        else:
            count += 1
            if len(held) == frames:
                del held[next(iter(held))]
        held[page] = None
    return count


def fewest_misses(pages: list[int], frames: int) -> int:
    """Of MIN, which evicts whatever is asked for last."""
    following: list[float] = []
    later: dict[int, int] = {}
    for number in reversed(range(len(pages))):
        following.append(later.get(pages[number], float("inf")))
        later[pages[number]] = number
    following.reverse()
    held: dict[int, float] = {}
    count = 0
    for number, page in enumerate(pages):
        if page not in held:
            count += 1
            if len(held) == frames:
                del held[max(held, key=held.__getitem__)]
        held[page] = following[number]
    return count


def test_pages_have_their_sizes_under_a_codec_and_at_most_that_of_a_page(folder: Path) -> None:
    loads = [(0, Op.LOAD, 0, 0, offset, 0) for offset in (1, 9)]
    events = np.array([*((0, Op.STORE, 0, 0, n, n) for n in range(4)), *loads], EVENT)
    made = exported(folder, events, "a.oracleGeneral", codec="lz4")
    with Corpus(folder / "app.zpages") as corpus:
        sizes = np.minimum(sizes_of(corpus, CODECS.choose("lz4")), 4096).tolist()
    assert sizes[1] == 4096 > sizes[0]
    found = np.fromfile(folder / "a.oracleGeneral", REQUEST)
    assert found["obj_size"].tolist() == [*sizes, sizes[1], 4096]
    assert made.remarks == ["1 loads of pages that were never stored count as 4096 bytes each"]


def test_without_a_corpus_that_has_addresses_csv_names_no_page(tmp_path: Path) -> None:
    events = np.array([(0, Op.STORE, 0, 0, 1, 0), (0, Op.FLUSH, 0, 0, 0, 3)], EVENT)
    trace = written(tmp_path / "a.trace.bin", events)
    made = export_trace(trace, tmp_path / "a.csv", Wish(), silent)
    head, row = (tmp_path / "a.csv").read_text().splitlines()
    assert row == "0,0,store,0,1,0"
    flushes, corpus = made.remarks
    assert flushes == "left out, since csv cannot tell of them: 1 flushes"
    assert corpus.startswith("no corpus with addresses is at hand")
    with pytest.raises(CorpusError, match="no corpus with digest"):
        export_trace(trace, tmp_path / "a.oracleGeneral", Wish(codec="lz4"), silent)
    export = make_export(tmp_path / "x.zpages", pages_of(*PAGES), {"x": np.ones(4, np.uint32)})
    trace = written(tmp_path / "b.trace.bin", events, digest_of(export))
    assert export_trace(trace, tmp_path / "b.csv", Wish(corpus=export), silent).remarks == made.remarks
    assert (tmp_path / "b.csv").read_text().splitlines() == [head, row]


def test_of_two_pages_at_one_address_import_finds_the_first(tmp_path: Path) -> None:
    """As in a corpus of several processes: the other page is dealt."""
    from zswapbench.corpus.merging import merge_corpora

    with (
        Corpus(make_corpus(tmp_path / "a.zpages", pages_of(text_page(1)))) as one,
        Corpus(make_corpus(tmp_path / "b.zpages", pages_of(text_page(2), text_page(3)))) as two,
    ):
        digest, _ = merge_corpora([one, two], tmp_path / "app.zpages")
    events = np.array([(0, Op.STORE, 0, 0, n, n) for n in range(3)], EVENT)
    trace = written(tmp_path / "a.trace.bin", events, digest)
    export_trace(trace, tmp_path / "a.csv", Wish(), silent)
    shift_of = [line.rsplit(",", 1)[1] for line in (tmp_path / "a.csv").read_text().splitlines()[1:]]
    assert shift_of == ["0", "0", "1"]


@pytest.mark.parametrize(
    ("name", "wish", "problem"),
    [
        ("a.bin", {}, "its name tells no form: let it end in .csv or .oracleGeneral, or give --to"),
        ("a.csv", {"to": "lcs"}, "no form of exports is called 'lcs'"),
        ("a.csv", {"codec": "lz4"}, "--codec: csv has no sizes of pages; leave it out"),
        ("a.oracleGeneral", {"codec": "lz5"}, "no codec is called 'lz5'"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    folder: Path, name: str, wish: dict[str, Any], problem: str
) -> None:
    events = np.array([(0, Op.STORE, 0, 0, 1, 0)], EVENT)
    (folder / name).unlink(missing_ok=True)
    with pytest.raises(UsageError) as raised:
        exported(folder, events, name, **wish)
    assert problem in str(raised.value)
    assert not (folder / name).exists()


def test_a_trace_longer_than_oracle_general_can_tell_is_refused(folder: Path) -> None:
    events = np.zeros(1_000_002, EVENT)
    events["op"], events["delta_us"] = int(Op.STORE), (1 << 32) - 1
    with pytest.raises(TraceError, match="it lasts more than 4,294,967,295 seconds"):
        exported(folder, events, "late.oracleGeneral")
    assert not (folder / "late.oracleGeneral").exists()


def test_the_forms_are_found() -> None:
    assert FORMS.names() == ["csv", "oracleGeneral"]


@settings(max_examples=300, deadline=None)
@given(data=st.binary(min_size=24, max_size=200))
def test_any_other_bytes_are_not_taken_for_oracle_general(data: bytes) -> None:
    following = np.frombuffer(data, REQUEST, len(data) // 24)["next_access_vtime"]
    likely = all(
        one in (-1, (1 << 63) - 1) or number < one < 1 << 48 for number, one in enumerate(following, 1)
    )
    assert likely or not recognises(data)
