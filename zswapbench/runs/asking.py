"""A trace -> the same, which also asks for page frames, again and again: memory is wanted for something else."""

from __future__ import annotations

import os
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress
from zswapbench.common.units import format_count, parse_duration
from zswapbench.runs.shaping import Checked, Shaped, about, checked, counted, of_source
from zswapbench.traces.format import read_trace, write_trace
from zswapbench.traces.synth import origin_of
from zswapbench.traces.timed import Clock, asking, merged, untimed

MADE_BY = "zswapbench trace add-requests"

MOST_FRAMES = (1 << 32) - 1

_FEW = 1_000_000
"""So many requests there may be, and one for each event of the trace."""


def add_requests(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    every: str,
    frames: int,
    progress: Progress,
) -> Shaped:
    """Write the trace ``path`` to ``output`` with a FLUSH for ``frames`` page frames in each time ``every``.

    An event at the moment of a request comes before it. Raises UsageError if there would be no request, or more than
    there are events; TraceError for a trace that cannot be read or be.
    """
    every_us = parse_duration(every) // 1000
    if not every_us:
        raise UsageError(f"--every {every}: give 1us or more")
    if not 1 <= frames <= MOST_FRAMES:
        raise UsageError(f"--frames {frames:,}: give 1 to {MOST_FRAMES:,}")
    source = checked(read_trace(path))
    requests, most = source.summary.duration_us // every_us, max(len(source.trace.events), _FEW)
    if not 1 <= requests <= most:
        raise UsageError(
            f"--every {every}: {path} lasts {source.summary.duration_us / 1e6:,.2f} s, in which "
            f"{format_count(requests, 'request')} would be made; give a time that makes 1 to {most:,}"
        )
    clock = Clock()
    with progress("add requests", len(source.trace.events), "events") as told:
        stream = merged([counted(source.trace, told), asking(every_us, frames, source.summary.duration_us)])
        count = write_trace(
            output,
            untimed(stream, clock),
            page_size=source.trace.page_size,
            corpus_digest=source.trace.corpus_digest,
            provenance=_provenance(source, every, frames),
        )
    return Shaped(count, about(clock))


def _provenance(source: Checked, every: str, frames: int) -> dict[str, Any]:
    """A recorded trace stays one: what was recorded is in it, event by event."""
    origin = origin_of(source.trace)
    kind, _, told = origin.partition(": ")
    asked = f"{format_count(frames, 'page frame')} asked for every {every}"
    names = {"recorded": ("made_by", told), "derived": ("derived", told)}
    name, before = names.get(kind, ("derived", origin))
    return {
        **of_source(source.trace),
        "requests_by": MADE_BY,
        "every": every,
        "frames": frames,
        name: f"{before}; {asked}",
    }
