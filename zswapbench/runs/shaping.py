"""What the commands that make a trace of others have in common: traces that are fit for it, what is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zswapbench.common.errors import TraceError
from zswapbench.common.progress import Told
from zswapbench.common.units import format_count
from zswapbench.traces.format import Trace
from zswapbench.traces.scan import Summary, look_through
from zswapbench.traces.synth import origin_of
from zswapbench.traces.timed import Clock, Timed, timed

LONGEST_US = (1 << 62) // 1000
"""The longest time of a trace that is made: what a replay takes, whose clock has nanoseconds."""

_ANY_PAGE = 1 << 32
"""Pages of a corpus that is not at hand."""


@dataclass(frozen=True)
class Shaped:
    """What came of it. ``remarks``: what is to be known of the trace that was made, in lines."""

    events: int
    remarks: list[str]


@dataclass(frozen=True)
class Checked:
    """A trace whose events all can be. ``near``, ``keys``: see zswapbench.traces.scan.look_through."""

    trace: Trace
    summary: Summary
    near: Any
    keys: dict[int, int]


def checked(trace: Trace) -> Checked:
    """``trace``, of whichever corpus. Raises TraceError if an event cannot be."""
    summary, near, keys = look_through(trace.events, _ANY_PAGE)
    if summary.wrong:
        index, why = summary.wrong
        raise TraceError(trace.path, f"event {index} {why}; see 'trace info'", offset=trace.where(index))
    return Checked(trace, summary, near, keys)


def of_source(trace: Trace) -> dict[str, Any]:
    """What the provenance of a trace that is made of ``trace`` says of it: name, digest, and what it says itself."""
    said = trace.provenance.items()
    plain = {f"source_{name}": value for name, value in said if isinstance(value, str | int | float)}
    return {**plain, "source": trace.path.name, "source_digest": trace.digest}


def derived(what: str, trace: Trace) -> str:
    """The origin of a trace that was made of ``trace``: ``what`` was done, and where that comes from."""
    return f"{what} of {origin_of(trace)}"


def counted(trace: Trace, told: Told, share: int = 1) -> Timed:
    """The events of ``trace`` with their moments; ``told`` hears of each that was used. ``share``: see ``timed``."""
    for piece in timed(trace.events, share=share):
        yield piece
        told(len(piece[0]))


def about(clock: Clock) -> list[str]:
    """A line, if ``clock`` met pauses that no event can say."""
    many = format_count(clock.shortened, "pause")
    return [f"{many} of more than 71 minutes, shortened to that"] if clock.shortened else []
