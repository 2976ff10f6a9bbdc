"""Which segments the kernel would swap, and why not the others.

Swapped is what has no other place to go to: anonymous memory, shared memory (shmem), and pages of privately mapped
files that were written. Not swapped are huge pages of hugetlbfs, devices, and the kernel's own objects; other pages of
files are read again from the file. So a segment counts if it is shmem, or if it is writable and none of these.

Memory may have been written first and made read-only then: the relocated data of a library (relro), code that a JIT
compiler made. It is swapped, too, and found by this:

* A read-only segment of a file that was dumped whole, and that a writable one of the same file follows at once, is
  relro.
* The kernel leaves out what was not written unless coredump_filter asks for it. So in a core of the kernel in which
  executable segments of files are not whole, a read-only segment that has more than its first page was written
  (fs/coredump.c vma_dump_size(): it has an anon_vma), and so was one without a file.
* gcore writes reserved address space out as read-only zeros, so of its read-only segments without a file only the
  executable ones count.

A process that is read while it lives tells which segments were written, so there nothing is guessed.

What a core does not tell: which pages are locked (mlock), which of a file's private pages are still as in the file, and
whether a file was mapped shared. All are taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from zswapbench.dumps.backing import Backing, backing
from zswapbench.dumps.base import Dump, Segment

_FIRST_PAGE = 4096


class Fate(Enum):
    """What the kernel does with a segment when memory is short; the value says so to people."""

    SWAPPED = "memory that the kernel would swap"
    HUGETLB = "hugetlb memory, which the kernel does not swap"
    DEVICE = "device memory, which the kernel does not swap"
    KERNEL = "objects of the kernel (vdso, rings of io_uring and the like), which it does not swap"
    FILE = "pages of files that nobody wrote to, which the kernel reads again from there"
    RESERVED = "read-only memory without a file, as gcore writes address space that is only reserved"
    UNKNOWN = "read-only memory that may be a file's, which the kernel would read again from there"


_BY_BACKING = {
    Backing.SHMEM: Fate.SWAPPED,
    Backing.HUGETLB: Fate.HUGETLB,
    Backing.DEVICE: Fate.DEVICE,
    Backing.KERNEL: Fate.KERNEL,
}


PERMISSIONS_UNKNOWN = (
    "it does not tell what memory is writable, so all of it counts as what the kernel would swap, "
    "the kernel's own and the page cache included"
)
"""What the reader of a dump without permissions should be told."""


def fates(dump: Dump, numbers: Iterable[int]) -> list[Fate]:
    """Of the segments ``numbers`` of ``dump``. Where nothing is known of permissions, all are taken to be writable."""
    numbers = [*numbers]
    if not numbers or not dump.permissions_known:
        return [Fate.SWAPPED for _ in numbers]
    written_from = _written_from(dump)
    at = {segment.start: segment for segment in dump.segments}
    return [_fate(dump, number, at.get(dump.segments[number].end), written_from) for number in numbers]


def _fate(dump: Dump, number: int, follower: Segment | None, written_from: int) -> Fate:
    segment = dump.segments[number]
    kind = backing(segment.name)
    if fate := _BY_BACKING.get(kind):
        return fate
    if segment.writable or (dump.written is not None and number in dump.written):
        return Fate.SWAPPED
    if dump.written is not None:
        return Fate.FILE if kind is Backing.FILE else Fate.RESERVED
    if not dump.files_known:
        return Fate.UNKNOWN
    if kind is Backing.FILE:
        written = segment.dumped > written_from or _is_relro(segment, follower)
        return Fate.SWAPPED if written else Fate.FILE
    # By now the vdso has a name.
    known = dump.producer == "kernel" or "x" in segment.permissions
    return Fate.SWAPPED if known else Fate.RESERVED


def _is_relro(segment: Segment, follower: Segment | None) -> bool:
    whole = segment.dumped == segment.end - segment.start
    return whole and follower is not None and follower.writable and follower.name == segment.name


def _written_from(dump: Dump) -> int:
    """How many bytes of a file's read-only segment the dump has only if it was written; endless if that is no sign."""
    cut = [
        segment
        for segment in dump.segments
        if not segment.writable
        and segment.dumped < segment.end - segment.start
        and backing(segment.name) is Backing.FILE
    ]
    if dump.producer != "kernel" or not any("x" in segment.permissions for segment in cut):
        return 1 << 64
    return max(_FIRST_PAGE, *(segment.dumped for segment in cut))
