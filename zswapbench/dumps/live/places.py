"""Where the pages of a mapping are, and where they are read from.

Of private memory the pagemap tells which pages there are. Of shared memory it tells only what this process has in its
page tables: not what is swapped out, nor what others wrote and it has not looked at. So the shared file itself is asked
where its data lies, through /proc/PID/map_files, and read in place of the memory of the process. That takes
CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN; without them it is read as private memory is.

Source: fs/proc/base.c proc_map_files_get_link() and fs/proc/task_mmu.c pte_to_pagemap_entry(), Linux 6.18.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from zswapbench.dumps.backing import Backing, backing
from zswapbench.dumps.live.pagemap import Pagemap, Touched
from zswapbench.dumps.live.proc import Proc, ended
from zswapbench.dumps.live.vmas import Vma
from zswapbench.dumps.source import written_extent

_UNREADABLE = (errno.EIO, errno.EFAULT)
"""What reading memory that is not there any more gives."""


class Place(NamedTuple):
    """Where the bytes of a mapping are read from: the one at an address is at ``shift`` more in the file ``handle``."""

    handle: int
    shift: int
    is_file: bool
    """What is mapped, and not the memory of the process."""
    page_size: int

    def read(self, at: int, view: memoryview) -> int:
        """Whole pages at the address ``at`` into ``view``: how many bytes; 0 if the first cannot be read.

        Raises OSError: ESRCH if the process has ended.
        """
        try:
            got = os.preadv(self.handle, [view], at + self.shift)
        except OSError as error:
            if error.errno in _UNREADABLE:
                return 0
            raise
        if not got and not self.is_file:
            raise ended()
        whole = -(-got // self.page_size) * self.page_size
        view[got:whole] = bytes(whole - got)  # a file may end within a page
        return whole


class Places:
    """Of the process ``proc``, whose pages have ``page_size`` bytes."""

    def __init__(self, proc: Proc, page_size: int) -> None:
        self._proc = proc
        self._page_size = page_size
        self._pagemap = Pagemap(proc.pagemap, page_size)

    @contextmanager
    def of(self, vma: Vma) -> Iterator[Place]:
        """Where the bytes of ``vma`` are read from, for the time of the block."""
        memory = Place(self._proc.mem, 0, is_file=False, page_size=self._page_size)
        if not vma.shared or backing(vma.name) is not Backing.SHMEM or "ht" in vma.flags:
            yield memory
            return
        with ExitStack() as stack:
            try:
                handle = stack.enter_context(self._proc.mapped(vma))
            except OSError:
                yield memory
            else:
                yield Place(handle, vma.offset - vma.start, is_file=True, page_size=self._page_size)

    def touched(self, vma: Vma, place: Place) -> Iterator[Touched]:
        """The pages of ``vma`` that were ever touched. Raises OSError."""
        return self._of_file(vma, place) if place.is_file else self._pagemap.touched(vma.start, vma.end)

    def _of_file(self, vma: Vma, place: Place) -> Iterator[Touched]:
        size = os.fstat(place.handle).st_size
        at, stop = vma.start + place.shift, min(vma.end + place.shift, size)
        while at < stop:
            first, end = written_extent(place.handle, at, size)
            if first >= stop:
                return
            first = first // self._page_size * self._page_size
            at = -(-min(end, stop) // self._page_size) * self._page_size
            yield Touched(first - place.shift, at - place.shift, swapped=False, maybe_zero=False)
