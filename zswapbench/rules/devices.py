"""Swap devices by name: a table of round numbers for what is usual, not a measurement.

Interval: time from taking one 4 KiB request to taking the next (1 / IOPS). Latency: time from its start
to its end. Nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer


@dataclass(frozen=True, slots=True)
class Device:
    """A swap device, for zswapbench.sim.device.SwapDevice."""

    name: str
    write_interval_ns: int
    write_latency_ns: int
    read_interval_ns: int
    read_latency_ns: int


DEVICES = {
    device.name: device
    for device in (
        Device("instant", 0, 0, 0, 0),
        Device("nvme", 4_000, 25_000, 3_000, 90_000),
        Device("ssd", 15_000, 60_000, 12_000, 130_000),
        Device("emmc", 400_000, 900_000, 130_000, 250_000),
        Device("hdd", 4_000_000, 8_000_000, 8_000_000, 8_000_000),
    )
}

DEFAULT = "ssd"


def choose_device(name: str) -> Device:
    """The device called ``name``. Raises UsageError, saying what there is, for an unknown one."""
    if name not in DEVICES:
        raise UsageError(f"no swap device is called {name!r}; {offer(name, DEVICES)}")
    return DEVICES[name]
