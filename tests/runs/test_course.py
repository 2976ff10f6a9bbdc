"""The moments at which figures of a machine are noted."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sim.machine.building import CONTENTS, disk, memory_over, zram
from tests.sim.reclaim.streams import Setting, stream
from zswapbench.results.machine_series import MOMENTS, SERIES
from zswapbench.runs.course import Course

SETTING = Setting("lists")


def course(count: int, references: int, piece: int = 1 << 16) -> Course:
    """After a stream of so many references that come in pieces; ``count``: as it is told."""
    side = disk(SETTING)
    found = Course(memory_over(side, SETTING), side, count)
    touches = stream(1, references, SETTING)
    for first in range(0, references, piece):
        found.feed(touches[first : first + piece])
    found.end()
    return found


@pytest.mark.parametrize("references", [1, 31, 32, 3_839, 3_840, 3_841, 50_000])
def test_moments_are_equally_far_apart_and_the_last_is_the_end(references: int) -> None:
    found = course(references, references)
    moments = found.series["references"]
    assert moments[-1] == references
    assert len(moments) <= MOMENTS
    assert len(set(np.diff(moments[:-1]).tolist())) <= 1
    assert {len(values) for values in found.series.values()} == {len(moments)}
    assert [*found.series] == [figure.name for figure in SERIES]


def test_a_stream_of_unknown_length_has_half_as_many_to_so_many() -> None:
    found = course(0, 600_000)
    moments = found.series["references"]
    assert MOMENTS // 2 <= len(moments) <= MOMENTS + 1
    assert len(set(np.diff(moments[:-1]).tolist())) == 1
    assert moments[-1] == 600_000


def test_pieces_do_not_matter() -> None:
    assert course(9_000, 9_000, 640).series == course(9_000, 9_000).series


def test_counters_rise_to_those_of_the_memory() -> None:
    found = course(20_000, 20_000)
    assert found.series["faults_major"][-1] == found.memory.faults
    assert found.series["device_writes"][-1] == found.side.device.writes
    for name in ("time_us", "waited_ns", "faults_major", "device_reads", "device_writes"):
        assert found.series[name] == sorted(found.series[name])


def test_out_of_memory_is_the_last_moment() -> None:
    side = zram(SETTING, np.full(CONTENTS, 4_096, np.uint32), np.zeros(CONTENTS, np.uint8))
    memory = memory_over(side, SETTING)
    found = Course(memory, side, 50_000)
    found.feed(stream(1, 50_000, SETTING))
    found.end()
    assert memory.stuck
    assert 0 < len(found.series["references"]) < MOMENTS
    assert found.series["resident_pages"][-1] == memory.resident
