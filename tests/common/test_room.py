"""Room is asked for where it is, and where it is not."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from zswapbench.common.room import need, need_threads

_TIGHT = """
import resource, sys
from zswapbench.common import room
with open("/proc/self/statm") as pages:
    used = int(pages.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (20 << 20),) * 2)
for count in (1, 2, 1):
    try:
        room.need_threads(count)
        print("room")
    except MemoryError as error:
        print(error)
"""


def test_room_that_there_is_is_asked_for_in_silence() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    need(1 << 30)
    need_threads(8)
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10
    )  # in KiB: nothing was touched


def test_more_than_there_can_be_is_no_room() -> None:
    with pytest.raises(MemoryError, match="no room for 1099511627776 MiB more"):
        need(1 << 60)


def test_a_limit_counts_and_what_was_asked_for_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", _TIGHT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["room", "no room for 32 MiB more", "room"]
