"""One operation: 16 bytes, the same in numpy and in the compiled core.

| field     | type | meaning                                                                  |
|-----------|------|--------------------------------------------------------------------------|
| offset    | u32  | swap offset that it is about                                             |
| page      | u32  | page of the corpus that is held there, or was offered                    |
| cause     | u32  | swap offset of the event behind it: of a WRITEBACK that of the store     |
| cpu       | u16  | where the trace has the event                                            |
| kind      | u8   | a zswapbench.rules.lock_steps.Operation                                  |
| swap_type | u8   | of the offset                                                            |
"""

from __future__ import annotations

import numpy as np

OPERATION = np.dtype(
    [
        ("offset", "<u4"),
        ("page", "<u4"),
        ("cause", "<u4"),
        ("cpu", "<u2"),
        ("kind", "u1"),
        ("swap_type", "u1"),
    ]
)
