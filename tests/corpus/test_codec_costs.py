"""What a codec takes for a page: measured once on a machine, by group of pages, and how sure that is."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.corpus.compressing import FAST, mixed, remembered
from tests.making import make_export
from zswapbench.corpus import codec_costs as module
from zswapbench.corpus.codec_costs import ANEW, NOISY, TRIES, CodecCosts, codec_costs, given_costs
from zswapbench.corpus.cost_groups import GROUPS, cost_groups
from zswapbench.corpus.in_memory import ArrayCorpus
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import sizes_of

QUIET = replace(given_costs(2_000, 600), yardstick=40_000.0)


class Measured:
    """In place of measuring: answers with costs of these spreads, one after the other, and counts how often."""

    def __init__(self, *spreads: float) -> None:
        self.left = [replace(QUIET, spreads=(spread, 0.0), given=False) for spread in spreads]

    def __call__(self, *_: Any) -> CodecCosts:
        return self.left.pop(0)


def costs_of(corpus: Corpus) -> CodecCosts:
    """Of all its pages, under the codec of these tests."""
    found = codec_costs(corpus, FAST, sizes_of(corpus, FAST))
    assert found is not None
    return found


def same(one: CodecCosts, other: CodecCosts) -> bool:
    """Are they equal to the last bit?"""
    arrays = [(one.compress, other.compress), (one.decompress, other.decompress)]
    numbers = [(each.means, each.spreads, each.yardstick) for each in (one, other)]
    return all(map(np.array_equal, *zip(*arrays, strict=True))) and numbers[0] == numbers[1]


def times_in(cache: Path) -> list[Path]:
    """The files of times that are remembered."""
    return [path for path in remembered(cache) if path.suffix == ".times"]


def test_groups_that_the_corpus_has_cost_something_and_others_nothing(small: Path) -> None:
    with Corpus(small) as corpus:
        sizes = sizes_of(corpus, FAST)
        found = module.measure(corpus, FAST, cost_groups(sizes, corpus.kinds, corpus.page_size))
        there = set(cost_groups(sizes, corpus.kinds, corpus.page_size).tolist())
    for costs in (found.compress, found.decompress):
        assert costs.shape == (GROUPS,)
        assert {group for group in range(GROUPS) if costs[group] > 0} == there
    assert min(found.compress[list(there)]) <= found.means[0] <= max(found.compress)
    assert all(spread >= 0 for spread in found.spreads)
    assert found.yardstick > 0
    assert not found.given


def test_costs_are_measured_once(small: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Corpus(small) as corpus:
        monkeypatch.setattr(module, "measure", Measured(0.01))
        first = costs_of(corpus)
        (file,) = times_in(cache)
        assert file.stat().st_mode & 0o777 == 0o600
        assert same(costs_of(corpus), first)


@pytest.mark.parametrize("damage", [b"", b"\xff" * 400, "flipped", "others may write"])
def test_what_is_not_as_it_was_remembered_is_measured_anew(
    small: Path, cache: Path, damage: bytes | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = Measured(0.01, 0.02)
    monkeypatch.setattr(module, "measure", measured)
    with Corpus(small) as corpus:
        costs_of(corpus)
        (file,) = times_in(cache)
        if isinstance(damage, bytes):
            file.write_bytes(damage)
        elif damage == "flipped":
            file.write_bytes(file.read_bytes()[:-1] + b"\x01")
        else:
            file.chmod(0o666)
        assert costs_of(corpus).spreads == (0.02, 0.0)
    assert not measured.left


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0])
def test_times_that_cannot_be_are_not_believed(
    small: Path, cache: Path, wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "measure", Measured(0.01, 0.02))
    monkeypatch.setattr(module, "_packed", lambda _: np.full(2 * GROUPS + 5, wrong))
    with Corpus(small) as corpus:
        costs_of(corpus)
        assert times_in(cache)
        assert costs_of(corpus).spreads == (0.02, 0.0)


def test_another_machine_s_costs_are_not_taken_for_this_one_s(
    small: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "measure", Measured(0.01, 0.02))
    with Corpus(small) as corpus:
        costs_of(corpus)
        monkeypatch.setattr(module, "environment", lambda: {"processor": "another"})
        assert costs_of(corpus).spreads == (0.02, 0.0)
    assert len(times_in(cache)) == 2


def test_a_noisy_measurement_is_taken_again_and_the_best_is_not_remembered(
    small: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "measure", Measured(0.5, 0.3, 0.4, 0.01))
    with Corpus(small) as corpus:
        found = costs_of(corpus)
        assert TRIES == 3
        assert found.spreads[0] == 0.3 > NOISY
        assert found.noisy
        assert times_in(cache) == []
        assert costs_of(corpus).spreads == (0.01, 0.0)
        assert len(times_in(cache)) == 1


def test_who_asks_for_it_gets_them_measured_in_each_run(
    small: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ANEW, "anew")
    monkeypatch.setattr(module, "measure", Measured(0.01, 0.02))
    with Corpus(small) as corpus:
        assert [costs_of(corpus).spreads[0] for _ in range(2)] == [0.01, 0.02]
    assert times_in(cache) == []


def test_pages_in_memory_are_measured_and_not_remembered(cache: Path) -> None:
    corpus = ArrayCorpus(mixed(20))
    assert costs_of(corpus).means[0] > 0
    assert times_in(cache) == []


def test_an_export_has_no_page_to_measure_with(tmp_path: Path) -> None:
    sizes = {FAST.make().identity: FAST.make().sizes(mixed(40))}
    with Corpus(make_export(tmp_path / "export.zpages", mixed(40), sizes)) as corpus:
        assert codec_costs(corpus, FAST, sizes_of(corpus, FAST)) is None


def test_the_spread_leaves_out_the_farthest_round_at_either_end() -> None:
    rounds = np.array([100.0, 101, 99, 100, 5_000, 1, 103, 100, 100])
    assert module.spread_of(rounds) == pytest.approx(0.03)


def test_a_slow_codec_gets_fewer_pages() -> None:
    class Slow:
        """Takes two milliseconds of CPU time for a page."""

        def compress(self, page: bytes) -> bytes:
            until = time.thread_time_ns() + 2_000_000
            while time.thread_time_ns() < until:
                pass
            return page

    pages = [bytes(4096)] * 10
    slow: Any = Slow()
    assert 1 <= module._pages_for(slow, pages) <= 5
    assert module._pages_for(FAST.make(), pages) == 32
