"""The bytes of a plain file: by offset, and by where it has holes. (Packed ones: test_packed.py.)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from zswapbench.common.errors import DumpError
from zswapbench.common.files import open_regular
from zswapbench.dumps.source import BLOCK, PlainSource

PAGE = 4096
CONTENT = b"A" * PAGE + bytes(2 * PAGE) + b"B" * 100


@pytest.fixture
def source(tmp_path: Path) -> Iterator[PlainSource]:
    """A page, a hole of two, a little more."""
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.write(b"A" * PAGE)
        file.seek(2 * PAGE, 1)
        file.write(b"B" * 100)
    source = PlainSource(str(path), open_regular(path, DumpError))
    yield source
    source.close()


@pytest.mark.parametrize(
    ("offset", "length"), [(0, 1), (10, 5000), (PAGE - 1, 2), (0, BLOCK), (3 * PAGE + 99, 9)]
)
def test_bytes_are_read_from_anywhere_and_fewer_at_the_end(
    source: PlainSource, offset: int, length: int
) -> None:
    assert bytes(source.read_at(offset, length)) == CONTENT[offset : offset + length]


@pytest.mark.parametrize("offset", [len(CONTENT), 1 << 62, (1 << 64) - 1])
def test_there_is_nothing_beyond_the_end(source: PlainSource, offset: int) -> None:
    assert not source.read_at(offset, 1)


def test_an_extent_begins_at_the_offset_or_at_the_next_written_byte(source: PlainSource) -> None:
    assert source.extent(0) == (0, PAGE)
    assert source.extent(100) == (100, PAGE)
    assert source.extent(PAGE) == (3 * PAGE, len(CONTENT))
    assert source.extent(3 * PAGE + 7) == (3 * PAGE + 7, len(CONTENT))
    assert source.extent(PAGE - 1) == (PAGE - 1, PAGE)


def test_a_lasting_copy_may_be_asked_for_without_knowing_the_length(source: PlainSource) -> None:
    assert source.bytes_at(0, 1 << 60) == CONTENT
    assert source.size() == len(CONTENT)


def test_a_view_cannot_be_written_to(source: PlainSource) -> None:
    assert source.read_at(0, 1).readonly
