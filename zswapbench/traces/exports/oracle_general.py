"""oracleGeneral: the binary form of libCacheSim's traces, a request after the other and nothing else.

    struct { u32 clock_time; u64 obj_id; u32 obj_size; i64 next_access_vtime; }      24 bytes, packed, little-endian

| field             | of a swap trace                                                                       |
|-------------------|---------------------------------------------------------------------------------------|
| clock_time        | seconds since the trace began                                                         |
| obj_id            | the page in a slot, from its STORE to the next STORE or INVALIDATE there: the number  |
|                   | of the request that it begins with                                                    |
| obj_size          | bytes: those of a page, or compressed                                                 |
| next_access_vtime | the number of the next request for the page, counted from 1; -1: there is none        |

A STORE and a LOAD are a request each. A cache of libCacheSim misses each STORE, since the page is new, and takes it. A
LOAD that misses is a refault. It knows neither of INVALIDATE nor of FLUSH: a page that nobody can ask for any more
stays until it is evicted.

Source: libCacheSim, traceReader/customizedReader/oracle/oracleGeneralBin.h; bin/traceUtils/traceConvOracleGeneral.cpp,
which counts requests from 1.
"""

from __future__ import annotations

import numpy as np

from zswapbench.traces.event import Op
from zswapbench.traces.exports.base import Form, Piece
from zswapbench.traces.oracle_general import NEVER, REQUEST

_LATEST_S = (1 << 32) - 1

_LOAD = int(Op.LOAD)
_OTHERS = {
    "invalidates": int(Op.INVALIDATE),
    "swap devices switched off": int(Op.INVALIDATE_AREA),
    "flushes": int(Op.FLUSH),
    "turns of the kernel's worker": int(Op.WORK),
}


class OracleGeneral(Form):
    """libCacheSim's form."""

    name = "oracleGeneral"
    help = "libCacheSim's binary form: stores and loads as requests for objects"
    ending = ".oracleGeneral"
    wants_sizes = True

    def body(self, piece: Piece) -> memoryview:
        op = piece.events["op"]
        for what, kind in _OTHERS.items():
            self.leave_out(what, int(np.count_nonzero(op == kind)))
        asked = op <= _LOAD
        found = np.empty(int(np.count_nonzero(asked)), REQUEST)
        seconds = piece.moments[asked] // 1_000_000
        if len(seconds) and seconds[-1] > _LATEST_S:
            raise ValueError(f"it lasts more than {_LATEST_S:,} seconds, which oracleGeneral cannot tell")
        found["clock_time"] = seconds
        found["obj_id"] = piece.first[asked]
        found["obj_size"] = piece.sizes[asked]
        following = piece.following[asked]
        found["next_access_vtime"] = np.where(following, following.astype(np.int64), NEVER)
        return found.data
