"""Compressors of single pages, one file each. The contract is in base.py; the registry finds them by name.

A page comes in, its compressed bytes go out; or pages uint8[n, PAGE_SIZE], and the size of each. A codec is called what
it is. ``lz4`` is the kernel's: page for page, it gives the size that a running kernel gives (``kernel`` is the base of
these). ``liblz4`` is the library of that name as installed here, for what a newer one would bring.

The room must not know where pages come from, nor what becomes of one that does not compress: that is the kernel's rule,
and not the compressor's.
"""
