"""Raw page files: the whole file is memory, from address 0.

What ``dd`` of a swap device, a guest's RAM file, or another tool's page collection gives: no header, no
addresses, no permissions. One segment says it all; the holes of a sparse file are pages never written.
"""

from __future__ import annotations

from zswapbench.common.errors import DumpError
from zswapbench.dumps.base import Dump, Segment
from zswapbench.dumps.source import Source


def read_raw(source: Source) -> Dump:
    """``source`` as one writable segment at address 0. Raises DumpError if there is not one byte."""
    size = source.size()
    if not size:
        raise DumpError(source.path, "holds no page; give a file with at least one")
    segment = Segment(start=0, end=size, permissions="rw-", name="", dumped=size, offset=0)
    return Dump(source, format="raw", producer="raw", segments=(segment,))
