"""The memory of a process that runs, taken as a core of it would hold it.

    PID ──► proc       its files in /proc, and what it takes to read them
            vmas       smaps: which memory there is
            filter     what a core of the kernel would hold of it
            pagemap    which pages were ever touched
            freezing   --freeze: all threads stopped
            snapshot   what was read, in an unnamed temporary file
            changes    what changed while it was read
            process    all of these put together: a Dump

Each page is read once, as fast as it can be, and kept in the temporary file. All that takes time, such as numbering
pages by content, is done on this copy: a process that is stopped is stopped for the reading alone, and both readings of
an import see the same bytes.

What is not there is not read: to read a page that the process never touched would give it one.
"""

from zswapbench.dumps.live.process import read_process

__all__ = ["read_process"]
