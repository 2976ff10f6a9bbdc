"""Forms of recordings, one file each. The contract is in base.py; the registry finds a leaf by its ``name``."""
