"""Slow, plain retellings of kernel allocators and caches: what the compiled core is compared with.

zsmalloc.py   the allocator, three generations of rules
zram.py       the smallest user of it, for which real kernels' figures exist
zswap.py      the first zswap series on top of it
policies.py   who is flushed, under any policy
future.py     what is loaded when

Nothing here imports zswapbench, and nothing here is fast.
"""
