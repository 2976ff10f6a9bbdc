"""Lists, heaps, sets and orders of the compiled core: what pools and policies keep their entries in.

Entries are small numbers. All memory is taken once, for as many as there can be, and no call allocates: a replay
makes millions. ``lists`` has doubly linked lists over one array, ``heaps`` the same for orders that are not the order
of arrival, ``sets`` one of numbers that knows the next in rising order; ``recency`` knows how many others were touched
since one was; ``memory`` has large tables in huge pages, ``blocks`` records of many sizes; ``prefetch`` asks the CPU
for what will be needed soon, ``clock`` the system for the time.

Compiled modules import these by their .pxd; Python code has no use for them. The room must not know what an entry is,
nor which rule orders it.
"""
