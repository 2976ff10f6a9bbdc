"""Room in the address space, asked for before what does not bear the want of it.

Where memory is limited, as by ``ulimit -v``, numpy's OpenBLAS ends the process by SIGSEGV if room runs out while it is
loaded. And a thread that gets no memory for its first object dies in silence, while its starter waits for it for ever.
"""

from __future__ import annotations

import mmap

LIBRARIES = 96 << 20  # loading numpy takes 80 MiB of addresses, most of it for OpenBLAS
_THREAD = 16 << 20  # a stack, of 8 MiB as a rule, and what Python and malloc() begin with


def need(size: int) -> None:
    """Raise MemoryError unless this process may have ``size`` more bytes of address space."""
    try:
        mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except OSError as error:
        raise MemoryError(f"no room for {size >> 20} MiB more") from error


def need_threads(count: int) -> None:
    """Raise MemoryError unless there is room to start ``count`` threads."""
    need(count * _THREAD)
