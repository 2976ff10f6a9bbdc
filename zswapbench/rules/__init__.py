"""What each kernel does, as tables and not as code: a version or a name comes in, a row goes out.

``eras`` has zswap's rules, one row for each kernel that changed them; ``era_cells`` says what a row is made of, and
``era_choice`` reads which one is asked for. ``overflow`` has what becomes of a page that does not compress;
``size_classes`` zsmalloc's classes; ``zram_kernels`` zram's rules. ``zram_attributes`` has the grammar of zram's sysfs
files, ``zram_algorithms`` that of three of them, and ``zram_actions`` what is meant by it. ``devices`` has the speed of
swap devices. ``lock_designs`` has the locks that each operation takes, and ``lock_surroundings`` those on the way to
zswap, in the words of ``lock_steps``. Each row names the kernel source that it follows.

The code for each word that a cell may hold is in sim. The room must not know it: here are no entries, no pool, no
trace, and no page but its compressed size.
"""
