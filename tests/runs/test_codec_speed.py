"""Measuring: every turn is told of and counted, medians are medians, and a worker never stays behind."""

from __future__ import annotations

import numpy as np
import pytest

from tests.left_behind import no_workers
from tests.making import pages_of, random_page, text_page
from zswapbench.common.errors import MissingError
from zswapbench.plugins.registry import CODECS
from zswapbench.runs.codec_speed import PAGES, Rounds, measure

SOME = pages_of(*(text_page(seed) for seed in range(20)), *(random_page(seed) for seed in range(5)))


@pytest.mark.parametrize("threads", [1, 2])
def test_each_codec_has_as_many_rounds_as_asked_for_and_the_first_does_not_count(threads: int) -> None:
    told: list[int] = []
    choices = [CODECS.choose(name) for name in ("lz4", "zstd", "lz4")]
    found = measure(SOME, choices, rounds=3, threads=threads, told=told.append)
    assert told == [1] * 4 * len(choices)
    assert len(found) == len(choices)
    for speed in found:
        assert 0 < speed.pages <= len(SOME)
        for rounds in (speed.compress, speed.decompress):
            assert len(rounds.one) == len(rounds.all) == 3
            assert min(rounds.one + rounds.all) > 0
            if threads == 1:
                assert rounds.one == rounds.all
    assert no_workers()


def test_a_slow_codec_is_told_from_a_fast_one_and_gets_fewer_pages() -> None:
    pages = np.concatenate([SOME] * 40)
    fast, slow = measure(pages, [CODECS.choose("lz4"), CODECS.choose("libzstd:22")], rounds=1, threads=1)
    assert fast.compress.ns * 5 < slow.compress.ns
    assert slow.pages < fast.pages <= PAGES


def test_few_pages_are_gone_through_often_enough_for_threads_to_meet() -> None:
    (speed,) = measure(SOME[:1], [CODECS.choose("lz4")], rounds=3, threads=2)
    assert speed.pages == 1
    assert 100 < speed.compress.ns < 1_000_000
    assert speed.compress.ns_all < speed.compress.ns * 1.5


def test_median_and_spread_are_those_of_the_rounds() -> None:
    rounds = Rounds((10.0, 30.0, 20.0, 50.0, 40.0), (5.0, 4.0, 6.0))
    assert (rounds.ns, rounds.ns_all) == (30, 5)
    assert rounds.spread == pytest.approx((40 - 20) / 2 / 30)
    assert Rounds((7.0,), (7.0,)).spread is None


def test_a_codec_without_its_library_is_missing_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lz4.block", None)
    with pytest.raises(MissingError, match="lz4 is not installed"):
        measure(SOME, [CODECS.choose("lz4"), CODECS.choose("liblz4")], rounds=1, threads=1)
    assert no_workers()


def test_an_interrupt_leaves_no_worker() -> None:
    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(SOME, [CODECS.choose("lz4")], rounds=1, threads=2, told=interrupt)
    assert no_workers()
