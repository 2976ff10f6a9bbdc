"""zram, retold slowly: one device over a zsmalloc pool, and what its sysfs attributes do to it.

A written page takes an object of its compressed size.  A same-filled page takes none: its value sits in the
table.  A page that compresses to `huge_class_size` bytes or more is kept as it is, in an object of a page's size.
When a page is written over, its new object is allocated before the old one is freed.

Retold functions: __zram_bvec_write (6.1), zram_write_page (6.12), zram_free_page, zram's discard and compact,
mark_idle, idle_store, writeback_store, recompress_store and zram_recompress (6.12), recompress_slot,
place_pp_slot (6.18 to 7.3).  huge_class_size (zs_huge_class_size) is 3257 on 6.1 and 3625 on 6.12.

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
    """What is held.  owner: of the object, None without one.  flags: words, as attributes name them.

    block: of the backing device.  accessed: trace time in microseconds.
    """

    page: int
    owner: int | None = None
    size: int = 0
    priority: int = 0
    flags: set[str] = field(default_factory=set)
    accessed: int = 0
    block: int | None = None


class ZramModel:
    """One device.  sizes: compressed bytes of each page; same_filled: true where a page repeats one word.

    bd_pages: of the backing device, None for any number.  handle_size: bytes that the pool adds to each object.
    """

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
        kernel: tuple[int, int] = (6, 12),
        bd_pages: int | None = None,
        handle_size: int = 8,
    ) -> None:
        self.pool = pool
        self.sizes = sizes
        self.same_filled = same_filled
        self.huge_class_size = huge_class_size
        self.page_size = page_size
        self.keys = keys
        self.limit_pages = limit_pages
        self.kernel = kernel
        self.bd_pages = bd_pages
        self.handle_size = handle_size
        self.compressed_writeback = False
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
        self.decompressions = 0
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
        packed = self.compressed_writeback if "wb" in slot.flags else "same" not in slot.flags
        self.decompressions += packed and "huge" not in slot.flags
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

    def mark_idle(self, age: int | None = None) -> int:
        """Mark slots, all or those that nobody touched for age seconds; how many are marked now."""
        in_pool = [slot for slot in self.slots.values() if not slot.flags & {"same", "wb"}]
        uptime = self.now // 1_000_000
        if age is not None and self.kernel >= (7, 0) and age >= uptime:
            if self.kernel >= (7, 3):
                return self._with("idle")
            age = None  # now - age wraps round, or is 0, which means all
        for slot in in_pool:
            if age is None:
                old = True
            elif self.kernel >= (7, 0):
                old = uptime - slot.accessed // 1_000_000 > age
            else:
                old = self.now - slot.accessed >= age * 1_000_000
            if old:
                slot.flags.add("idle")
            else:
                slot.flags.discard("idle")
        return self._with("idle")

    def writeback(self, flags: Sequence[str] = (), ranges: Sequence[tuple[int, int]] = ()) -> tuple[int, str]:
        """How many slots went to the backing device, and what ended it."""
        scanned = [key for low, high in ranges or [(0, self.keys - 1)] for key in range(low, high + 1)]
        asked: Iterable[int] = scanned
        if self._largest_go_first:
            asked = self._largest_first(dict.fromkeys(key for key in scanned if self._fits(key, flags)))
        done = 0
        for key in asked:
            if self.writeback_left == 0:
                return done, "EIO"
            if self.bd_pages is not None and self._with("wb") >= self.bd_pages - self._first_block:
                return done, "ENOSPC"
            if self._fits(key, flags):
                self._write_back(key)
                done += 1
        return done, ""

    def recompress(
        self,
        flags: Sequence[str] = (),
        threshold: int = 0,
        max_pages: int | None = None,
        first: int = 1,
        last: int = 3,
    ) -> int:
        """How many slots have a new form."""
        fitting = self.chosen(flags, "incompressible")
        if self.kernel >= (7, 1):
            last = first
        elif self.kernel >= (6, 13):
            last = min(last, len(self.secondary))
        if self.kernel >= (6, 13):
            fitting = [key for key in fitting if self.slots[key].priority < last]
        done = counted = 0
        for key in fitting:
            if counted == max_pages:
                break
            slot = self.slots[key]
            if slot.size < threshold:
                continue
            candidates = [
                priority
                for priority in sorted(self.secondary)
                if first <= priority <= last and priority > slot.priority
            ]
            counted += bool(candidates) or self.kernel >= (6, 13)
            done += self._recompress(key, candidates, threshold, last)
        return done

    def chosen(self, flags: Sequence[str], *avoid: str) -> list[int]:
        """Slots of the pool with all of flags, in the order in which they are handled."""
        fitting = [key for key in range(self.keys) if self._fits(key, flags, *avoid)]
        return self._largest_first(fitting) if self._largest_go_first else fitting

    def _recompress(self, key: int, candidates: list[int], threshold: int, last: int) -> bool:
        slot = self.slots[key]
        slot.flags.discard("idle")
        self.decompressions += "huge" not in slot.flags
        forms = [(priority, self.secondary[priority][slot.page]) for priority in candidates]
        for priority, size in forms:
            if self._class(size) < self._class(slot.size) and (not threshold or size < threshold):
                assert slot.owner is not None
                owner = self._object(size)
                self.pool.free(slot.owner)
                self.slots[key] = Slot(slot.page, owner, size, priority)
                return True
        if self.kernel >= (7, 1):
            hopeless = last == max(self.secondary, default=0)
        elif self.kernel >= (6, 13):
            hopeless = last == len(self.secondary)
        else:
            every_one = bool(forms) and candidates == sorted(self.secondary)
            hopeless = every_one and self._class(forms[-1][1]) >= self._class(slot.size)
        if hopeless:
            slot.flags.add("incompressible")
        return False

    def _class(self, size: int) -> int:
        """What recompression takes for the class: up to 7.1 it forgets that the pool adds a handle."""
        without = 0 if self.kernel >= (7, 2) else self.handle_size
        return self.pool.class_of(max(1, min(size, self.page_size) - without))

    def _fits(self, key: int, flags: Sequence[str], *avoid: str) -> bool:
        slot = self.slots.get(key)
        return slot is not None and {*flags} <= slot.flags and not slot.flags & {"same", "wb", *avoid}

    @property
    def _largest_go_first(self) -> bool:
        return self.kernel >= (6, 13)

    def _largest_first(self, keys: Iterable[int]) -> list[int]:
        buckets: dict[int, list[int]] = {}
        for key in keys:
            buckets.setdefault(self.slots[key].size // 64, []).insert(0, key)
        return [key for number in sorted(buckets, reverse=True) for key in buckets[number]]

    @property
    def _first_block(self) -> int:
        return 0 if self.kernel >= (7, 1) else 1

    def _write_back(self, key: int) -> None:
        slot = self.slots[key]
        assert slot.owner is not None
        self.pool.free(slot.owner)
        self.decompressions += not self.compressed_writeback and "huge" not in slot.flags
        taken = {one.block for one in self.slots.values()}
        block = next(block for block in range(self._first_block, self.keys + 1) if block not in taken)
        if self.kernel >= (7, 1):
            kept = slot.flags - {"idle"} | {"wb"}
            self.slots[key] = Slot(slot.page, None, slot.size, slot.priority, kept, slot.accessed, block)
        elif self.compressed_writeback:
            kept = slot.flags & {"huge"} | {"wb"}
            self.slots[key] = Slot(slot.page, None, slot.size, slot.priority, kept, block=block)
        else:
            self.slots[key] = Slot(slot.page, flags={"wb"}, block=block)
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
        return sum(slot.size for slot in self.slots.values() if slot.owner is not None)

    def stats(self) -> dict[str, int]:
        """What the kernel counts, by its names."""
        return {
            "pages_stored": len(self.slots),
            "compr_data_size": self.compr_data_size(),
            "same_pages": self.same_pages(),
            "huge_pages": sum(
                "huge" in slot.flags and "wb" not in slot.flags for slot in self.slots.values()
            ),
            "huge_pages_since": self.huge_pages_since,
            "pages_compacted": self.pages_compacted,
            "max_used_pages": self.max_used_pages,
            "failed_writes": self.failed_writes,
            "notify_free": self.notify_free,
            "load_unknown": self.load_unknown,
            "decompressions": self.decompressions,
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
