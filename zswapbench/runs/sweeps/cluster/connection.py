"""The way to a Dask scheduler: there, started here, or not to be had, which is told in one line.

Dask's own lines and warnings do not reach the user: what they say is said by errors of ours, or does not matter.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from zswapbench.common.errors import MissingError
from zswapbench.common.machine import cpus
from zswapbench.runs.sweeps.cluster import local_worker

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

LOCAL = "local-cluster"
"""In place of an address: a scheduler and workers on this machine, for as long as the sweep lasts."""

_CLOSE_S = 5
_LONGEST = 120
"""Characters of an error of Dask's that are told."""

_LOGGERS = ("distributed", "distributed.client", "distributed.worker", "bokeh", "tornado", "asyncio")


@contextmanager
def connected(address: str, workers: int | None, seconds: float) -> Iterator[Client]:
    """A client of the scheduler at ``address``; of LOCAL with ``workers`` processes, by default one for each CPU.

    Raises MissingError if there is no Dask, or no scheduler that answers within ``seconds``.
    """
    if find_spec("distributed") is None:
        raise MissingError(
            "a sweep on a cluster needs Dask: pip install 'zswapbench[cluster]'; without --scheduler all CPUs of this "
            "machine work"
        )
    with _quiet():
        if address == LOCAL:
            with _local(workers) as cluster, _client(cluster.scheduler_address, seconds, cluster) as client:
                yield client
        else:
            with _client(address, seconds) as client:
                yield client


@contextmanager
def _local(workers: int | None) -> Iterator[LocalCluster]:
    from distributed import LocalCluster

    with TemporaryDirectory(prefix="zswapbench-", ignore_cleanup_errors=True) as folder:
        with _without_standard_error():
            try:
                cluster = LocalCluster(
                    n_workers=workers or cpus(),
                    threads_per_worker=1,
                    processes=True,
                    memory_limit=0,  # mapped traces count as a worker's memory, which Dask would end it for
                    local_directory=folder,
                    dashboard_address=None,
                    worker_dashboard_address=None,
                    preload=[local_worker.__name__],
                    silence_logs=logging.CRITICAL + 1,
                    security=True,  # certificates made for it: nobody else here can have it run something
                )
            except (OSError, RuntimeError, ImportError) as error:
                raise MissingError(f"a cluster on this machine cannot be started: {_why(error)}") from None
        try:
            yield cluster
        finally:
            cluster.close(timeout=_CLOSE_S)


@contextmanager
def _without_standard_error() -> Iterator[None]:
    """Workers that are just starting tell of an interrupt, in tracebacks, what this process tells in a line."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _client(address: str, seconds: float, cluster: LocalCluster | None = None) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(cluster or address, timeout=seconds, set_as_default=False, name="zswapbench")
    except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
        raise MissingError(_unreachable(address, error)) from None
    try:
        yield client
    finally:
        with suppress(OSError, RuntimeError, TimeoutError):  # of a scheduler that has gone
            client.close(timeout=_CLOSE_S)


def _unreachable(address: str, error: Exception) -> str:
    if isinstance(error, TypeError) and "ssl_context" in str(error):
        return f"{address} takes certificates, and Dask's configuration names none: see docs/cluster.md, TLS"
    if isinstance(error, TypeError):
        here = version("distributed")
        return f"the scheduler at {address} has another Dask than {here}, as here: install the same ({_why(error)})"
    port = address.rpartition(":")[2]
    return f"no scheduler answers at {address} ({_why(error)}); start one: dask scheduler --port {port}"


def _why(error: BaseException) -> str:
    behind = error.__cause__ or error
    if isinstance(behind, TimeoutError):
        return "it takes too long"
    said = re.sub(
        r"^in <[^>]*>: (\w+Error: )?", "", " ".join(str(behind).split())
    )  # by Dask, of its own objects
    return said[:_LONGEST] or type(behind).__name__


def gone(address: str) -> MissingError:
    """What to raise where the scheduler at ``address`` does not answer any more."""
    return MissingError(f"the scheduler at {address} has gone; start it and its workers again")


def no_worker(address: str, seconds: float) -> MissingError:
    """What to raise where there has been no worker for so long."""
    return MissingError(
        f"the scheduler at {address} has had no worker for {seconds:.0f} s; start one: dask worker {address}"
    )


def other_versions(address: str, error: Exception) -> MissingError:
    """What to raise where the scheduler, or a worker, cannot read what it was sent."""
    here = platform.python_version()
    return MissingError(
        f"the scheduler at {address} cannot read what it is sent: it needs Python {here} and the same Dask as here "
        f"({_why(error)})"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    import distributed  # noqa: F401  it sets its loggers up when it is first imported

    before = [
        (logger, logger.level, logger.handlers, logger.propagate)
        for logger in map(logging.getLogger, _LOGGERS)
    ]
    for logger, _, _, _ in before:
        logger.setLevel(logging.CRITICAL + 1)
        logger.handlers, logger.propagate = [logging.NullHandler()], False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level, handlers, propagate in before:
            logger.setLevel(level)
            logger.handlers, logger.propagate = handlers, propagate
