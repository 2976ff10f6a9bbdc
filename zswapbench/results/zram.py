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
from typing import Any

from zswapbench.results.counters import Metric

SCHEMA_VERSION = 2


def _figure(name: str, meaning: str, unit: str = "", better: int = 0) -> Metric:
    """A figure under the kernel's name, and the sentence that says what it counts or when it rises."""
    return Metric(name, name, unit, better, meaning)


MM_STAT = (
    _figure(
        "orig_data_size",
        "bytes of all pages held, uncompressed, same-filled and written back ones included",
        "B",
    ),
    _figure("compr_data_size", "bytes of their objects; a huge page takes a whole page", "B", -1),
    _figure("mem_used_total", "bytes of the pool's page frames", "B", -1),
    _figure("mem_limit", "bytes of page frames that the pool may have; 0: no limit", "B"),
    _figure("mem_used_max", "most bytes of page frames after any write, also after a refused one", "B", -1),
    _figure("same_pages", "pages held that take no object: zero pages, from 4.11 on all same-filled pages"),
    _figure("pages_compacted", "page frames that compaction gave back"),
    _figure("huge_pages", "pages held that did not compress and are kept uncompressed"),
    _figure("huge_pages_since", "such pages written since the beginning"),
)
"""Columns of mm_stat, in the kernel's order. Older kernels have fewer at the end, and call same_pages zero_pages."""

IO_STAT = (
    _figure("failed_reads", "reads that failed: none do here"),
    _figure("failed_writes", "writes that failed: the pool had no room below mem_limit", better=-1),
    _figure("invalid_io", "requests that were not page aligned: none are here"),
    _figure("notify_free", "notifications that a swap slot is free, also for slots that held nothing"),
)
"""Columns of io_stat, in the kernel's order."""

BD_STAT = (
    _figure("bd_count", "pages on the backing device, in units of 4 KiB"),
    _figure("bd_reads", "pages read from it, in units of 4 KiB", better=-1),
    _figure("bd_writes", "pages written to it, in units of 4 KiB", better=-1),
)
"""Columns of bd_stat, in the kernel's order."""

EVENTS = (
    _figure("num_writes", "pages written: stores"),
    _figure("num_reads", "pages read: loads"),
    _figure("load_unknown", "of these, from slots that held nothing and gave zeros"),
    _figure("decompressions", "pages decompressed: to be read, recompressed, or written back raw", better=-1),
    _figure("flush_requests", "requests for page frames"),
    _figure("frames_asked", "page frames that they asked for"),
    _figure("frames_given", "page frames that compaction gave back for them, from 4.3 on"),
)
"""What the trace, and the writes after it, did in the end."""

FIGURES = {figure.name: figure for figure in (*MM_STAT, *IO_STAT, *BD_STAT, *EVENTS)}
"""All of them, by name."""


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
