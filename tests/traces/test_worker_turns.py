"""How far the kernel's worker had come: WORK events among those of a recording."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces.recorded import golden, reading
from zswapbench.traces.event import DONE, WAITS, Op
from zswapbench.traces.records import Mark
from zswapbench.traces.worker_turns import WorkerTurns

HEADER = "time,pid,event,offset,result\n"
TASK, WORKER = 1, 9

Line = tuple[int, str, int | str, int | str]


def taken(offset: int, pid: int = TASK) -> list[Line]:
    """Lines of a page that zswap takes."""
    return [(pid, "so", offset, ""), (pid, "st", offset, ""), (pid, "str", "", 1)]


def refused(offset: int, pid: int = TASK) -> list[Line]:
    """Lines of a page that it does not take, which is written to the device."""
    return [*taken(offset, pid)[:2], (pid, "str", "", 0), (pid, "wd", offset, "")]


def written_back(offset: int) -> list[Line]:
    return [(WORKER, "wd", offset, "")]


def told(*lines: list[Line]) -> list[tuple[str, int]]:
    """Of each event its name, and its offset; of a WORK its page."""
    rows = [line for some in lines for line in some]
    text = HEADER + "".join(
        f"{1 + number / 1000},{pid},{event},{offset},{result}\n"
        for number, (pid, event, offset, result) in enumerate(rows)
    )
    return [
        (Op(one["op"]).name, int(one["page" if one["op"] == Op.WORK else "offset"]))
        for some in reading(text, "6.12").swaps()
        for one in some.events
    ]


def test_a_pool_is_full_from_the_first_store_that_is_refused_to_the_next_that_is_taken() -> None:
    assert told(taken(1), refused(2), refused(3), written_back(1), refused(4), taken(5), taken(6)) == [
        ("STORE", 1),
        *(("WORK", WAITS), ("STORE", 2), ("STORE", 3), ("WORK", 1), ("STORE", 4)),
        *(("WORK", DONE), ("STORE", 5), ("STORE", 6)),
    ]


def test_what_the_worker_swaps_out_while_it_makes_room_is_refused_beside_its_own_writes() -> None:
    assert told(taken(1), refused(2), refused(3, WORKER), written_back(1), taken(4)) == [
        *(("STORE", 1), ("WORK", WAITS), ("STORE", 2), ("STORE", 3), ("WORK", 1)),
        *(("WORK", DONE), ("STORE", 4)),
    ]


def test_a_worker_that_goes_on_after_a_store_was_taken_is_done_at_the_next() -> None:
    assert told(taken(1), taken(2), written_back(1), taken(3)) == [
        *(("STORE", 1), ("STORE", 2), ("WORK", 1), ("WORK", DONE), ("STORE", 3)),
    ]


def test_a_recording_without_writes_to_the_device_tells_nothing_of_the_worker() -> None:
    assert told(taken(1), refused(2)[:3], taken(3)) == [("STORE", 1), ("STORE", 2), ("STORE", 3)]


def test_a_recording_that_does_not_tell_what_zswap_took_has_only_what_was_written_back() -> None:
    lines = [line for line in [*taken(1), *refused(2), *written_back(1), *taken(3)] if line[1] != "str"]
    assert told(lines) == [("STORE", 1), ("STORE", 2), ("WORK", 1), ("STORE", 3)]


@pytest.mark.parametrize("kernel", ["6.1", "7.3"])
def test_each_entry_that_the_kernel_wrote_back_is_a_turn_of_its_worker(kernel: str) -> None:
    of = reading(golden(kernel))
    events = np.concatenate([some.events for some in of.swaps()])
    works = events[events["op"] == Op.WORK]
    assert int(np.count_nonzero(works["page"] == 1)) == of.counters()["zswpwb"] > 0
    assert not works["offset"].any()
    states = works["page"][works["page"] != 1]
    assert set(states[::2].tolist()) == {WAITS} and set(states[1::2].tolist()) <= {DONE}


def test_pauses_of_the_worker_are_not_counted_as_its_time() -> None:
    turns = WorkerTurns()
    assert turns.write_back_us is None
    for times_ms in ([5], [6, 9], [500, 502]):
        turns.note(np.array(times_ms, np.uint64) * np.uint64(1_000_000))
    assert turns.write_back_us == (1 + 3 + 2) / 3 * 1000


MARKS = st.sampled_from([Mark.NONE, Mark.TAKEN, Mark.TURNED_AWAY])


def slowly(rows: list[tuple[bool, Mark]]) -> Iterator[bool]:
    """Before which of ``rows``, (whether it is a WORK, mark), a WORK belongs."""
    busy = False
    for is_work, mark in rows:
        now = True if is_work or mark == Mark.TURNED_AWAY else False if mark == Mark.TAKEN else busy
        yield now != busy and not is_work
        busy = now


@given(
    rows=st.lists(st.one_of(st.tuples(st.just(False), MARKS), st.just((True, Mark.NONE)))),
    cut=st.integers(0, 9),
)
def test_where_the_events_are_cut_into_pieces_changes_nothing(
    rows: list[tuple[bool, Mark]], cut: int
) -> None:
    events = np.zeros(len(rows), [("op", "u1")])
    events["op"] = [Op.WORK if is_work else Op.STORE for is_work, _ in rows]
    marks = np.array([mark for _, mark in rows], np.uint8)
    turns = WorkerTurns()
    found = [turns.before(events[:cut], marks[:cut]), turns.before(events[cut:], marks[cut:])]
    assert np.concatenate(found).tolist() == list(slowly(rows))
