"""What a write to one of zram's attributes means: one frozen record for each kind, numbers and flags in it.

zswapbench.rules.zram_attributes makes them of text; runs/zram.py carries them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MODES: dict[str, tuple[str, ...]] = {
    "idle": ("idle",),
    "huge": ("huge",),
    "huge_idle": ("huge", "idle"),
    "incompressible": ("incompressible",),
}
"""Words for slots, each with the flags that a slot must have."""

PRIMARY = 0
HIGHEST_PRIORITY = 3


@dataclass(frozen=True)
class Compact:
    """Move objects together."""


@dataclass(frozen=True)
class Idle:
    """Mark slots that were not accessed for ``seconds`` of trace time; None: all. See sim/zram/writeback.py."""

    seconds: int | None


@dataclass(frozen=True)
class Writeback:
    """Write slots with all of ``flags``, or those in ``ranges``, first and last, to the backing device."""

    flags: tuple[str, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class WritebackLimit:
    """``units`` of 4 KiB may be written back from now on."""

    units: int


@dataclass(frozen=True)
class WritebackBatchSize:
    """So many pages may be on their way to the backing device at a time, which takes no time here."""

    pages: int


@dataclass(frozen=True)
class CompressedWriteback:
    """Pages go to the backing device as they are stored, or raw."""

    on: bool


@dataclass(frozen=True)
class AlgorithmParams:
    """The algorithm of ``priority`` has these parameters, by the codec's names for them, from the beginning.

    Empty if it is registered later: its codec is not known yet.
    """

    priority: int
    parameters: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class RecompAlgorithm:
    """Register codec ``algo``, as ``str()`` of its choice gives it, for recompression."""

    algo: str
    priority: int


@dataclass(frozen=True)
class Recompress:
    """Try algorithms of priority ``first`` to ``last`` on slots with all of ``flags``; see sim/zram/recompression.py.

    ``threshold``: bytes, 0 for none; ``max_pages``: None for any number. A kernel may go less far than ``last``.
    """

    flags: tuple[str, ...]
    threshold: int
    max_pages: int | None
    first: int
    last: int


Action = (
    Compact
    | Idle
    | Writeback
    | WritebackLimit
    | WritebackBatchSize
    | CompressedWriteback
    | AlgorithmParams
    | RecompAlgorithm
    | Recompress
)


@dataclass(frozen=True)
class Write:
    """One write. ``text``: as it was given; ``action``: what it means."""

    text: str
    action: Action


@dataclass(frozen=True)
class Plan:
    """``codec``: the primary one with its parameters, as ``str()`` of its choice gives it. ``writes``: in order."""

    codec: str
    writes: tuple[Write, ...]
