"""What scripts/record-trace is made of.

On this machine:

* root.py       Debian's root file system, as an image
* machine.py    the machine with its disks: the root, the results, swap, the job
* checking.py   the trace held against the kernel's own counters

In the machine, without anything but Python's own library:

* guest.py      process 1: the story of a recording
* tracing.py    the kernel's tracer
* counters.py   what the kernel counts, second by second
* memory.py     what the program holds at the end: its swap slots, its bytes

On both sides, programs/: one file for each program, its data and its load.
"""
