"""Streams of references in the words of other tools: one file for each form of text, told apart by what it holds.

    text ──► Importer ──► arrays of zswapbench.traces.refs.REFERENCE
             (lackey, drmemtrace, perf, damo, damon_aggregated, page_numbers)

``importer`` is what all have in common: lines, pages, time, and touches that say nothing new. ``importing`` opens a
file and finds who can read it. An importer is found because it is there: a module with a class that has a ``name``.
"""
