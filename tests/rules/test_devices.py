"""Swap devices: each has a source, and no row is faster than the one before it in what a fault waits for."""

from __future__ import annotations

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.rules.devices import DEVICES, SOURCES, choose_device


def test_each_device_says_where_its_numbers_come_from() -> None:
    assert [*SOURCES] == [*DEVICES]


def test_they_stand_in_the_order_of_a_read() -> None:
    reads = [device.read_latency_ns for device in DEVICES.values()]
    assert reads == sorted(reads)


def test_a_device_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="no swap device is called 'ufs4'; did you mean ufs"):
        choose_device("ufs4")
