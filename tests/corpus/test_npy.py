"""Headers of .npy files: what numpy writes is read, and whatever else one says is refused unallocated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.damaging import (
    npy_that_says,
    refusal,
    says,
    with_members,
)

LYING_HEADERS = {
    "a huge shape": says("<u4", "(1000000000000,)"),
    "a shape beyond 64 bits": says("<u4", f"({10**30},)"),
    "a negative shape": says("<u4", "(-9,)"),
    "a shape of thousands of dimensions": says("<u4", "(" + "1, " * 3000 + ")"),
    "a shape of words": says("<u4", "('nine',)"),
    "an unknown type": says("<q17", "(9,)"),
    "objects": says("|O", "(9,)"),
    "items of a terabyte": says("|V1099511627776", "(9,)"),
    "an open bracket": "{'descr': (((('<u4', 'shape': (9,)",
    "an open string": "{'descr': '<u4, 'fortran_order': False, 'shape': (9,), }",
    "Python 2's numbers": says("<u4", "(9L,)"),
    "a call": says("<u4", "(print(9),)"),
    "thousands of brackets": "(" * 9000,
    "thousands of signs": "-" * 9000 + "1",
    "nothing": "",
    "zero bytes": "\0" * 100,
}


@pytest.mark.parametrize("name", ["pages.npy", "kinds.npy", "index.npy", "vaddr.npy"])
@pytest.mark.parametrize("header", LYING_HEADERS.values(), ids=LYING_HEADERS)
def test_a_header_that_lies_is_refused_and_nothing_is_allocated(
    tmp_path: Path, name: str, header: str
) -> None:
    refusal(with_members(tmp_path, {name: npy_that_says(header, bytes(36))}))


@pytest.mark.parametrize("version", [0, 2, 3, 255])
def test_another_version_of_npy_is_refused(tmp_path: Path, version: int) -> None:
    content = npy_that_says(says("<u4", "(9,)"), bytes(36), version)
    assert "no .npy file of version 1.0" in refusal(with_members(tmp_path, {"index.npy": content}))
