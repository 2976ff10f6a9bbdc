"""The file of references: written and read, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zstandard
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError
from zswapbench.traces.format import HEADER
from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.importing import open_references
from zswapbench.traces.refs import BATCH, REFERENCE, References, write_refs


def made(path: Path, count: int = BATCH + 3) -> NDArray[np.void]:
    """Write ``count`` references to ``path``."""
    some = np.zeros(count, REFERENCE)
    some["page"], some["delta_us"], some["write"] = np.arange(count) + (1 << 40), 7, np.arange(count) % 2
    references = References("-", 4096, {"form": "made", "file": "äö"}, [some[:5], some[5:]], [])
    assert write_refs(path, references) == count
    return some


def read(path: Path) -> tuple[dict[str, object], NDArray[np.void]]:
    with open_references(path, Wish()) as found:
        assert found.page_size == 4096
        return found.provenance, np.concatenate([np.empty(0, REFERENCE), *found.batches])


def test_what_was_written_is_read_packed_or_not(tmp_path: Path) -> None:
    some = made(tmp_path / "a.refs")
    made(tmp_path / "a.refs.zst")
    assert (
        zstandard.decompress((tmp_path / "a.refs.zst").read_bytes(), 1 << 24)
        == (tmp_path / "a.refs").read_bytes()
    )
    for name in ("a.refs", "a.refs.zst"):
        provenance, found = read(tmp_path / name)
        assert provenance == {"form": "made", "file": "äö"}
        assert np.array_equal(found, some)


def test_a_file_without_references_is_one_too(tmp_path: Path) -> None:
    made(tmp_path / "a.refs", 0)
    assert len(read(tmp_path / "a.refs")[1]) == 0


def test_records_begin_at_a_multiple_of_64(tmp_path: Path) -> None:
    made(tmp_path / "a.refs", 1)
    assert (tmp_path / "a.refs").stat().st_size % 64 == REFERENCE.itemsize


@pytest.mark.parametrize(
    ("offset", "value", "problem"),
    [
        (8, 2, "offset 8: has version 2"),
        (10, 13, "offset 10: has page shift 13"),
        (12, 8, "offset 12: has records of 8 bytes, not 16"),
        (16, 9, "offset 16: should have 9 references and has more"),
        (56, 7, "offset 56: has a JSON block of an impossible size"),
        (64, 0, "offset 64: has damaged JSON"),
    ],
)
def test_a_damaged_file_is_refused_with_the_offset(
    tmp_path: Path, offset: int, value: int, problem: str
) -> None:
    made(tmp_path / "a.refs", 10)
    data = bytearray((tmp_path / "a.refs").read_bytes())
    data[offset] = value
    (tmp_path / "a.refs").write_bytes(data)
    with pytest.raises(TraceError, match=problem):
        read(tmp_path / "a.refs")


def test_a_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "a.refs", 10)
    data = (tmp_path / "a.refs").read_bytes()
    for length in (HEADER.size - 1, len(data) - 1, len(data) - 16):
        (tmp_path / "a.refs").write_bytes(data[:length])
        with pytest.raises(TraceError, match=r"was cut|ends within"):
            read(tmp_path / "a.refs")
