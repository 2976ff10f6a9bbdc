"""A machine and its slow telling, touch by touch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.model.reclaim import Stuck


def keep_step(fast: Any, plain: Any, touches: Any) -> bool:
    """Both go through ``touches``, and hold the same in the same RAM after each. False: both were out of memory."""
    for touch in touches:
        fast.feed(np.array([touch]))
        try:
            plain.touch(int(touch["page"]), write=bool(touch["write"]))
        except Stuck:
            assert fast.stuck
            return False
        assert not fast.stuck
        assert (fast.resident, fast.side.held) == (plain.resident, plain.limiter.used)
        assert fast.resident + fast.side.held <= fast.frames
    return True
