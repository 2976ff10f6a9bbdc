"""What is behind a segment, which its name tells: a file, shared memory, a device, or nothing.

Cores do not record MAP_SHARED, so the name is all there is. The kernel names shared anonymous memory "/dev/zero
(deleted)", memory of memfd_create() "/memfd:NAME (deleted)", of System V "/SYSV...", and of MAP_HUGETLB "/anon_hugepage
(deleted)"; POSIX shared memory lies in /dev/shm. A private mapping of /dev/zero is anonymous memory. In a process that
lives, memory may have a name of the program's own (PR_SET_VMA_ANON_NAME): "[anon:NAME]", if shared "[anon_shmem:NAME]".
Two things no name tells: a memfd of huge pages has the name of any other, and a file of a tmpfs outside /dev/shm that
of a file on disk.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache


class Backing(Enum):
    """What holds the pages of a segment, or gives them."""

    ANONYMOUS = auto()
    SHMEM = auto()
    FILE = auto()
    HUGETLB = auto()
    DEVICE = auto()
    KERNEL = auto()
    """Objects of the kernel: [vdso], rings of io_uring and perf (anon_inode:...), sockets."""


_ANONYMOUS = ("", "[heap]", "[stack]", "/dev/zero")
_BY_NAME = (
    (re.compile(r"\[anon:|\[stack:"), Backing.ANONYMOUS),
    (re.compile(r"\[anon_shmem:|/dev/zero \(deleted\)|/memfd:|/SYSV|/dev/shm/|/dev/ashmem/"), Backing.SHMEM),
    (re.compile(r"/anon_hugepage|/(?:[^/]+/)*hugepages[^/]*/"), Backing.HUGETLB),
    (re.compile(r"/dev/"), Backing.DEVICE),
    (re.compile(r"/"), Backing.FILE),
)


@lru_cache(1 << 12)
def backing(name: str) -> Backing:
    """What is behind a segment of this name."""
    if name in _ANONYMOUS:
        return Backing.ANONYMOUS
    return next((kind for begin, kind in _BY_NAME if begin.match(name)), Backing.KERNEL)
