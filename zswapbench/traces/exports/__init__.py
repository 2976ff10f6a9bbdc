"""Forms that traces are exported to, for other programs: one file each.

The contract is in base.py; the registry finds a leaf by its ``name``. zswapbench.runs.exporting goes through a trace
and hands on what is known of each event.
"""
