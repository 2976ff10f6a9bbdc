"""What a SPEC says of who looks after a zram, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.runs.options import Options
from zswapbench.runs.setups.spec import setup_of
from zswapbench.runs.setups.zram_upkeep import Duties, backing_of, duties_of

RECOMPRESS, WRITEBACK = "recomp-algorithm=zstd,recompress=huge", "backing=emmc,writeback=huge"


def asked_for(words: str, kernel: str = "6.12") -> Duties | None:
    """What ``words`` behind ``zram,`` ask for."""
    _, asked = setup_of(f"zram,{words}", Options())
    return duties_of(asked, rules_of(kernel, 4096), 4096)


def test_nothing_is_done_where_nothing_is_asked_for() -> None:
    assert asked_for("lz4,disksize=8MiB") is None


def test_a_round_marks_recompresses_and_writes_back() -> None:
    words = (
        "recomp-algorithm=zstd,recompress=huge,threshold=3000,backing=emmc,writeback=idle,every=90s,idle=2h"
    )
    duties = asked_for(f"{words},backing-size=1MiB,writeback-limit=400KiB")
    assert duties is not None
    assert [write.text for write in duties.writes] == [
        "recomp_algorithm=algo=zstd priority=1",
        "writeback_limit=100",
        "idle=7200",
        "recompress=type=huge threshold=3000",
        "writeback=idle",
    ]
    assert (duties.every_ns, duties.bd_pages) == (90_000_000_000, 256)
    assert duties.backing is not None
    assert duties.backing.name == "emmc"
    assert duties.second is not None
    assert duties.second.leaf.name == "zstd"


def test_idle_slots_are_marked_only_where_they_are_asked_for() -> None:
    huge, idle = asked_for(WRITEBACK), asked_for("backing=emmc,writeback=huge_idle")
    assert huge is not None
    assert [write.text for write in huge.writes] == ["writeback=huge"]
    assert idle is not None
    assert [write.text for write in idle.writes] == ["idle=3600", "writeback=huge_idle"]


@pytest.mark.parametrize(("kernel", "limit"), [("6.18", 0), ("6.19", 31)])
def test_writes_wait_for_one_another_up_to_6_18(kernel: str, limit: int) -> None:
    duties = asked_for(WRITEBACK, kernel)
    assert duties is not None
    device: Any = backing_of(duties, rules_of(kernel, 4096))
    assert device.limit == limit


REFUSED = {
    "no device": ("writeback=huge", "6.12", "without a backing device (No such device)"),
    "no algorithm": ("recompress=huge", "6.12", "it has no algorithm to try"),
    "an algorithm for nothing": ("recomp-algorithm=zstd", "6.12", "nothing is ever given to it"),
    "a device for nothing": ("backing=emmc", "6.12", "nothing is ever written there"),
    "a size of no device": ("backing-size=1GiB", "6.12", "backing-size without backing"),
    "a limit of nothing": ("writeback-limit=1GiB", "6.12", "writeback-limit without writeback"),
    "a threshold of nothing": ("threshold=1000", "6.12", "threshold without recompress"),
    "a timer for nothing": ("every=60s", "6.12", "every is for recompress and writeback"),
    "an age for nothing": (f"{WRITEBACK},idle=60s", "6.12", "idle is the age of idle slots"),
    "an unknown type": ("recomp-algorithm=zstd,recompress=all", "6.12", "type=all is not one of idle, huge"),
    "an unknown mode": ("backing=emmc,writeback=old", "6.12", "writeback=old is not one of idle, huge"),
    "a threshold too high": (f"{RECOMPRESS},threshold=4000", "6.12", "threshold=4000 is not a number up to"),
    "6.1 and recompression": (RECOMPRESS, "6.1", "no attribute recomp_algorithm, which came with 6.2"),
    "5.4 and ages": ("backing=emmc,writeback=idle", "5.4", "has no idle=SECONDS, which came with 5.16"),
    "4.20 and writeback": (WRITEBACK, "4.20", "has no attribute writeback, which came with 5.0"),
    "an unknown codec": ("recomp-algorithm=lzx,recompress=huge", "6.12", "no codec is called 'lzx'"),
    "an unknown device": ("backing=tape,writeback=huge", "6.12", "no swap device is called 'tape'"),
    "a device too small": (f"{WRITEBACK},backing-size=4K", "6.12", "backing-size 4K: the smallest device"),
    "a part of a second": (
        "backing=emmc,writeback=idle,idle=1500ms",
        "6.12",
        "not a whole number of seconds",
    ),
    "no time": (f"{WRITEBACK},every=0s", "6.12", "every=0s is too short; give 1ms or more"),
    "no duration": (f"{WRITEBACK},every=60", "6.12", "'60' is not a duration"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_kernel_does_or_makes_no_sense_is_refused(case: str) -> None:
    words, kernel, message = REFUSED[case]
    with pytest.raises(UsageError) as refused:
        asked_for(words, kernel)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
