"""Compressors of single pages, one file each. The contract is in base.py; the registry finds them by name.

A codec is called what it is. ``lz4`` is the kernel's: page for page, it gives the size that a running kernel
gives. ``liblz4`` is the library of that name as installed here, for what a newer one would bring.
"""
