"""A kernel swaps, and its counters are held against a machine of zswapbench: what scripts/machine-oracle is made of.

* guest.c     the program that touches pages in the booted kernel
* cases.py    what is measured: streams, set-ups, settings
* streams.py  which page is touched when, made from a seed
* machine.py  the booted machine: its disks, its job
* counted.py  what the kernel counted, by name, out of the files that it told
"""
