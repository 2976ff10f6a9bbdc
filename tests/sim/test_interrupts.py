"""Compiled code comes back to Python several times a second, whatever an event costs, so that interrupts are heard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from tests.sim.replaying import SIZES, Events, Machine, costs_of, random_trace
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.devices import choose_device
from zswapbench.rules.eras import ERAS
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import Setting, happen, replay
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import EVENT, Op

MOST_S = 0.5
"""CPU time of the thread between two times that progress is told."""


def expensive(count: int) -> Events:
    """After as many stores each event is a FLUSH that compacts, and gives but one page frame, or nothing."""
    trace = np.zeros(2 * count, EVENT)
    trace["op"][:count] = Op.STORE
    trace["offset"][:count] = np.arange(count)
    trace["page"][:count] = np.arange(count) % len(SIZES)
    trace["op"][count:], trace["page"][count:] = Op.FLUSH, 1
    return trace


class Gaps:
    """The CPU time of this thread between two times that it was told something."""

    def __init__(self) -> None:
        self.last = time.thread_time()
        self.told: list[int] = []
        self.longest = 0.0

    def __call__(self, count: int) -> None:
        now = time.thread_time()
        self.longest = max(self.longest, now - self.last)
        self.last = now
        self.told.append(count)


def test_replay_of_expensive_events_tells_of_its_progress_in_time() -> None:
    trace = expensive(16_000)
    setting = Setting(
        ERAS["linux-5.7"],
        POOLS.choose("zsmalloc:6.4:pools=64"),
        POLICIES.choose("lru"),
        choose_device("instant"),
        -1,
        4096,
    )
    gaps = Gaps()
    replay(trace, {0: 16_000}, {0: 16_000}, costs_of(), setting, told=gaps)
    assert sum(gaps.told) == len(trace)
    assert gaps.longest < MOST_S


def test_zram_over_expensive_events_tells_of_its_progress_in_time() -> None:
    trace, sizes = expensive(16_000), np.array(SIZES, np.uint32)
    pool = POOLS.choose("zsmalloc:6.4:pools=64").make(16_001, FrameLimiter(), 4096)
    gaps = Gaps()
    happen(
        trace,
        {0: Zram(0, 16_000, sizes, np.zeros(len(SIZES), np.uint8), pool, Clock(), rules_of("6.12", 4096))},
        gaps,
    )
    assert sum(gaps.told) == len(trace)
    assert gaps.longest < MOST_S


def test_many_short_runs_of_swap_types_tell_of_their_progress_in_time() -> None:
    trace = random_trace(1, 400_000, Machine(types=2))
    devices = {of: zram(of) for of in (0, 1)}
    gaps = Gaps()
    happen(trace, devices, gaps)
    assert len(gaps.told) > 1
    assert gaps.longest < MOST_S


def zram(swap_type: int) -> Zram:
    pool = POOLS.choose("zsmalloc").make(65, FrameLimiter(), 4096)
    return Zram(
        swap_type,
        64,
        np.array(SIZES, np.uint32),
        np.zeros(len(SIZES), np.uint8),
        pool,
        Clock(),
        rules_of("6.12", 4096),
    )


LONG = """
import signal, time
import numpy as np
from zswapbench.traces import dense, drops, future, scan, traffic
from zswapbench.traces.event import EVENT
signal.signal(signal.SIGINT, signal.default_int_handler)
events = np.zeros(24_000_000, EVENT)
events["op"] = 2
events["op"][::3] = 1
events["offset"] = np.arange(len(events)) % 1_000_003
keys = {0: 1_000_003}
work = {
    "scan": lambda: scan.scan(events, 1),
    "drops": lambda: drops.with_drops(events, keys),
    "future": lambda: future.next_loads(events, keys),
    "traffic": lambda: traffic.measure(events),
    "squeeze": lambda: dense.squeeze(events),
}
print("ready", flush=True)
try:
    while True:
        work[WHAT]()
except KeyboardInterrupt:
    print(time.process_time(), flush=True)
"""


@contextmanager
def working(what: str) -> Iterator[subprocess.Popen[str]]:
    program = LONG.replace("WHAT", repr(what))
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def cpu_seconds(pid: int) -> float:
    """What ``pid`` has used so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("what", ["scan", "drops", "future", "traffic", "squeeze"])
def test_whatever_goes_over_all_events_hears_an_interrupt_in_time(what: str) -> None:
    with working(what) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        before = cpu_seconds(process.pid)
        process.send_signal(signal.SIGINT)
        assert float(process.stdout.readline()) - before < MOST_S


SURE = """
import random, signal, time
import numpy as np
from zswapbench.traces import dense
from zswapbench.traces.event import EVENT

class Heard(Exception): ...

def hear(number, frame):
    global sent
    if listening:
        sent = True
        raise Heard

signal.signal(signal.SIGALRM, hear)
events = np.zeros(20_000, EVENT)
events["op"] = 1
events["offset"] = np.arange(len(events)) * 9973
dense._PIECE = 100
start = time.perf_counter()
dense.squeeze(events)
took = time.perf_counter() - start
for _ in range(200):
    sent, listening = False, True
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, took / 2))
        dense.squeeze(events)
        listening = False
        assert not sent, "an interrupt was lost"
    except Heard:
        listening = False
    signal.setitimer(signal.ITIMER_REAL, 0)
"""


def test_no_interrupt_is_lost_while_offsets_are_renumbered() -> None:
    """An array drops an error that an operand raises while it is asked what it is."""
    subprocess.run([sys.executable, "-c", SURE], check=True)
