"""Runs: holes, page sizes, what was not dumped, and files that end early."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dumps.elfwriter import Core, Load, Piece, R
from tests.dumps.reading import PAGE, Kept, memory_of, runs, runs_of
from zswapbench.dumps import open_dump
from zswapbench.dumps.source import BLOCK

A, B = b"A" * PAGE, b"B" * PAGE
BASE = 0x10000


def shape(kept: list[Kept]) -> list[tuple[int, int, bool]]:
    """(address, length, whether there is data) of each run."""
    return [(run.vaddr, run.length, run.data is not None) for run in kept]


def test_a_hole_is_told_apart_from_written_zeros(tmp_path: Path) -> None:
    path = Core([Load(BASE, A, bytes(PAGE), 4 * PAGE, B)]).write(tmp_path / "core")
    kept = runs_of(path)
    assert shape(kept) == [
        (BASE, 2 * PAGE, True),
        (BASE + 2 * PAGE, 4 * PAGE, False),
        (BASE + 6 * PAGE, PAGE, True),
    ]
    assert memory_of(kept) == {BASE: A + bytes(PAGE), BASE + 6 * PAGE: B}


def test_a_page_with_any_written_byte_is_data(tmp_path: Path) -> None:
    path = Core([Load(BASE, 0x5000, A, 0xA000)]).write(tmp_path / "core")
    kept = runs_of(path, page_size=0x4000)
    assert shape(kept) == [
        (BASE, 0x4000, False),
        (BASE + 0x4000, 0x4000, True),
        (BASE + 0x8000, 0x8000, False),
    ]
    assert memory_of(kept) == {BASE + 0x4000: bytes(PAGE) + A + bytes(2 * PAGE)}


def test_pages_that_a_segment_has_only_a_part_of_are_data_even_in_a_hole(tmp_path: Path) -> None:
    path = Core([Load(BASE + PAGE, 0x20000)]).write(tmp_path / "core")
    assert shape(runs_of(path, page_size=0x10000)) == [
        (BASE + PAGE, 0xF000, True),
        (BASE + 0x10000, 0x10000, False),
        (BASE + 0x20000, PAGE, True),
    ]


def test_a_hole_of_terabytes_is_one_run(tmp_path: Path) -> None:
    path = Core([Load(1 << 40, A, 4 << 40, B)]).write(tmp_path / "core")
    assert [run.length for run in runs_of(path)] == [PAGE, 4 << 40, PAGE]


def test_memory_that_was_not_dumped_gives_no_run(tmp_path: Path) -> None:
    loads = [Load(BASE, memsz=1 << 40), Load(1 << 41, A, memsz=1 << 42)]
    path = Core(loads).write(tmp_path / "core")
    with open_dump(path) as dump:
        assert [segment.dumped for segment in dump.segments] == [0, PAGE]
        assert shape(runs(dump)) == [(1 << 41, PAGE, True)]
        assert (dump.partial_segments, dump.lost_segments, dump.lost_bytes) == (0, 0, 0)


def test_bytes_beyond_the_memory_of_a_segment_are_not_its(tmp_path: Path) -> None:
    path = Core([Load(BASE, A + B, memsz=PAGE)]).write(tmp_path / "core")
    assert memory_of(runs_of(path)) == {BASE: A}


def test_a_run_has_at_most_four_mebibytes_and_ends_at_a_page(tmp_path: Path) -> None:
    content = bytes(range(256)) * (10 << 12)
    path = Core([Load(BASE + PAGE, content)], align=1).write(tmp_path / "core")
    kept = runs_of(path, page_size=0x10000)
    assert max(run.length for run in kept) <= BLOCK == 4 << 20
    assert all(run.vaddr % 0x10000 == 0 for run in kept[1:])
    assert memory_of(kept) == {BASE + PAGE: content}


def test_page_data_need_not_be_aligned_in_the_file(tmp_path: Path) -> None:
    path = Core([Load(BASE, A + B), Load(2 * BASE, B + A)], align=1).write(tmp_path / "core")
    with open_dump(path) as dump:
        assert dump.segments[0].offset % PAGE
    assert memory_of(runs_of(path)) == {BASE: A + B, 2 * BASE: B + A}


def test_segments_that_are_not_wanted_are_not_read(tmp_path: Path) -> None:
    reserved = Load(1 << 40, 8 << 40, flags=R)
    path = Core([reserved, Load(BASE, A), Load(2 * BASE, B)]).write(tmp_path / "core")
    assert shape(runs_of(path, "private")) == [(BASE, PAGE, True), (2 * BASE, PAGE, True)]
    assert shape(runs_of(path, [2])) == [(2 * BASE, PAGE, True)]


def test_a_hole_ends_with_its_segment_where_the_next_one_begins_with_a_hole(tmp_path: Path) -> None:
    path = Core([Load(BASE, A, 2 * PAGE), Load(2 * BASE, 3 * PAGE, B)]).write(tmp_path / "core")
    assert shape(runs_of(path)) == [
        (BASE, PAGE, True),
        (BASE + PAGE, 2 * PAGE, False),
        (2 * BASE, 3 * PAGE, False),
        (2 * BASE + 3 * PAGE, PAGE, True),
    ]


def test_runs_come_in_the_order_of_the_file_whatever_the_order_asked_for(tmp_path: Path) -> None:
    loads = [Load(BASE, A, offset=2 * PAGE), Load(2 * BASE, B, offset=PAGE)]
    path = Core(loads).write(tmp_path / "core")
    kept = runs_of(path, [0, 1, 0])
    assert [run.segment for run in kept] == [1, 0]
    assert memory_of(kept) == {BASE: B, 2 * BASE: A}


def test_a_truncated_core_gives_what_it_has_and_counts_what_it_lost(tmp_path: Path) -> None:
    path = Core([Load(BASE, A), Load(2 * BASE, A + B + A + B), Load(3 * BASE, A)]).write(tmp_path / "core")
    with path.open("r+b") as file:
        file.truncate(4 * PAGE + 100)  # headers, a page, two and a bit of four, nothing of the last
    with open_dump(path) as dump:
        assert memory_of(runs(dump)) == {BASE: A, 2 * BASE: A + B}
        assert (dump.partial_segments, dump.lost_segments, dump.lost_bytes) == (1, 1, 3 * PAGE)
        assert memory_of(runs(dump, [0])) == {BASE: A}
        assert (dump.partial_segments, dump.lost_segments, dump.lost_bytes) == (0, 0, 0)


def test_a_segment_with_less_than_a_page_left_is_lost(tmp_path: Path) -> None:
    path = Core([Load(BASE, A), Load(2 * BASE + PAGE, A * 15)]).write(tmp_path / "core")
    with path.open("r+b") as file:
        file.truncate(2 * PAGE + 100)
    with open_dump(path) as dump:
        assert memory_of(runs(dump, page_size=0x10000)) == {BASE: A}
        assert (dump.partial_segments, dump.lost_segments, dump.lost_bytes) == (0, 1, 15 * PAGE)


def test_a_core_truncated_within_a_hole_keeps_the_hole(tmp_path: Path) -> None:
    path = Core([Load(BASE, A, 8 * PAGE, B)]).write(tmp_path / "core")
    with path.open("r+b") as file:
        file.truncate(6 * PAGE)
    with open_dump(path) as dump:
        assert shape(runs(dump)) == [(BASE, PAGE, True), (BASE + PAGE, 4 * PAGE, False)]
        assert (dump.partial_segments, dump.lost_segments, dump.lost_bytes) == (1, 0, 5 * PAGE)


@pytest.mark.parametrize("page_size", [0x1000, 0x4000, 0x10000])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_runs_always_tell_what_the_file_holds(
    tmp_path_factory: pytest.TempPathFactory, page_size: int, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, 40)) * PAGE
    pages: list[Piece] = data.draw(
        st.lists(st.sampled_from([A, B, bytes(PAGE), PAGE, 3 * PAGE]), max_size=40)
    )
    path = Core([Load(start, *pages)], align=data.draw(st.sampled_from([1, PAGE]))).write(
        tmp_path_factory.getbasetemp() / f"property-{page_size}"
    )
    content = b"".join(bytes(page) for page in pages)
    at = start
    for run in runs_of(path, [0], page_size):
        assert run.vaddr == at
        assert (run.data or bytes(run.length)) == content[at - start : at - start + run.length]
        at += run.length
        assert run.length > 0
        assert at % page_size == 0 or at == start + len(content)
        assert run.data is not None or run.vaddr % page_size == run.length % page_size == 0
    assert at == start + len(content)
