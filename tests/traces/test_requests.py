"""Traces of libCacheSim as swap events: against a book of the objects that were seen."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zswapbench.common.errors import TraceError
from zswapbench.corpus.page_numbers import PageNumbers
from zswapbench.traces import requests as requests_
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.mixing import mixed
from zswapbench.traces.oracle_general import REQUEST, recognises
from zswapbench.traces.requests import Requests
from zswapbench.traces.text import Input

Row = tuple[int, int, int, int]

ROWS = st.lists(
    st.tuples(
        st.integers(0, (1 << 32) - 1),
        st.sampled_from([0, 1, 2, 1 << 32, (1 << 64) - 1]) | st.integers(0, (1 << 64) - 1),
        st.sampled_from([1, 4096]),
        st.sampled_from([-1, (1 << 63) - 1]),
    ),
    min_size=1,
    max_size=30,
)


def reader(rows: Sequence[Row]) -> Requests:
    data = np.array(list(rows), REQUEST).tobytes()
    assert recognises(data)
    return Requests(Input("a.bin", io.BytesIO(data)), 4096, PageNumbers().number)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_an_object_is_stored_once_and_loaded_ever_after(
    monkeypatch: pytest.MonkeyPatch, rows: list[Row]
) -> None:
    monkeypatch.setattr(requests_, "_PIECE", 4)
    rows.sort(key=lambda row: row[0])
    source = reader(rows)
    found = np.concatenate([np.empty(0, EVENT), *(swaps.events for swaps in source.swaps())]).tolist()
    slots: dict[int, int] = {}
    expected, before = [], rows[0][0]
    for clock, name, _, _ in rows:
        op = Op.LOAD if name in slots else Op.STORE
        slots.setdefault(name, len(slots))
        expected.append((min((clock - before) * 10**6, (1 << 32) - 1), op, 0, 0, slots[name], 0))
        before = clock
    assert found == expected
    assert source.origin() == f"oracleGeneral, {len(rows):,} requests for {len(slots):,} objects"
    told = source.left_out()
    others = sum(size != 4096 for _, _, size, _ in rows)
    assert told.get("requests for objects that are not as large as a page, taken as pages", 0) == others
    late = sum(pause == (1 << 32) - 1 for pause, *_ in expected)
    assert told.get("pauses of more than 71 minutes, shortened to that", 0) == late
    assert source.counters() == {}


def test_what_is_cut_or_goes_back_is_told_with_its_offset_in_any_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requests_, "_PIECE", 2)
    rows = [(second, second, 1, -1) for second in (1, 2, 3, 2)]
    with pytest.raises(TraceError, match=r"a\.bin: offset 72: request 4 is of an earlier time"):
        list(reader(rows).swaps())
    data = np.array(rows[:3], REQUEST).tobytes() + bytes(5)
    with pytest.raises(TraceError, match=r"a\.bin: offset 72: ends within a request, 5 bytes of 24"):
        list(Requests(Input("a.bin", io.BytesIO(data)), 4096, PageNumbers().number).swaps())


@pytest.mark.parametrize(
    ("rows", "known"),
    [
        ([(0, 7, 1, 2), (0, 7, 1, -1)], True),
        ([(0, 7, 1, 9), (0, 8, 1, -1)], True),
        ([(0, 7, 1, 2), (0, 8, 1, -1)], False),
        ([(0, 7, 1, 1), (0, 7, 1, -1)], False),
        ([(0, 7, 1, 0)], False),
        ([(0, 7, 1, -2)], False),
        ([(0, 7, 1, 1 << 50)], False),
        ([], False),
    ],
)
def test_requests_are_known_by_what_they_say_of_each_other(rows: list[Row], known: bool) -> None:
    assert recognises(np.array(rows, REQUEST).tobytes()) is known
    assert recognises(np.array(rows, REQUEST).tobytes() + b"x") is known


def test_numbers_are_mixed_into_others_that_are_all_different() -> None:
    numbers = np.arange(100_000, dtype=np.uint64)
    assert len(np.unique(mixed(numbers))) == len(numbers)
    shares = np.bincount((mixed(numbers, 5) >> np.uint64(60)).astype(np.int64))
    assert len(shares) == 16
    assert shares.min() > 0.9 * len(numbers) / 16
    assert not np.array_equal(mixed(numbers), mixed(numbers, 1))
