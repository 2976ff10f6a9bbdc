"""One line of a recording: what a probe in the kernel saw, before it is known what it means for a trace.

| field     | type | meaning                                                                |
|-----------|------|------------------------------------------------------------------------|
| time_ns   | u64  | of the tracer's clock                                                  |
| index     | u64  | of the folio: its virtual page number if it is anonymous; 0: not told  |
| offset    | u64  | slot on the swap device                                                |
| returned  | i64  | STORED, LOADED: what the function returned                             |
| thread    | u32  | its number, below 2**22                                                |
| cpu       | u16  | where it happened                                                      |
| kind      | u8   | a ``Kind``                                                             |
| swap_type | u8   | the swap device's number                                               |
| order     | u8   | the folio has 2**order pages, in as many slots                         |
| mark      | u8   | a ``Mark``, which zswapbench.traces.matching sets                      |

A thread goes through the probes in order: OUT, STORE, STORED, and WRITE if zswap did not take the page; IN, LOAD,
LOADED.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

RECORD = np.dtype(
    [
        ("time_ns", "<u8"),
        ("index", "<u8"),
        ("offset", "<u8"),
        ("returned", "<i8"),
        ("thread", "<u4"),
        ("cpu", "<u2"),
        ("kind", "u1"),
        ("swap_type", "u1"),
        ("order", "u1"),
        ("mark", "u1"),
    ]
)

THREADS = 1 << 22
"""PID_MAX_LIMIT of a 64-bit kernel: thread numbers are below it."""


class Kind(IntEnum):
    """Which probe. ``NAMES`` says what recordings call it."""

    OUT = 1
    STORE = 2
    STORED = 3
    WRITE = 4
    IN = 5
    LOAD = 6
    LOADED = 7
    INVALIDATE = 8


class Mark(IntEnum):
    """What the records of the same thread tell of one.

    REACHED: an OUT that zswap was asked about, or an IN. PART: a STORE or LOAD that belongs to such a one, or what it
    returned. FREED: an OUT whose slot was given up before anything was written. DIRECT: an OUT that went to the device,
    zswap not being asked. TAKEN, TURNED_AWAY: an OUT or STORE whose page zswap took, or did not and it was written.
    REFUSED: that WRITE. Not marked: a WRITE is a writeback, and
    an OUT is a page of zeros.
    """

    NONE = 0
    REACHED = 1
    PART = 2
    FREED = 3
    DIRECT = 4
    REFUSED = 5
    TAKEN = 6
    TURNED_AWAY = 7


NAMES = {
    "so": Kind.OUT,
    "swap_writepage": Kind.OUT,
    "swap_writeout": Kind.OUT,
    "st": Kind.STORE,
    "zst": Kind.STORE,
    "zswap_store": Kind.STORE,
    "zswap_frontswap_store": Kind.STORE,
    "str": Kind.STORED,
    "zswap_store__return": Kind.STORED,
    "zswap_frontswap_store__return": Kind.STORED,
    "wd": Kind.WRITE,
    "__swap_writepage": Kind.WRITE,
    "si": Kind.IN,
    "swap_readpage": Kind.IN,
    "swap_read_folio": Kind.IN,
    "ld": Kind.LOAD,
    "zld": Kind.LOAD,
    "zswap_load": Kind.LOAD,
    "zswap_frontswap_load": Kind.LOAD,
    "ldr": Kind.LOADED,
    "zswap_load__return": Kind.LOADED,
    "zswap_frontswap_load__return": Kind.LOADED,
    "iv": Kind.INVALIDATE,
    "ziv": Kind.INVALIDATE,
    "zswap_invalidate": Kind.INVALIDATE,
    "zswap_frontswap_invalidate_page": Kind.INVALIDATE,
}
"""Names of probes: those that ``trace record-script`` gives, and those that perf takes from the function."""
