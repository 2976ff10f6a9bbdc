"""What a worker process of a sweep does. It imports what computes only once it is there, with one thread each."""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zswapbench.runs.sweeps.contract import Task

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""How many threads numerical libraries start: there is a process for each CPU already."""

READY = "ready"
"""What a worker says first."""


def serve(handle: int, inputs: dict[str, str]) -> None:
    """Do tasks that come through the socket ``handle``, until whoever sends them is gone.

    ``inputs``: files by digest. Standard input is a pipe that nobody writes to: when it ends, so does this process,
    whatever it is doing, since whoever started it is gone.
    """
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    os.dup2(
        sys.stderr.fileno(), sys.stdout.fileno()
    )  # code of the user's own may print, and nobody reads that pipe
    threading.Thread(target=_end_with_parent, daemon=True).start()

    from zswapbench.common.errors import OwnCodeError
    from zswapbench.plugins import last_resort
    from zswapbench.runs.sweeps.sources import unchanged
    from zswapbench.runs.sweeps.working import do, failed

    pipe = Connection(handle)
    doing: list[Task] = []

    def give_up(error: BaseException) -> None:
        pipe.send(failed(doing[0], str(error), OwnCodeError.exit_code))
        os._exit(0)

    last_resort.give_up = give_up
    pipe.send(READY)
    while True:
        try:
            doing[:] = [pipe.recv()]
        except EOFError:
            return
        pipe.send(do(doing[0], lambda digest: unchanged(Path(inputs[digest]), digest)))


def _end_with_parent() -> None:
    sys.stdin.buffer.read(1)
    os._exit(1)
