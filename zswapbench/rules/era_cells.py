"""What an era is made of: the cells of a row, what each of them says, and how the kernel rounds its limits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from zswapbench.rules.overflow import overflow_of

WORDS = {
    "cgroups": ("root", "child", "off"),
    "replaces": ("after", "frontswap", "first"),
    "same_filled": ("compressed", "unlisted", "zeromap"),
}
"""Cells that hold a word and can be set, with the words that they may hold. The rest makes an era what it is."""

SHRINKER_SINCE = (6, 8)
"""The first kernel whose zswap has shrinker_enabled."""


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
      ``guided``: 1 if the WORK events of a recorded trace say when the pool is full and how many entries are written
      back by when, in place of all these cells and of the limit; which entries go is the policy's choice.
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
    guided: int
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
