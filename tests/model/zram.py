"""zram, retold slowly: as much of it as moves the zsmalloc pool below.

A written page takes an object of its compressed size.  A same-filled page takes none: its value sits in the
table.  A page that compresses to `huge_class_size` bytes or more is kept as it is, in an object of a page's size.
When a page is written over, its new object is allocated before the old one is freed.

Retold functions: __zram_bvec_write (6.1), zram_write_page (6.12), zram_free_page, zram's discard and compact.
huge_class_size (zs_huge_class_size) is 3257 on 6.1 and 3625 on 6.12.

Left out: the bytes, writeback to a backing device, recompression, memory limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Pool(Protocol):
    """What zram asks of its allocator."""

    def alloc(self, owner: int, size: int) -> int: ...

    def free(self, owner: int) -> None: ...

    def compact(self) -> int: ...


class ZramModel:
    """One device.  sizes: compressed bytes of each page; same_filled: true where a page repeats one word."""

    def __init__(
        self,
        pool: Pool,
        sizes: Sequence[int],
        same_filled: Sequence[int],
        huge_class_size: int,
        page_size: int = 4096,
    ) -> None:
        self.pool = pool
        self.sizes = sizes
        self.same_filled = same_filled
        self.huge_class_size = huge_class_size
        self.page_size = page_size
        self.pages_compacted = 0
        self._next_owner = 0
        # page -> owner of its object; None: present without an object
        self._owner_of: dict[int, int | None] = {}

    def write(self, page: int) -> None:
        owner = None
        if not self.same_filled[page]:
            size = self.sizes[page]
            if size >= self.huge_class_size:
                size = self.page_size
            owner = self._next_owner
            self._next_owner += 1
            error = self.pool.alloc(owner, size)
            if error != 0:
                raise MemoryError(f"page {page}, {size} bytes: the pool says {error}")
        self.discard(page)
        self._owner_of[page] = owner

    def discard(self, page: int) -> None:
        owner = self._owner_of.pop(page, None)
        if owner is not None:
            self.pool.free(owner)

    def compact(self) -> None:
        self.pages_compacted += self.pool.compact()

    def holds(self, page: int) -> bool:
        return page in self._owner_of

    def same_pages(self) -> int:
        """Pages present without an object, mm_stat's same_pages."""
        return list(self._owner_of.values()).count(None)

    def compr_data_size(self) -> int:
        """Bytes of all objects, mm_stat's compr_data_size."""
        stored = [self.sizes[page] for page, owner in self._owner_of.items() if owner is not None]
        return sum(self.page_size if size >= self.huge_class_size else size for size in stored)
