"""Traces of swap events: their file, what is in one, and how one is made.

An event is 16 bytes (``event``): a page is stored, loaded or invalidated, or page frames are asked back. A file
or a pattern comes in; an array of events goes out, which nobody else can change.

    pattern ──► touches ──► reclaim ──► events ──► trace.bin
     patterns    page,       sim.reclaim  STORE, LOAD,
     stack       read/write               INVALIDATE, FLUSH

    a tracer's text ──► records ──► swaps ──► events ──► trace.bin
       recording         one line     matched    STORE, LOAD, INVALIDATE;
                                                 WORK (worker_turns)

``references`` reads what other tools say of a real program's touches; ``refs`` is the file of these. They become events
in zswapbench.sim.reclaim.

    events ──► timed ──► cut, scaled, merged ──► events ──► trace.bin, exports

``timed`` is what traces are shaped as, and ``exports`` has the forms of other programs; ``requests`` reads one of them.

``format`` is the file. ``scan`` looks through the events once: how many, which offsets, what cannot be. ``drops`` and
``future`` add what some replays want to know: loads that remove the entry, and when each page is wanted next.

The room must not know what a page holds or costs: a page is its number in a corpus that is known by digest only.
"""
