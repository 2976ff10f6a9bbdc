"""What can be asked of a cluster, before anything is sent to one."""

from __future__ import annotations

import re

from zswapbench.common.errors import UsageError
from zswapbench.runs.sweeps.axes import Grid
from zswapbench.runs.sweeps.cluster.connection import LOCAL

_ADDRESS = re.compile(r"(tcp|tls)://(\[[^\]]+\]|[^\s:/\[\]]+):\d{1,5}")
_OWN_CODE = re.compile(r".*\.py(:|$)", re.DOTALL)


def check(address: str, workers: int | None, grid: Grid) -> None:
    """Raise UsageError for what no cluster can do: an ``address`` that is none, ``grid`` with code of the user's own.

    ``workers``: those that are to be started; with LOCAL only.
    """
    if address != LOCAL and not _ADDRESS.fullmatch(address):
        raise UsageError(
            f"--scheduler {address}: is no address; say tcp://HOST:PORT, tls://HOST:PORT or {LOCAL}"
        )
    if address != LOCAL and workers is not None:
        raise UsageError(
            f"--workers with --scheduler {address}: it has those workers that were started for it; leave --workers out"
        )
    for axis in (axis for block in grid.blocks for axis in block.axes):
        for value in filter(_OWN_CODE.match, axis.values):
            raise UsageError(
                f"{axis.where}: {axis.key}={value}: is in a file of yours, which the workers of a cluster do not have; "
                "leave --scheduler out, and this machine does the runs"
            )
