"""How leaves are found, and how a user's own are kept from doing harm.

A *leaf* is a codec, a pool or a policy: one file, which has all that is needed to find it. A name with parameters comes
in, ``zstd:level=9`` or ``mine.py:MyPolicy``; a Choice goes out, which makes the leaf (``registry``, ``user_file``). A
parameter may be a file (``dictionary``).

A leaf of the user's own is held to its contract: a codec by ``codec_guard``, a policy by what it is shown of the pool
(``pool_view``) and by a thread that ends a call which does not return (``watchdog``, ``last_resort``). What it does
wrong is told in one line, as OwnCodeError. ``policy_template`` is what ``new-policy`` writes.

The room must not know any single leaf, nor what leaves do: it knows folders, classes and their declared parameters.
"""
