"""What happens: a compressed swap cache of one kernel, and a swap device behind it, under a stream of events.

Arrays of events and of sizes come in, with a row of rules; counters, a class table and a series of figures go out. Two
families of leaves meet here and neither knows the other's kind: a *pool* packs objects into page frames, a *policy*
orders entries and names a victim when it is asked for one. ``replay`` lets the events happen to one ``zswap`` for
each pool, and ``zram`` is the other cache that a trace can happen to:

    events, sizes, rules ──► replay ──► zswap ──► pools, policies ──► counters
                                        zram

The room is compiled and runs without Python's lock. It must not know files, the terminal, a codec or a corpus: of a
page it knows its size, its fate, and its kind, by the numbers of ``corpus.pages.Kind``. Real bytes are handed in by
whoever wants them carried (``verify``).
"""
