"""A sweep on many machines: the Scheduler that has units done by the workers of a Dask scheduler.

    Cluster ──► connection: the scheduler, there or started here
       │
    handing ──► waiting: which unit is next, and which ones have ended their worker
       │   └──► shipping: inputs, once to each worker
       ▼
     there: what a worker does ──► working.do

Dask carries messages, knows which workers there are, and ends what nobody waits for. Which worker does which unit is
decided in ``handing``. docs/cluster.md says what users have to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from zswapbench.common.progress import Told
from zswapbench.runs.sweeps.cluster.connection import connected
from zswapbench.runs.sweeps.contract import Outcome, Task

if TYPE_CHECKING:
    from distributed import Client

    from zswapbench.runs.sweeps.cluster.handing import Handing

DOER = "zswapbench.runs.sweeps.working"
SILENCE_S = 30.0


class Cluster:
    """The Scheduler of contract over ``client``, which gives units by ``handing``; ``opened`` makes one.

    ``shipped``: worker's address -> bytes of inputs that were sent to it.
    """

    def __init__(self, client: Client, handing: Handing) -> None:
        self._client = client
        self._handing = handing
        self.lanes: int = handing.threads
        self.shipped: Mapping[str, int] = handing.shipping.shipped

    def outcomes(self, tasks: Iterable[Task], inputs: Mapping[str, Path], told: Told) -> Iterator[Outcome]:
        """See Scheduler. Raises MissingError also if a worker cannot take the inputs, or has other libraries."""
        self._handing.shipping.inputs.update(inputs)
        source = iter(tasks)
        fresh: list[Task] = []
        more = True
        while True:
            ended, wanted = self._client.sync(self._handing.exchange, fresh, more=more)
            for outcome in ended:
                told(1)
                yield outcome
            if not ended and not more:
                return
            fresh = [*islice(source, wanted)] if more else []
            more = more and len(fresh) == wanted


@contextmanager
def opened(
    address: str, workers: int | None = None, *, doer: str = DOER, silence: float = SILENCE_S
) -> Iterator[Cluster]:
    """A Cluster of the workers of the scheduler at ``address``, or of ``workers`` processes under "local-cluster".

    ``doer``: the module that does units there; ``silence``: seconds after which a scheduler that does not answer has
    gone, and that a sweep waits when there is no worker; a third of it for the first answer. Raises MissingError if
    there is no scheduler, no worker, or one of another zswapbench.
    """
    from zswapbench.runs.sweeps.cluster.handing import Handing

    with connected(address, workers, silence / 3) as client:
        handing = Handing(client, doer, silence)
        try:
            client.sync(handing.begin)
            yield Cluster(client, handing)
        finally:
            client.sync(handing.end)
