"""What is told of the machine: enough to read a time by, nothing that says whose it is."""

from __future__ import annotations

import getpass
import os
import platform

import pytest

from zswapbench.common import machine as module
from zswapbench.common.machine import cpus, describe, two_cores


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


def test_two_cores_are_two_cpus_of_ours() -> None:
    found = two_cores()
    assert (found is None) == (cpus() == 1)
    assert found is None or (len(set(found)) == 2 and set(found) <= os.sched_getaffinity(0))


def test_two_cores_are_of_one_package_and_not_one_core_s_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two packages with two cores of two threads each: 0 and 1 are one core, 0 and 2 are two, 4 is far."""
    places = {
        cpu: {"physical_package_id": str(cpu // 4), "core_id": str(cpu // 2 % 2)}
        for cpu in (0, 1, 2, 4, 5, 6)
    }
    monkeypatch.setattr(module, "_topology", lambda cpu, name: places[cpu][name])
    for mine, wanted in [
        ({0, 1, 2, 4}, (0, 2)),
        ({0, 1, 4, 6}, (4, 6)),
        ({0, 4}, (0, 4)),
        ({0, 1}, (0, 1)),
        ({1}, None),
    ]:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, mine=mine: mine)
        assert two_cores() == wanted
