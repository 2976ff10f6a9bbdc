"""zram: a swap device that keeps every page compressed in a zsmalloc pool, and by itself evicts none.

In come events, the compressed size of each page, and what a kernel's zram does (zswapbench.rules.zram_kernels).
Out go counters under the names of sysfs. There is no limit that flushes and no LRU: what the pool has taken it
gives back when slots are freed, when it is compacted, or when somebody writes to an attribute in sysfs.
``Zram`` is built in layers, each a class upon the one before:

* ``slots``: what each slot holds, and what a write, a read and a free do to it;
* ``writeback``: slots marked idle, and pages written to the backing device;
* ``recompression``: slower algorithms, tried on what is stored;
* ``device``: ``Zram`` itself, and what each event does.

Not modelled: bytes, locks and waiting, time and errors of the backing device (so that writeback_batch_size changes
no counter), and the writing of huge pages at once that 4.14 to 4.20 do with a backing device.
"""
