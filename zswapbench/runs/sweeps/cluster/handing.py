"""Units on their way to workers and back: the loop of a sweep on a cluster, on the side of the client.

Each worker has as many lanes as it has threads, and one more. A lane takes a batch of units, sees to it that the worker
has their inputs, hands them over as one task of Dask for this very worker, and waits for what comes of them. So this
side knows what each worker has and does, and what it was doing when it ended, see ``waiting``. What is on its way is
bounded by the lanes, however many units there are.

All of this runs in the event loop of the client; the user's thread calls ``exchange`` through it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, replace
from importlib.metadata import version
from itertools import count
from typing import TYPE_CHECKING, Any

from zswapbench.common.errors import MissingError
from zswapbench.runs.sweeps.cluster import there
from zswapbench.runs.sweeps.cluster.changes import Changes
from zswapbench.runs.sweeps.cluster.connection import gone, no_worker, other_versions
from zswapbench.runs.sweeps.cluster.fitness import fit, refuse_other_dask
from zswapbench.runs.sweeps.cluster.members import AHEAD, Member
from zswapbench.runs.sweeps.cluster.shipping import Shipping
from zswapbench.runs.sweeps.cluster.waiting import GIVEN_UP, Unit, Waiting
from zswapbench.runs.sweeps.contract import Outcome, Task
from zswapbench.runs.sweeps.working import failed

if TYPE_CHECKING:
    from distributed import Client

LOOK_S = 0.5
"""Between two looks at which workers there are."""

BATCH_S = 0.3
"""What a batch is to take: shorter units go together, up to MOST of them."""

MOST = 64

_LATEST = 0.2
"""Weight of the last unit in what one is thought to take."""


class Handing:
    """Gives units to the workers of ``client``; ``doer``: the module that does them, see ``there.work``.

    ``silence``: seconds after which a scheduler that does not answer has gone, and that a sweep waits for a worker when
    it has none.
    """

    def __init__(self, client: Client, doer: str, silence: float) -> None:
        self.address: str = client.scheduler.address
        self.shipping = Shipping(self._ask)
        self._client = client
        self._doer = doer
        self._silence = silence
        self._ask_there, self._call_there = there.asked(), there.called()
        self._members: dict[str, Member] = {}
        self._waiting = Waiting()
        self._open = 0  # units that are not among those that have ended
        self._ended: deque[Outcome] = deque()
        self._changes = Changes()
        self._failed: BaseException | None = None
        self._unit_s = BATCH_S
        self._numbers = count()
        self._watch: asyncio.Task[None] | None = None
        self._called_off: set[asyncio.Task[None]] = set()

    @property
    def threads(self) -> int:
        """Units that all workers do at a time."""
        return sum(member.threads for member in self._members.values())

    async def begin(self) -> None:
        """Find the workers. Raises MissingError if none comes, or one, or the scheduler, is of other versions."""
        dask = await self._answer(self._client.run_on_scheduler(version, "distributed"))
        refuse_other_dask(f"the scheduler at {self.address}", dask)
        self._watch = self._started(self._look_after_workers())
        await self._changes.until(lambda: self._members or self._failed)
        if self._failed:
            raise self._failed

    async def exchange(self, tasks: Iterable[Task], *, more: bool) -> tuple[list[Outcome], int]:
        """Add ``tasks`` to what is to be done; what has been done since, and how many tasks more are wanted.

        Waits until there is either, if there are ``more`` tasks, or for outcomes alone; there are none once all is
        done. Raises MissingError if the scheduler has gone, or there are no workers.
        """
        units = [Unit(task) for task in tasks]
        self._waiting.add(units)
        self._open += len(units)
        self._changes.tell()
        await self._changes.until(
            lambda: self._ended or self._failed or (self._wanted() if more else not self._open)
        )
        if self._failed and not self._ended:
            raise self._failed
        ended = [*self._ended]
        self._ended.clear()
        self._changes.tell()
        return ended, self._wanted()

    def _wanted(self) -> int:
        """How many more tasks are to wait here, so that no worker has to wait for one."""
        enough = 2 * self._lanes() * self._batch()
        return enough - len(self._waiting) if len(self._waiting) <= enough // 2 else 0

    async def end(self) -> None:
        """Hand out no more. What is queued at workers is dropped with the client."""
        tasks = {lane for member in self._members.values() for lane in member.lanes} | self._called_off
        tasks |= {self._watch} if self._watch else set()
        while tasks:
            self._call_off(tasks)
            _, tasks = await asyncio.wait(tasks, timeout=LOOK_S)

    def _call_off(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        """Cancel ``tasks``, and once more those that were: wait_for() may lose it, until Python 3.12."""
        self._called_off = {task for task in self._called_off.union(tasks) if not task.done()}
        for task in self._called_off:
            task.cancel()

    def _lanes(self) -> int:
        return max(1, sum(len(member.lanes) for member in self._members.values()))

    def _batch(self) -> int:
        return max(1, min(MOST, int(BATCH_S / max(self._unit_s, BATCH_S / MOST))))

    def _started(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        task.add_done_callback(self._note_end)
        return task

    def _note_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._failed = self._failed or error
        self._changes.tell()

    async def _look_after_workers(self) -> None:
        seen = time.monotonic()
        while True:
            threads = await self._answer(self._client.nthreads())
            gone_lanes = [self._members.pop(one).lanes for one in self._members.keys() - threads]
            self._call_off(lane for lanes in gone_lanes for lane in lanes)
            if new := [*(threads.keys() - self._members.keys())]:
                answers = await asyncio.gather(*map(self._identity, new))
                for address in fit(dict(zip(new, answers, strict=True))):
                    self._members[address] = member = Member(address, threads[address])
                    lanes = range(member.threads + AHEAD)
                    member.lanes = [self._started(self._lane(member)) for _ in lanes]
                self._changes.tell()
            if self._members:
                seen = time.monotonic()
            elif time.monotonic() - seen > self._silence:
                raise no_worker(self.address, self._silence)
            await asyncio.sleep(LOOK_S)

    async def _identity(self, address: str) -> object:
        """What the worker says that it is; an OSError if the scheduler does not reach it."""
        try:
            asked = self._client.run(self._ask_there, "identity", workers=[address], on_error="return")
            answer: object = (await asyncio.wait_for(asked, self._silence / 3))[address]
        except (OSError, asyncio.TimeoutError) as error:
            return OSError(str(error))
        return answer

    async def _answer(self, asked: Any) -> Any:
        """What the scheduler answers. Raises MissingError if it does not."""
        try:
            return await asyncio.wait_for(asked, self._silence)
        except (OSError, asyncio.TimeoutError, ValueError):  # the last: of a client that Dask has closed
            raise gone(self.address) from None

    async def _ask(self, address: str, name: str, *arguments: Any) -> Any:
        answers = await self._client.run(
            self._ask_there, name, *arguments, workers=[address], on_error="return"
        )
        if isinstance(answers[address], Exception):
            raise answers[address]
        return answers[address]

    async def _lane(self, member: Member) -> None:
        while True:
            await self._changes.until(lambda: len(self._waiting) and len(self._ended) < self._lanes() * MOST)
            units = self._waiting.take(member.at, self._batch())
            member.at = place = units[0].task.place
            handed_over = False
            outcomes: list[Outcome] = []
            try:
                async with member.room(alone=units[0].alone):
                    await self.shipping.provide(member.address, place[0])
                    handed_over = True
                    outcomes = await self._done(member, units)
                    handed_over = False
            except OSError:
                await asyncio.sleep(LOOK_S)  # the worker has gone, which the next look finds
            finally:
                self._waiting.left(place)
                self._note(outcomes, units[len(outcomes) :], member.address if handed_over else "")

    async def _done(self, member: Member, units: list[Unit]) -> list[Outcome]:
        """What came of ``units`` on the worker, which may be of the first few of them only."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        future = self._client.submit(
            self._call_there,
            "work",
            self._doer,
            there.packed([asdict(unit.task) for unit in units]),
            key=(f"zswapbench-{self._client.id}", next(self._numbers)),
            workers=[member.address],
            pure=False,
        )
        try:
            answer = there.unpacked(await future)
        except FutureCancelledError as error:
            if self._client.status != "running":
                raise gone(self.address) from None
            raise ChildProcessError(
                str(error)
            ) from None  # its worker had ended before the outcomes were fetched
        except KilledWorker as error:  # several at this address, each between two looks
            raise ChildProcessError(str(error)) from None
        except RuntimeError as error:
            raise other_versions(self.address, error) from None
        finally:
            future.release()  # now, and not when Python comes to it: else client and scheduler keep the batch
        if answer["lacking"]:  # another process is at this address now
            self.shipping.forget(member.address)
        if answer["problem"]:
            self._fail(MissingError(f"worker {member.address}: {answer['problem']}"))
        outcomes = [_named(Outcome(**outcome), member.address) for outcome in answer["outcomes"]]
        for outcome in outcomes:
            self._unit_s += _LATEST * (outcome.seconds - self._unit_s)
        return outcomes

    def _note(self, outcomes: list[Outcome], rest: list[Unit], ended: str) -> None:
        """``outcomes`` have come; the ``rest`` waits again, since the worker at the address ``ended`` has ended."""
        if ended:
            rest = [unit.after_an_end() for unit in rest]
        outcomes = [*outcomes, *(_given_up(unit, ended) for unit in rest if unit.ends >= GIVEN_UP)]
        self._waiting.add(unit for unit in rest if unit.ends < GIVEN_UP)
        self._open -= len(outcomes)
        self._ended += outcomes
        self._changes.tell()


def _named(outcome: Outcome, address: str) -> Outcome:
    """``outcome``, with its worker if that lacked something, memory as a rule: somebody has to look there."""
    if outcome.exit_code != MissingError.exit_code:
        return outcome
    return replace(outcome, problem=f"worker {address}: {outcome.problem}")


def _given_up(unit: Unit, address: str) -> Outcome:
    problem = (
        f"{unit.ends} workers ended while they did this, the last of them, {address}, while it did nothing else: for "
        "want of memory, as a rule, and their logs say how; it is tried again the next time"
    )
    return failed(unit.task, problem, MissingError.exit_code)
