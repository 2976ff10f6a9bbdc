"""A kernel in qemu, by emulation; used by scripts/kernel-oracle, scripts/machine-oracle and scripts/record-trace.

* kernels.py    the kernel to boot: a folder, .deb files, or a package that apt fetches
* initramfs.py  what the kernel finds first: a program as /init, and the modules that it must load
* qemu.py       the machine, a PC; its swap device; what the kernel said last
* guest.h       what guest programs have in common; guest.py compiles them, told.py reads what they tell
"""
