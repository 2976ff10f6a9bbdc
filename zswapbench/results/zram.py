"""What a run of zram found, in the columns of the kernel's own files: mm_stat, io_stat, bd_stat.

Same trace, corpus, codec library and settings: same result, byte for byte, the ``timings`` apart. The JSON
form carries SCHEMA_VERSION. Its history:

1  the first.
2  ``decompressions`` among the events; ``backing_dev_pages`` in the setting; rules of kernels up to 7.3.

Source: drivers/block/zram/zram_drv.c mm_stat_show(), io_stat_show(), bd_stat_show(), 6.12.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

SCHEMA_VERSION = 2


class Counter(NamedTuple):
    """A figure under the kernel's name, and the sentence that says what it counts or when it rises."""

    name: str
    meaning: str


MM_STAT = (
    Counter(
        "orig_data_size", "bytes of all pages held, uncompressed, same-filled and written back ones included"
    ),
    Counter("compr_data_size", "bytes of their objects; a huge page takes a whole page"),
    Counter("mem_used_total", "bytes of the pool's page frames"),
    Counter("mem_limit", "bytes of page frames that the pool may have; 0: no limit"),
    Counter("mem_used_max", "most bytes of page frames after any write, also after a refused one"),
    Counter("same_pages", "pages held that take no object: zero pages, from 4.11 on all same-filled pages"),
    Counter("pages_compacted", "page frames that compaction gave back"),
    Counter("huge_pages", "pages held that did not compress and are kept uncompressed"),
    Counter("huge_pages_since", "such pages written since the beginning"),
)
"""Columns of mm_stat, in the kernel's order. Older kernels have fewer at the end, and call same_pages zero_pages."""

IO_STAT = (
    Counter("failed_reads", "reads that failed: none do here"),
    Counter("failed_writes", "writes that failed: the pool had no room below mem_limit"),
    Counter("invalid_io", "requests that were not page aligned: none are here"),
    Counter("notify_free", "notifications that a swap slot is free, also for slots that held nothing"),
)
"""Columns of io_stat, in the kernel's order."""

BD_STAT = (
    Counter("bd_count", "pages on the backing device, in units of 4 KiB"),
    Counter("bd_reads", "pages read from it, in units of 4 KiB"),
    Counter("bd_writes", "pages written to it, in units of 4 KiB"),
)
"""Columns of bd_stat, in the kernel's order."""

EVENTS = (
    Counter("num_writes", "pages written: stores"),
    Counter("num_reads", "pages read: loads"),
    Counter("load_unknown", "of these, from slots that held nothing and gave zeros"),
    Counter("decompressions", "pages decompressed: to be read, recompressed, or written back raw"),
    Counter("flush_requests", "requests for page frames"),
    Counter("frames_asked", "page frames that they asked for"),
    Counter("frames_given", "page frames that compaction gave back for them, from 4.3 on"),
)
"""What the trace, and the writes after it, did in the end."""


@dataclass(frozen=True)
class State:
    """One device after the trace, or after a write to an attribute.

    ``device``: zram and the swap type. ``pages``: that the write was about: page frames given back by compact,
    slots that bear the idle mark, pages written back or recompressed; None for others. ``error``: the write's,
    "" for none.
    """

    device: str
    mm_stat: dict[str, int]
    io_stat: dict[str, int]
    bd_stat: dict[str, int]
    pages: int | None
    error: str


@dataclass(frozen=True)
class Step:
    """``after``: the trace, or the write as it was given. ``devices``: by swap type."""

    after: str
    devices: tuple[State, ...]


@dataclass(frozen=True)
class Device:
    """At the end. ``events``: see EVENTS. ``classes``: the pool's class table, without empty classes."""

    device: str
    events: dict[str, int]
    classes: list[dict[str, Any]]


@dataclass(frozen=True)
class ZramResult:
    """One run.

    ``setting``: everything that was chosen, the kernel's row of rules included. ``inputs``: trace and corpus.
    ``environment``: versions and machine. ``timings``: the only part that differs from run to run.
    """

    setting: dict[str, Any]
    inputs: dict[str, Any]
    steps: tuple[Step, ...]
    devices: tuple[Device, ...]
    environment: dict[str, str]
    timings: dict[str, float]
    schema_version: int = SCHEMA_VERSION


def stat_files(
    stats: dict[str, int], frames: int, limit_pages: int, page_size: int
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """mm_stat, io_stat and bd_stat, by column, of counters as sim/zram keeps them. ``frames``: the pool's, now."""
    in_pages = {
        "orig_data_size": stats["pages_stored"],
        "mem_used_total": frames,
        "mem_limit": limit_pages,
        "mem_used_max": stats["max_used_pages"],
    }
    figures = {**stats, **{name: count * page_size for name, count in in_pages.items()}}
    units = page_size // 4096
    return (
        {column.name: figures[column.name] for column in MM_STAT},
        {column.name: figures[column.name] for column in IO_STAT},
        {column.name: figures[column.name] * units for column in BD_STAT},
    )


def mm_stat_line(mm_stat: dict[str, int]) -> str:
    """The line that /sys/block/zramN/mm_stat shows, its end included."""
    return " ".join(f"{mm_stat[column.name]:8d}" for column in MM_STAT) + "\n"


def mm_stat_text(result: ZramResult) -> str:
    """A line of mm_stat for each step and device, in order."""
    return "".join(mm_stat_line(state.mm_stat) for step in result.steps for state in step.devices)


def to_json(result: ZramResult) -> str:
    """The JSON form."""
    return json.dumps(asdict(result), indent=1) + "\n"
