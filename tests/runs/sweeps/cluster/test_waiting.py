"""Which unit is next, and which one is to be done alone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

from tests.runs.sweeps.cluster.doing import task
from zswapbench.runs.sweeps.cluster.members import Member
from zswapbench.runs.sweeps.cluster.waiting import GIVEN_UP, TRIED_ALONE, Unit, Waiting


def units(place: str, count: int) -> list[Unit]:
    """So many on one trace."""
    return [Unit(task(f"{place}{number}", inputs=(place, ""))) for number in range(count)]


def run(work: Coroutine[None, None, None]) -> None:
    """To its end, in a thread of its own: that of the tests may have a loop already, the browser's."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def keys(found: list[Unit]) -> list[str]:
    return [unit.task.key for unit in found]


def test_a_worker_is_given_units_of_the_place_where_it_is() -> None:
    waiting = Waiting()
    waiting.add([*units("a", 3), *units("b", 3)])
    first = waiting.take(None, 2)
    assert keys(first) == ["a0", "a1"]
    assert keys(waiting.take(first[0].task.place, 2)) == ["a2"]
    assert len(waiting) == 3


def test_a_new_worker_is_given_a_place_where_the_fewest_are() -> None:
    waiting = Waiting()
    waiting.add([*units("a", 9), *units("b", 9)])
    first, second = waiting.take(None, 1), waiting.take(None, 1)
    assert [*keys(first), *keys(second)] == ["a0", "b0"]
    waiting.left(first[0].task.place)
    assert keys(waiting.take(None, 1)) == ["a1"]


def test_a_suspect_comes_first_and_by_itself() -> None:
    waiting = Waiting()
    one, two = (unit.after_an_end() for unit in units("b", 2))
    waiting.add([*units("a", 2), one, two])
    assert [keys(waiting.take(None, 9)) for _ in range(3)] == [["b0"], ["b1"], ["a0", "a1"]]


def test_a_unit_is_alone_before_it_is_given_up() -> None:
    unit = units("a", 1)[0]
    assert [unit.alone, unit.after_an_end().alone] == [False, False]
    assert unit.after_an_end().after_an_end().alone
    assert TRIED_ALONE + 1 == GIVEN_UP


def test_who_is_to_be_alone_waits_for_the_others_and_they_for_it() -> None:
    order: list[str] = []

    async def use(member: Member, name: str, *, alone: bool) -> None:
        async with member.room(alone=alone):
            order.append(f"{name} begins")
            await asyncio.sleep(0.01)
            order.append(f"{name} ends")

    async def all_of_them() -> None:
        member = Member("tcp://here", 2)
        names = [("a", False), ("suspect", True), ("b", False), ("c", False)]
        await asyncio.gather(*(use(member, name, alone=alone) for name, alone in names))

    run(all_of_them())
    assert order == [
        "a begins",
        "a ends",
        "suspect begins",
        "suspect ends",
        "b begins",
        "c begins",
        "b ends",
        "c ends",
    ]


def test_a_worker_is_free_again_when_who_was_to_be_alone_is_called_off() -> None:
    async def called_off() -> None:
        member = Member("tcp://here", 1)

        async def use(*, alone: bool) -> None:
            async with member.room(alone=alone):
                await asyncio.sleep(0.05)

        busy = asyncio.create_task(use(alone=False))
        await asyncio.sleep(0.01)
        suspect = asyncio.create_task(use(alone=True))
        await asyncio.sleep(0.01)
        suspect.cancel()
        await asyncio.wait_for(asyncio.gather(busy, use(alone=False), use(alone=True)), 5)

    run(called_off())
