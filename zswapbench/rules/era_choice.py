"""Which era is asked for: ``name[:cell=value]...``, a row of the table with single cells overridden.

``zswap-2013:flush_batch=32`` is the series of 2013 that flushes 32 entries at a time. A cell that means nothing in the
era is refused, so that nobody measures a difference that is none.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer
from zswapbench.rules.era_cells import WORDS, Era
from zswapbench.rules.eras import era_in_force

_MOST = {
    "max_pool_percent": 100,
    "accept_threshold_percent": 200,
    "flush_hold_ns": 1 << 30,
    "worker_delay_ns": 1 << 40,
    "cursor": 2,
}
_SWITCHES = (
    "band_evicts",
    "rechecks",
    "guided",
    "writeback",
    "exclusive_loads",
    "cached_total",
    "protects",
    "compacts",
)
_LEAST = {"max_pool_percent": 1, "accept_threshold_percent": 1, "retries": 1, "walk": 1}
_FIXED = ("pool_per_type", "walks_without_cgroups")
_CGROUPS_SINCE = (6, 8)
_OF_CGROUPS = ("cgroups", "cursor", "writeback")
"""Cells that mean nothing before the LRU was one for each cgroup."""

_NEEDS = {
    **dict.fromkeys(("retries", "walk"), ("threshold", "no worker evicts down to a threshold")),
    **dict.fromkeys(("band_evicts", "worker_delay_ns", "guided"), ("worker", "no worker evicts")),
    **dict.fromkeys(("flush_batch", "tmp_buffers"), ("batch", "no store flushes a batch")),
}
"""Cells that only matter to some: what ``evictor`` or ``evicts`` must be, and what is said if it is not."""

_OF_WORKERS = (
    *("retries", "walk", "band_evicts", "cgroups", "cursor", "worker_delay_ns", "flush_hold_ns", "writeback"),
)
"""Cells that decide what the worker does."""

_MOST_VISITS = {"off": 0, "root": 1, "child": 2}
"""Of one round, by ``cgroups``: where a cursor can stand."""


def choose_era(text: str) -> Era:
    """The era that ``text`` (``name[:cell=value]...``) asks for; the name of a row, or any kernel, ``6.16``.

    Raises UsageError for an unknown name or cell, or a value that the cell cannot have, saying what there is.
    """
    name, *cells = text.split(":")
    era = era_in_force(name)
    name = era.name
    numbers = [field.name for field in fields(Era) if field.type == "int" and field.name not in _FIXED]
    changes: dict[str, Any] = {}
    for cell in cells:
        key, _, value = cell.partition("=")
        if key not in (*numbers, *WORDS):
            raise UsageError(f"era {name!r} has no cell {key!r} to set; {offer(key, (*numbers, *WORDS))}")
        if key in changes:
            raise UsageError(f"era {name!r}: {key} is given twice")
        if key == "accept_threshold_percent" and not era.accept_threshold_percent:
            raise UsageError(
                f"era {name} has no accept threshold: its pool takes pages as soon as it is not full"
            )
        if key in _OF_CGROUPS and era.version < _CGROUPS_SINCE:
            raise UsageError(f"era {name}: {key} is about memory cgroups, which zswap heeds from 6.8 on")
        needed, why = _NEEDS.get(key, (era.evictor, ""))
        if needed not in (era.evictor, era.evicts):
            raise UsageError(f"era {name}: {key} changes nothing there: {why}")
        changes[key] = _word(name, key, value) if key in WORDS else _number(name, key, value)
    changed = replace(era, **changes, changes=(*era.changes, *cells))
    if changed.cgroups == "off" and not changed.writeback:
        raise UsageError(
            f"era {name!r}: without cgroups nothing forbids writeback: leave cgroups or writeback out"
        )
    if changed.cursor > _MOST_VISITS[changed.cgroups]:
        raise UsageError(
            f"era {name!r}: with cgroups={changed.cgroups} the cursor is at most {_MOST_VISITS[changed.cgroups]}"
        )
    if changed.guided and (idle := [key for key in changes if key in _OF_WORKERS]):
        raise UsageError(f"era {name}: {idle[0]} changes nothing with guided=1: the trace says what was done")
    if changed.rechecks and (changed.evictor, changed.evicts) != ("store", "frame"):
        raise UsageError(f"era {name}: rechecks changes nothing there: no store evicts a frame and goes on")
    return changed


def _word(name: str, key: str, value: str) -> str:
    if value not in WORDS[key]:
        raise UsageError(f"era {name!r}: {key}={value!r} is not {' or '.join(WORDS[key])}")
    return value


def _number(name: str, key: str, value: str) -> int:
    low = _LEAST.get(key, 0)
    high = 1 if key in _SWITCHES else 100 if key.endswith("ratio") else _MOST.get(key, 1 << 16)
    if not re.fullmatch("[0-9]{1,10}", value) or not low <= int(value) <= high:
        raise UsageError(f"era {name!r}: {key}={value!r} is not a number from {low} to {high}")
    return int(value)
