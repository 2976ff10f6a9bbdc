"""Reads references as the command does, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.importing import open_references
from zswapbench.traces.refs import REFERENCE


def read(
    path: Path, data: str | bytes | None = None, wish: Wish | None = None
) -> tuple[str, NDArray[np.void], list[str]]:
    """The form of ``path``, its references, and what is told of it. ``data``: what to write there before."""
    if data is not None:
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    with open_references(path, wish or Wish(writes=0)) as found:
        batches = [np.empty(0, REFERENCE), *found.batches]
        return found.provenance["form"], np.concatenate(batches), found.told
