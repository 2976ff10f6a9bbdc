"""One swap event: 16 bytes, little-endian, the same in a trace file, in numpy and in the compiled core.

| field     | type | meaning                                                           |
|-----------|------|-------------------------------------------------------------------|
| delta_us  | u32  | microseconds since the event before                               |
| op        | u8   | an ``Op``                                                         |
| swap_type | u8   | the swap device's number, as in the kernel's swp_type()           |
| cpu       | u16  | where it happened                                                 |
| offset    | u32  | slot on the swap device, in pages; 0 from INVALIDATE_AREA on       |
| page      | u32  | STORE: page of the corpus; FLUSH: page frames asked for; WORK: see below; else 0 |

A FLUSH asks the pool of its own swap type: in the zswap series each type had one.

A WORK is in recorded traces only: how far the kernel's own worker, who writes entries back when the pool is full, had
come. ``page`` is how many entries it wrote back here; or WAITS, before the first store that was refused: the pool is
full, and the worker waits for its turn; or DONE, before the next store that was taken: the pool takes pages again.

A DROP is in no trace file; a replay under rules whose loads remove the entry adds it where a page is loaded
twice without a store between (zswapbench.traces.drops).
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

EVENT = np.dtype(
    [
        ("delta_us", "<u4"),
        ("op", "u1"),
        ("swap_type", "u1"),
        ("cpu", "<u2"),
        ("offset", "<u4"),
        ("page", "<u4"),
    ]
)


class Op(IntEnum):
    """What happened: the swap hooks (frontswap's, later zswap's), a wish for page frames, and the worker."""

    STORE = 1
    LOAD = 2
    INVALIDATE = 3
    INVALIDATE_AREA = 4
    FLUSH = 5
    WORK = 6
    DROP = 7


WAITS, DONE = 0, (1 << 32) - 1
