"""Several traces as one: all their events, in order, on devices of their own or shared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.making import make_corpus, pages_of, random_page, text_page
from tests.runs.making import LZ4, digest_of, make_trace
from tests.runs.shaping import told, written
from tests.traces.drawn import OF_SLOTS, Events, drawn_events, moments_of, without_time
from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.progress import silent
from zswapbench.corpus.reading import Corpus
from zswapbench.runs.loading import load
from zswapbench.runs.merging import Wish, merge_traces
from zswapbench.runs.zswap import run
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import Trace, read_trace, write_trace
from zswapbench.traces.scan import scan

SLOW = settings(max_examples=100, deadline=None)


def merged(folder: Path, traces: list[Events], **wish: Any) -> Trace:
    """The merge of traces over one corpus."""
    paths = [written(folder / f"{number}.trace.bin", events) for number, events in enumerate(traces)]
    made = merge_traces(paths, folder / "all.trace.bin", Wish(**wish), silent)
    trace = read_trace(folder / "all.trace.bin")
    assert made.events == len(trace.events) == sum(map(len, traces))
    return trace


@SLOW
@given(traces=st.lists(drawn_events(), min_size=1, max_size=5))
def test_each_trace_is_in_the_merge_as_it_was_on_swap_types_of_its_own(
    folder: Path, traces: list[Events]
) -> None:
    whole = merged(folder, traces).events
    moments, left = np.array(moments_of(whole)), set(range(len(whole)))
    used: set[int] = set()
    for events in traces:
        own = sorted(scan(events, 4).keys)
        taken = [kind for kind in own if kind in used]
        free = [kind for kind in range(32) if kind not in used | set(own)]
        become = {kind: kind for kind in own} | dict(zip(taken, free, strict=False))
        used |= set(become.values())
        mine = [number for number, event in enumerate(whole) if int(event["swap_type"]) in become.values()]
        expected = [(op, become[kind], *more) for op, kind, *more in without_time(events)]
        assert without_time(whole[mine]) == expected
        assert moments[mine].tolist() == moments_of(events)
        left -= set(mine)
    assert not left


@SLOW
@given(traces=st.lists(drawn_events(OF_SLOTS), min_size=2, max_size=4))
def test_traces_on_shared_devices_have_slots_of_their_own(folder: Path, traces: list[Events]) -> None:
    whole = merged(folder, traces, same_device=True).events
    alone = [scan(events, 4) for events in traces]
    together = scan(whole, 4)
    for name in ("stores", "loads", "invalidates", "duplicates", "loads_of_absent", "offsets"):
        assert getattr(together, name) == sum(getattr(one, name) for one in alone), name
    assert set(together.keys) == {kind for one in alone for kind in one.keys}
    assert together.duration_us == max(one.duration_us for one in alone)


@pytest.mark.parametrize("same_device", [False, True])
@SLOW
@given(traces=st.lists(drawn_events(pages=6, min_size=5), min_size=2, max_size=3))
def test_a_replay_of_a_merge_has_all_that_its_parts_have(
    tmp_path_factory: pytest.TempPathFactory, same_device: bool, traces: list[Events]
) -> None:
    """In pools that never fill, nothing depends on the others; the law of the counters is checked by the replay."""
    folder = tmp_path_factory.mktemp("replayed")
    pages = pages_of(*(text_page(number) for number in range(6)))
    corpus = make_corpus(folder / "a.zpages", pages)
    begin = np.array([(0, Op.STORE, 0, 0, 0, 0)], EVENT)
    kept = [events[events["op"] != int(Op.INVALIDATE_AREA)] for events in traces]
    kept = [np.concatenate([begin, events[events["op"] != int(Op.FLUSH)]]) for events in kept]
    paths = [make_trace(folder / f"{n}.trace.bin", corpus, events) for n, events in enumerate(kept)]
    merge_traces(paths, folder / "all.trace.bin", Wish(same_device=same_device), silent)
    counts = [counters_of(path, corpus) for path in (*paths, folder / "all.trace.bin")]
    for name in ("stored_pages", "zswpout", "zswpin", "same_filled_pages", "duplicate_entry"):
        assert counts[-1][name] == sum(one[name] for one in counts[:-1]), name


def counters_of(path: Path, corpus: Path) -> dict[str, int]:
    """Of a replay with room for all."""
    return run(path, replace(LZ4, limit="1000p"), corpus).counters


def test_how_far_a_worker_came_says_nothing_of_a_shared_machine(folder: Path) -> None:
    events = np.array([(1, Op.STORE, 0, 0, 0, 0), (1, Op.WORK, 0, 0, 0, 3), (1, Op.LOAD, 0, 0, 0, 0)], EVENT)
    paths = [written(folder / f"{number}.trace.bin", events) for number in range(2)]
    assert merge_traces(paths, folder / "all.trace.bin", Wish(), silent).events == 4
    whole = read_trace(folder / "all.trace.bin").events
    assert (whole["op"].tolist(), moments_of(whole)) == ([1, 1, 2, 2], [1, 1, 3, 3])


def test_traces_over_several_corpora_get_one_with_all_pages(tmp_path: Path) -> None:
    first = make_corpus(tmp_path / "a.zpages", pages_of(text_page(1), text_page(2)))
    second = make_corpus(tmp_path / "b.zpages", pages_of(random_page(3), text_page(2), bytes(4096)))
    events = np.array([(1, Op.STORE, 0, 0, number, number) for number in range(2)], EVENT)
    more = np.array([(1, Op.STORE, 0, 0, number, 2 - number) for number in range(3)], EVENT)
    paths = [
        make_trace(tmp_path / "a.trace.bin", first, events),
        make_trace(tmp_path / "b.trace.bin", second, more),
        make_trace(tmp_path / "c.trace.bin", first, events),
    ]
    wish = Wish([second], tmp_path / "all.zpages")
    made = merge_traces(paths, tmp_path / "all.trace.bin", wish, silent)
    assert made.remarks == [
        f"{paths[1]}: swap type 0 became 1",
        f"{paths[2]}: swap type 0 became 2",
    ]
    with load(tmp_path / "all.trace.bin", tmp_path / "all.zpages") as loaded, Corpus(first) as one:
        pages = loaded.corpus.pages()
        assert len(pages) == 4
        stored = {(event["swap_type"], event["offset"]): event["page"] for event in loaded.trace.events}
        wanted = {0: one.pages(), 2: one.pages(), 1: pages_of(bytes(4096), text_page(2), random_page(3))}
        for (kind, offset), page in stored.items():
            assert np.array_equal(pages[page], wanted[kind][offset])
        assert told(loaded.trace) == {
            "made_by": "zswapbench trace merge",
            "derived": "merge of 3: recorded: the trace does not say how",
            "same_device": False,
        }


def test_what_does_not_go_together_is_refused(folder: Path, tmp_path: Path) -> None:
    one = np.array([(0, Op.STORE, kind, 0, 0, 0) for kind in range(20)], EVENT)
    with pytest.raises(UsageError, match=r"1\.trace\.bin: no swap type is left for it"):
        merged(folder, [one, one])
    far = np.array([(0, Op.STORE, 0, 0, (1 << 32) - 1, 0)], EVENT)
    with pytest.raises(UsageError, match=r"more than 4,294,967,296 slots of swap device 0"):
        merged(folder, [far, far], same_device=True)
    off = np.array([(0, Op.STORE, 0, 0, 0, 0), (0, Op.INVALIDATE_AREA, 0, 0, 0, 0)], EVENT)
    with pytest.raises(UsageError, match=r"1\.trace\.bin switches a swap device off"):
        merged(folder, [far, off], same_device=True)
    with pytest.raises(UsageError, match="all traces are over one corpus"):
        merged(folder, [off, off], corpus_out=tmp_path / "x.zpages")
    paths = [written(folder / "0.trace.bin", far), written(folder / "1.trace.bin", far, "cd" * 32)]
    with pytest.raises(UsageError, match="name the corpus with the pages of all by --corpus-out"):
        merge_traces(paths, folder / "x", Wish(), silent)
    with pytest.raises(CorpusError, match="no corpus with digest abababababab lies beside it"):
        merge_traces(paths, folder / "x", Wish(corpus_out=tmp_path / "x.zpages"), silent)
    write_trace(paths[1], [far], page_size=16384, corpus_digest="ab" * 32, provenance={})
    with pytest.raises(TraceError, match=r"1\.trace\.bin: has pages of 16384 bytes, .* of 4096"):
        merge_traces(paths, folder / "x", Wish(), silent)
    assert not (folder / "x").exists()


def test_a_page_that_its_corpus_has_not_is_told(tmp_path: Path) -> None:
    corpora = [make_corpus(tmp_path / f"{n}.zpages", pages_of(text_page(n))) for n in range(3)]
    paths = [
        make_trace(tmp_path / f"{n}.trace.bin", corpora[n], np.array([(0, Op.STORE, 0, 0, 0, n)], EVENT))
        for n in range(2)
    ]
    wish = Wish(corpora[:2], tmp_path / "all.zpages")
    with pytest.raises(TraceError, match=r"1\.trace\.bin: offset 128: event 0 stores page 1 of a corpus"):
        merge_traces(paths, tmp_path / "all.trace.bin", wish, silent)
    for output, corpus_out in (("all.trace.bin", "0.zpages"), ("1.zpages", "all.zpages")):
        wish = Wish(corpus_out=tmp_path / corpus_out)
        with pytest.raises(UsageError, match=r"[01]\.zpages: is an input too, and would be lost"):
            merge_traces(paths, tmp_path / output, wish, silent)
    make_trace(paths[1], corpora[1], np.array([(0, Op.STORE, 0, 0, 0, 0)], EVENT))
    with pytest.raises(CorpusError, match=r"2\.zpages: is the corpus of none of these traces"):
        merge_traces(paths, tmp_path / "all.trace.bin", Wish(corpora, tmp_path / "all.zpages"), silent)
    assert digest_of(corpora[1]) == read_trace(paths[1]).corpus_digest
