"""Traces for those who cut, merge, scale and export them: written, shaped, and read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.traces.format import Trace, write_trace

NOWHERE = "ab" * 32
"""The digest of a corpus that is not there."""

PROVENANCE = {"made_by": "hand"}


def written(
    path: Path, events: NDArray[np.void], digest: str = NOWHERE, said: dict[str, Any] = PROVENANCE
) -> Path:
    """A trace of ``events``."""
    write_trace(path, [events], page_size=4096, corpus_digest=digest, provenance=said)
    return path


def told(trace: Trace) -> dict[str, Any]:
    """What ``trace`` says of itself, but for what it says of what it was made of."""
    return {name: value for name, value in trace.provenance.items() if not name.startswith("source")}
