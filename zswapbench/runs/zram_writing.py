"""Writes to the attributes of a zram device, made."""

from __future__ import annotations

import numpy as np

from zswapbench.rules.zram_actions import (
    Action,
    Compact,
    CompressedWriteback,
    Idle,
    RecompAlgorithm,
    Recompress,
    Writeback,
    WritebackLimit,
)
from zswapbench.runs.loading import Loaded
from zswapbench.runs.zram_choices import Sizes
from zswapbench.sim.zram.device import Zram
from zswapbench.traces.event import Op

WRITEBACK_ERRORS = {
    "": "",
    "EIO": "-EIO: writeback_limit is used up",
    "ENOSPC": "-ENOSPC: the backing device is full",
}
"""What a write to ``writeback`` ends with in the kernel; no error of ours."""


def apply(device: Zram, action: Action, loaded: Loaded, sizes: Sizes) -> tuple[int | None, str]:
    """Let ``action`` happen to one device: the State's ``pages`` and ``error``."""
    match action:
        case Compact():
            return device.compact(), ""
        case Idle(seconds):
            return device.mark_idle(-1 if seconds is None else seconds), ""
        case WritebackLimit(units):
            device.limit_writeback(units)
        case CompressedWriteback(on):
            device.write_back_compressed(on)
        case Writeback(flags, ranges):
            slots = [found for low, high in ranges if (found := _slots(loaded, device, low, high))]
            if ranges and not slots:
                return 0, ""
            pages, error = device.writeback(flags, slots)
            return pages, WRITEBACK_ERRORS[error]
        case RecompAlgorithm(algo, priority):
            device.add_algorithm(priority, sizes[algo])
        case Recompress(flags, threshold, most, first, last):
            return device.recompress(flags, threshold, -1 if most is None else most, first, last + 1), ""
    return None, ""


def _slots(loaded: Loaded, device: Zram, low: int, high: int) -> tuple[int, int] | None:
    """First and last slot of ``device`` for offsets ``low`` to ``high`` of the trace; None if it has none there.

    They are the same unless offsets far apart were renumbered for the replay, which keeps their order.
    """
    last = loaded.keys[device.swap_type] - 1
    if loaded.events is loaded.trace.events:
        return (low, min(high, last)) if low <= last else None
    trace = loaded.trace.events
    here = (trace["swap_type"] == device.swap_type) & (trace["op"] <= int(Op.INVALIDATE))
    places = np.flatnonzero(here & (trace["offset"] >= low) & (trace["offset"] <= high))
    slots = loaded.events["offset"][places]
    return (int(slots.min()), int(slots.max())) if len(slots) else None
