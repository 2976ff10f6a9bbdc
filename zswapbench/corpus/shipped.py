"""The samples that travel with zswapbench: corpora of real programs, each with a trace, or references of a whole run.

They lie in corpora/ of the source tree, which zswapbench/corpora links to, and are installed under the latter.
"""

from __future__ import annotations

from pathlib import Path

DEMO = "demo"
"""The trace that is used when none is named: redis as recorded on Linux 7.3, and requests for page frames."""

TRACE_SUFFIX = ".trace.bin.zst"
REFERENCES_SUFFIX = ".refs.zst"


def folder() -> Path:
    """Where the samples are."""
    return (Path(__file__).parents[1] / "corpora").resolve()


def demo_trace() -> Path:
    """The trace that ``compare`` replays when none is named."""
    return folder() / f"{DEMO}{TRACE_SUFFIX}"
