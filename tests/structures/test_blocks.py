"""Blocks of many sizes: none lies over another, and what is given back is used again."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.structures.blocks import Blocks

UNIT = 8
LINE = 8
MOST = 4200


def units(size: int) -> int:
    """How many units of 8 bytes a block of ``size`` bytes takes."""
    return -(-size // UNIT)


@given(
    steps=st.lists(st.tuples(st.booleans(), st.sampled_from([1, 8, 9, 28, 64, 65, 500, MOST])), max_size=200)
)
def test_no_block_lies_over_another(steps: list[tuple[bool, int]]) -> None:
    blocks = Blocks(MOST)
    held: dict[int, int] = {}
    for gives, size in steps:
        if gives and held:
            block, its = held.popitem()
            blocks.give(block, its)
            assert blocks.take(its) == block, "the last that was given back is the first to be used again"
            blocks.give(block, its)
        else:
            block = blocks.take(size)
            assert block > 0
            assert block not in held
            held[block] = size
    ends = [(block, block + units(size)) for block, size in sorted(held.items())]
    assert all(end <= begin for (_, end), (begin, _) in pairwise(ends))


@given(sizes=st.lists(st.integers(1, 2 * LINE * UNIT), max_size=100))
def test_what_fits_into_a_cache_line_lies_in_one(sizes: list[int]) -> None:
    blocks = Blocks(2 * LINE * UNIT)
    for size in sizes:
        block = blocks.take(size)
        if units(size) <= LINE:
            assert block // LINE == (block + units(size) - 1) // LINE


def test_there_is_room_beyond_the_first_piece() -> None:
    """A piece has 2 MiB: these blocks take 8."""
    blocks = Blocks(MOST)
    count = (8 << 20) // MOST
    taken = [blocks.take(MOST) for _ in range(count)]
    assert len(set(taken)) == count
    assert max(taken) - min(taken) >= (count - 1) * units(MOST)


def test_a_block_larger_than_a_piece_cannot_be() -> None:
    with pytest.raises(MemoryError, match="no memory for blocks of 4194304 bytes"):
        Blocks(4 << 20)
