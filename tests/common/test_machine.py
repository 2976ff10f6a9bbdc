"""What is told of the machine: enough to read a time by, nothing that says whose it is."""

from __future__ import annotations

import getpass
import os
import platform

from zswapbench.common.machine import cpus, describe


def test_the_machine_is_described_without_its_names() -> None:
    machine = describe()
    assert machine["cpus"] == cpus() == len(os.sched_getaffinity(0))
    assert machine["architecture"] == platform.machine()
    assert machine["processor"]
    assert int(machine["memory_kib"]) > 1 << 18
    assert str(machine["kernel"])[0].isdigit()
    told = " ".join(map(str, machine.values()))
    assert platform.node() not in told
    assert getpass.getuser() not in told
