"""zswapbench: which compressor, allocator, flush policy and pool limit for the memory that you really have?

     core dump ──► dumps ──► corpus ──► sizes ◄── codecs         what pages cost
                                          │  bytes per page
     recording ──► traces ────────────────┤  store / load / invalidate / flush
                                          ▼
                        sim:  zswap rules × pool × policy          what happens
                                          ▼
                                      results ──► report          (table, JSON, CSV, Markdown, HTML)
                                          └─────► gate            (CI: better, same, worse)

One direction, no way back. ``sim`` knows no files, no terminal and no codec: arrays in, counters out.
``pipeline`` tells the whole story; ``cli`` is a thin layer over it. Importing this package imports nothing.
"""

__version__ = "0.1.0"
