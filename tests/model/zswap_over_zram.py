"""zswap of the first series in front of a zram, told slowly: model/zswap.py over model/zram.py, in one RAM.

A retelling of zswapbench.sim.machine.cached_zram and zram_below for comparison; the rules' sources are named there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.model.machine import GenerationsMachine, ListsMachine, LruMachine, OverZram
from tests.model.returning import TakesBack
from tests.model.swap_slots import Page
from tests.model.zram import ZramModel
from tests.model.zsmalloc import FrameLimiter
from tests.model.zswap import Entry, SwapType, Zswap2013Model
from zswapbench.traces.event import Op


class ZswapBeforeZram(Zswap2013Model):
    """``own_limit``: page frames of its pool. ``in_memory``: slots of pages whose write-back zram refused."""

    def __init__(self, sizes: Sequence[int], own_limit: int, zram: ZramModel, limiter: FrameLimiter) -> None:
        super().__init__(sizes, None, "lru")
        self.own_limit, self.zram, self.limiter = own_limit, zram, limiter
        self.room = self.page = 0
        self.in_memory: list[int] = []
        self.refused = False

    def store(self, slot: int, page: int) -> bool:
        """False: neither takes it."""
        self.refused = False
        kind = self._type(0)
        self.limiter.limit = min(self.room, self.own_limit + self.limiter.used - kind.pool.frames)
        self.page = page
        self._store(0, kind, 0, slot, page)
        return not self.refused

    def _reject(self, now: int, kind: SwapType, offset: int) -> None:
        super()._reject(now, kind, offset)
        self.refused = not self.put(offset, self.page)
        if self.refused:
            kind.on_device.discard(offset)

    def put(self, slot: int, page: int) -> bool:
        before, self.limiter.limit = self.limiter.limit, self.room
        try:
            return self.zram.write(slot, page)
        except MemoryError:
            return False
        finally:
            self.limiter.limit = before

    def _may_flush(self, now: int, kind: SwapType) -> bool:
        return bool(kind.entries) and self.limiter.used < self.room

    def _flush(self, now: int, kind: SwapType, entry: Entry) -> int:
        before = kind.pool.frames
        self.count.written_back_pages += 1
        self._remove(kind, entry.offset)
        freed = before - kind.pool.frames
        self.limiter.used += 1
        if self.put(entry.offset, entry.page):
            self.limiter.used -= 1
            kind.on_device.add(entry.offset)
        else:
            self.in_memory.append(entry.offset)
        return freed

    def load(self, slot: int) -> None:
        kind = self._type(0)
        assert slot in kind.entries or slot in kind.on_device
        if slot in kind.on_device:
            self.zram.read(slot)
        self._load(0, kind, slot)

    def invalidate(self, slot: int) -> None:
        self._invalidate(self._type(0), slot)
        self.zram.notify(slot)
        if slot in self.in_memory:
            self.in_memory.remove(slot)
            self.limiter.used -= 1


class OverBoth(TakesBack, OverZram):
    """To be put before a way of reclaim, as OverZram. ``put_before`` has to be called after ``settle``."""

    zswap: ZswapBeforeZram

    def put_before(self, zswap: ZswapBeforeZram) -> None:
        self.zswap = zswap

    def hear(self, op: Op, slot: int, _: int) -> None:
        self.zswap.room = self.room
        if op == Op.LOAD:
            self.zswap.load(slot)
        else:
            self.zswap.invalidate(slot)

    def write(self, page: Page) -> bool:
        assert page.slot is not None
        self.stores += 1
        self.zswap.room = self.room
        stored = self.zswap.store(page.slot, page.content)
        self.most_used = max(self.most_used, self.resident + self.limiter.used)
        self.refusals += not stored
        page.mapped = page.mapped and stored
        return stored

    def load(self, page: Page) -> None:
        self.slots.events.append((Op.LOAD, page.slot or 0, 0))


class LruOverBoth(OverBoth, LruMachine): ...


class ListsOverBoth(OverBoth, ListsMachine): ...


class GenerationsOverBoth(OverBoth, GenerationsMachine): ...


MACHINES: dict[str, Any] = {"lru": LruOverBoth, "lists": ListsOverBoth, "mglru": GenerationsOverBoth}
