"""Eras: one kernel's rules as a named whole. A table, not code.

Each row is in force until the next. Any kernel in between can be asked for (``linux-6.16``, or ``6.16``): it has
the cells of its row, its own form of the row's pool, and its own rules for pages that do not compress.

What a cell means is in zswapbench.rules.era_cells; zswapbench.rules.era_choice reads what a user asks for. A result
records the whole row, so that it says what was in force whatever the default becomes. docs/eras.md sets the rows beside
each other, each with its source, and lists what is not modelled.
"""

from __future__ import annotations

from dataclasses import replace

from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer
from zswapbench.rules.era_cells import Era
from zswapbench.rules.overflow import KERNEL, kernel_version, overflow_of
from zswapbench.rules.pool_forms import form_of

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
    guided=0,
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


def era_in_force(name: str) -> Era:
    """The row of that name, or the row that is in force for the kernel of that name, as that kernel has it.

    Raises UsageError for a name that is no row's and no kernel's, saying what there is.
    """
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
