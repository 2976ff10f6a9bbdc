"""A trace and its corpus: which one is found, and what does not fit together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.making import make_corpus, pages_of, text_page
from tests.runs.making import LZ4, PAGES, digest_of, make_export, make_trace
from zswapbench.common.errors import CorpusError, TraceError
from zswapbench.runs.loading import find_corpus, load
from zswapbench.runs.zswap import run
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import read_trace


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


def test_an_export_is_found_whatever_it_is_called(made: Path, tmp_path: Path) -> None:
    trace = tmp_path / "t.bin"
    trace.write_bytes((made / "app.trace.bin").read_bytes())
    (tmp_path / "README").write_text("what these files are")
    export = make_export(tmp_path / "sizes-for-ci", made / "app.zpages", "lz4")
    assert find_corpus(read_trace(trace)) == export


def test_what_does_not_begin_as_a_corpus_is_not_looked_through(made: Path, tmp_path: Path) -> None:
    trace = tmp_path / "t.bin"
    trace.write_bytes((made / "app.trace.bin").read_bytes())
    # A ZIP reader looks for the end of an archive, and would take this for one.
    (tmp_path / "dump").write_bytes(b"core" + (made / "app.zpages").read_bytes())
    with pytest.raises(CorpusError, match="name it with --corpus"):
        find_corpus(read_trace(trace))


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
