"""One touch of a made-up program: 12 bytes, the same in numpy and in the compiled core.

| field    | type | meaning                                                   |
|----------|------|-----------------------------------------------------------|
| number   | u32  | which page of the program, from 0                         |
| delta_us | u32  | microseconds since the touch before                       |
| cpu      | u16  | where it happened                                         |
| kind     | u8   | a ``Kind``                                                |
| spare    | u8   | 0                                                         |

What a recorded program touches is a reference (zswapbench.traces.refs), which has an address instead and tells of no
page that is given up.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

TOUCH = np.dtype([("number", "<u4"), ("delta_us", "<u4"), ("cpu", "<u2"), ("kind", "u1"), ("spare", "u1")])


class Kind(IntEnum):
    """What happens to the page. FREE: it is given up, as by munmap(); the next touch is its first again."""

    READ = 0
    WRITE = 1
    FREE = 2
