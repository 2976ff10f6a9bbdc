"""The story of 'trace info': each trace is read, and its traffic measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from zswapbench.common.errors import UsageError
from zswapbench.common.outputs import STANDARD_OUTPUT
from zswapbench.traces.event import EVENT
from zswapbench.traces.format import Trace, read_trace
from zswapbench.traces.traffic import Traffic, measure


@dataclass(frozen=True)
class Measured:
    """``trace``: without its events. ``traffic``: what these were."""

    trace: Trace
    traffic: Traffic


def measure_files(paths: Sequence[str]) -> list[Measured]:
    """Of each of ``paths``, one after the other; - is standard input.

    Raises UsageError if standard input is named twice, and what ``read_trace`` raises.
    """
    if list(paths).count(STANDARD_OUTPUT) > 1:
        raise UsageError("-: standard input can be read once; write one of the traces to a file")
    return [_measured(read_trace(path)) for path in paths]


def _measured(trace: Trace) -> Measured:
    return Measured(replace(trace, events=np.empty(0, EVENT)), measure(trace.events))
