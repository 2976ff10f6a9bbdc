"""Memory for large tables: it is there or refused, and is given back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zswapbench.structures.memory import Memory


def mapped() -> int:
    """Bytes of address space that this process has: VmSize."""
    found = re.search(r"VmSize:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) << 10


def test_what_there_is_no_room_for_is_named() -> None:
    with pytest.raises(MemoryError, match="no memory for a table of tests"):
        Memory(1 << 50, 8, "a table of tests")


@pytest.mark.parametrize("size", [8, 1 << 20, 64 << 20])
def test_it_is_given_back_with_the_object(size: int) -> None:
    Memory(1, size, "a table")
    before = mapped()
    for _ in range(100):
        Memory(1, size, "a table")
    assert mapped() - before < 3 * size + (1 << 20)
