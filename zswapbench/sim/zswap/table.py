# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What each swap offset holds: the table that the rules of zswap read and change.

A swap offset has a number, its key. ``where[key]`` is the entry that holds it, or says what else became of its
page: it is on the swap device, in the swap core's map of zero pages, loaded and gone, kept in memory from the
start, or same-filled, which takes no memory. An entry is a number below the pool's capacity; ``entries[entry]``
has its key and its page of the corpus. A live offset costs 12 bytes here, besides what the pool and the policy
keep.

All bookkeeping is done here, so that no rule can forget it: what is held, by how many bytes, in which size
class, and the counters that rise and fall with it. A verifier that carries real bytes is told of every move.

Source: zswap series v2, zswap_frontswap_store(), zswap_frontswap_invalidate_page(); mm/zswap.c zswap_store(),
zswap_invalidate() of the kernels in zswapbench.rules.eras.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.device import SwapDevice
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.sim.slabs import Slabs
from cython.cimports.zswapbench.sim.zswap.shares import Shares
from cython.cimports.zswapbench.structures.memory import Memory

from zswapbench.corpus.cost_groups import cost_groups


@cython.cclass
class Tally:
    """What is held over all pools: entries, same-filled ones, and the bytes of frames these stand for."""


@cython.cclass
class Table(Shares):
    """The swap offsets of some swap types, over one pool and policy. The parameters are those of ``Zswap``."""

    def __init__(
        self,
        keys: dict[int, int],
        costs: Any,
        pool: Pool,
        policy: FlushPolicy,
        device: SwapDevice,
        header: cython.int,
        verifier: Any,
        tally: Any,
    ) -> None:
        Shares.__init__(self, keys, policy)
        self.kinds = costs.kinds
        self.pool = pool
        self.device = device
        self.verifier = verifier
        self.verifying = verifier is not None
        self.pool.watch_moves(verifier)
        self.tally = Tally() if tally is None else tally
        self.header = header
        self.unused = -1
        self._lay_out()
        self._note_costs(costs)

    def take_rules(self, rules: Any) -> None:
        """Note the cells of the era that the table itself depends on. Every layer above adds its own."""
        self.replaced_by_frontswap = rules.replaces == "frontswap"
        if not rules.writeback:
            self.share.writes_back = False

    def note(self, entry: int) -> None:
        """Before the first store: count what zswap notes of each page that it holds, in so many bytes."""
        self.noted, self.notes = True, Slabs(self.pool.limiter, entry, self.pool.page_size)

    def _lay_out(self) -> None:
        """A place for each swap offset, and a record for each entry."""
        if self.keys > 0x7FFFFFFF:
            raise MemoryError(f"{self.keys} swap offsets are more than can be numbered")
        offsets = f"{self.keys} swap offsets"
        self.where_memory = Memory(self.keys, cython.sizeof(cython.int), offsets)
        self.where = cython.cast(cython.p_int, self.where_memory.at)
        self.entries_memory = Memory(self.pool.capacity, cython.sizeof(Entry), offsets)
        self.entries = cython.cast(cython.pointer(Entry), self.entries_memory.at)
        self.classes_memory = Memory(self.pool.classes, cython.sizeof(cython.longlong), offsets)
        self.held_bytes = cython.cast(cython.p_longlong, self.classes_memory.at)
        key: cython.longlong
        for key in range(self.keys):
            self.where[key] = ABSENT

    def _note_costs(self, costs: Any) -> None:
        """What each page of the corpus costs, side by side: a store or a load looks at all of it."""
        sizes: cython.const[cython.uint][::1] = costs.sizes
        fates: cython.const[cython.uchar][::1] = costs.fates
        groups: cython.const[cython.uchar][::1] = cost_groups(costs.sizes, costs.kinds, self.pool.page_size)
        self.costs_memory = Memory(sizes.shape[0], cython.sizeof(Cost), f"what {sizes.shape[0]} pages cost")
        self.costs = cython.cast(cython.pointer(Cost), self.costs_memory.at)
        page: cython.Py_ssize_t
        for page in range(sizes.shape[0]):
            klass: cython.int = self.pool.class_of(sizes[page] + self.header)
            self.costs[page] = Cost(sizes[page], klass, groups[page], fates[page])

    @cython.final
    def keep_filled(self, key: cython.longlong, page: cython.uint) -> cython.void:
        """A same-filled page is an entry that takes no pool memory and cannot be flushed."""
        self.replace(key)
        self.note_owner(key)
        self.share.stored += 1
        self.hold(key, FILLED)
        self.count.same_filled_pages += 1
        self.count.stored_same_filled += 1
        self.count_held(1, 1)
        self.total = self.pool.frames
        if self.verifying:
            self.tell(STORED, key, page, FILLED)

    @cython.final
    def keep_zero(self, key: cython.longlong, page: cython.uint) -> cython.void:
        """The swap core notes a zero page in its own map; zswap is told that what it holds there is stale."""
        self.invalidate(key)
        self.put(key, IN_ZEROMAP)
        self.count.swpout_zero += 1
        if self.verifying:
            self.tell(STORED, key, page, IN_ZEROMAP)

    @cython.final
    def replace(self, key: cython.longlong) -> cython.void:
        """What ``key`` holds is stale: a newer page is being stored there."""
        if self.where[key] >= 0 or self.where[key] == FILLED:
            if self.replaced_by_frontswap:
                self.count.invalidated += 1
            else:
                self.count.duplicate_entry += 1
            self.forget(key)

    @cython.final
    def reject(self, key: cython.longlong, page: cython.uint) -> cython.void:
        """The page goes to the swap device, or back to memory; nothing may stay held at its offset."""
        self.count.rejected += 1
        self.invalidate(key)
        self.note_owner(key)
        if self.share.writes_back:
            self.device.slot, self.device.page = key, page
            self.put(key, ON_DEVICE if self.device.write() else KEPT)
        else:
            self.put(key, KEPT)
            self.count.kept_in_memory += 1
        if self.verifying:
            self.tell(REJECTED, key, page, -1)

    @cython.final
    def invalidate(self, key: cython.longlong) -> cython.void:
        """The slot ``key`` holds nothing of use any more, here or on the device."""
        entry: cython.int = self.where[key]
        if entry >= 0 or entry == FILLED:
            self.count.invalidated += 1
            self.forget(key)
        self.where[key] = ABSENT

    @cython.final
    def forget(self, key: cython.longlong) -> cython.void:
        """Take the entry that holds ``key``, or the FILLED page there, out of the books: its page is elsewhere."""
        if self.where[key] >= 0:
            self.erase(self.where[key])
        else:
            self.count.same_filled_pages -= 1
            self.share_of(key).stored -= 1
            self.forget_notes()
            self.count_held(-1, 1)
            self.total = self.pool.frames
        self.where[key] = LOADED_AWAY

    @cython.final
    def erase(self, entry: cython.int) -> cython.void:
        """Take ``entry`` out of the policy's books and free its object."""
        self.account(entry, -1)
        self.policy.on_remove(entry)
        self.pool.free(entry)
        self.drop_entry(entry)
        self.forget_notes()
        self.total = self.pool.frames

    def tell(
        self, move: cython.int, key: cython.longlong, page: cython.uint, entry: cython.int
    ) -> cython.void:
        """Tell the verifier of bytes that move. Its first objection ends the replay, from ``replay``."""
        with cython.gil:
            try:
                if self.failed:
                    return
                if move == STORED:
                    self.verifier.stored(key, page, entry)
                elif move == REJECTED:
                    self.verifier.rejected(key, page)
                elif move == LOADED:
                    self.verifier.loaded(key, entry)
                else:
                    self.verifier.flushed(key, entry)
            except BaseException as error:  # noqa: BLE001  an interrupt, too, must get past this loop
                self.failure = error
                self.failed = True

    def codec_work(self) -> dict[str, list[int]]:
        """How many pages the codec was given, by group: compressed, and decompressed for what.

        ``flushed_for_stores``: of those ``flushed``, the ones because of stalled stores.
        """
        return {
            "compressed": list(self.compressed),
            "hits": list(self.hits),
            "flushed": list(self.flushed),
            "flushed_for_stores": list(self.flushed_for_stores),
        }

    def types(self) -> list[int]:
        """The swap types whose cache this is."""
        return [swap_type for swap_type in range(32) if self.bases[cython.cast(cython.int, swap_type)] >= 0]

    def held(self) -> dict[int, int]:
        """Corpus page by swap offset of all that is held, for tests."""
        return {key: self.entries[self.where[key]].page for key in range(self.keys) if self.where[key] >= 0}

    def lru_offsets(self) -> list[int]:
        """Swap offsets of the held entries in the policy's order, for tests."""
        return [self.entries[entry].key for entry in self.policy.order()]
