"""Codecs that are compared were measured while the machine was equally fast, or the output says that they were not.

Codecs are really measured here. What is made up is how fast the machine was, the ``yardstick`` of each measurement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from tests.runs.making import LZ4
from zswapbench.corpus import codec_costs as module
from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.report.times import costs_of
from zswapbench.results.records import ZRAM, Result
from zswapbench.results.time_spread import takes_less
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import compare, run

LZO = Options(codec="lzo")
COSTS = ("compress_ns", "decompress_ns", "compress_spread", "decompress_spread")


class Machine:
    """Measures; but the yardsticks, one after the other, are these, and no rounds differ. Counts how often."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *yardsticks: float) -> None:
        self.count = 0
        self._yardsticks: Iterator[float] = chain(yardsticks, repeat(yardsticks[-1]))
        self._measure = module.measure
        monkeypatch.setattr(module, "measure", self)

    def __call__(self, *asked: Any) -> CodecCosts:
        self.count += 1
        return replace(self._measure(*asked), yardstick=next(self._yardsticks), spreads=(0.0, 0.0))


def costs(*results: Result) -> list[tuple[float, ...]]:
    """What each result says that its codec takes, and how sure that is."""
    return [tuple(one.timings[name] for name in COSTS) for one in results]


def test_costs_of_one_speed_are_measured_once(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, 100, 104)
    trace = made / "app.trace.bin"
    first = [run(trace, LZ4), run(trace, LZO)]
    found = compare(trace, [LZ4, LZO])
    assert machine.count == 2
    assert costs(*found) == costs(*first)
    assert all("speed_change" not in one.timings for one in found)


def test_where_a_remembered_cost_has_another_yardstick_all_are_measured_anew(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, 100, 106, 100)
    trace = made / "app.trace.bin"
    before = [run(trace, LZ4), run(trace, LZO)]
    found = compare(
        trace, [LZ4, replace(LZ4, policy="class-lru"), LZO, Options(setup=ZRAM, era="6.12", codec="lzo")]
    )
    assert machine.count == 2 + 2
    lz4, too, lzo, zram = costs(*found)
    assert lz4 == too
    assert lzo == zram
    assert all(new != old for new, old in zip((lz4, lzo), costs(*before), strict=True))
    assert not [line for line in costs_of(found) if "speed" in line]
    # They are remembered.
    assert costs(*compare(trace, [LZ4, LZO])) == [lz4, lzo]
    assert machine.count == 2 + 2


def test_one_codec_alone_and_costs_that_are_given_have_no_other_speed(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, 100, 200)
    trace = made / "app.trace.bin"
    compare(trace, [LZ4, replace(LZ4, policy="class-lru"), replace(LZO, cost="lzo=2us/1us")])
    assert machine.count == 1


def test_a_machine_that_keeps_changing_its_speed_is_told_and_nothing_takes_less(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, 100, 140, 100, 140)
    trace = made / "app.trace.bin"
    found = compare(trace, [LZ4, LZO])
    assert machine.count == 2 + 2
    assert [one[2:] for one in costs(*found)] == [pytest.approx((0.4, 0.4))] * 2
    assert not takes_less(*found)
    assert not takes_less(*reversed(found))
    (line,) = (line for line in costs_of(found) if "speed" in line)
    assert line == (
        "this machine changed its speed by 40 % between the measurements of lz4:acceleration=1 and lzo, which is added "
        "to the +/- of each; run it again when less is going on, or say --cost"
    )
    assert not [line for line in costs_of(found) if "too noisy" in line]
    # Once it is quiet the same settings are no tie.
    Machine(monkeypatch, 100)
    quiet = compare(trace, [LZ4, LZO])
    assert takes_less(*quiet) or takes_less(*reversed(quiet))
