"""What any room may need and none is about: errors, units, output files, the machine, progress, signals.

Text and numbers come in and go out; there is nothing of swap in here. ``errors`` is the tree of all that a user can
meet, and the only place that knows exit codes. ``units`` reads and writes quantities as people do. ``files`` writes
beside the place and renames. ``machine`` says what a time was measured on, ``progress`` how work tells how far it is.
``signals`` and ``library_exit`` are for the command line, which owns its process: what ends it, and with which code.

The room must not know any other: it stands at the bottom, and all may import it.
"""
