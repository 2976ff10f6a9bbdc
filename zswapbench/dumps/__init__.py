"""Dump file -> runs of bytes with addresses.

A dump is what is left of the memory of a process or a machine in a file: an ELF core of the kernel, of gdb's
``gcore`` or of QEMU, a LiME dump, or a bare page file; plain or packed (.zst, .lz4, .gz, .xz, .bz2). The rest of
zswapbench wants to know one thing of it, *which bytes lay at which addresses*, and must be able to ask for it on a
dump larger than memory:

    path ──► source ──► core, lime, raw ──► Dump.segments      what there was: addresses, permissions, names
             packed                         Dump.runs(wanted)  what it held: at most 4 MiB at a time, file order

    with open_dump("core.1234.zst") as dump:
        for run in dump.runs(select(dump), 4096):
            ...                       # run.vaddr, run.length, run.data (None: never written)

The contract:

* Format and packing are told by magic, not by name; a name ending in .pages or .raw (a packing suffix may
  follow), or ``raw=True``, makes anything else a page file. A format that is known and not read is named, with what
  converts it.
* Addresses are unsigned; a segment is [start, end) and may end at 2**64.
* Memory that a dump does not hold (``end - start`` beyond ``dumped``) gives no run at all. Memory that it
  holds as a hole gives one run without data, however long: the kernel leaves a hole for a page that was never
  touched, and writes a page of zeros out. Whoever packs, or copies without holes, loses the distinction;
  whoever copies with ``cp --sparse=always``, and gdb 15's gcore, makes a hole of written zeros too.
* A dump that ends early is used as far as it goes; what was lost is counted.
* A process that lives is read with ``read_process``, into a temporary file, and is a dump like any other then.
* Anything that is not a dump raises DumpError, in one line with path and offset. Sizes that a file merely
  claims are never allocated.

One file per concern: source (bytes of a plain file), packed (of a packed one), elf (headers), notes, mappings (the
files in them), naming (whose memory a segment is), overlaps, core (all of these put together), lime, raw, formats
(what is not read), backing (what a name tells), swappable (what the kernel would swap), selection (``--select``),
provenance (digests). The room live/ in it has the memory of a process that runs. The room must not know what a page is
used for: neither codecs nor traces nor the rules of a pool.
"""

from zswapbench.dumps.base import Dump, Run, Segment
from zswapbench.dumps.live import read_process
from zswapbench.dumps.opening import open_dump
from zswapbench.dumps.provenance import digest
from zswapbench.dumps.selection import DEFAULT, left_out, select

__all__ = ["DEFAULT", "Dump", "Run", "Segment", "digest", "left_out", "open_dump", "read_process", "select"]
