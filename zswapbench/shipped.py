"""The samples that travel with zswapbench: corpora of real programs, and a trace over each.

They lie in the folder corpora/ of the source tree and are installed as the package zswapbench.corpora.
"""

from __future__ import annotations

from pathlib import Path

from zswapbench.errors import InternalError

DEMO = "redis"
"""The sample that is used when none is named."""

TRACE_SUFFIX = ".trace.bin.zst"


def folder() -> Path:
    """Where the samples are."""
    here = Path(__file__).parent
    for place in (here / "corpora", here.parent / "corpora"):
        if (place / "MANIFEST.toml").is_file():
            return place
    raise InternalError(f"the samples are not installed: no corpora/MANIFEST.toml in {here} or beside it")


def demo_trace() -> Path:
    """The trace that ``compare`` replays when none is named."""
    return folder() / f"{DEMO}{TRACE_SUFFIX}"
