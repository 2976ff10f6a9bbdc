"""Eras: one kernel's rules as a named whole. A table, not code.

A cell is overridden by asking for the era with it: ``zswap-2013:flush_batch=32``. A result records the
whole row, so that it says what was in force whatever the default becomes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any

from zswapbench.errors import UsageError


@dataclass(frozen=True, slots=True)
class Era:
    """The rules of one kernel.

    ``codec``, ``pool``: what it uses unless told otherwise. ``max_compression_ratio``: percent of a page
    above which a compressed page is rejected. ``flush_batch``: entries flushed for one stalled store at
    most. ``tmp_buffers``: stalled stores at a time; ``flush_hold_ns``: how long each flushed entry keeps
    the buffer. ``outstanding_writes``: write-backs under way beyond which none is started.
    """

    name: str
    about: str
    codec: str
    pool: str
    max_compression_ratio: int
    flush_batch: int
    tmp_buffers: int
    flush_hold_ns: int
    outstanding_writes: int


ERAS = {
    era.name: era
    for era in (
        # Source: zswap series v2 to v9; the hold time is ours, a decompression and a submit.
        Era(
            name="zswap-2013",
            about='the series "zswap: add to mm/" as reviewed in January 2013',
            codec="lzo",
            pool="zsmalloc:2012",
            max_compression_ratio=80,
            flush_batch=16,
            tmp_buffers=16,
            flush_hold_ns=20_000,
            outstanding_writes=64,
        ),
    )
}

DEFAULT = "zswap-2013"
_LIMIT = 1 << 16
_LIMITS = {
    "max_compression_ratio": 99,
    "flush_hold_ns": 1 << 30,
}  # no pool takes an object larger than a page


def choose_era(text: str) -> Era:
    """The era that ``text`` (``name[:cell=number]...``) asks for.

    Raises UsageError for an unknown name or cell, saying what there is.
    """
    name, *cells = text.split(":")
    if name not in ERAS:
        raise UsageError(f"no era is called {name!r}; there are: {', '.join(ERAS)}")
    era = ERAS[name]
    numbers = [field.name for field in fields(Era) if field.type == "int"]
    changes: dict[str, Any] = {}
    for cell in cells:
        key, _, value = cell.partition("=")
        if key not in numbers:
            raise UsageError(f"era {name!r} has no cell {key!r} to set; it has: {', '.join(numbers)}")
        high = _LIMITS.get(key, _LIMIT)
        if not re.fullmatch("[0-9]{1,10}", value) or not 1 <= int(value) <= high:
            raise UsageError(f"era {name!r}: {key}={value!r} is not a number from 1 to {high}")
        changes[key] = int(value)
    return replace(era, **changes)
