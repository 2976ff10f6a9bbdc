"""Whether a test has left workers behind."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

PROGRAM = b"from zswapbench."
"""What is in the command line of every worker, see zswapbench.corpus.workers."""


def workers() -> list[int]:
    """Workers of ours that this process has started, running or dead and not waited for.

    Not all children: another test may have a browser open.
    """
    pids: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # of a thread that has ended since
            pids += map(int, (task / "children").read_text().split())
    return [pid for pid in pids if _is_worker(pid)]


def _is_worker(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return PROGRAM in command or not command  # the dead have none
    return False


def no_workers() -> bool:
    """Whether this process has no worker, running or dead."""
    return not workers()
