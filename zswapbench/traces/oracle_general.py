"""oracleGeneral, the binary form of libCacheSim's traces: 24-byte requests, and nothing else.

zswapbench.traces.exports.oracle_general says what the fields are. The form has no magic. It is known by what it says of
the future: the next request for an object has to be one for it.
"""

from __future__ import annotations

import numpy as np

REQUEST = np.dtype(
    [("clock_time", "<u4"), ("obj_id", "<u8"), ("obj_size", "<u4"), ("next_access_vtime", "<i8")]
)

HELP = "oracleGeneral of libCacheSim"

NEVER = -1

_NEVERS = (NEVER, (1 << 63) - 1)
"""What libCacheSim takes for "never again"."""

_SOON = 1 << 48
"""Requests that no file has."""


def recognises(start: bytes) -> bool:
    """Does ``start``, the first bytes of a file, say of the future what the requests in it bear out?"""
    requests = np.frombuffer(start, REQUEST, len(start) // REQUEST.itemsize)
    following = requests["next_access_vtime"]
    numbers = np.arange(1, len(requests) + 1)
    comes = ~np.isin(following, _NEVERS)
    if not len(requests) or ((following <= numbers) | (following >= _SOON))[comes].any():
        return False
    seen = np.flatnonzero(comes & (following <= len(requests)))
    objects = requests["obj_id"]
    return bool((objects[following[seen] - 1] == objects[seen]).all())
