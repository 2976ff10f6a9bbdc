"""zram, retold slowly: one device over a zsmalloc pool, and what its sysfs attributes do to it.

A written page takes an object of its compressed size.  A same-filled page takes none: its value sits in the
table.  A page that compresses to `huge_class_size` bytes or more is kept as it is, in an object of a page's size.
When a page is written over, its new object is allocated before the old one is freed.

Retold functions: __zram_bvec_write (6.1), zram_write_page (6.12), zram_free_page, zram's discard and compact,
mark_idle, writeback_store, recompress_store and zram_recompress (6.12), recompress_slot, place_pp_slot (7.3).
huge_class_size (zs_huge_class_size) is 3257 on 6.1 and 3625 on 6.12.

Left out: the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Pool(Protocol):
    """What zram asks of its allocator."""

    @property
    def frames(self) -> int: ...

    def alloc(self, owner: int, size: int) -> int: ...

    def free(self, owner: int) -> None: ...

    def compact(self) -> int: ...

    def class_of(self, size: int) -> int: ...


@dataclass
class Slot:
    """What is held.  owner: of the object, None without one.  flags: words, as attributes name them."""

    page: int
    owner: int | None = None
    size: int = 0
    priority: int = 0
    flags: set[str] = field(default_factory=set)
    accessed: int = 0


class ZramModel:
    """One device.  sizes: compressed bytes of each page; same_filled: true where a page repeats one word."""

    def __init__(
        self,
        pool: Pool,
        sizes: Sequence[int],
        same_filled: Sequence[int],
        huge_class_size: int,
        page_size: int = 4096,
        *,
        keys: int = 0,
        limit_pages: int = 0,
        newer: bool = False,
    ) -> None:
        self.pool = pool
        self.sizes = sizes
        self.same_filled = same_filled
        self.huge_class_size = huge_class_size
        self.page_size = page_size
        self.keys = keys
        self.limit_pages = limit_pages
        self.newer = newer  # 6.13 and later
        self.now = 0
        self.slots: dict[int, Slot] = {}
        self.secondary: dict[int, Sequence[int]] = {}
        self.writeback_left: int | None = None  # None: no limit
        self.pages_compacted = 0
        self.max_used_pages = 0
        self.failed_writes = 0
        self.notify_free = 0
        self.huge_pages_since = 0
        self.bd_reads = 0
        self.bd_writes = 0
        self.load_unknown = 0
        self._next_owner = 0

    # ---- events

    def write(self, key: int, page: int | None = None) -> bool:
        """Write a page, by default that of the slot's number; false if the memory limit is in the way."""
        page = key if page is None else page
        slot = Slot(page, accessed=self.now)
        if self.same_filled[page]:
            slot.flags.add("same")
        else:
            slot.size = self.sizes[page]
            if slot.size >= self.huge_class_size:
                slot.size = self.page_size
                slot.flags.add("huge")
            slot.owner = self._object(slot.size)
            self.max_used_pages = max(self.max_used_pages, self.pool.frames)
            if self.limit_pages and self.pool.frames > self.limit_pages:
                self.pool.free(slot.owner)
                self.failed_writes += 1
                return False
        self.discard(key)
        self.slots[key] = slot
        self.huge_pages_since += "huge" in slot.flags
        return True

    def read(self, key: int) -> None:
        slot = self.slots.get(key)
        if slot is None:
            self.load_unknown += 1
            return
        self.bd_reads += "wb" in slot.flags
        slot.flags.discard("idle")
        slot.accessed = self.now

    def discard(self, key: int) -> None:
        slot = self.slots.pop(key, None)
        if slot is not None and slot.owner is not None:
            self.pool.free(slot.owner)

    def notify(self, key: int) -> None:
        self.notify_free += 1
        self.discard(key)

    def notify_all(self) -> None:
        for key in sorted(self.slots):
            self.notify(key)

    def compact(self) -> int:
        freed = self.pool.compact()
        self.pages_compacted += freed
        return freed

    # ---- attributes

    def mark_idle(self, age: int | None = None) -> None:
        for slot in self.slots.values():
            if "wb" not in slot.flags and (age is None or self.now - slot.accessed > age):
                slot.flags.add("idle")

    def writeback(self, flags: Sequence[str] = (), only: int | None = None) -> tuple[int, bool]:
        """How many slots went to the backing device, and whether the limit ended it."""
        asked = range(self.keys) if only is None else range(only, only + 1)
        done = 0
        if self.newer:
            asked_in_order: Iterable[int] = self._largest_first(
                key for key in asked if self._fits(key, flags)
            )
        else:
            asked_in_order = asked
        for key in asked_in_order:
            if self.writeback_left == 0:
                return done, True
            if self._fits(key, flags):
                self._write_back(key)
                done += 1
        return done, False

    def recompress(
        self,
        flags: Sequence[str] = (),
        threshold: int = 0,
        max_pages: int | None = None,
        first: int = 1,
        last: int = 3,
    ) -> int:
        """How many slots have a new form."""
        fitting = [key for key in range(self.keys) if self._fits(key, flags, "incompressible")]
        done = tried = 0
        for key in self._largest_first(fitting) if self.newer else fitting:
            if tried == max_pages:
                break
            slot = self.slots[key]
            if slot.size < threshold:
                continue
            upto = min(first, last) if self.newer else last
            candidates = [
                priority
                for priority in sorted(self.secondary)
                if first <= priority <= upto and priority > slot.priority
            ]
            tried += bool(candidates)
            done += self._recompress(key, candidates, threshold)
        return done

    def _recompress(self, key: int, candidates: list[int], threshold: int) -> bool:
        slot = self.slots[key]
        forms = [(priority, self.secondary[priority][slot.page]) for priority in candidates]
        if self.newer and forms:
            slot.flags.discard("idle")
        for priority, size in forms:
            if self._class(size) < self._class(slot.size) and (not threshold or size < threshold):
                assert slot.owner is not None
                owner = self._object(size)
                self.pool.free(slot.owner)
                self.slots[key] = Slot(slot.page, owner, size, priority, set(), slot.accessed)
                return True
        if forms and self._class(forms[-1][1]) >= self._class(slot.size):
            nothing_left = (
                candidates[-1] == max(self.secondary) if self.newer else [*self.secondary] == candidates
            )
            if nothing_left:
                slot.flags.add("incompressible")
        return False

    def _class(self, size: int) -> int:
        return self.pool.class_of(min(size, self.page_size))

    def _fits(self, key: int, flags: Sequence[str], *avoid: str) -> bool:
        slot = self.slots.get(key)
        return slot is not None and {*flags} <= slot.flags and not slot.flags & {"same", "wb", *avoid}

    def _largest_first(self, keys: Iterable[int]) -> list[int]:
        buckets: dict[int, list[int]] = {}
        for key in keys:
            buckets.setdefault(self.slots[key].size // 64, []).append(key)
        return [key for number in sorted(buckets, reverse=True) for key in buckets[number]]

    def _write_back(self, key: int) -> None:
        slot = self.slots[key]
        assert slot.owner is not None
        self.pool.free(slot.owner)
        self.slots[key] = Slot(slot.page, flags={"wb"}, accessed=slot.accessed)
        self.bd_writes += 1
        if self.writeback_left is not None:
            self.writeback_left = max(0, self.writeback_left - self.page_size // 4096)

    def _object(self, size: int) -> int:
        owner = self._next_owner
        self._next_owner += 1
        error = self.pool.alloc(owner, size)
        if error != 0:
            raise MemoryError(f"{size} bytes: the pool says {error}")
        return owner

    # ---- what can be seen

    def holds(self, key: int) -> bool:
        return key in self.slots

    def same_pages(self) -> int:
        """Pages present without an object, mm_stat's same_pages."""
        return self._with("same")

    def compr_data_size(self) -> int:
        """Bytes of all objects, mm_stat's compr_data_size."""
        return sum(slot.size for slot in self.slots.values())

    def stats(self) -> dict[str, int]:
        """What the kernel counts, by its names."""
        return {
            "pages_stored": len(self.slots),
            "compr_data_size": self.compr_data_size(),
            "same_pages": self.same_pages(),
            "huge_pages": self._with("huge"),
            "huge_pages_since": self.huge_pages_since,
            "pages_compacted": self.pages_compacted,
            "max_used_pages": self.max_used_pages,
            "failed_writes": self.failed_writes,
            "notify_free": self.notify_free,
            "load_unknown": self.load_unknown,
            "bd_count": self._with("wb"),
            "bd_reads": self.bd_reads,
            "bd_writes": self.bd_writes,
        }

    def mm_stat(self) -> dict[str, int]:
        """/sys/block/zram0/mm_stat, by the names of Documentation/admin-guide/blockdev/zram.rst."""
        stats = self.stats()
        return {
            "orig_data_size": stats["pages_stored"] * self.page_size,
            "compr_data_size": stats["compr_data_size"],
            "mem_used_total": self.pool.frames * self.page_size,
            "mem_limit": (self.limit_pages or 0) * self.page_size,
            "mem_used_max": stats["max_used_pages"] * self.page_size,
            **{
                name: stats[name]
                for name in ("same_pages", "pages_compacted", "huge_pages", "huge_pages_since")
            },
        }

    def _with(self, flag: str) -> int:
        return sum(flag in slot.flags for slot in self.slots.values())
