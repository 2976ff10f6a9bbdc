"""A snapshot gives back what was put into it, holes included, like the file of a core."""

from __future__ import annotations

import tempfile
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zswapbench.common.errors import MissingError
from zswapbench.dumps.live.snapshot import Snapshot
from zswapbench.dumps.source import BLOCK


def written(pieces: list[tuple[int, bytes]], length: int) -> Snapshot:
    """A snapshot of ``length`` bytes that has ``pieces`` at their offsets."""
    snapshot = Snapshot("process 1", length)
    for offset, data in pieces:
        snapshot.append(offset, memoryview(data))
    return snapshot


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.binary(min_size=1, max_size=5)), max_size=8),
    st.integers(0, 5),
    st.data(),
)
def test_every_range_has_the_bytes_that_were_put_there(
    steps: list[tuple[int, bytes]], rest: int, data: st.DataObject
) -> None:
    pieces, model, holes = [], b"", b""
    for gap, content in steps:
        pieces.append((len(model) + gap, content))
        model += bytes(gap) + content
        holes += b"-" * gap + b"x" * len(content)
    model, holes = model + bytes(rest), holes + b"-" * rest
    offset = data.draw(st.integers(0, len(model)))
    length = data.draw(st.integers(0, len(model) + 3))
    with closing(written(pieces, len(model))) as snapshot:
        assert bytes(snapshot.read_at(offset, length)) == model[offset : offset + length]
        first = (holes + b"x").index(b"x", offset)
        end = (holes + b"-").index(b"-", first) if first < len(model) else len(model)
        assert snapshot.extent(offset) == (first, end)
        assert snapshot.size() == len(model)
        assert snapshot.stored_size == holes.count(b"x")
        for at in range(snapshot.stored_size):
            place, byte = snapshot.spooled(at, 1)
            assert model[place : place + 1] == byte


def test_a_terabyte_of_holes_takes_no_room_and_is_left_as_it_is_when_parked() -> None:
    snapshot = written([(1 << 40, b"a" * 4096)], 2 << 40)
    snapshot.park()
    assert snapshot.extent(0) == (1 << 40, (1 << 40) + 4096)
    assert bytes(snapshot.read_at((1 << 40) + 4095, BLOCK)[:2]) == b"a\0"
    assert (snapshot.stored_size, snapshot.has_changed()) == (4096, False)
    snapshot.close()


def test_no_room_is_told_of_the_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/dev/full/none")
    with pytest.raises(MissingError, match="process 1: needs room in the temporary folder /dev/full/none"):
        Snapshot("process 1", 1)
