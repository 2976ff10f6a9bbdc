"""Compressors of single pages, one file each. The contract is in base.py; the registry finds them by name.

A codec is called what it is: ``liblz4`` is the library of that name, as installed here, and what the
kernel's ``lz4`` would make of a page differs from it by some bytes. Where there is no codec under a
kernel's own name, that name stands for the library.
"""
