"""What each kernel does, as tables and not as code: a version or a name comes in, a row goes out.

``eras`` has zswap's rules, one row for each kernel that changed them; ``overflow`` what becomes of a page that does not
compress; ``size_classes`` zsmalloc's classes; ``zram_kernels`` zram's rules and ``zram_attributes`` the grammar of its
sysfs files; ``devices`` the speed of swap devices. Each row names the kernel source that it follows.

The code for each word that a cell may hold is in sim. The room must not know it: here are no entries, no pool, no
trace, and no page but its compressed size.
"""
