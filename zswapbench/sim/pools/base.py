# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What a pool is to the rules above it, and the page provider that it asks for frames.

A pool packs compressed pages into page frames. It names an object by the number of the entry that owns
it: the kernel's handle without the indirection, which is why objects may move (compaction) without
anyone being told. It keeps nothing but places; bytes are carried, when asked for, by sim/verify.py.

A leaf subclasses ``Pool``, fills the methods below and sets the class attributes ``name`` and ``help``.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.structures.lists import Lists


@cython.cclass
class FrameLimiter:
    """The page provider: hands out page frames up to a limit, over all pools that share it.

    ``limit`` is in page frames, negative for none. ``hits`` counts refusals (pool_limit_hit), ``peak`` is
    the most frames that were out at once.

    Source: zswap_alloc_page() of the zswap series, January 2013: refuses when pool_pages has reached
    max_pool_percent of memory. Frames of a zspage that is refused half way count while they are out.
    """

    def __init__(self, limit: cython.longlong = -1) -> None:
        self.limit = limit
        self.frames = 0
        self.peak = 0
        self.hits = 0

    def take(self) -> cython.bint:
        """One frame more; False, and a hit counted, when the limit has been reached."""
        if 0 <= self.limit <= self.frames:
            self.hits += 1
            return False
        self.frames += 1
        if self.frames > self.peak:
            self.peak = self.frames
        return True

    def give(self, frames: cython.int) -> cython.void:
        """Take ``frames`` frames back."""
        self.frames -= frames


@cython.cclass
class MoveWatcher:
    """Who hears of every object that a pool moves by itself, see ``Pool.watch``."""

    def on_moving(self, entry: cython.int) -> cython.void:
        """The object of ``entry`` is about to move; it is still in its old place."""

    def on_moved(self, entry: cython.int) -> cython.void:
        """The object of ``entry`` has moved, and is in its new place."""


@cython.cclass
class Pool:
    """An allocator of compressed pages. The base class refuses everything: leaves fill it.

    ``capacity`` bounds the entry numbers and those of groups of frames, ``classes`` the class numbers,
    ``most_objects`` the objects of a group; ``frames`` is the number of page frames held; ``handle_bytes``
    precede the data of an object, but see ``data_place``. A group of frames, *zspage* for short, is what comes and
    goes as a whole: a zspage of zsmalloc's, one page frame of the others; ``packed_in`` is the word for it.

    A leaf that moves objects tells of each (``tell_moving`` before, ``tell_moved`` after). One that has frames
    of its own tells ``lru_add``, ``lru_touch`` and ``lru_del`` of them; the order is kept only for a policy
    that asked for it (``keep_lru``), and who is evicted first within a zspage is ``first_of``.
    """

    packed_in = "page frames"

    def __init__(self, capacity: cython.int, limiter: FrameLimiter, page_size: cython.int = 4096) -> None:
        self.capacity = capacity
        self.limiter = limiter
        self.page_size = page_size
        self.frames = 0
        self.most_objects = 1
        self.occupancy = None
        self.frame_lru = None
        self.keeps_lru = False
        self.mover = None
        self.has_mover = False
        self.watcher = None
        self.is_watched = False
        self.failure = None

    def note(self, handle: int, zspage: int) -> None:
        """Before the first object: count the slab caches that are the pool's, if it has some, by bytes of an object."""

    def alloc(self, entry: cython.int, size: cython.int) -> cython.int:
        """Place ``size`` bytes for ``entry``; 0, or -ENOSPC (no class that large) or -ENOMEM (no frame)."""
        return -ENOSPC

    def free(self, entry: cython.int) -> cython.void:
        """Give up the object of ``entry``, which must have one."""

    def class_of(self, size: cython.int) -> cython.int:
        """The class that an object of ``size`` bytes is placed in; -1 if none takes it."""
        return -1

    def share(self, size: cython.int) -> cython.double:
        """Bytes of page frames that an object of ``size`` bytes, which some class takes, stands for."""
        return 0

    def compact(self) -> cython.longlong:
        """Move objects together so that page frames come free; how many did. Most pools cannot."""
        return 0

    def first_of(self, zspage: cython.int) -> cython.int:
        """The entry that reclaim of the held ``zspage`` evicts first."""
        return -1

    def entry_in(self, zspage: cython.int, index: cython.int) -> cython.int:
        """The entry of object ``index``, below ``objs_per``, of the held ``zspage``; -1 if that is free."""
        return -1

    def pages_of_class(self, klass: cython.int) -> cython.int:
        """Page frames of a zspage of class ``klass``."""
        return 1

    def objs_of_class(self, klass: cython.int) -> cython.int:
        """Objects of a zspage of class ``klass``."""
        return 1

    def pages_per(self, zspage: cython.int) -> cython.int:
        """Page frames of the held ``zspage``."""
        return 1

    def objs_per(self, zspage: cython.int) -> cython.int:
        """Most objects that the held ``zspage`` can have."""
        return 1

    def survey(self, frames: cython.longlong) -> cython.void:
        """Note what ``frames`` page frames would cost now, for ``fewest_flushes``."""
        if self.occupancy is not None:
            self.occupancy.survey(frames)

    def fewest_flushes(self, frames: cython.longlong) -> cython.longlong:
        """The fewest flushes that could have freed ``frames`` page frames at ``survey``; 0 if unknown."""
        return 0 if self.occupancy is None else self.occupancy.fewest(frames)

    def oldest_zspage(self) -> cython.int:
        """The zspage that reclaim takes next, least recently stored to; -1 if there is none it could take."""
        return self.frame_lru.first(0)

    def begin_reclaim(self, zspage: cython.int) -> cython.void:
        """The entries of the held ``zspage`` are about to be evicted: leave in place those still there."""

    def end_reclaim(self, zspage: cython.int) -> cython.void:
        """Not all entries of ``zspage``, which is held still, could be evicted; it is now the newest."""
        self.lru_touch(zspage)

    def tell_moving(self, entry: cython.int) -> cython.void:
        """The object of ``entry`` is about to move."""
        if self.is_watched:
            self.watcher.on_moving(entry)
        if self.has_mover:
            with cython.gil:
                self._tell("moving", entry)

    def tell_moved(self, entry: cython.int) -> cython.void:
        """The object of ``entry`` has moved."""
        if self.is_watched:
            self.watcher.on_moved(entry)
        if self.has_mover:
            with cython.gil:
                self._tell("moved", entry)

    def _tell(self, what: str, entry: int) -> None:
        # Nothing can be raised through the compiled loop: who replays looks at ``failure``.
        try:
            getattr(self.mover, what)(entry)
        except BaseException as error:  # noqa: BLE001  an interrupt, too, must get past that loop
            self.failure = self.failure or error

    def keep_lru(self) -> None:
        """Keep zspages in the order of the last store to each, from now on; to be asked of an empty pool."""
        self.frame_lru = Lists(1, self.capacity)
        self.keeps_lru = True

    def watch(self, watcher: MoveWatcher) -> None:
        """Tell ``watcher`` of every object that moves."""
        self.watcher = watcher
        self.is_watched = True

    def watch_moves(self, mover: Any) -> None:
        """Tell ``mover.moving(entry)`` and ``mover.moved(entry)`` of every object that moves."""
        self.mover = mover
        self.has_mover = mover is not None

    def zspage_of(self, entry: cython.int) -> cython.int:
        """Number of the group of frames that holds the object of ``entry``; reused after it is freed."""
        return -1

    def offset_of(self, entry: cython.int) -> cython.int:
        """Byte offset of the object of ``entry`` in its group of frames."""
        return -1

    def prefetch(self, entries: cython.pointer(cython.const[cython.int]), count: cython.int) -> cython.void:
        """Have the CPU fetch the records of ``count`` held entries. A hint; may do nothing."""

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int
    ) -> cython.void:
        """Have the CPU fetch what these records, which were fetched before, point at. A hint."""

    def prefetch_room(self, klass: cython.int) -> cython.void:
        """Have the CPU fetch where the next object of ``klass`` would go. A hint."""

    def squeeze(self) -> int:
        """``compact`` for callers in Python."""
        return self.compact()

    def oldest(self) -> int:
        """``oldest_zspage`` for callers in Python; checks what the compiled callers know to be true."""
        if not self.keeps_lru:
            raise ValueError("the pool was not asked to keep its zspages in order")
        return self.oldest_zspage()

    def first_in(self, zspage: int) -> int:
        """``first_of`` for callers in Python; -1 for a zspage that is not held."""
        return self.first_of(zspage) if self.entries_of(zspage) else -1

    def describe(self) -> list[dict[str, Any]]:
        """A row for each class, in order: sizes, objects, frames."""
        return []

    def entries_of(self, zspage: int) -> list[int]:
        """The entries whose objects lie in the group of frames ``zspage``, in the order of their places."""
        return []

    def eviction_order(self, zspage: int) -> list[int]:
        """The same entries in the order in which reclaim of ``zspage`` evicts them."""
        return self.entries_of(zspage)

    def oldest_first(self) -> list[int]:
        """The zspages that reclaim could take, in its order; there is none unless ``keep_lru`` was asked for."""
        return list(self.frame_lru.items(0)) if self.keeps_lru else []

    def seize(self, zspage: int) -> None:
        """``begin_reclaim`` for callers in Python."""
        self.begin_reclaim(zspage)

    def let_go(self, zspage: int) -> None:
        """``end_reclaim`` for callers in Python."""
        self.end_reclaim(zspage)

    def try_alloc(self, entry: int, size: int) -> int:
        """``alloc`` for callers in Python; checks what the compiled callers know to be true."""
        if not 0 <= entry < self.capacity or self.zspage_of(entry) >= 0:
            raise ValueError(f"entry {entry} is out of range or placed already")
        return self.alloc(entry, size)

    def release(self, entry: int) -> None:
        """``free`` for callers in Python; checks what the compiled callers know to be true."""
        if not 0 <= entry < self.capacity or self.zspage_of(entry) < 0:
            raise ValueError(f"entry {entry} has no object")
        self.free(entry)

    def place(self, entry: int) -> tuple[int, int]:
        """(group of frames, byte offset of the object in it) of ``entry``; (-1, -1) if it has no object."""
        if self.zspage_of(entry) < 0:
            return -1, -1
        return self.zspage_of(entry), self.offset_of(entry)

    def data_place(self, entry: int) -> tuple[int, int]:
        """As ``place``, with the offset of the data: behind the handle, where the object begins with one."""
        return self.zspage_of(entry), self.offset_of(entry) + self.handle_bytes

    def class_for(self, size: int) -> int:
        """``class_of`` for callers in Python."""
        return self.class_of(size)
