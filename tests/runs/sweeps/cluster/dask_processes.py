"""Dask as a user starts it: a scheduler and workers in processes of their own, on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[4]

STARTED_S = 60
"""Until a process of Dask is there at the latest; a second, as a rule."""


class Scheduler:
    """A scheduler and its workers, whose files are under ``folder``."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self.log = folder / "log"
        self._said = folder / "scheduler.json"
        self.process = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0",
            "--scheduler-file", str(self._said), **environment,
        )  # fmt: skip

    @cached_property
    def address(self) -> str:
        """Where it is, once it is there."""
        until(lambda: self._said.exists() and self._said.read_text().endswith("}"))
        return str(json.loads(self._said.read_text())["address"])

    def worker(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        """One more worker, with a thread and without a nanny, if ``options`` do not say otherwise."""
        number = len(self.workers)
        process = self._start(
            "worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--name", f"w{number}",
            "--local-directory", str(self.folder / f"w{number}"), "--no-dashboard", *options, **environment,
        )  # fmt: skip
        self.workers.append(process)
        return process

    def _start(self, what: str, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", what, *options],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": path, **environment},
                stdout=log,
                stderr=log,
            )

    def end(self) -> None:
        """End all of it."""
        for process in (
            *self.workers,
            self.process,
        ):  # a worker that is to end by itself may wait for its scheduler
            process.kill()
            process.wait(STARTED_S)


def until(so: Callable[[], object], within: float = STARTED_S) -> None:
    """Return once ``so()`` is true."""
    limit = time.monotonic() + within
    while not so():
        assert time.monotonic() < limit, "took too long"
        time.sleep(0.02)


@contextmanager
def scheduler(folder: Path, workers: int = 0, **environment: str) -> Iterator[Scheduler]:
    """A scheduler, with ``environment`` variables of its own, and so many workers of one thread each."""
    found = Scheduler(folder, **environment)
    try:
        for _ in range(workers):
            found.worker()
        until(lambda: found.log.read_text().count("Registered to:") == workers)
        yield found
    finally:
        found.end()
