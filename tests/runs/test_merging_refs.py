"""References of several programs as one stream: each as it was, in a group and in addresses of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.making import PAGE, make_corpus, pages_of, random_page, text_page
from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.progress import silent
from zswapbench.corpus.reading import Corpus
from zswapbench.runs.from_refs import Machine, program_of
from zswapbench.runs.machine import run
from zswapbench.runs.merging_refs import Merged, merge_refs
from zswapbench.runs.options import Options
from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.importing import open_references, reduced
from zswapbench.traces.refs import LEAST, REFERENCE, References, write_refs

Touches = NDArray[np.void]

PLACE = (1 << 56) // PAGE
"""Pages of the address space that each program has a part of."""

ROWS = st.tuples(
    st.sampled_from([0, 5, PLACE - 1, PLACE, PLACE + 5, (1 << 52) - 1, 1 << 63]),
    st.sampled_from([0, 0, 1, 7, 1_000_003]),
    st.just(0),
    st.integers(0, 1),
    st.just(0),
)
PROGRAMS = st.lists(st.lists(ROWS, max_size=30), min_size=1, max_size=5)


def refs(path: Path, touches: Touches, page_size: int = PAGE, said: dict[str, Any] | None = None) -> Path:
    """A file of ``touches``, in batches of 4."""
    batches = [touches[first : first + 4] for first in range(0, len(touches), 4)]
    write_refs(path, References(path, page_size, said or {}, batches, []))
    return path


def in_order(count: int) -> Touches:
    """A touch of each of ``count`` pages, a microsecond apart."""
    touches = np.zeros(count, REFERENCE)
    touches["page"], touches["delta_us"] = np.arange(count), 1
    return touches


def merge(folder: Path, programs: list[Path], corpora: list[Path]) -> Merged:
    return merge_refs(programs, corpora, folder / "all.refs", folder / "all.zpages", silent)


def read(path: Path) -> tuple[dict[str, Any], Touches]:
    with open_references(path, Wish()) as found:
        return found.provenance, np.concatenate([np.empty(0, REFERENCE), *found.batches])


@pytest.fixture(scope="module")
def corpus(folder: Path) -> Path:
    return make_corpus(folder / "one.zpages", pages_of(text_page(1), random_page(2)), [0, 1, 0, 1])


@settings(max_examples=40, deadline=None)
@given(programs=PROGRAMS)
def test_each_program_is_there_as_it_was_at_its_moments(
    folder: Path, corpus: Path, programs: list[list[Any]]
) -> None:
    drawn = [np.array(rows, REFERENCE) for rows in programs]
    paths = [refs(folder / f"{number}.refs", touches) for number, touches in enumerate(drawn)]
    made = merge(folder, paths, [corpus] * len(paths))
    whole = read(folder / "all.refs")[1]
    assert made.count == len(whole) == sum(map(len, drawn))
    moments = np.cumsum(whole["delta_us"], dtype=np.int64)
    assert whole["cgroup"].tolist() == whole["cgroup"][np.lexsort((whole["cgroup"], moments))].tolist()
    for number, touches in enumerate(drawn):
        mine = whole["cgroup"] == number + 1
        own = touches["page"] < PLACE
        assert moments[mine].tolist() == np.cumsum(touches["delta_us"], dtype=np.int64).tolist()
        assert whole["write"][mine].tolist() == touches["write"].tolist()
        assert (whole["page"][mine][own] - np.uint64(number * PLACE)).tolist() == touches["page"][
            own
        ].tolist()
        assert (whole["page"][mine][~own] >= 255 * PLACE).all()


def test_the_corpus_has_each_program_where_its_references_are(tmp_path: Path) -> None:
    first = make_corpus(tmp_path / "a.zpages", pages_of(text_page(1), text_page(2)))
    second = make_corpus(tmp_path / "b.zpages", pages_of(random_page(3), text_page(2), bytes(PAGE)))
    paths = [refs(tmp_path / "a.refs", in_order(2)), refs(tmp_path / "b.refs", in_order(3))]
    made = merge(tmp_path, paths, [first, second])
    assert made.remarks == [
        f"{paths[0]}: cgroup 1",
        f"{paths[1]}: cgroup 2, addresses from 0x100000000000000 on",
    ]
    with Corpus(tmp_path / "all.zpages") as corpus:
        corpus.verify()
        assert len(corpus) == 4
        program = program_of(corpus)
        assert program.numbers.tolist() == [0, 1, PLACE, PLACE + 1, PLACE + 2]
        assert program.vmas.tolist() == [0, 0, 1, 1, 1]
        held = corpus.pages()[program.contents]
        assert held.tobytes() == b"".join(
            [text_page(1), text_page(2), random_page(3), text_page(2), bytes(PAGE)]
        )


def test_a_machine_runs_both(tmp_path: Path, corpus: Path) -> None:
    paths = [refs(tmp_path / f"{name}.refs", in_order(5)) for name in "ab"]
    merge(tmp_path, paths, [corpus, corpus])
    with (
        Corpus(tmp_path / "all.zpages") as both,
        open_references(tmp_path / "all.refs", Wish()) as references,
    ):
        counters = run(references, both, ["none"], Machine(1 << 20), Options()).setups[0].counters
    assert (counters["first_touches"], counters["touches"], counters["absent"]) == (8, 8, 2)


def test_what_is_known_of_each_is_kept_and_what_was_made_up_is_said_first(
    tmp_path: Path, corpus: Path
) -> None:
    seen = {"form": "perf", "touches": "observed", "clock": "of the text", "writes": "observed"}
    drawn = {"form": "damo", "touches": "drawn from counts", "clock": "of the text", "writes": "drawn, 40%"}
    without = {**seen, "form": "lackey", "clock": "assumed: 1 ns for each"}
    paths = [
        refs(tmp_path / f"{said['form']}.refs", in_order(1), said=said) for said in (seen, drawn, without)
    ]
    merge(tmp_path, paths, [corpus] * 3)
    assert read(tmp_path / "all.refs")[0] == {
        "made_by": "zswapbench trace merge-refs",
        "form": "perf, damo and lackey",
        "touches": "drawn from counts (damo.refs); observed (perf.refs and lackey.refs)",
        "clock": "assumed: 1 ns for each (lackey.refs); of the text (perf.refs and damo.refs)",
        "writes": "drawn, 40% (damo.refs); observed (perf.refs and lackey.refs)",
        "programs": [
            {**seen, "cgroup": 1, "references": "perf.refs"},
            {**drawn, "cgroup": 2, "references": "damo.refs"},
            {**without, "cgroup": 3, "references": "lackey.refs"},
        ],
    }


def test_each_program_needs_its_corpus(tmp_path: Path, corpus: Path) -> None:
    path = refs(tmp_path / "a.refs", in_order(1))
    with pytest.raises(UsageError, match="--corpus: give one for each of the 2 programs"):
        merge(tmp_path, [path, path], [corpus])
    with pytest.raises(UsageError, match="256 programs are given; 255 have room"):
        merge(tmp_path, [path] * 256, [corpus] * 256)
    large = refs(tmp_path / "large.refs", in_order(1), 1 << 16)
    with pytest.raises(TraceError, match="has pages of 65536 bytes"):
        merge(tmp_path, [large], [corpus])


def test_text_is_refused(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "a.txt").write_text(" L 1000,8\n")
    with pytest.raises(TraceError, match="is no file of references; make one by 'trace import-refs'"):
        merge(tmp_path, [tmp_path / "a.txt"], [corpus])


def test_a_reduced_stream_says_which_cgroup_it_needs(tmp_path: Path, corpus: Path) -> None:
    less = refs(tmp_path / "less.refs", in_order(1), said={LEAST: 9})
    whole = refs(tmp_path / "whole.refs", in_order(1))
    made = merge(tmp_path, [whole, less], [corpus, corpus])
    assert "cannot tell alone in 9 page frames: run it with --cgroup 2, and so much memory" in made.remarks[1]
    with open_references(tmp_path / "all.refs", Wish()) as found:
        assert found.least_frames == 0
        assert found.least_of_cgroups == {2: 9}
        assert found.told == [
            "cgroup 2: touches that exact LRU in 9 page frames or more cannot tell were left out"
        ]


def test_a_merged_stream_can_be_reduced(tmp_path: Path, corpus: Path) -> None:
    path = refs(tmp_path / "a.refs", np.tile(in_order(2), 9))
    merge(tmp_path, [path, path], [corpus, corpus])
    with open_references(tmp_path / "all.refs", Wish()) as whole:
        left = np.concatenate([*reduced(whole, 8).batches])
    assert len(left) < 36
    assert set(left["cgroup"].tolist()) == {1, 2}


def test_what_was_merged_is_not_merged_again(tmp_path: Path, corpus: Path) -> None:
    path = refs(tmp_path / "a.refs", in_order(1))
    merge(tmp_path, [path, path], [corpus, corpus])
    with pytest.raises(CorpusError, match="has address 0x100000000003000, above all of a program"):
        merge_refs([tmp_path / "all.refs"], [tmp_path / "all.zpages"], tmp_path / "b", tmp_path / "c", silent)
    assert not (tmp_path / "c").exists()
