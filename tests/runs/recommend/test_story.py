"""Recommendations from start to end, over a small program with given costs, so that the same comes out each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.cli.machines import write_program
from tests.runs.recommend.making import DEBIAN, OF_ZRAM, TEXT, found, recorded
from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.progress import Told
from zswapbench.corpus.reading import Corpus
from zswapbench.results.recommendation import Recommendation
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.machine import run
from zswapbench.runs.options import Options
from zswapbench.runs.recommend import scene
from zswapbench.runs.recommend.asking import Source
from zswapbench.runs.recommend.story import Asked, recommend
from zswapbench.traces.references.importing import open_references
from zswapbench.traces.refs import REFERENCE, References, write_refs

NARROW = {"kernel": "6.18", "allow": "zram", "cost": OF_ZRAM}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return recorded(tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="module")
def usual(program: Source) -> Recommendation:
    return found(program, kernel="6.18")


def test_something_is_taken_only_ahead_of_all_that_are_no_ties(usual: Recommendation) -> None:
    assert usual.chosen is not None
    assert usual.runner_up is not None
    assert usual.over_default is not None
    assert usual.over_runner_up is not None
    assert (usual.refused, usual.goal, usual.loop) == ("", "time", "closed")
    assert usual.over_default.than == usual.default.spec == "disk"
    for margin in (usual.over_default, usual.over_runner_up):
        assert margin.ratio is not None
        assert margin.low is not None
        assert margin.high is not None
        assert margin.ratio >= 1.01
        assert 1 < margin.low <= margin.ratio <= margin.high
    assert usual.chosen.total_ns < usual.runner_up.total_ns < usual.default.total_ns


def test_what_is_told_is_what_machine_says_of_it(usual: Recommendation, program: Source) -> None:
    assert usual.chosen is not None
    assert program.path is not None
    assert program.corpus is not None
    machine = Machine(2 << 20, kernel="6.18")
    with Corpus(program.corpus) as corpus, open_references(program.path, TEXT(4096)) as references:
        cost = ",".join(
            one for one in DEBIAN.split(",") if one.partition("=")[0] in usual.chosen.spec.split(",")
        )
        asked = [usual.chosen.spec, "disk"]
        chosen, disk = run(references, corpus, asked, machine, Options(era="6.18", cost=cost)).setups
    assert chosen.metrics["total_ns"] == usual.chosen.total_ns
    assert disk.metrics["total_ns"] == usual.default.total_ns
    assert chosen.counters["device_writes"] == usual.chosen.device_writes


def test_nobody_in_the_front_is_better_than_another_in_all(usual: Recommendation) -> None:
    paid = [(one.total_ns, one.device_writes, one.page_frames_mean) for one in usual.front]
    assert paid == sorted(paid)
    for one in paid:
        assert not any(
            other != one and all(a <= b for a, b in zip(other, one, strict=True)) for other in paid
        )


def test_ram_gained_is_known_of_all_that_are_told_of(usual: Recommendation) -> None:
    caches = [one for one in usual.front if one.kind != "disk"]
    assert len(caches) > 1
    sizes = [one.gained.gained for one in caches if one.gained is not None]
    assert len(sizes) == len(caches)
    assert sizes == sorted(sizes, reverse=True)  # the front has the fastest first
    assert usual.chosen is not None
    assert usual.chosen.gained is not None


def test_of_set_ups_that_did_the_same_the_one_with_least_room_is_named(usual: Recommendation) -> None:
    assert usual.chosen is not None
    same = {usual.chosen.total_ns, usual.chosen.device_writes, usual.chosen.page_frames_mean}
    twins = [one for one in usual.front if {one.total_ns, one.device_writes, one.page_frames_mean} == same]
    assert [one.spec for one in twins] in ([], [usual.chosen.spec])


def test_the_same_comes_out_again(program: Source) -> None:
    one, other = (found(program, **NARROW) for _ in range(2))
    assert replace(one, timings={}, search={}) == replace(other, timings={}, search={})


def test_nothing_that_leaves_memory_is_nothing_to_choose(program: Source) -> None:
    one = found(program, ram="64MiB", **NARROW)
    assert one.chosen is None
    assert one.refused.startswith("keep what you have: nothing leaves memory")
    assert one.settle == "less --ram"


def test_ram_is_half_of_what_is_touched_if_nobody_says(program: Source) -> None:
    one = found(program, ram="", **NARROW)
    assert any(line.startswith("RAM is 1.8 MiB, half of what the program touches") for line in one.remarks)
    assert one.machine["ram_pages"] == 450


def test_a_default_that_runs_out_of_memory_is_told_and_another_is_taken(program: Source) -> None:
    one = found(program, **NARROW, default="zram,lz4,disksize=64KiB")
    assert one.default.out_of_memory_at is not None
    assert one.over_default is None
    assert one.chosen is not None
    assert one.chosen.out_of_memory_at is None
    assert any("does not do this work" in line for line in one.remarks)


def test_the_goal_memory_tells_in_how_little_ram_it_would_do(program: Source) -> None:
    one = found(program, goal="memory", **NARROW)
    assert one.chosen is not None
    assert one.over_default is not None
    assert one.ram_needed is not None
    assert one.over_default.of == "RAM"
    assert one.over_default.ratio == pytest.approx((2 << 20) / one.ram_needed, rel=0.02)
    machine = Machine(one.ram_needed, kernel="6.18")
    assert program.path is not None
    assert program.corpus is not None
    with Corpus(program.corpus) as corpus, open_references(program.path, TEXT(4096)) as references:
        cost = ",".join(
            one_of for one_of in OF_ZRAM.split(",") if one_of.partition("=")[0] in one.chosen.spec.split(",")
        )
        there = run(references, corpus, [one.chosen.spec], machine, Options(era="6.18", cost=cost)).setups[0]
    assert there.metrics["total_ns"] <= one.default.total_ns


def test_the_goal_wear_takes_what_writes_least(program: Source) -> None:
    one = found(program, goal="wear", **NARROW)
    assert one.chosen is not None
    assert one.over_default is not None
    assert one.chosen.device_writes == 0 < one.default.device_writes
    assert (one.over_default.of, one.over_default.ratio) == ("device writes", None)


def test_a_recording_that_is_too_short_says_nothing(tmp_path: Path) -> None:
    write_program(tmp_path)
    with Corpus(tmp_path / "app.zpages") as corpus:
        some = np.zeros(len(corpus.vaddr), REFERENCE)
        some["page"] = corpus.vaddr // np.uint64(4096)
        short = np.concatenate([some[:340]])
    write_refs(tmp_path / "short.refs", References("app", 4096, {}, [short], [], len(short)))
    source = Source(str(tmp_path / "short.refs"), TEXT, corpus=str(tmp_path / "app.zpages"))
    one = found(source, ram="1MiB", **NARROW)
    assert one.chosen is None
    assert (one.refused, one.settle) == (
        "the recording is too short to tell chance from merit",
        "a longer recording",
    )


def test_pages_alone_have_traffic_made_for_them_and_that_is_told(program: Source) -> None:
    assert program.corpus is not None
    one = found(Source(program.corpus, TEXT), **NARROW)
    assert one.made
    assert one.traffic.startswith("made, not recorded: 6 draws of three patterns (zipf, phase, scan")
    assert one.chosen is None or one.over_default is not None
    if one.over_default:
        assert one.over_default.draws == 6


def test_of_many_pages_with_made_traffic_a_sample_is_taken_and_told(
    program: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene, "MOST_MADE", 450)
    one = found(Source(program.corpus, TEXT), **NARROW)
    (line,) = (line for line in one.remarks if line.startswith("a sample of "))
    taken = int(line.split()[3])
    assert 350 < taken < 550
    assert line.endswith("of 900 pages, on a machine with 1.0 MiB")
    assert one.machine["ram"] == 2 << 20


def test_of_a_sample_no_other_page_is_compressed(program: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "MOST_MADE", 450)
    totals: dict[str, int] = {}

    @contextmanager
    def noting(what: str, total: int, unit: str) -> Iterator[Told]:
        if unit == "pages":
            totals[what] = total
        yield lambda _count: None

    assert program.corpus is not None
    with Corpus(program.corpus) as corpus:
        distinct = len(corpus)
    asked = Asked(
        Source(program.corpus, TEXT),
        ram="2MiB",
        kernel="6.18",
        allow="zram",
        cost=OF_ZRAM,
        distribution="debian",
    )
    one = recommend(asked, noting)
    assert one.inputs["pages"] == 900
    of_codecs = [total for what, total in totals.items() if what.startswith("sizes under ")]
    assert len(of_codecs) > 1
    assert 0 < max(of_codecs) < 0.65 * distinct


def test_a_core_is_imported_and_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    write_program(tmp_path)
    kept = tmp_path / "kept.zpages"
    source = Source(str(tmp_path / "app.refs"), TEXT, core=str(tmp_path / "core"), keep_corpus=str(kept))
    one = found(source, **NARROW)
    assert one.chosen is not None
    assert one.inputs["corpus"] == "kept.zpages"
    with Corpus(kept) as corpus:
        assert corpus.digest == one.inputs["corpus_digest"]


def test_a_text_of_references_is_as_good_as_a_file_of_them(tmp_path: Path, program: Source) -> None:
    assert program.path is not None
    lines = []
    with open_references(program.path, TEXT(4096)) as references:
        for some in references.batches:
            lines += [f" L {page << 12:x},8" for page in some["page"].tolist()]
    text = tmp_path / "app.txt"
    text.write_text("\n".join(lines) + "\n")
    one = found(replace(program, path=str(text)), **NARROW)
    assert one.inputs["count"] <= len(lines)  # touches that say nothing new are left out
    assert "assumed" in one.traffic


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"goal": "speed"}, "no goal is called 'speed'"),
        ({"allow": "zcache"}, "'zcache' is not one of"),
        ({"cost": "842=1us/1us"}, "--cost 842: no run uses it"),
        ({"distribution": "plan9"}, "--distribution plan9"),
        ({"default": "zcache"}, "no set-up is called 'zcache'"),
        ({"ram": "1KiB"}, "--ram"),
        ({"device": "tape"}, "no swap device is called 'tape'"),
    ],
)
def test_what_there_cannot_be_is_refused(program: Source, asked: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        found(program, **{**NARROW, **asked})


def test_inputs_that_do_not_go_together_are_refused(program: Source, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give one thing to look at"):
        found(Source(None, TEXT))
    with pytest.raises(UsageError, match="give one thing to look at"):
        found(replace(program, pid=1))
    with pytest.raises(UsageError, match="give --core, taken at the end"):
        found(replace(program, corpus=None))
    with pytest.raises(UsageError, match="--core and --corpus: give one"):
        found(replace(program, core="core"))
    with pytest.raises(UsageError, match="are for references"):
        found(Source(program.corpus, TEXT, core="core"))
    with pytest.raises(TraceError, match="cannot be read"):
        found(replace(program, path=str(tmp_path / "none")))
    (tmp_path / "empty").touch()
    with pytest.raises(TraceError, match="is empty"):
        found(replace(program, path=str(tmp_path / "empty")))
    with pytest.raises(CorpusError, match="cannot be read"):
        found(replace(program, corpus=str(tmp_path / "none")))


def test_references_of_others_are_counted(program: Source, tmp_path: Path) -> None:
    assert program.path is not None
    with open_references(program.path, TEXT(4096)) as references:
        some = np.concatenate(list(references.batches))
    some["page"][: len(some) // 2] += 1 << 30
    write_refs(tmp_path / "half.refs", References("app", 4096, {}, [some], [], len(some)))
    one = found(replace(program, path=str(tmp_path / "half.refs")), **NARROW)
    assert "15,000 of 30,000 references (50.0%) are of no page in the core" in " ".join(one.remarks)
    some["page"][: len(some) // 2 + 100] = 1 << 31
    write_refs(tmp_path / "most.refs", References("app", 4096, {}, [some], [], len(some)))
    most = found(replace(program, path=str(tmp_path / "most.refs")), **NARROW)
    assert most.chosen is None
    assert "of 30,000 references are of no page in the core" in most.refused
    assert most.settle == "a core of the same run, taken at its end"


def test_an_interrupt_before_anything_was_tried_names_nobody(program: Source) -> None:
    @contextmanager
    def interrupting(what: str, total: int, unit: str) -> Iterator[Told]:
        fed = 0

        def told(count: int) -> None:
            nonlocal fed
            fed += count
            if (what, unit) == ("recommend", "references") and total > fed > 30_000:  # those of the default
                raise KeyboardInterrupt

        yield told

    asked = Asked(program, ram="2MiB", distribution="debian", allow="zram", kernel="6.18", cost=OF_ZRAM)
    one = recommend(asked, interrupting)
    assert (one.interrupted, one.chosen) == (True, None)
    assert one.refused == "interrupted before another set-up was tried than what there is"


def test_page_cluster_is_told_where_the_default_reads_from_a_disk(usual: Recommendation) -> None:
    assert any(line.startswith("page-cluster is 0 for all") for line in usual.remarks)
