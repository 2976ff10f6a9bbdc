"""A part of the work: its beginning, or a sample of its pages with all else as much smaller."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.machines import PAGES, write_program
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import sizes_of
from zswapbench.plugins.registry import CODECS
from zswapbench.runs.from_refs import Machine, program_of
from zswapbench.runs.recommend.sampling import Part, part_of, smaller
from zswapbench.traces.refs import BATCH, REFERENCE, References


def stream(count: int, pages: int = 1000, least: int = 0) -> References:
    """Touches of ``pages`` at random, each 10 us after the one before."""
    made = np.zeros(count, REFERENCE)
    made["page"] = np.random.default_rng(0).integers(0, pages, count)
    made["delta_us"] = 10
    batches = [made[first : first + BATCH] for first in range(0, count, BATCH)]
    return References("made", 4096, {"least_frames": least}, batches, [], count)


def all_of(references: References) -> np.ndarray:
    return np.concatenate(list(references.batches))


def test_a_course_is_the_beginning() -> None:
    whole, part = all_of(stream(100_000)), part_of(Part(course=0.25), stream(100_000), 100_000)
    assert part.count == 25_000
    assert np.array_equal(all_of(part), whole[:25_000])


def test_a_sample_has_all_touches_of_its_pages_and_no_other() -> None:
    whole, some = all_of(stream(200_000)), all_of(part_of(Part(pages=0.25), stream(200_000), 200_000))
    pages = np.unique(some["page"])
    assert 180 < len(pages) < 320
    assert np.isin(whole["page"], pages).sum() == len(some)


def test_time_shrinks_with_a_sample() -> None:
    some = all_of(part_of(Part(pages=0.25), stream(200_000), 200_000))
    assert some["delta_us"].sum() == pytest.approx(200_000 * 10 * 0.25, rel=0.001)


def test_references_need_as_much_less_memory() -> None:
    assert part_of(Part(pages=0.5), stream(10, least=400), 10).least_frames == 200


def test_machine_and_corpus_shrink_with_a_sample(tmp_path: Path) -> None:
    write_program(tmp_path)
    with Corpus(tmp_path / "app.zpages") as corpus:
        machine = Machine(2 << 20, swap=8 << 20)
        some, small = smaller(0.5, corpus, machine)
        assert 0.4 * PAGES < len(some.index) < 0.6 * PAGES
        assert (small.ram, small.swap) == (1 << 20, 4 << 20)
        before, after = (one.tuning.watermarks(one.ram, 4096).min for one in (machine, small))
        assert after == before // 2
        numbers = program_of(some).numbers
        assert len(numbers) == len(some.vaddr)
        sampled = all_of(part_of(Part(pages=0.5), of_corpus(corpus), 5 * PAGES))
        assert set(sampled["page"]) == set(numbers)
        assert smaller(1.0, corpus, machine) == (corpus, machine)


def test_a_sample_has_the_pages_that_stand_at_its_addresses_and_their_sizes(tmp_path: Path) -> None:
    write_program(tmp_path)
    codec = CODECS.choose("zstd")
    with Corpus(tmp_path / "app.zpages") as corpus:
        some, _ = smaller(0.25, corpus, Machine(2 << 20))
        there = np.isin(corpus.vaddr, some.vaddr)
        assert 0 < there.sum() == len(some.index) < len(corpus.index) / 2
        assert np.array_equal(corpus.pages()[corpus.index[there]], some.pages()[some.index])
        assert np.array_equal(corpus.kinds[corpus.index[there]], some.kinds[some.index])
        whole, part = sizes_of(corpus, codec), sizes_of(some, codec)
        assert np.array_equal(whole[corpus.index[there]], part[some.index])
        assert len(part) == len(np.unique(corpus.index[there])) < len(whole)  # no page of another address


def test_what_is_remembered_of_a_sample_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    write_program(tmp_path)
    with Corpus(tmp_path / "app.zpages") as corpus:
        half, fourth = (smaller(share, corpus, Machine(2 << 20))[0] for share in (0.5, 0.25))
        assert len({corpus.digest, half.digest, fourth.digest}) == 3
        assert smaller(0.5, corpus, Machine(2 << 20))[0].digest == half.digest


def of_corpus(corpus: Corpus) -> References:
    """Each page of it five times."""
    made = np.zeros(5 * len(corpus.vaddr), REFERENCE)
    made["page"] = np.tile(corpus.vaddr // np.uint64(4096), 5)
    return References("made", 4096, {}, [made], [], len(made))
