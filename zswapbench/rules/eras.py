"""Eras: one kernel's rules as a named whole. A table, not code.

A cell is overridden by asking for the era with it: ``zswap-2013:flush_batch=32``. A result records the
whole row, so that it says what was in force whatever the default becomes. docs/eras.md sets the rows
beside each other, each with its source, and lists what is not modelled.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from zswapbench.common.errors import UsageError

WORDS = {
    "replaces": ("after", "frontswap", "first"),
    "same_filled": ("compressed", "unlisted", "zeromap"),
}
"""Cells that hold a word and can be set, with the words that they may hold. The rest makes an era what it is."""


@dataclass(frozen=True, slots=True)
class Era:
    """The rules of one kernel.

    * ``codec``, ``pool``: what it uses unless told otherwise. ``lru``: the policy that its LRU is.
      ``overflow``: whose rules decide what becomes of a page that does not compress (zswapbench.rules.overflow).
    * ``max_pool_percent`` of RAM is the limit; ``accept_threshold_percent`` of the limit is where a pool that
      was full takes pages again, 0: no such rule. ``full``: the page ``provider`` refuses a frame at the
      limit; a store finds the pool ``over`` its limit; or that it has ``reached`` it.
    * ``evictor``: the ``store`` that found the pool full evicts, and goes on; a ``worker`` does, and the
      store is rejected; or nobody does, but for those who ``request`` page frames. ``evicts``: up to a
      ``batch`` of ``flush_batch`` entries; one page ``frame``, or zspage, of the pool; entries down to the
      ``threshold``. ``band_evicts``: 1 if a store that is rejected between threshold and limit queues the worker
      too. ``retries``: entries that a work item looks at in vain before it ends.
      ``rounds``: whether it goes round the memory cgroups, and the end of a round, or of one in which nothing
      was looked at, counts as a look in vain. ``unshrinkable``: pools that cannot evict.
    * ``exclusive_loads``: 1 if a load removes the entry. ``replaces``: an entry at the offset of a store goes
      ``after`` the new one was stored; ``frontswap`` invalidates it before; zswap itself does so ``first``.
    * ``same_filled`` pages are ``compressed`` as any other; stored without pool memory, ``unlisted``; or zero
      pages are kept by the swap core in its ``zeromap`` and others compressed.
    * ``cached_total``: 1 if zswap keeps the pool's size and misses the frame that an eviction frees.
      ``protects``: 1 if recently stored entries are protected from requests for frames. ``compacts``: 1 if
      requests for frames compact zsmalloc first. ``pool_per_type``: 1 if each swap type has its own pool.
    * ``max_compression_ratio``: percent of a page that a compressed one may have, 0: no limit but the pool's.
      ``mean_eighths``: a page above so many eighths is rejected while the mean of all that is stored is, 0: no
      such rule.
    * ``tmp_buffers``: stalled stores that can flush at a time; ``flush_hold_ns``: how long each flushed entry
      keeps the buffer, or the worker. ``outstanding_writes``: write-backs under way beyond which none is
      started, 0: no limit.
    * ``counters``: names in the kernel's debugfs, where they differ from ours.
    """

    name: str
    about: str
    source: str
    codec: str
    pool: str
    lru: str
    overflow: str
    max_pool_percent: int
    accept_threshold_percent: int
    full: str
    evictor: str
    evicts: str
    band_evicts: int
    retries: int
    rounds: str
    unshrinkable: tuple[str, ...]
    exclusive_loads: int
    replaces: str
    same_filled: str
    cached_total: int
    protects: int
    compacts: int
    pool_per_type: int
    max_compression_ratio: int
    mean_eighths: int
    flush_batch: int
    tmp_buffers: int
    flush_hold_ns: int
    outstanding_writes: int
    counters: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """The whole row as JSON has it."""
        row = asdict(self)
        return {**row, "unshrinkable": list(self.unshrinkable), "counters": dict(self.counters)}


_SERIES = Era(
    name="zswap-2013",
    about='the series "zswap: add to mm/" as reviewed in January 2013: LRU of entries, the store itself flushes',
    source="zswap series v2 to v9; the hold time is ours, a decompression and a submit",
    codec="lzo",
    pool="zsmalloc:2012",
    lru="lru",
    overflow="zswap-2013",
    max_pool_percent=20,
    accept_threshold_percent=0,
    full="provider",
    evictor="store",
    evicts="batch",
    band_evicts=0,
    retries=0,
    rounds="none",
    unshrinkable=(),
    exclusive_loads=0,
    replaces="after",
    same_filled="compressed",
    cached_total=0,
    protects=0,
    compacts=0,
    pool_per_type=1,
    max_compression_ratio=80,
    mean_eighths=0,
    flush_batch=16,
    tmp_buffers=16,
    flush_hold_ns=20_000,
    outstanding_writes=64,
    counters=(
        ("flush_attempted", "reject_flush_attempted"),
        ("reject_alloc_fail", "reject_zsmalloc_fail"),
        ("written_back_pages", "flushed_pages"),
    ),
)
_ZCACHE2 = replace(
    _SERIES,
    name="zcache2-2012",
    about="zcache2 in staging, end of 2012: LRU of page frames, writeback only on request, loads remove entries",
    source="drivers/staging/zcache zcache-main.c, zbud.c; its write-back as of February 2013",
    pool="zcache-zbud",
    lru="frame-lru",
    overflow="zcache2-2012",
    evictor="request",
    evicts="frame",
    exclusive_loads=1,
    pool_per_type=0,
    max_compression_ratio=0,
    mean_eighths=5,
    flush_batch=0,
    tmp_buffers=0,
    flush_hold_ns=0,
    outstanding_writes=6400,
    counters=(
        ("pool_pages", "pers_pageframes"),
        ("stored_pages", "pers_zpages"),
        ("reject_compress_poor", "compress_poor"),
        ("reject_mean_compress_poor", "mean_compress_poor"),
        ("written_back_pages", "writtenback_pages"),
    ),
)
_MERGED = replace(
    _SERIES,
    name="linux-3.11",
    about="zswap as merged: zbud; a store that finds the pool full evicts one page frame and goes on",
    source="mm/zswap.c, mm/zbud.c, 3.11 to 3.17",
    pool="zbud",
    lru="frame-lru",
    overflow="3.11",
    full="over",
    evicts="frame",
    cached_total=1,
    pool_per_type=0,
    max_compression_ratio=0,
    flush_batch=0,
    tmp_buffers=0,
    flush_hold_ns=0,
    outstanding_writes=0,
    counters=(),
)
_ZPOOL = replace(
    _MERGED,
    name="linux-4.8",
    about="the zpool layer: as 3.11, over z3fold; zsmalloc cannot evict",
    source="mm/zswap.c, mm/z3fold.c, 4.8 to 4.15",
    pool="z3fold:4.8",
    overflow="4.8",
    unshrinkable=("zsmalloc",),
    replaces="frontswap",
    compacts=1,
)
_HYSTERESIS = replace(
    _ZPOOL,
    name="linux-5.7",
    about="hysteresis: a full pool rejects stores, a worker evicts one frame; from threshold to limit nobody does",
    source="mm/zswap.c, 5.7 to 6.1; measured on 6.1",
    pool="zbud",
    overflow="5.7",
    accept_threshold_percent=90,
    evictor="worker",
    flush_hold_ns=_SERIES.flush_hold_ns,
    same_filled="unlisted",
)
_ZSPAGES = replace(
    _HYSTERESIS,
    name="linux-6.2",
    about="as 5.7, and zsmalloc can write back: one whole zspage for each work item",
    source="mm/zsmalloc.c zs_reclaim_page(), 6.2 to 6.4",
    pool="zsmalloc:4.2",
    lru="zspage-lru",
    overflow="6.2",
    unshrinkable=(),
)
_OWN_LRU = replace(
    _ZSPAGES,
    name="linux-6.5",
    about="zswap's own LRU of entries: a worker evicts until the pool is below the threshold",
    source="mm/zswap.c zswap_reclaim_entry(), shrink_worker(), 6.5 to 6.7",
    pool="zsmalloc:6.3",
    lru="lru",
    overflow="6.5",
    evicts="threshold",
    band_evicts=1,
    retries=16,
    replaces="first",
    cached_total=0,
)
_MEMCG = replace(
    _OWN_LRU,
    name="linux-6.8",
    about="list_lru, protected size, 32 zpools; add exclusive_loads=1 for 6.9 to 6.11",
    source="mm/zswap.c shrink_memcg(), zswap_shrinker_scan(), 6.8",
    pool="zsmalloc:6.3:pools=32",
    overflow="6.8",
    rounds="fail",
    replaces="after",
    protects=1,
)
_SECOND_CHANCE = replace(
    _MEMCG,
    name="linux-6.12",
    about="second chance, one entry each visit; zero pages never reach zswap; loads remove entries",
    source="mm/zswap.c shrink_worker(), shrink_memcg_cb(), zswap_check_limits(), 6.12; measured",
    pool="zsmalloc:6.3",
    lru="second-chance",
    overflow="6.12",
    rounds="idle-fail",
    full="reached",
    exclusive_loads=1,
    same_filled="zeromap",
    protects=0,
)
_RAW = replace(
    _SECOND_CHANCE,
    name="linux-6.18",
    about="as 6.12, and pages that do not compress are stored as they are",
    source="mm/zswap.c zswap_compress(), as read in 7.2 and 7.3; the version from memory",
    overflow="6.18",
)

ERAS = {
    era.name: era
    for era in (
        _SERIES,
        _ZCACHE2,
        _MERGED,
        _ZPOOL,
        _HYSTERESIS,
        _ZSPAGES,
        _OWN_LRU,
        _MEMCG,
        _SECOND_CHANCE,
        _RAW,
    )
}
"""Oldest first."""

DEFAULT = "zswap-2013"
_MOST = {"max_pool_percent": 100, "accept_threshold_percent": 200, "flush_hold_ns": 1 << 30}
_SWITCHES = ("band_evicts", "exclusive_loads", "cached_total", "protects", "compacts")
_LEAST = {"max_pool_percent": 1, "accept_threshold_percent": 1, "retries": 1}
_FIXED = ("pool_per_type",)


def choose_era(text: str) -> Era:
    """The era that ``text`` (``name[:cell=value]...``) asks for.

    Raises UsageError for an unknown name or cell, or a value that the cell cannot have, saying what there is.
    """
    name, *cells = text.split(":")
    if name not in ERAS:
        raise UsageError(f"no era is called {name!r}; there are: {', '.join(ERAS)}")
    era = ERAS[name]
    numbers = [field.name for field in fields(Era) if field.type == "int" and field.name not in _FIXED]
    changes: dict[str, Any] = {}
    for cell in cells:
        key, _, value = cell.partition("=")
        if key not in (*numbers, *WORDS):
            raise UsageError(
                f"era {name!r} has no cell {key!r} to set; it has: {', '.join((*numbers, *WORDS))}"
            )
        if key in changes:
            raise UsageError(f"era {name!r}: {key} is given twice")
        if key == "accept_threshold_percent" and not era.accept_threshold_percent:
            raise UsageError(
                f"era {name} has no accept threshold: its pool takes pages as soon as it is not full"
            )
        changes[key] = _word(name, key, value) if key in WORDS else _number(name, key, value)
    return replace(era, **changes)


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


def pool_bounds(era: Era, limit: int, ram: int | None) -> tuple[int, int]:
    """(most page frames of a pool that is not full, most of one that was full and takes pages again).

    ``limit``: page frames; ``ram``: page frames of the machine, None if only the limit is known. The kernel
    rounds in three ways.

    Source: mm/zswap.c zswap_is_full(), zswap_can_accept(), 5.7 to 6.11; zswap_max_pages(),
    zswap_accept_thr_pages(), zswap_check_limits(), 6.12.
    """
    threshold = era.accept_threshold_percent
    if era.full == "reached":
        return limit - 1, limit * threshold // 100
    if not threshold:
        return limit, limit
    share = limit * threshold if ram is None else ram * threshold // 100 * era.max_pool_percent
    return limit, share // 100 - 1
