"""Snapshots of /proc/PID/pagemap: which page of a process lay in which swap slot.

A snapshot is text with a header, as the program makes that ``trace record-script --form pagemap`` prints:

    vpn_hex,state,swap_type,swap_offset_or_pfn
    7f58eb23d,swapped,0,5418
    7f58eb23e,present,,20366

| column             | meaning                                                             |
|--------------------|---------------------------------------------------------------------|
| vpn_hex            | the virtual page number, in hexadecimal                             |
| state              | swapped, or anything else for a page that is in no slot             |
| swap_type          | the swap device's number                                            |
| swap_offset_or_pfn | the slot                                                            |

All other columns are passed over. A page counts as swapped while it is in the swap cache, too.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError
from zswapbench.common.files import open_input
from zswapbench.traces.text import blocks_of

_COLUMNS = ("vpn_hex", "state", "swap_type", "swap_offset_or_pfn")

Numbers = NDArray[np.uint64]


def slots_of(path: str | os.PathLike[str]) -> tuple[Numbers, Numbers]:
    """Of the snapshot ``path``, the slots (type << 32 | offset) and the virtual page number in each.

    Raises TraceError, with the number of the line, for what is none.
    """
    slots, pages = array("Q"), array("Q")
    lines = _lines(path)
    header = next(lines, b"").decode(errors="replace").split(",")
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise TraceError(
            path, f"is no snapshot of a pagemap: it has no column {', '.join(missing)} in its first line"
        )
    page, state, swap_type, offset = (header.index(name) for name in _COLUMNS)
    for number, line in enumerate(lines, 2):
        values = line.split(b",")
        try:
            if values[state] == b"swapped":
                slot = int(values[swap_type]) << 32 | int(values[offset])
                slots.append(slot)
                pages.append(int(values[page], 16))
        except (IndexError, ValueError, OverflowError):
            raise TraceError(
                path, f"line {number} is damaged: {line[:60]!r}; make the snapshot anew"
            ) from None
    return np.frombuffer(slots, np.uint64), np.frombuffer(pages, np.uint64)


def _lines(path: str | os.PathLike[str]) -> Iterator[bytes]:
    rest = b""
    with open_input(path, TraceError) as file:
        for block in blocks_of(path, file):
            *lines, rest = (rest + block).split(b"\n")
            yield from (line.rstrip(b"\r") for line in lines)
    if rest:
        yield rest
