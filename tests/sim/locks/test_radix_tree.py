"""The radix tree that steps are measured on: a mapping, as deep as its largest index needs, without empty nodes."""

from __future__ import annotations

import random

import pytest

from zswapbench.sim.locks.radix_tree import RadixTree


@pytest.mark.parametrize(
    ("capacity", "levels"), [(1, 1), (64, 1), (65, 2), (4096, 2), (4097, 3), (1 << 60, 10)]
)
def test_a_tree_is_as_deep_as_its_largest_index_needs(capacity: int, levels: int) -> None:
    tree = RadixTree(capacity)
    assert tree.levels == levels
    tree.set(capacity - 1, 7)
    assert tree.at(capacity - 1) == 7


@pytest.mark.parametrize("capacity", [64, 5000, 1 << 30])
def test_a_tree_is_a_mapping_and_keeps_no_empty_node(capacity: int) -> None:
    draw = random.Random(capacity)
    tree, known = RadixTree(capacity), dict[int, int]()
    some = [draw.randrange(capacity) for _ in range(100)]
    for number in range(1, 3000):
        index = draw.choice(some)
        if draw.random() < 0.5:
            tree.set(index, number)
            known[index] = number
        else:
            assert tree.remove(index) == known.pop(index, 0)
        assert tree.at(index) == known.get(index, 0)
        assert tree.is_empty == (not known)
    for index in list(known):
        assert tree.remove(index) == known.pop(index)
    assert tree.is_empty
