"""What workers that were started here do first: an interrupt, and what they have to say, is not theirs.

Dask loads this module into each of them and calls ``dask_setup``.
"""

from __future__ import annotations

import os
import signal


def dask_setup(worker: object) -> None:
    """Leave Ctrl-C to the process that this worker works for, which ends it; and standard error, too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
