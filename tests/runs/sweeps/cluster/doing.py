"""Units that only a test has, in place of zswapbench.runs.sweeps.working: what is to happen is in their payload."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from zswapbench.common.errors import MissingError
from zswapbench.common.progress import nobody
from zswapbench.results.sweeps.columns import NAMES, REPLAY
from zswapbench.runs.sweeps.cluster import Cluster
from zswapbench.runs.sweeps.contract import Outcome, Place, Task
from zswapbench.runs.sweeps.working import failed

NAME = __name__
"""For the workers to find it by."""


def task(key: str, *, inputs: Any = (), **what: object) -> Task:
    """A task that takes ``seconds``, does ``lack`` something, ``fail``s, or ends its process, noted in ``kill``."""
    return Task(key, REPLAY, inputs, {"seed": None, **what})


def refuse_other_codecs(task: Task, place: Place) -> None:
    """Refuse those that lack something."""
    if "lack" in task.payload:
        raise MissingError(task.payload["lack"])


def do(task: Task, place: Place) -> Outcome:
    """Do it; the result is JSON: the process, and where the inputs are."""
    what = task.payload
    time.sleep(what.get("seconds", 0))
    if "kill" in what:
        with Path(what["kill"]).open("a") as notes:
            notes.write("killed\n")
        os.kill(os.getpid(), signal.SIGKILL)
    if "fail" in what:
        return failed(task, what["fail"], MissingError.exit_code)
    places = [str(place(digest)) for digest in task.inputs]
    return Outcome(
        task.key, dict.fromkeys(NAMES), json.dumps([os.getpid(), *places]), "", 0, what.get("seconds", 0)
    )


def done(
    cluster: Cluster, tasks: Iterable[Task], inputs: Mapping[str, Path] | None = None
) -> dict[str, Outcome]:
    """What came of ``tasks``, by key, each of which must be there once."""
    outcomes = list(cluster.outcomes(tasks, inputs or {}, nobody))
    by_key = {outcome.key: outcome for outcome in outcomes}
    assert len(by_key) == len(outcomes)
    return by_key
