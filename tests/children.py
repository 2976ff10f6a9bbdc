"""Whether a test has left processes behind."""

from __future__ import annotations

import os


def no_children() -> bool:
    """Whether this process has no child, running or dead."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False
