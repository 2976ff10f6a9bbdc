"""Events as hypothesis draws them: few slots, so that they meet, and times that are often equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from zswapbench.traces.event import EVENT, Op

Events = NDArray[np.void]

OF_SLOTS = (Op.STORE, Op.LOAD, Op.INVALIDATE)


def drawn_events(
    ops: Sequence[Op] = tuple(Op)[:5], *, pages: int = 4, types: int = 2, min_size: int = 1
) -> st.SearchStrategy[Events]:
    """Arrays of events of these ``ops``, over corpora of so many ``pages``."""
    rows = st.tuples(
        st.sampled_from([0, 0, 1, 7, 1_000_003]),
        st.sampled_from(ops),
        st.integers(0, types - 1),
        st.integers(0, 2),
        st.integers(0, 4),
        st.integers(0, pages - 1),
    )
    return st.lists(rows, min_size=min_size, max_size=50).map(_events)


def _events(rows: Sequence[tuple[int, Op, int, int, int, int]]) -> Events:
    events = np.array(rows, EVENT)
    events["offset"][events["op"] > int(Op.INVALIDATE)] = 0
    events["page"][(events["op"] > int(Op.STORE)) & (events["op"] < int(Op.FLUSH))] = 0
    events["page"][events["op"] == int(Op.FLUSH)] += 1
    return events


def moments_of(events: Events) -> list[int]:
    """Microseconds since the trace began."""
    return np.cumsum(events["delta_us"], dtype=np.int64).tolist()  # type: ignore[no-any-return]


def without_time(events: Events) -> list[tuple[int, ...]]:
    """The events but for when they happened."""
    return [tuple(event)[1:] for event in events.tolist()]
