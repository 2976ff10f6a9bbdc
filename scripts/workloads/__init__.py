"""The programs whose memory makes the shipped corpora; used by scripts/make-corpora only.

* room.py     an empty room: no environment, no host name, no user; programs are started in it
* dumping.py  a process's memory as an ELF core: by gcore, or by the kernel itself
* leaks.py    what must never be found in a sample: traces of the machine and of its users
* synth.py    seeded, made-up people, sessions, orders and texts
* one module per program: it says what is loaded, and ends with its ``PROGRAM``

A further program is one more module, named in make-corpora's list.
"""
