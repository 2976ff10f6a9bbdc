"""Eras: one kernel's rules as a named whole. A table, not code.

Each row is in force until the next. Any kernel in between can be asked for (``linux-6.16``, or ``6.16``): it has
the cells of its row, its own form of the row's pool, and its own rules for pages that do not compress.

A cell is overridden by asking for the era with it: ``zswap-2013:flush_batch=32``. A result records the whole row,
so that it says what was in force whatever the default becomes. docs/eras.md sets the rows beside each other, each
with its source, and lists what is not modelled.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer
from zswapbench.rules.overflow import KERNEL, kernel_version, overflow_of
from zswapbench.rules.pool_forms import form_of

WORDS = {
    "cgroups": ("root", "child", "off"),
    "replaces": ("after", "frontswap", "first"),
    "same_filled": ("compressed", "unlisted", "zeromap"),
}
"""Cells that hold a word and can be set, with the words that they may hold. The rest makes an era what it is."""


@dataclass(frozen=True, slots=True)
class Era:
    """The rules of one kernel.

    * ``row``: the row of the table that a kernel has its cells from. ``checked``: what the row was checked against.
      ``codec``, ``pool``: what it uses unless told otherwise. ``lru``: the policy that its LRU is.
      ``overflow``: whose rules decide what becomes of a page that does not compress (zswapbench.rules.overflow).
    * ``max_pool_percent`` of RAM is the limit; ``accept_threshold_percent`` of the limit is where a pool that
      was full takes pages again, 0: no such rule. ``full``: the page ``provider`` refuses a frame at the
      limit; a store finds the pool ``over`` its limit; or that it has ``reached`` it.
    * ``evictor``: the ``store`` that found the pool full evicts, and goes on; a ``worker`` does, and the
      store is rejected; or nobody does, but for those who ``request`` page frames. ``evicts``: up to a
      ``batch`` of ``flush_batch`` entries; one page ``frame``, or zspage, of the pool; entries down to the
      ``threshold``. ``band_evicts``: 1 if a store that is rejected between threshold and limit queues the worker
      too. ``rechecks``: 1 if a store that evicted is rejected if the pool is still full. ``retries``: visits
      of a work item in vain before it ends. ``walk``: entries that a visit walks past at most. ``rounds``: whether
      the worker visits the memory cgroups in turn, and the end of a round, and a cgroup without entries, is a visit
      in vain (``fail``), or only the end of a round without any entry (``idle-fail``). ``cgroups``: where the
      pages of the trace are charged: to the ``root`` cgroup; to a ``child``, beside a root without any; or cgroups
      are ``off``. ``walks_without_cgroups``: 1 if the worker finds entries then. ``cursor``: visits that the round
      has behind it when the trace begins. ``worker_delay_ns``: how long a queued work item waits for its turn.
      ``writeback``: 0 as memory.zswap.writeback of the cgroup: nothing is written back, and pages that are
      refused stay in memory. ``unshrinkable``: pools that cannot evict.
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
    * ``counters``: names in the kernel's debugfs, where they differ from ours. ``changes``: the cells that are not the
      kernel's, as they were asked for.
    """

    name: str
    row: str
    about: str
    source: str
    checked: str
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
    rechecks: int
    retries: int
    walk: int
    rounds: str
    cgroups: str
    walks_without_cgroups: int
    cursor: int
    worker_delay_ns: int
    writeback: int
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
    changes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor number of the kernel; (0, 0) of what was never released."""
        return overflow_of(self.overflow).version

    def as_dict(self) -> dict[str, Any]:
        """The whole row as JSON has it."""
        row = asdict(self)
        lists = {"unshrinkable": list(self.unshrinkable), "changes": list(self.changes)}
        return {**row, **lists, "counters": dict(self.counters)}


_SERIES = Era(
    name="zswap-2013",
    row="",
    about='the series "zswap: add to mm/" as reviewed in January 2013: LRU of entries, the store itself flushes',
    source="zswap series v2 to v9; the hold time is ours, a decompression and a submit",
    checked="source",
    codec="lzo",
    pool="zsmalloc",
    lru="lru",
    overflow="zswap-2013",
    max_pool_percent=20,
    accept_threshold_percent=0,
    full="provider",
    evictor="store",
    evicts="batch",
    band_evicts=0,
    rechecks=0,
    retries=0,
    walk=1,
    rounds="none",
    cgroups="root",
    walks_without_cgroups=1,
    cursor=0,
    worker_delay_ns=0,
    writeback=1,
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
    source="mm/zswap.c, mm/zbud.c, 3.15",
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
    name="linux-3.17",
    about="the zpool layer: as 3.11, or over zsmalloc, which cannot evict",
    source="mails of May to July 2014, in time for 3.17; mm/zswap.c, 5.4",
    checked="source, dated by mails",
    overflow="3.17",
    unshrinkable=("zsmalloc",),
)
_COMPACTS = replace(
    _ZPOOL,
    name="linux-4.3",
    about="as 3.17; zsmalloc compacts when memory is wanted",
    source="mm/zsmalloc.c zs_shrinker_scan(), commit ab9d306d9c3b of 8 September 2015; mm/zswap.c, 5.4",
    overflow="4.3",
    compacts=1,
    replaces="frontswap",
)
_Z3FOLD = replace(
    _COMPACTS,
    name="linux-4.8",
    about="as 4.3, over z3fold",
    source="mm/z3fold.c as posted; mm/zswap.c, 5.4",
    pool="z3fold",
    overflow="4.8",
)
_Z3FOLD_GAPS = replace(
    _Z3FOLD,
    name="linux-4.11",
    about="as 4.8; z3fold uses the last chunk of a gap",
    source='"z3fold: fix header size related issues", 26 December 2016, in time for 4.11; mm/zswap.c, 5.4',
    overflow="4.11",
)
_SAME_FILLED = replace(
    _Z3FOLD_GAPS,
    name="linux-4.16",
    about="as 4.11; same-filled pages take no pool memory",
    source="mails of October 2017 to January 2018, in time for 4.16; mm/zswap.c, 5.4",
    overflow="4.16",
    same_filled="unlisted",
)
_RECHECKS = replace(
    _SAME_FILLED,
    name="linux-4.18",
    about="as 4.16; a store that evicted a frame is rejected if the pool is still full",
    source="mm/zswap.c, 5.4; commit of July 2018, which stable kernels of August 2018 have",
    overflow="4.18",
    rechecks=1,
)
_HYSTERESIS = replace(
    _RECHECKS,
    name="linux-5.7",
    about="hysteresis: a full pool rejects stores, a worker evicts one frame; from threshold to limit nobody does",
    source="mm/zswap.c, 5.10 and 6.1",
    checked="source and measurement, 6.1",
    pool="zbud",
    overflow="5.7",
    accept_threshold_percent=90,
    evictor="worker",
    rechecks=0,
    flush_hold_ns=_SERIES.flush_hold_ns,
)
_ZSPAGES = replace(
    _HYSTERESIS,
    name="linux-6.2",
    about="as 5.7, and zsmalloc can write back: one whole zspage for each work item",
    source="mm/zsmalloc.c zs_reclaim_page(), as posted for 6.2",
    checked="source",
    pool="zsmalloc",
    lru="zspage-lru",
    overflow="6.2",
    unshrinkable=(),
)
_LEAST_WASTE = replace(
    _ZSPAGES,
    name="linux-6.3",
    about="as 6.2; zspages of up to 8 page frames, chosen by least waste",
    source="mail of 18 January 2023, in time for 6.3; mm/zsmalloc.c as posted for 6.2",
    checked="source, dated by mails",
    overflow="6.3",
)
_TENTHS = replace(
    _LEAST_WASTE,
    name="linux-6.4",
    about="as 6.3; zsmalloc groups zspages by tenths of fullness, and compacts otherwise",
    source="mails of 23 February to 4 March 2023, too late for 6.3; mm/zsmalloc.c, 6.12, but for its LRU",
    overflow="6.4",
)
_OWN_LRU = replace(
    _TENTHS,
    name="linux-6.5",
    about="zswap's own LRU of entries: a worker evicts until the pool is below the threshold",
    source="mm/zswap.c zswap_reclaim_entry(), shrink_worker(), 6.6",
    checked="source",
    lru="lru",
    overflow="6.5",
    evicts="threshold",
    band_evicts=1,
    retries=16,
    replaces="first",
    cached_total=0,
)
_SPREAD = replace(
    _OWN_LRU,
    name="linux-6.6",
    about="as 6.5; the entries are spread over 32 pools",
    source="mm/zswap.c zswap_find_zpool(), 6.6",
    overflow="6.6",
)
_MEMCG = replace(
    _SPREAD,
    name="linux-6.8",
    about="an LRU for each cgroup, one entry each visit, cgroups without entries are visits in vain; protected size",
    source="mm/zswap.c shrink_memcg(), shrink_worker(), zswap_shrinker_scan(), of the time of 6.9",
    overflow="6.8",
    rounds="fail",
    walks_without_cgroups=0,
    replaces="after",
    protects=1,
)
_EXCLUSIVE = replace(
    _MEMCG,
    name="linux-6.9",
    about="as 6.8; loads remove entries",
    overflow="6.9",
    exclusive_loads=1,
)
_REACHED = replace(
    _EXCLUSIVE,
    name="linux-6.10",
    about="as 6.9; a pool at its limit is full, and takes pages again at the threshold",
    source="mm/zswap.c zswap_check_limits(), patches of March and April 2024; else 6.9",
    checked="source, dated by mails",
    overflow="6.10",
    full="reached",
)
_ONE_POOL = replace(
    _REACHED,
    name="linux-6.11",
    about="as 6.10; one pool",
    source="patch of 25 June 2024, in time for 6.11; else 6.10",
    overflow="6.11",
)
_SECOND_CHANCE = replace(
    _ONE_POOL,
    name="linux-6.12",
    about="second chance; cgroups without entries are passed over; zero pages never reach zswap",
    source="mm/zswap.c shrink_worker(), shrink_memcg_cb(), zswap_check_limits(), 6.12",
    checked="source and measurement, 6.12",
    lru="second-chance",
    overflow="6.12",
    rounds="idle-fail",
    same_filled="zeromap",
    protects=0,
)
_RAW = replace(
    _SECOND_CHANCE,
    name="linux-6.18",
    about="as 6.12, and pages that do not compress are stored as they are",
    source="mm/zswap.c zswap_compress(), zswap_store_page(), 6.18 and 7.1",
    checked="source and measurement, 6.18",
    overflow="6.18",
)
_ROOT_LIST = replace(
    _RAW,
    name="linux-7.2",
    about="as 6.18, and the worker finds entries where cgroups are off, too",
    source="mm/zswap.c shrink_worker(), 7.2",
    checked="source and measurement, 7.2",
    overflow="7.2",
    walks_without_cgroups=1,
)
_WALK_OF_32 = replace(
    _ROOT_LIST,
    name="linux-7.3",
    about="as 7.2; the worker walks past 32 entries each visit",
    source="mm/zswap.c shrink_memcg(), 7.3",
    checked="source and measurement, 7.3",
    overflow="7.3",
    walk=32,
)

UNRELEASED = ("zswap-2013", "zcache2-2012")
"""Eras that are no released kernel's."""


def _complete(era: Era, row: str) -> Era:
    """``era`` with its kernel's form of its pool; ``row``: where it has its cells from."""
    form = form_of(era.pool, era.version)
    pool = ":".join([era.pool, *(f"{name}={value}" for name, value in form.items())])
    return replace(era, row=row, pool=pool)


_ROWS = (
    *(_SERIES, _ZCACHE2, _MERGED, _ZPOOL, _COMPACTS, _Z3FOLD, _Z3FOLD_GAPS, _SAME_FILLED, _RECHECKS),
    *(_HYSTERESIS, _ZSPAGES, _LEAST_WASTE, _TENTHS, _OWN_LRU, _SPREAD, _MEMCG, _EXCLUSIVE, _REACHED),
    *(_ONE_POOL, _SECOND_CHANCE, _RAW, _ROOT_LIST, _WALK_OF_32),
)
ERAS = {era.name: _complete(era, era.name) for era in _ROWS}
"""Oldest first."""

DEFAULT = "zswap-2013"
_MOST = {
    "max_pool_percent": 100,
    "accept_threshold_percent": 200,
    "flush_hold_ns": 1 << 30,
    "worker_delay_ns": 1 << 40,
    "cursor": 2,
}
_SWITCHES = (
    *("band_evicts", "rechecks", "writeback", "exclusive_loads", "cached_total", "protects", "compacts"),
)
_LEAST = {"max_pool_percent": 1, "accept_threshold_percent": 1, "retries": 1, "walk": 1}
_FIXED = ("pool_per_type", "walks_without_cgroups")
_CGROUPS_SINCE = (6, 8)
_OF_CGROUPS = ("cgroups", "cursor", "writeback")
"""Cells that mean nothing before the LRU was one for each cgroup."""

_NEEDS = {
    **dict.fromkeys(("retries", "walk"), ("threshold", "no worker evicts down to a threshold")),
    **dict.fromkeys(("band_evicts", "worker_delay_ns"), ("worker", "no worker evicts")),
    **dict.fromkeys(("flush_batch", "tmp_buffers"), ("batch", "no store flushes a batch")),
}
"""Cells that only matter to some: what ``evictor`` or ``evicts`` must be, and what is said if it is not."""

_MOST_VISITS = {"off": 0, "root": 1, "child": 2}
"""Of one round, by ``cgroups``: where a cursor can stand."""


def choose_era(text: str) -> Era:
    """The era that ``text`` (``name[:cell=value]...``) asks for; the name of a row, or any kernel, ``6.16``.

    Raises UsageError for an unknown name or cell, or a value that the cell cannot have, saying what there is.
    """
    name, *cells = text.split(":")
    era = _of_kernel(name)
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
    if changed.rechecks and (changed.evictor, changed.evicts) != ("store", "frame"):
        raise UsageError(f"era {name}: rechecks changes nothing there: no store evicts a frame and goes on")
    return changed


def _of_kernel(name: str) -> Era:
    """The row of that name, or the row that is in force for the kernel of that name, as that kernel has it."""
    if name in ERAS:
        return ERAS[name]
    if not KERNEL.fullmatch(name):
        raise UsageError(
            f"no era is called {name!r}; {offer(name, ERAS)}; a kernel between two of them, such as "
            "linux-6.16, has the rules of the one before"
        )
    major, minor = kernel = kernel_version(name)
    if f"linux-{major}.{minor}" in ERAS:
        return ERAS[f"linux-{major}.{minor}"]
    overflow_of(f"{major}.{minor}")  # says that a kernel is too old for zswap
    row = [era for era in _ROWS if era.name not in UNRELEASED and era.version <= kernel][-1]
    return _complete(replace(row, name=f"linux-{major}.{minor}", overflow=f"{major}.{minor}"), row.name)


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
