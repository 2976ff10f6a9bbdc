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
        Device("ufs", 30_000, 230_000, 27_000, 200_000),
        Device("emmc", 400_000, 900_000, 130_000, 250_000),
        Device("sd", 2_000_000, 2_000_000, 670_000, 700_000),
        Device("hdd", 4_000_000, 8_000_000, 8_000_000, 8_000_000),
    )
}

SOURCES = {
    "instant": "no device: what there would be if swap took no time",
    "nvme": "what is usual of client drives with TLC flash, 250,000 writes and 330,000 reads a second; of no one data "
    "sheet",
    "ssd": "data sheets of SATA drives, such as Kingston's DC600M 960G: 65,000 writes and 94,000 reads a second",
    "ufs": "AndroBench on UFS 3.0, published by Notebookcheck in 2019: 35,000 writes and 37,200 reads a second; "
    "latencies if eight requests are on their way",
    "emmc": "Samsung's announcements: eMMC Pro Class 2000, 2012 (2,000 writes and 5,000 reads a second), eMMC 5.0 "
    "(5,000 and 6,000), eMMC 5.1 (13,000 and 11,000)",
    "sd": "Application Performance Class 1 of the SD specification 5.1: no less than 500 writes and 1,500 reads a "
    "second",
    "hdd": "7,200 turns a minute: half a turn takes 4.2 ms, and a short seek about as long",
}
"""By name: where the numbers of a device come from. They are rounded, and none was measured here."""

DEFAULT = "ssd"


def choose_device(name: str) -> Device:
    """The device called ``name``. Raises UsageError, saying what there is, for an unknown one."""
    if name not in DEVICES:
        raise UsageError(f"no swap device is called {name!r}; {offer(name, DEVICES)}")
    return DEVICES[name]
