"""LiME: ranges of physical memory, whole, cut and damaged."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dumps.reading import PAGE, memory_of, runs, runs_of
from zswapbench.common.errors import DumpError
from zswapbench.dumps import open_dump

A, B = b"A" * PAGE, b"B" * PAGE


def lime_range(
    start: int, content: bytes, *, magic: int = 0x4C694D45, version: int = 1, size: int = 0
) -> bytes:
    """A range as lime.h has it: its last address is the last byte's."""
    last = start + (size or len(content)) - 1
    return struct.pack("<IIQQ8x", magic, version, start, last) + content


def written(tmp_path: Path, *ranges: bytes) -> Path:
    path = tmp_path / "memory.lime"
    path.write_bytes(b"".join(ranges))
    return path


def test_each_range_is_a_segment_at_its_physical_address(tmp_path: Path) -> None:
    path = written(tmp_path, lime_range(PAGE, A + B), lime_range(1 << 32, B))
    with open_dump(path) as dump:
        assert (dump.format, dump.producer, dump.byte_order) == ("lime", "lime", "little")
        assert [(segment.start, segment.end, segment.permissions) for segment in dump.segments] == [
            (PAGE, 3 * PAGE, "---"),
            (1 << 32, (1 << 32) + PAGE, "---"),
        ]
        assert memory_of(runs(dump, "swappable")) == {PAGE: A + B, 1 << 32: B}


def test_a_packed_one_reads_like_the_plain_one_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "memory.raw"
    path.write_bytes(zstandard.compress(lime_range(PAGE, A * 1000) + lime_range(1 << 32, B)))
    assert memory_of(runs_of(path)) == {PAGE: A * 1000, 1 << 32: B}


def test_the_last_address_may_be_the_last_there_is(tmp_path: Path) -> None:
    assert memory_of(runs_of(written(tmp_path, lime_range((1 << 64) - PAGE, A)))) == {(1 << 64) - PAGE: A}


def test_a_truncated_one_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    path = written(tmp_path, lime_range(PAGE, A), lime_range(8 * PAGE, A + B[:100], size=9 * PAGE))
    with open_dump(path) as dump:
        assert memory_of(runs(dump)) == {PAGE: A, 8 * PAGE: A}
        assert (dump.partial_segments, dump.lost_bytes) == (1, 8 * PAGE)


def test_one_that_ends_in_a_header_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, lime_range(PAGE, A), lime_range(8 * PAGE, A)[:20])
    with open_dump(path) as dump:
        assert dump.remarks[1:] == (
            "the file ends within the header of a range, so all that followed is lost",
        )
        assert memory_of(runs(dump)) == {PAGE: A}


def test_ranges_that_overlap_give_their_memory_once(tmp_path: Path) -> None:
    path = written(tmp_path, lime_range(PAGE, A + A), lime_range(2 * PAGE, B + B))
    with open_dump(path) as dump:
        assert memory_of(runs(dump)) == {PAGE: A + A + B}
        assert dump.remarks[1].startswith("left out: 4.0 KiB in 1 segment from address 0x2000 on")


def test_all_of_one_counts_as_writable_and_it_says_so(tmp_path: Path) -> None:
    with open_dump(written(tmp_path, lime_range(PAGE, A))) as dump:
        (remark,) = dump.remarks
    assert remark.startswith(
        "it does not tell what memory is writable, so all of it counts as what the kernel would"
    )


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (lime_range(0, A, magic=1), "offset 4128: there is no range of LiME here; the file is damaged"),
        (lime_range(0, A, version=2), "offset 4128: LiME version 2, not 1"),
        (struct.pack("<IIQQ8x", 0x4C694D45, 1, 9, 3), "offset 4128: a range ends at 0x3, before it begins"),
    ],
)
def test_a_damaged_one_is_refused_in_one_line(tmp_path: Path, second: bytes, words: str) -> None:
    with pytest.raises(DumpError) as raised:
        open_dump(written(tmp_path, lime_range(PAGE, A), second))
    assert words in str(raised.value)


def test_ranges_that_pack_to_next_to_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "memory.lime"
    path.write_bytes(zstandard.compress(lime_range(PAGE, b"A") * 60_000))
    with pytest.raises(DumpError, match="has more ranges than any machine; the file is damaged"):
        open_dump(path)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_nothing_behind_a_range_does_worse_than_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, behind: bytes
) -> None:
    path = written(tmp_path_factory.getbasetemp(), lime_range(PAGE, A), behind)
    try:
        with open_dump(path) as dump:
            runs(dump)
    except DumpError as error:
        assert "\n" not in str(error)
