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
    """What zram asks of its allocator; ``frames``: page frames that it holds."""

    @property
    def frames(self) -> int: ...

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
        self.most_frames = 0
        self.huge_written = 0
        self._next_owner = 0
        # page -> owner of its object; None: present without an object
        self._owner_of: dict[int, int | None] = {}

    def write(self, page: int) -> None:
        owner = None if self.same_filled[page] else self._store(page)
        self.discard(page)
        self._owner_of[page] = owner

    def _store(self, page: int) -> int:
        owner = self._next_owner
        self._next_owner += 1
        error = self.pool.alloc(owner, self._stored_size(page))
        if error != 0:
            raise MemoryError(f"page {page}, {self._stored_size(page)} bytes: the pool says {error}")
        self.most_frames = max(self.most_frames, self.pool.frames)
        self.huge_written += self._is_huge(page)
        return owner

    def _is_huge(self, page: int) -> bool:
        return self.sizes[page] >= self.huge_class_size

    def _stored_size(self, page: int) -> int:
        return self.page_size if self._is_huge(page) else self.sizes[page]

    def discard(self, page: int) -> None:
        owner = self._owner_of.pop(page, None)
        if owner is not None:
            self.pool.free(owner)

    def compact(self) -> None:
        self.pages_compacted += self.pool.compact()

    def holds(self, page: int) -> bool:
        return page in self._owner_of

    def mm_stat(self) -> dict[str, int]:
        """/sys/block/zram0/mm_stat, by the names of Documentation/admin-guide/blockdev/zram.rst.

        Pages count as same_pages when they are present without an object. The maximum is looked at when an
        object was allocated: of a page that is written over, the old one is still there.
        """
        stored = [page for page, owner in self._owner_of.items() if owner is not None]
        return {
            "orig_data_size": len(self._owner_of) * self.page_size,
            "compr_data_size": sum(self._stored_size(page) for page in stored),
            "mem_used_total": self.pool.frames * self.page_size,
            "mem_limit": 0,
            "mem_used_max": self.most_frames * self.page_size,
            "same_pages": len(self._owner_of) - len(stored),
            "pages_compacted": self.pages_compacted,
            "huge_pages": sum(self._is_huge(page) for page in stored),
            "huge_pages_since": self.huge_written,
        }
