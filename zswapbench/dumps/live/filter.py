"""What a core of the kernel would hold of a mapping.

The kernel dumps memory that cannot be had elsewhere, and leaves the rest out; /proc/PID/coredump_filter says which
kinds count. gcore follows the same file. So does zswapbench: what a program asks to keep out of its cores
(MADV_DONTDUMP, as libraries do for keys) stays out of a corpus, too.

Source: fs/coredump.c vma_dump_size() and always_dump_vma(), Linux 6.18; core(5). Not followed: the first page of
programs and libraries (bit 4), which is in their files; memory of DAX devices (bits 7 and 8), which counts as a file's;
[vvar] and the like, which hold nothing of the process.
"""

from __future__ import annotations

from enum import IntFlag

from zswapbench.dumps.live.vmas import Vma

_DELETED = " (deleted)"
"""How maps ends the name of a file that is in no folder any more, or never was."""

_NAMED_BY_PROGRAM = "[anon_shmem:"
"""How it begins for shared memory of no file that the program gave a name."""


class Filter(IntFlag):
    """The bits of coredump_filter."""

    ANON_PRIVATE = 1 << 0
    ANON_SHARED = 1 << 1
    MAPPED_PRIVATE = 1 << 2
    MAPPED_SHARED = 1 << 3
    HUGETLB_PRIVATE = 1 << 5
    HUGETLB_SHARED = 1 << 6


DEFAULT_FILTER = Filter(0x33)
"""Of a kernel that was not told another (coredump_filter= on its command line)."""


def is_dumped(vma: Vma, wanted: Filter) -> bool:
    """Whether a core would hold ``vma``."""
    return vma.name == "[vdso]" or (not vma.flags & {"dd", "io"} and bool(_kind(vma) & wanted))


def _kind(vma: Vma) -> Filter:
    """The bit of the filter that decides; none for private memory without a file that nobody wrote to."""
    if "ht" in vma.flags:
        return Filter.HUGETLB_SHARED if vma.shared else Filter.HUGETLB_PRIVATE
    if vma.shared:
        unnamed = vma.name.endswith(_DELETED) or vma.name.startswith(_NAMED_BY_PROGRAM)
        return Filter.ANON_SHARED if unnamed else Filter.MAPPED_SHARED
    if vma.anonymous:
        return Filter.ANON_PRIVATE
    return Filter.MAPPED_PRIVATE if vma.name and not vma.name.startswith("[") else Filter(0)
