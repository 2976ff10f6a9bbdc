"""What a codec takes for each page by itself: measured, remembered, or as somebody says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.corpus.compressing import FAST, mixed, remembered
from tests.making import PAGE, make_corpus, make_export, pages_of, random_page, text_page
from zswapbench.codecs.base import Codec
from zswapbench.corpus import page_times as module
from zswapbench.corpus.codec_costs import ANEW, ROUNDS, given_costs
from zswapbench.corpus.in_memory import ArrayCorpus
from zswapbench.corpus.page_timer import PageTimer
from zswapbench.corpus.page_times import PageTimes, measure, page_times
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import sizes_of
from zswapbench.plugins.registry import CODECS, Choice

OWN = CODECS.choose("lz4")
SPINNING = """
import time

from zswapbench.codecs.base import Codec

class Spinning(Codec):
    name = "spinning"

    def compress(self, page):
        kept = page.rstrip(page[-1:])
        until = time.perf_counter_ns() + 100 * len(kept)
        while time.perf_counter_ns() < until:
            pass
        return kept + page[-1:]

    def decompress(self, data, size):
        return data + data[-1:] * (size - len(data))
"""
"""A codec that takes 100 ns for each byte that it keeps."""


@pytest.fixture
def spinning(tmp_path: Path) -> Choice[Codec]:
    """A codec of the user's own."""
    (tmp_path / "mine.py").write_text(SPINNING)
    return CODECS.choose(f"{tmp_path / 'mine.py'}:Spinning")


def times_of(corpus: Corpus, choice: Choice[Codec] = FAST) -> PageTimes:
    """Of all its pages."""
    found = page_times(corpus, choice, sizes_of(corpus, choice))
    assert found is not None
    return found


def same(one: PageTimes, other: PageTimes) -> bool:
    """Are they equal to the last bit?"""
    arrays = [(one.compress, other.compress), (one.decompress, other.decompress)]
    numbers = [(each.spreads, each.page_spread, each.measured, each.given) for each in (one, other)]
    return all(map(np.array_equal, *zip(*arrays, strict=True))) and numbers[0] == numbers[1]


@pytest.mark.parametrize("choice", [OWN, FAST, CODECS.choose("zstd"), CODECS.choose("842")], ids=str)
@pytest.mark.parametrize("size", [PAGE, 65536])
def test_each_page_takes_a_time_same_filled_ones_too(choice: Choice[Codec], size: int) -> None:
    pages = np.concatenate([mixed(20, size), pages_of(bytes(size), b"ab" * (size // 2))])
    with ArrayCorpus(pages) as corpus:
        found = measure(corpus, choice, sizes_of(corpus, choice))
    for times in (found.compress, found.decompress):
        assert times.dtype == np.uint32
        assert (times > 0).all()
    assert found.measured == 22
    assert min(*found.spreads, found.page_spread) >= 0
    assert not found.given


@pytest.mark.parametrize("choice", [OWN, FAST], ids=str)
def test_a_page_of_text_takes_longer_than_one_that_is_nearly_empty(choice: Choice[Codec]) -> None:
    """Lest all pages took the same, or the times of others."""
    nearly_empty = [bytes([number + 1]) + bytes(PAGE - 1) for number in range(20)]
    text = [text_page(number, PAGE) for number in range(20)]
    with ArrayCorpus(pages_of(*nearly_empty, *text)) as corpus:
        found = times_of(corpus, choice)
    assert np.median(found.compress[20:]) > 1.5 * np.median(found.compress[:20])


def test_each_page_has_its_own_time(spinning: Choice[Codec]) -> None:
    kept = np.random.default_rng(1).permutation(np.arange(100, 1600, 100))
    with ArrayCorpus(pages_of(*(b"x" * int(count) + bytes(PAGE - int(count)) for count in kept))) as corpus:
        found = times_of(corpus, spinning)
    over = found.compress - 100.0 * kept
    assert (over > -100).all()
    assert np.median(over) < 20_000  # what it takes to see which bytes to keep, and the way there


def test_of_a_large_corpus_some_are_timed_and_others_take_the_time_of_the_next_in_size(
    spinning: Choice[Codec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 3)
    kept = [10, 2000, 11, 600, 601, 2001, 602, 12, 2002]
    with ArrayCorpus(pages_of(*(b"x" * count + bytes(PAGE - count) for count in kept))) as corpus:
        found = times_of(corpus, spinning)
    assert found.measured == 3
    by_size = found.compress[np.argsort(kept, kind="stable")].reshape(3, 3)
    # Timed are the first, the middle and the last: 10, 601 and 2002. Their neighbours in size take the same.
    assert (by_size == by_size[:, :1]).all()
    assert by_size[0, 0] < by_size[1, 0] < by_size[2, 0]


def test_a_slow_codec_is_timed_on_fewer_pages(
    spinning: Choice[Codec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE_NS", 2_000_000 * (1 + ROUNDS))
    pages = pages_of(*(random_page(number, PAGE) for number in range(30)))  # 0.4 ms each
    with ArrayCorpus(pages) as corpus:
        assert 1 <= times_of(corpus, spinning).measured <= 4


def test_a_corpus_without_pages_has_nothing_to_time() -> None:
    heard: list[int] = []
    with ArrayCorpus(np.empty((0, PAGE), np.uint8)) as corpus:
        found = measure(corpus, OWN, sizes_of(corpus, OWN), heard.append)
    assert (len(found.compress), len(found.decompress), found.measured) == (0, 0, 0)
    assert not found.noisy
    assert sum(heard) == 0


def test_times_are_measured_once_and_remembered_for_their_owner_alone(
    small: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = np.arange(80, dtype=np.uint32)
    quiet = PageTimes(numbers[:40], numbers[40:], (0.01, 0.02), 0.3, 40)
    others = PageTimes(numbers[40:], numbers[:40])
    left = [quiet, others, others]
    monkeypatch.setattr(module, "least_noisy", lambda measured: left.pop(0))
    with Corpus(small) as corpus:
        assert same(times_of(corpus), quiet)
        (file,) = (path for path in remembered(cache) if path.suffix == ".page-times")
        assert file.stat().st_mode & 0o777 == 0o600
        assert same(times_of(corpus), quiet)
        assert same(times_of(corpus, OWN), others)
        monkeypatch.setenv(ANEW, "anew")
        assert same(times_of(corpus), others)
    assert not left


def test_what_is_too_noisy_is_not_remembered(
    small: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = np.zeros(40, np.uint32)
    monkeypatch.setattr(module, "least_noisy", lambda measured: PageTimes(nothing, nothing, (0.0, 0.2)))
    with Corpus(small) as corpus:
        assert times_of(corpus).noisy
    assert not [path for path in remembered(cache) if path.suffix == ".page-times"]


def test_given_costs_are_those_of_each_page(small: Path) -> None:
    with ArrayCorpus(pages_of(bytes(PAGE), text_page(1, PAGE), random_page(2, PAGE))) as corpus:
        found = page_times(corpus, FAST, sizes_of(corpus, FAST), given=given_costs(3000, 1000))
    assert found is not None
    assert found.compress.tolist() == [3000] * 3
    assert found.decompress.tolist() == [1000] * 3
    assert found.given
    assert not found.noisy


def test_an_export_has_times_only_if_somebody_says_them(tmp_path: Path) -> None:
    pages = mixed(5)
    with ArrayCorpus(pages) as whole:
        sizes = sizes_of(whole, FAST)
    export = make_export(tmp_path / "x.zpages", pages, {FAST.make().identity: sizes})
    with Corpus(export) as corpus:
        assert page_times(corpus, FAST, sizes) is None
        found = page_times(corpus, FAST, sizes, given=given_costs(3000, 1000))
    assert found is not None
    assert found.compress.tolist() == [3000] * 5


def test_progress_hears_of_each_page_once(small: Path) -> None:
    for _ in range(2):  # measured, and remembered or measured again
        heard: list[int] = []
        with Corpus(small) as corpus:
            page_times(corpus, OWN, sizes_of(corpus, OWN), told=heard.append)
        assert sum(heard) == 40


def test_what_is_too_large_for_a_page_is_not_timed() -> None:
    with pytest.raises(ValueError, match="are no page"):
        PageTimer(OWN.make(), np.zeros((1, 70_000), np.uint8))


def test_pages_of_a_file_are_timed_as_those_in_memory(tmp_path: Path) -> None:
    pages = mixed(30)
    with Corpus(make_corpus(tmp_path / "x.zpages", pages)) as file, ArrayCorpus(pages) as array:
        sizes = sizes_of(array, OWN)
        one, other = measure(file, OWN, sizes), measure(array, OWN, sizes)
    assert np.corrcoef(one.compress, other.compress)[0, 1] > 0.5
