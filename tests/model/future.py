"""What will be loaded when, by looking at every later event."""

from __future__ import annotations

from collections.abc import Sequence

NEVER = 2**32 - 1

About = tuple[str, int, int]
"""What an event is about: the name of its op, swap type, offset."""


def next_load(events: Sequence[About], index: int) -> int:
    """Index of the event that loads the page that event ``index`` stores, drops or loads; NEVER if none does."""
    op, swap_type, offset = events[index]
    if op not in ("STORE", "LOAD", "DROP"):
        return NEVER
    for later in range(index + 1, len(events)):
        what, of_type, of_offset = events[later]
        if of_type == swap_type and (of_offset == offset or what == "INVALIDATE_AREA"):
            if what == "LOAD":
                return later
            if what in ("STORE", "INVALIDATE", "INVALIDATE_AREA"):
                return NEVER
    return NEVER
